import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { readObject } from '../http/field-validation.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

// Every kind that is served refuses what people typically write wrong, in a sentence that names the field; and nothing of it is stored.

let t: TestApi
beforeAll(async () => { t = await startTestApi() })
afterAll(() => t.close())

const NAME = 'bad'
const selector = { matchLabels: { a: 'b' } }
const container = { name: 'c', image: 'i' }
const template = (spec: object = {}): object => ({ metadata: { labels: { a: 'b' } }, spec: { containers: [container], ...spec } })
const workload = (spec: object, more: object = {}): object => ({ spec: { selector, template: template(), ...more, ...spec } })
const job = (spec: object): object => ({ spec: { template: template({ restartPolicy: 'Never' }), ...spec } })
const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }
const hook = (more: object): object => ({ name: 'a.b.example', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { service: { name: 's', namespace: 'n' } }, rules: [rule], ...more })
const quantity = /quantities must match/

/** A body without what every one has, the field that is wrong, and what is said about it. */
type Row = [what: string, body: object, field: string, says: RegExp]

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  backupschedules: [['a schedule that is none', { spec: { schedule: 'daily', claims: { names: ['data'] }, target: { folder: { path: '/backups' } } } }, 'spec.schedule', /daily/], ['of no claim', { spec: { schedule: '@daily', claims: {}, target: { folder: { path: '/backups' } } } }, 'spec.claims', /Required/]],
  certificateissuers: [['no CA that can be trusted', { spec: { acme: { server: 'http://ca.example/dir' } } }, 'spec.acme.server', /https/], ['two addresses', { spec: { acme: { email: 'a@b, c@d' } } }, 'spec.acme.email', /one e-mail/]],
  certificates: [['for nobody', { spec: { secretName: 's', issuer: 'i', dnsNames: [] } }, 'spec.dnsNames', /Required/], ['a name that is none', { spec: { secretName: 's', issuer: 'i', dnsNames: ['a b'] } }, 'spec.dnsNames[0]', /Invalid value/]],
  certificatesigningrequests: [['no request', { spec: { request: Buffer.from('hello').toString('base64'), signerName: 'a.example/users', usages: ['client auth'] } }, 'spec.request', /PEM block type must be CERTIFICATE REQUEST/], ['a use that is none', { spec: { request: '', signerName: 'users', usages: ['login'] } }, 'spec.usages[0]', /Unsupported value: "login"/]],
  configmaps: [['a key with a slash', { data: { 'a/b': 'c' } }, 'data[a/b]', /valid config key/], ['the same key twice', { data: { a: 'b' }, binaryData: { a: 'Yg==' } }, 'data[a]', /duplicate|Invalid/i]],
  controllerrevisions: [['no data', { revision: 1 }, 'data', /mandatory/], ['a negative number', { data: {}, revision: -1 }, 'revision', /greater than or equal to 0/]],
  customresourcedefinitions: [
    ['two storage versions', { spec: { group: 'a.example', scope: 'Cluster', names: { plural: 'bads', kind: 'Bad' }, versions: ['v1', 'v2'].map((name) => ({ name, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } })) } }, 'spec.versions', /exactly one version marked as storage version/],
    ['no schema', { spec: { group: 'a.example', scope: 'Everywhere', names: { plural: 'bads', kind: 'Bad' }, versions: [{ name: 'v1', served: true, storage: true }] } }, 'spec.scope', /Unsupported value: "Everywhere".*schemas are required/],
  ],
  cronjobs: [['no schedule', { spec: { schedule: '0 25 * * *', jobTemplate: job({}) } }, 'spec.schedule', /end of range \(25\) above maximum \(23\)/], ['a zone that is none', { spec: { schedule: '* * * * *', timeZone: 'Seoul', jobTemplate: job({}) } }, 'spec.timeZone', /unknown time zone Seoul/]],
  daemonsets: [['neither surge nor gaps', workload({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } } }), 'spec.updateStrategy.rollingUpdate.maxUnavailable', /cannot be 0/], ['labels that do not fit', workload({ selector: { matchLabels: { a: 'c' } } }), 'spec.template.metadata.labels', /does not match/]],
  deployments: [['fewer than none', workload({ replicas: -1 }), 'spec.replicas', /greater than or equal to 0/], ['no image', workload({ template: template({ containers: [{ name: 'c' }] }) }), 'spec.template.spec.containers[0].image', /Required/]],
  endpoints: [['a port beyond all', { subsets: [{ addresses: [{ ip: '1.1.1.1' }], ports: [{ port: 70000 }] }] }, 'subsets[0].ports[0].port', /between 1 and 65535/], ['no addresses', { subsets: [{}] }, 'subsets[0]', /addresses/]],
  endpointslices: [['no kind of address', { endpoints: [] }, 'addressType', /Required/], ['an endpoint of nothing', { addressType: 'IPv4', endpoints: [{ addresses: [] }] }, 'endpoints[0].addresses', /at least 1/]],
  events: [['about nothing', {}, 'involvedObject', /Required/], ['about another namespace', { involvedObject: { kind: 'Pod', name: 'p', namespace: 'other' } }, 'involvedObject.namespace', /does not match/]],
  gatewayclasses: [['no controller', { spec: {} }, 'spec.controllerName', /Invalid value|Required/]],
  gateways: [['no listener', { spec: { gatewayClassName: 'toque', listeners: [] } }, 'spec.listeners', /Required/], ['a port that is none', { spec: { gatewayClassName: 'toque', listeners: [{ name: 'http', port: 0, protocol: 'HTTP' }] } }, 'spec.listeners[0].port', /between 1 and 65535/]],
  httproutes: [['a backend without a port', { spec: { rules: [{ backendRefs: [{ name: 'web' }] }] } }, 'spec.rules[0].backendRefs[0].port', /Must have port/], ['a path that is none', { spec: { rules: [{ matches: [{ path: { value: 'shop' } }] }] } }, 'spec.rules[0].matches[0].path.value', /absolute path/]],
  horizontalpodautoscalers: [
    ['the most under the least', { spec: { scaleTargetRef: { kind: 'Deployment', name: 'w' }, minReplicas: 4, maxReplicas: 3 } }, 'spec.maxReplicas', /minReplicas/],
    ['no target', { spec: { scaleTargetRef: { kind: 'Deployment', name: '' }, maxReplicas: 3 } }, 'spec.scaleTargetRef.name', /Required/],
  ],
  ingressclasses: [['no controller', { spec: {} }, 'spec.controller', /Required/]],
  ingresses: [['a host with a port', { spec: { rules: [{ host: 'a.example:80' }] } }, 'spec.rules[0].host', /Invalid value/], ['nothing at all', { spec: {} }, 'spec', /either/]],
  jobs: [['restarts always', { spec: { template: template({ restartPolicy: 'Always' }) } }, 'spec.template.spec.restartPolicy', /Unsupported|Invalid|Required/], ['fewer than none at a time', job({ parallelism: -1 }), 'spec.parallelism', /greater than or equal to 0/]],
  leases: [['no time', { spec: { leaseDurationSeconds: 0 } }, 'spec.leaseDurationSeconds', /greater than 0/]],
  limitranges: [['the least above the most', { spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] } }, 'spec.limits[0].min[cpu]', /greater than max/], ['no amount', { spec: { limits: [{ type: 'Container', max: { cpu: 'lots' } }] } }, 'spec.limits[0].max[cpu]', quantity]],
  logpositions: [['a name in capitals', { metadata: { name: 'Robot' } }, 'metadata.name', /RFC 1123/]],
  logsinks: [['a type without its settings', { spec: { type: 'loki' } }, 'spec.loki', /Required/], ['a file that is nowhere', { spec: { type: 'file', file: { directory: 'logs' } } }, 'spec.file.directory', /absolute path/]],
  namespaces: [['a name with dots', { metadata: { name: 'a.b' } }, 'metadata.name', /RFC 1123 label/]],
  networkpolicies: [['no network', { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0' } }] }] } }, 'spec.ingress[0].from[0].ipBlock.cidr', /CIDR/], ['no port', { spec: { podSelector: {}, ingress: [{ ports: [{ port: 0 }] }] } }, 'spec.ingress[0].ports[0].port', /between 1 and 65535/]],
  nodes: [['an effect that is none', { spec: { taints: [{ key: 'k', effect: 'Never' }] } }, 'spec.taints[0].effect', /Unsupported value/], ['a taint of nothing', { spec: { taints: [{ key: '', effect: 'NoSchedule' }] } }, 'spec.taints[0].key', /Required/]],
  notifications: [['nowhere to', { spec: {} }, 'spec.url', /Required|one of/i], ['more than a minute takes', { spec: { url: 'https://a.example', perMinute: 100_000 } }, 'spec.perMinute', /between/]],
  persistentvolumeclaims: [['no size', { spec: { accessModes: ['ReadWriteOnce'] } }, 'spec.resources[storage]', /Required/], ['no access', { spec: { resources: { requests: { storage: '1Gi' } } } }, 'spec.accessModes', /Required/]],
  persistentvolumes: [['no source', { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] } }, 'spec', /volume type/], ['no size', { spec: { accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } }, 'spec.capacity', /Required/]],
  poddisruptionbudgets: [['more than all', { spec: { maxUnavailable: '101%', selector } }, 'spec.maxUnavailable', /greater than 100%/], ['both', { spec: { maxUnavailable: 1, minAvailable: 1, selector } }, 'spec', /cannot be both set/]],
  pods: [['no containers', { spec: { containers: [] } }, 'spec.containers', /Required/], ['a name in capitals', { spec: { containers: [{ name: 'Main', image: 'i' }] } }, 'spec.containers[0].name', /RFC 1123/], ['a size that is none', { spec: { containers: [{ ...container, resources: { limits: { memory: '1gb' } } }] } }, 'spec.containers[0].resources.limits[memory]', quantity]],
  priorityclasses: [['more than a user may', { value: 2_000_000_000 }, 'value', /maximum allowed/], ['a policy that is none', { value: 1, preemptionPolicy: 'Sometimes' }, 'preemptionPolicy', /Unsupported value/]],
  rebalances: [['no move at a time', { spec: { atOnce: 0 } }, 'spec.atOnce', /between 1 and 16/], ['a time that is none', { spec: { when: 'Sometimes' } }, 'spec.when', /Unsupported value/]],
  referencegrants: [['to nobody', { spec: { from: [], to: [{ group: '', kind: 'Service' }] } }, 'spec.from', /Required/]],
  replicasets: [['fewer than none', workload({ replicas: -1 }), 'spec.replicas', /greater than or equal to 0/], ['no selector', { spec: { template: template() } }, 'spec.selector', /Required/]],
  replicationcontrollers: [['fewer than none', { spec: { replicas: -1, selector: { a: 'b' }, template: template() } }, 'spec.replicas', /greater than or equal to 0/], ['labels that do not fit', { spec: { selector: { a: 'c' }, template: template() } }, 'spec.template.metadata.labels', /does not match/]],
  resourcequotas: [['no amount', { spec: { hard: { pods: 'many' } } }, 'spec.hard[pods]', quantity], ['half a pod', { spec: { hard: { pods: '500m' } } }, 'spec.hard[pods]', /integer/]],
  roles: [['no verbs', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] }, 'rules[0].verbs', /Required/], ['paths in a namespace', { rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] }, 'rules[0].nonResourceURLs', /namespaced rules/]],
  clusterroles: [['of no resource', { rules: [{ apiGroups: [''], verbs: ['get'] }] }, 'rules[0].resources', /at least one resource/], ['of no role', { aggregationRule: {} }, 'aggregationRule.clusterRoleSelectors', /Required/]],
  rolebindings: [['to no role', { roleRef: { kind: 'Rule', name: 'r' } }, 'roleRef.kind', /"ClusterRole", "Role"/], ['for nobody', { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'Person', name: 'p' }] }, 'subjects[0].kind', /"ServiceAccount"/]],
  clusterrolebindings: [['to a role of a namespace', { roleRef: { kind: 'Role', name: 'r' } }, 'roleRef.kind', /Unsupported value/], ['a robot of nowhere', { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'ServiceAccount', name: 'robot' }] }, 'subjects[0].namespace', /Required/]],
  rollouts: [['neither of the two', { spec: { deployment: 'web', strategy: {} } }, 'spec.strategy', /canary and blueGreen/], ['no steps', { spec: { deployment: 'web', strategy: { canary: { steps: [] } } } }, 'spec.strategy.canary.steps', /has steps/]],
  secrets: [['a certificate without its key', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, 'data[tls.key]', /Required/], ['a key with a space', { stringData: { 'a b': 'c' } }, 'data[a b]', /valid config key/]],
  servers: [['no address', { spec: {} }, 'spec.host', /Required/], ['a port that is none', { spec: { host: 'a', port: 99999 } }, 'spec.port', /between 1 and 65535/]],
  serviceaccounts: [['a name in capitals', { metadata: { name: 'Robot' } }, 'metadata.name', /RFC 1123/]],
  services: [['no port', { spec: { selector: { a: 'b' } } }, 'spec.ports', /Required/], ['a port of the nodes that is none', { spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] } }, 'spec.ports[0].nodePort', /30000-32767|range/]],
  statefulsets: [['a policy that is none', workload({ podManagementPolicy: 'Random' }, { serviceName: 's' }), 'spec.podManagementPolicy', /OrderedReady/], ['fewer than none', workload({ replicas: -1 }, { serviceName: 's' }), 'spec.replicas', /greater than or equal to 0/]],
  volumebackups: [['nowhere to', { spec: { claimName: 'data', target: {} } }, 'spec.target', /folder, server/], ['a folder that is nowhere', { spec: { claimName: 'data', target: { folder: { path: 'backups' } } } }, 'spec.target.folder.path', /absolute|whole/]],
  volumesnapshots: [['of nothing', { spec: { source: {} } }, 'spec.source.persistentVolumeClaimName', /Required/]],
  apiservices: [['a name that does not fit', { metadata: { name: 'other' }, spec: { group: 'g.example', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 } }, 'metadata.name', /must be `spec.version/], ['a CA of nobody', { metadata: { name: 'v1.g.example' }, spec: { group: 'g.example', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, caBundle: 'ZA==' } }, 'spec.caBundle', /local APIServices may not/]],
  csidrivers: [['a policy that is none', { spec: { fsGroupPolicy: 'Sometimes' } }, 'spec.fsGroupPolicy', /"File", "None"/], ['a token too short', { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 60 }] } }, 'spec.tokenRequests[0].expirationSeconds', /less than 10 minutes/]],
  csinodes: [['a driver without an ID', { spec: { drivers: [{ name: 'd.example', nodeID: '' }] } }, 'spec.drivers[0].nodeID', /Required/], ['the same driver twice', { spec: { drivers: [{ name: 'd', nodeID: 'n' }, { name: 'd', nodeID: 'n' }] } }, 'spec.drivers[1].name', /Duplicate/]],
  csistoragecapacities: [['of no class', { storageClassName: '' }, 'storageClassName', /Required/], ['no amount', { storageClassName: 'c', capacity: 'much' }, 'capacity', quantity]],
  flowschemas: [['first of all', { spec: { matchingPrecedence: 1, priorityLevelConfiguration: { name: 'exempt' } } }, 'spec.matchingPrecedence', /only the schema named 'exempt'/], ['of nobody', { spec: { priorityLevelConfiguration: { name: 'exempt' }, rules: [{ subjects: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['*'] }] }] } }, 'spec.rules[0].subjects', /at least one/], ['a verb that is none', { spec: { priorityLevelConfiguration: { name: 'exempt' }, rules: [{ subjects: [{ kind: 'User', user: { name: 'u' } }], nonResourceRules: [{ verbs: ['look'], nonResourceURLs: ['/x'] }] }] } }, 'spec.rules[0].nonResourceRules[0].verbs', /supported values/]],
  mutatingwebhookconfigurations: [['a condition that cannot be read', { webhooks: [hook({ matchConditions: [{ name: 'c', expression: 'object.a ==' }] })] }, 'webhooks[0].matchConditions[0].expression', /compilation failed: ERROR: <input>:1/], ['a condition that is none', { webhooks: [hook({ matchConditions: [{ name: 'c', expression: 'request.name' }] })] }, 'webhooks[0].matchConditions[0].expression', /must evaluate to bool/], ['a field that requests have not', { webhooks: [hook({ matchConditions: [{ name: 'c', expression: 'request.user == "x"' }] })] }, 'webhooks[0].matchConditions[0].expression', /undefined field 'user'/], ['a name that is no domain', { webhooks: [hook({ name: 'hook' })] }, 'webhooks[0].name', /at least three segments/], ['plain HTTP', { webhooks: [hook({ clientConfig: { url: 'http://a.example' } })] }, 'webhooks[0].clientConfig.url', /'https' is the only allowed/], ['nobody to ask', { webhooks: [hook({ clientConfig: {} })] }, 'webhooks[0].clientConfig', /exactly one of/]],
  podtemplates: [['no template', {}, 'template', /Required/], ['no image', { template: { spec: { containers: [{ name: 'c' }] } } }, 'template.spec.containers[0].image', /Required/]],
  prioritylevelconfigurations: [['exempt without the name', { spec: { type: 'Exempt' } }, 'spec.type', /if and only if/], ['a queue without numbers that can be', { spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: { queues: 2, handSize: 3 } } } } }, 'spec.limited.limitResponse.queuing.handSize', /should not be greater than queues \(2\)/]],
  runtimeclasses: [['no handler', { handler: '' }, 'handler', /RFC 1123 label/], ['no amount', { handler: 'h', overhead: { podFixed: { cpu: 'some' } } }, 'overhead.podFixed[cpu]', quantity]],
  validatingadmissionpolicies: [['parameters of no kind', { spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'params.a' }] } }, 'spec.validations[0].expression', /undeclared reference to 'params'/], ['a variable before it is there', { spec: { matchConstraints: { resourceRules: [rule] }, variables: [{ name: 'a', expression: 'variables.b' }, { name: 'b', expression: '1' }], validations: [{ expression: 'true' }] } }, 'spec.variables[0].expression', /undefined field 'b'/], ['a number for a message', { spec: { matchConstraints: { resourceRules: [rule] }, variables: [{ name: 'b', expression: '1' }], validations: [{ expression: 'true', messageExpression: 'variables.b' }] } }, 'spec.validations[0].messageExpression', /must evaluate to string/], ['about nothing', { spec: { validations: [{ expression: 'true' }] } }, 'spec.matchConstraints', /Required/], ['says nothing', { spec: { matchConstraints: { resourceRules: [rule] } } }, 'spec.validations', /at least one item/]],
  validatingadmissionpolicybindings: [['both', { spec: { policyName: 'p', validationActions: ['Deny', 'Warn'] } }, 'spec.validationActions', /both Deny and Warn/], ['no action', { spec: { policyName: 'p' } }, 'spec.validationActions', /Required/]],
  validatingwebhookconfigurations: [['a wait too long', { webhooks: [hook({ timeoutSeconds: 31 })] }, 'webhooks[0].timeoutSeconds', /between 1 and 30/], ['all and one', { webhooks: [hook({ rules: [{ ...rule, resources: ['*', 'pods'] }] })] }, 'webhooks[0].rules[0].resources', /if '\*' is present/]],
  volumeattachments: [['of nothing', { spec: { attacher: 'd', nodeName: 'n', source: {} } }, 'spec.source', /exactly one/], ['by nobody', { spec: { attacher: '', nodeName: 'n', source: { persistentVolumeName: 'v' } } }, 'spec.attacher', /Required/]],
  storageclasses: [['no provisioner', {}, 'provisioner', /Required/], ['a policy that is none', { provisioner: 'toque.dev/local', reclaimPolicy: 'Burn' }, 'reclaimPolicy', /Unsupported value/]],
}

const kinds = (): Resource[] => t.api.registry.all().filter((k) => k.resource.group !== 'metrics.k8s.io').map((k) => k.resource)
const kindOf = (plural: string): Resource => kinds().find((r) => r.plural === plural) ?? (() => { throw new Error(`${plural} is not served`) })()
const nameOf = (body: object): string => (body as { metadata?: { name?: string } }).metadata?.name ?? NAME

/** Sends it as a client would, and gives the refusal. */
async function refused(resource: Resource, body: object): Promise<StatusError> {
  const { group, version, kind } = resource
  const whole = { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...body, metadata: { name: nameOf(body) } }
  const sent = (async () => t.api.create(resource, resource.namespaced ? 'default' : '', readObject(t.api.core.schemas, resource, whole, 'Strict', () => undefined), AS_TESTER))()
  const error = await sent.then(() => undefined, (e: unknown) => e)
  if (!(error instanceof StatusError)) throw new Error(`${kind}: ${error === undefined ? 'it was taken' : String(error)}`)
  return error
}

describe.each(Object.entries(ROWS))('%s', (plural, rows) => {
  test.each(rows)('%s', async (_, body, field, says) => {
    const { message, reason, details } = await refused(kindOf(plural), body)
    expect(['Invalid', 'BadRequest', 'Forbidden']).toContain(reason)
    expect((details.causes ?? []).map((c) => c.field)).toContain(field)
    expect(message).toContain(field)
    expect(message).toMatch(says)
    expect(() => t.api.get(kindOf(plural), kindOf(plural).namespaced ? 'default' : '', nameOf(body))).toThrow(/not found/)
  })
})

test('every kind that is served is in the table', () => {
  expect(kinds().map((r) => r.plural).filter((plural) => ROWS[plural] === undefined)).toEqual([])
})

test('of every kind: a name that is none, labels that are none, a field that is not known, and one of the wrong type', async () => {
  for (const resource of kinds()) {
    const [good] = (ROWS[resource.plural] ?? []).map(([, body]) => body)
    const badName = await refused(resource, { ...good, metadata: { name: 'Not/A name' } })
    expect(badName.message, resource.kind).toContain('metadata.name')
    const unknown = await refused(resource, { ...good, speck: {} })
    expect(unknown.message, resource.kind).toMatch(/unknown field "speck"/)
    const wrongType = (async () => readObject(t.api.core.schemas, resource, { ...good, metadata: { name: NAME, labels: 'app' } }, 'Strict', () => undefined))()
    await expect(wrongType, resource.kind).rejects.toThrow(/labels/)
  }
})
