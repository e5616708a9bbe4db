import { describe, expect, test } from 'vitest'
import { pullPolicyFor } from '../../../common/kube/image-name.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import type { Kind } from './kind.ts'
import { configMapKind } from './config-map.ts'
import { deploymentKind } from './deployment.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { ingressClassKind } from './ingress-class.ts'
import { ingressKind } from './ingress.ts'
import { networkPolicyKind } from './network-policy.ts'
import { podDisruptionBudgetKind } from './pod-disruption-budget.ts'
import { podKind } from './pod.ts'
import { qosClassOf } from './pod-spec/qos.ts'
import { secretKind } from './secret.ts'
import { serviceKind } from './service.ts'
import { ServicePools } from './service-pools.ts'
import { statefulSetKind } from './stateful-set.ts'

function problems(kind: Kind, object: object): string[] {
  const errors = new FieldErrors()
  const draft = structuredClone({ metadata: { name: 'x' }, ...object }) as never
  kind.defaults?.(draft)
  kind.validate?.(draft, errors)
  return errors.causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
}

const container = { name: 'c', image: 'i' }
const pod = (container2: object, more: object = {}): object => ({ spec: { containers: [{ ...container, ...container2 }], ...more } })
const service = serviceKind(new ServicePools({ list: () => ({ entries: [] }) } as never))
const deployment = (spec: object): object => ({ spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } }, ...spec } })
const policy = (rule: object): object => ({ spec: { podSelector: {}, ingress: [rule] } })
const ingress = (path: object, more: object = {}): object => ({ spec: { rules: [{ host: 'a.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } }, ...path }] } }], ...more } })
const at = 'spec.rules[0].http.paths[0]'
const slice = (endpoint: object, more: object = {}): object => ({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }], ...more })
const endpoints = (address: object, port: object = { port: 80 }): object => ({ subsets: [{ addresses: [{ ip: '10.0.0.1', ...address }], ports: [port] }] })
const label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const loopback = 'may not be in the loopback range (127.0.0.0/8, ::1/128)'
const sysctl = 'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
const range = 'must be between 1 and 65535, inclusive'

describe('validation in upstream\'s words', () => {
  test.each<[string, Kind, object, string[]]>([
    ['a good pod', podKind, pod({}), []],
    ['no containers', podKind, { spec: { containers: [] } }, ['spec.containers: Required value']],
    ['a good slice', endpointSliceKind, slice({ hostname: 'db-0', nodeName: 'n' }, { ports: [{ name: 'http', port: 80 }] }), []],
    ['a slice of names', endpointSliceKind, slice({ addresses: ['a.example.'] }, { addressType: 'FQDN' }), []],
    ['an endpoint nowhere', endpointSliceKind, slice({ addresses: [] }), ['endpoints[0].addresses: Required value: must contain at least 1 address']],
    ['an endpoint that is no address', endpointSliceKind, slice({ addresses: ['1.2.3.4', 'x }'] }), ['endpoints[0].addresses[1]: Invalid value: "x }": must be a valid IPv4 address']],
    ['an endpoint of the other family', endpointSliceKind, slice({ addresses: ['2001:db8::1'] }), ['endpoints[0].addresses[0]: Invalid value: "2001:db8::1": must be a valid IPv4 address']],
    ['an endpoint that is whoever asks', endpointSliceKind, slice({ addresses: ['127.0.0.1'] }), [`endpoints[0].addresses[0]: Invalid value: "127.0.0.1": ${loopback}`]],
    ['the same in IPv6', endpointSliceKind, slice({ addresses: ['::ffff:127.0.0.1'] }, { addressType: 'IPv6' }), [`endpoints[0].addresses[0]: Invalid value: "::ffff:127.0.0.1": ${loopback}`]],
    ['a cloud\'s metadata', endpointsKind, endpoints({ ip: '169.254.169.254' }), ['subsets[0].addresses[0].ip: Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)']],
    ['no address at all', endpointsKind, endpoints({ ip: '0.0.0.0' }), ['subsets[0].addresses[0].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)']],
    ['Endpoints that are no address', endpointsKind, endpoints({ ip: 'foo' }), ['subsets[0].addresses[0].ip: Invalid value: "foo": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['a port\'s name of two lines', endpointSliceKind, slice({}, { ports: [{ name: 'a\nb', port: 80 }] }), [`ports[0].name: Invalid value: "a\\nb": ${label}`]],
    ['a host\'s name of two lines', endpointsKind, endpoints({ hostname: 'a\nb' }, { port: 80, name: 'a b' }), [`subsets[0].addresses[0].hostname: Invalid value: "a\\nb": ${label}`, `subsets[0].ports[0].name: Invalid value: "a b": ${label}`]],
    ['an external address that is none', service, { spec: { ports: [{ port: 80 }], externalIPs: ['foo', '127.0.0.1'] } }, ['spec.externalIPs[0]: Invalid value: "foo": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', `spec.externalIPs[1]: Invalid value: "127.0.0.1": ${loopback}`]],
    ['affinity for ever', service, { spec: { ports: [{ port: 80 }], sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } }, internalTrafficPolicy: 'None' } }, ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400', 'spec.internalTrafficPolicy: Unsupported value: "None": supported values: "Cluster", "Local"']],
    ['no spec', podKind, {}, ['spec.containers: Required value']],
    ['no image', podKind, { spec: { containers: [{ name: 'c' }] } }, ['spec.containers[0].image: Required value']],
    ['the same name twice', podKind, { spec: { containers: [container, container] } }, ['spec.containers[1].name: Duplicate value: "c"']],
    ['a port out of range', podKind, pod({ ports: [{ containerPort: 70000 }] }), [`spec.containers[0].ports[0].containerPort: Invalid value: 70000: ${range}`]],
    ['a bad protocol', podKind, pod({ ports: [{ containerPort: 1, protocol: 'tcp' }] }), ['spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"']],
    ['a mount of no volume', podKind, pod({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), ['spec.containers[0].volumeMounts[0].name: Not found: "v"']],
    ['two kinds of volume', podKind, pod({}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }), ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type']],
    ['request above limit', podKind, pod({ resources: { limits: { cpu: '100m' }, requests: { cpu: '1' } } }), ['spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 100m']],
    ['GPUs', podKind, pod({ resources: { limits: { 'nvidia.com/gpu': '2' }, requests: { 'nvidia.com/gpu': '2' } } }), []],
    ['half a GPU', podKind, pod({ resources: { limits: { 'nvidia.com/gpu': '500m' } } }), ['spec.containers[0].resources.limits[nvidia.com/gpu]: Invalid value: "500m": must be an integer', 'spec.containers[0].resources.requests[nvidia.com/gpu]: Invalid value: "500m": must be an integer']],
    ['fewer GPUs than the limit', podKind, pod({ resources: { limits: { 'nvidia.com/gpu': '2' }, requests: { 'nvidia.com/gpu': '1' } } }), ['spec.containers[0].resources.requests: Invalid value: "1": must be equal to nvidia.com/gpu limit of 2']],
    ['GPUs without a limit', podKind, pod({ resources: { requests: { 'nvidia.com/gpu': '1' } } }), ['spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources']],
    ['no quantity', podKind, pod({ resources: { limits: { memory: '1gb' } } }), ['spec.containers[0].resources.limits[memory]: Invalid value: "1gb": quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'']],
    ['a probe without a handler', podKind, pod({ livenessProbe: {} }), ['spec.containers[0].livenessProbe: Required value: must specify a handler type']],
    ['a probe with two', podKind, pod({ readinessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } }), ['spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type']],
    ['value and valueFrom', podKind, pod({ env: [{ name: 'X', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }), ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']],
    ['good sysctls', podKind, pod({}, { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }, { name: 'net/ipv4/conf/eth0.1/x', value: '1' }, { name: 'safe-and-unsafe', value: '1' }] } }), []],
    ['bad sysctls', podKind, pod({}, { securityContext: { sysctls: [{ name: 'foo-', value: '1' }, { name: '', value: '1' }, { name: 'a.b', value: '1' }, { name: 'a/b', value: '2' }, { name: `a${'.b'.repeat(127)}`, value: '1' }] } }), [
      `spec.securityContext.sysctls[0].name: Invalid value: "foo-": ${sysctl}`, 'spec.securityContext.sysctls[1].name: Required value', 'spec.securityContext.sysctls[3].name: Duplicate value: "a/b"',
      expect.stringMatching(/^spec\.securityContext\.sysctls\[4\]\.name: Invalid value: "a\.b.*must have at most 253 characters/) as string,
    ]],
    ['a bad restart policy', podKind, pod({}, { restartPolicy: 'Sometimes' }), ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"']],
    ['a good deployment', deploymentKind, deployment({}), []],
    ['a good stateful set', statefulSetKind, deployment({ serviceName: 'x' }), []],
    ['a mount of a claim', statefulSetKind, deployment({ template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ ...container, volumeMounts: [{ name: 'data', mountPath: '/d' }] }] } }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] }), []],
    ['a mount of no claim', statefulSetKind, deployment({ template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ ...container, volumeMounts: [{ name: 'date', mountPath: '/d' }] }] } }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] }), ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "date"']],
    ['a stateful set without a selector', statefulSetKind, deployment({ selector: {} }), ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset']],
    ['no pod management policy', statefulSetKind, deployment({ podManagementPolicy: 'Random' }), ["spec.podManagementPolicy: Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'"]],
    ['a partition of what is not rolled', statefulSetKind, deployment({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }), ["spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'"]],
    ['another strategy', statefulSetKind, deployment({ updateStrategy: { type: 'Recreate' } }), ["spec.updateStrategy: Invalid value: {\"type\":\"Recreate\"}: must be 'RollingUpdate' or 'OnDelete'"]],
    ['a partition below zero', statefulSetKind, deployment({ updateStrategy: { rollingUpdate: { partition: -1 } } }), ['spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0']],
    ['none unavailable', statefulSetKind, deployment({ updateStrategy: { rollingUpdate: { maxUnavailable: '0%' } } }), ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0']],
    ['another retention', statefulSetKind, deployment({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' } }), ['spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Delete", "Retain"']],
    ['a negative start', statefulSetKind, deployment({ ordinals: { start: -1 } }), ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0']],
    ['a good budget', podDisruptionBudgetKind, { spec: { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } } }, []],
    ['a budget of both', podDisruptionBudgetKind, { spec: { minAvailable: 1, maxUnavailable: 1 } }, ['spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set']],
    ['more than all', podDisruptionBudgetKind, { spec: { maxUnavailable: '101%' } }, ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%']],
    ['less than none', podDisruptionBudgetKind, { spec: { minAvailable: -1 } }, ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0']],
    ['another policy', podDisruptionBudgetKind, { spec: { unhealthyPodEvictionPolicy: 'Never' } }, ['spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"']],
    ['no selector', deploymentKind, deployment({ selector: undefined }), ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`']],
    ['a selector that does not match', deploymentKind, deployment({ selector: { matchLabels: { a: 'c' } } }), ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`']],
    ['negative replicas', deploymentKind, deployment({ replicas: -1 }), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    ['no step possible', deploymentKind, deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }), ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0']],
    ['recreate with rolling parameters', deploymentKind, deployment({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }), ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]],
    ['a service without ports', service, { spec: {} }, ['spec.ports: Required value']],
    ['two ports need names', service, { spec: { ports: [{ port: 1 }, { port: 2 }] } }, ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value']],
    ['nodePort on ClusterIP', service, { spec: { ports: [{ port: 1, nodePort: 30000 }] } }, ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]],
    ['a bad key', configMapKind, { data: { 'a/b': '' } }, ['data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, \'-\', \'_\' or \'.\' (e.g. \'key.name\',  or \'KEY_NAME\',  or \'key-name\', regex used for validation is \'[-._a-zA-Z0-9]+\')']],
    ['tls without its key', secretKind, { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, ['data[tls.key]: Required value']],
    ['a good ingress', ingressKind, ingress({}, { tls: [{ hosts: ['*.example'], secretName: 's' }], ingressClassName: 'toque' }), []],
    ['an ingress of nothing', ingressKind, {}, ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified']],
    ['an address as host', ingressKind, { spec: { rules: [{ host: '10.0.0.1' }] } }, ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']],
    ['no path type', ingressKind, ingress({ pathType: undefined }), [`${at}.pathType: Required value: pathType must be specified`]],
    ['another path type', ingressKind, ingress({ pathType: 'Regex' }), [`${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`]],
    ['a relative path', ingressKind, ingress({ path: 'x' }), [`${at}.path: Invalid value: "x": must be an absolute path`]],
    ['two spellings of a path', ingressKind, ingress({ path: '/a//b/..' }), [`${at}.path: Invalid value: "/a//b/..": must not contain '//'`, `${at}.path: Invalid value: "/a//b/..": cannot end with '/..'`]],
    ['no path where the implementation decides', ingressKind, ingress({ path: undefined, pathType: 'ImplementationSpecific' }), []],
    ['a backend without a port', ingressKind, ingress({ backend: { service: { name: 'web' } } }), [`${at}.backend: Required value: port name or number is required`]],
    ['a backend of nothing', ingressKind, ingress({ backend: {} }), [`${at}.backend: Invalid value: "": resource or service backend is required`]],
    ['a port twice', ingressKind, ingress({ backend: { service: { name: 'web', port: { name: 'http', number: 80 } } } }), [`${at}.backend: Invalid value: "": cannot set both port name & port number`]],
    ['a class without a controller', ingressClassKind, { spec: {} }, ['spec.controller: Required value']],
    ['a controller without a domain', ingressClassKind, { spec: { controller: 'nginx' } }, ['spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")']],
    ['parameters of a namespace that is not named', ingressClassKind, { spec: { controller: 'a.b/c', parameters: { kind: 'K', name: 'n', scope: 'Namespace' } } }, ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"]],
    ['a good policy', networkPolicyKind, policy({ ports: [{ port: 80, endPort: 90 }, { port: 'http' }, {}], from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }), []],
    ['a policy that selects everything and allows nothing', networkPolicyKind, { spec: { podSelector: {} } }, []],
    ['a policy port out of range', networkPolicyKind, policy({ ports: [{ port: 0 }] }), [`spec.ingress[0].ports[0].port: Invalid value: 0: ${range}`]],
    ['endPort before port', networkPolicyKind, policy({ ports: [{ port: 80, endPort: 79 }] }), ['spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`']],
    ['endPort of a name', networkPolicyKind, policy({ ports: [{ port: 'http', endPort: 79 }] }), ['spec.ingress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is non-numeric']],
    ['endPort of nothing', networkPolicyKind, policy({ ports: [{ endPort: 79 }] }), ['spec.ingress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is not specified']],
    ['no peer', networkPolicyKind, policy({ from: [{}] }), ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    ['two kinds of peer', networkPolicyKind, policy({ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }), ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer']],
    ['no CIDR', networkPolicyKind, policy({ from: [{ ipBlock: { cidr: '10.0.0.0' } }] }), ['spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
    ['an exception that is none', networkPolicyKind, policy({ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8', 'fd00::/64'] } }] }),
      ['[0]: Invalid value: "10.0.0.0/8"', '[1]: Invalid value: "fd00::/64"'].map((e) => `spec.ingress[0].from[0].ipBlock.except${e}: must be a strict subset of \`cidr\``)],
    ['a bad policy type', networkPolicyKind, { spec: { podSelector: {}, policyTypes: ['in'] } }, ['spec.policyTypes[0]: Unsupported value: "in": supported values: "Egress", "Ingress"']],
  ])('%s', (_, kind, object, expected) => expect(problems(kind, object)).toEqual(expected))
})

test.each([[{}, ['Ingress']], [{ egress: [] }, ['Ingress']], [{ egress: [{}] }, ['Ingress', 'Egress']], [{ policyTypes: ['Egress'] }, ['Egress']]])('the policy types of %j are %j', (spec, types) => {
  const draft = { metadata: { name: 'x' }, spec: { podSelector: {}, ...spec } }
  networkPolicyKind.defaults?.(draft as never)
  expect(draft.spec).toMatchObject({ policyTypes: types })
})

test.each([['nginx', 'Always'], ['nginx:latest', 'Always'], ['nginx:1.27', 'IfNotPresent'], ['reg:5000/nginx', 'Always'], ['reg:5000/nginx:1', 'IfNotPresent'], ['nginx@sha256:ab', 'IfNotPresent']])('%s is pulled %s', (image, policy) => {
  expect(pullPolicyFor(image)).toBe(policy)
})

test.each([
  [{}, 'BestEffort'], [{ requests: { cpu: '1' } }, 'Burstable'], [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } }, 'Guaranteed'], [{ limits: { cpu: '1' }, requests: { cpu: '1' } }, 'Burstable'],
])('%j is %s', (resources, expected) => expect(qosClassOf({ containers: [{ ...container, resources }] })).toBe(expected))

test('defaults are idempotent', () => {
  const once = structuredClone(pod({ ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 80 } } }, { volumes: [{ name: 'v' }] })) as never
  podKind.defaults?.(once)
  const twice = structuredClone(once)
  podKind.defaults?.(twice)
  expect(twice).toEqual(once)
})
