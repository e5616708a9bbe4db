import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import { isMap } from '../../../common/json.ts'
import { readObject } from '../http/field-validation.ts'
import { makeRequest } from '../testing/make-request.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

// Whatever a client leaves out or writes wrong, the answer is a Status that says so, never a TypeError of ours.

let t: TestApi
beforeAll(async () => {
  t = await startTestApi(new FakeClock())
})
afterAll(() => t.close())

const REQUEST = Buffer.from((await makeRequest({ name: 'ann' })).request).toString('base64')
const metadata = { name: 'x', namespace: 'default', labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['e.com/f'], ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }] }
const probe = { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 1 }
const podSpec = {
  containers: [{
    name: 'c', image: 'i', command: ['a'], ports: [{ containerPort: 80, name: 'web', hostPort: 80, protocol: 'TCP' }], livenessProbe: probe, readinessProbe: { exec: { command: ['x'] } }, startupProbe: { tcpSocket: { port: 'web' } },
    env: [{ name: 'A', value: 'b' }, { name: 'F', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, { name: 'R', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }, { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    envFrom: [{ configMapRef: { name: 'c' } }], volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'x' }], resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } }, lifecycle: { preStop: { exec: { command: ['x'] } } },
  }],
  initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }],
  volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }, { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } }] } }, { name: 'w', configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } }, { name: 'h', hostPath: { path: '/x', type: '' } }],
  tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }], nodeSelector: { a: 'b' }, hostAliases: [{ ip: '1.1.1.1', hostnames: ['h'] }], imagePullSecrets: [{ name: 's' }],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { a: 'b' } } }], restartPolicy: 'Always', hostNetwork: true, readinessGates: [{ conditionType: 'x' }],
}
const template = { metadata: { labels: { a: 'b' } }, spec: podSpec }
const selector = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }
const samples: Record<string, object> = {
  pods: { spec: podSpec, status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 1, state: { running: { startedAt: 'x' } } }] } },
  deployments: { spec: { replicas: 1, selector, template, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } }, minReadySeconds: 1, progressDeadlineSeconds: 9 } },
  replicasets: { spec: { replicas: 1, selector, template } },
  statefulsets: { spec: { serviceName: 's', replicas: 1, selector, template, ordinals: { start: 1 }, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: '50%' } }, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] } },
  controllerrevisions: { data: { spec: { template } }, revision: 1 },
  poddisruptionbudgets: { spec: { minAvailable: '50%', selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
  services: { spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ name: 'a', port: 80, targetPort: 'web', nodePort: 30001, protocol: 'TCP' }], sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } }, clusterIP: '10.96.9.9', externalIPs: ['1.1.1.1'] } },
  endpoints: { subsets: [{ addresses: [{ ip: '1.1.1.1' }], ports: [{ port: 80, name: 'a' }] }] },
  endpointslices: { addressType: 'IPv4', endpoints: [{ addresses: ['1.1.1.1'], conditions: { ready: true } }], ports: [{ name: 'a', port: 80 }] },
  ingresses: { spec: { ingressClassName: 'c', defaultBackend: { service: { name: 's', port: { number: 80 } } }, rules: [{ host: '*.a.b', http: { paths: [{ path: '/', pathType: 'Exact', backend: { resource: { kind: 'K', name: 'n', apiGroup: 'g' } } }, { pathType: 'Prefix', path: '/x', backend: { service: { name: 's', port: { name: 'http' } } } }] } }], tls: [{ hosts: ['a.b'], secretName: 's' }] }, status: { loadBalancer: { ingress: [{ ip: '1.1.1.1' }] } } },
  ingressclasses: { spec: { controller: 'a.b/c', parameters: { apiGroup: 'a', kind: 'K', name: 'n', scope: 'Namespace', namespace: 'x' } } },
  certificatesigningrequests: { spec: { request: REQUEST, signerName: 'a.example/users', usages: ['client auth', 'digital signature'], expirationSeconds: 3600 } },
  configmaps: { data: { a: 'b' }, binaryData: { c: 'ZA==' } },
  secrets: { type: 'kubernetes.io/tls', data: { 'tls.crt': 'ZA==', 'tls.key': 'ZA==' }, stringData: { x: 'y' } },
  serviceaccounts: { secrets: [{ name: 's' }] },
  events: { involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, source: { component: 'c' }, reason: 'r', message: 'm' },
  leases: { spec: { holderIdentity: 'h', leaseDurationSeconds: 1 } },
  namespaces: { spec: { finalizers: ['kubernetes'] } },
  logsinks: { spec: { type: 'loki', namespaces: ['a'], selector, loki: { url: 'https://a.b', labels: { x: 'y' }, username: 'u', tokenSecret: { namespace: 'a', name: 'b', key: 'c' }, caSecret: { namespace: 'a', name: 'b', key: 'c' } } }, status: { conditions: [{ type: 'Delivering', status: 'True' }], sentLines: 1 } },
  logpositions: { containers: { c: { id: 'x', time: '2026-01-01T00:00:00.000000000Z', lines: 1 } } },
  notifications: { spec: { urlSecret: { namespace: 'a', name: 'b', key: 'c' }, format: 'slack', types: ['Warning'], reasons: ['BackOff'], kinds: ['Pod'], namespaces: ['a'], repeatSeconds: 1, perMinute: 1, signatureSecret: { namespace: 'a', name: 'b', key: 'c' } }, status: { conditions: [{ type: 'Delivering', status: 'False' }] } },
  rollouts: { spec: { deployment: 'd', strategy: { canary: { steps: [{ weight: 5 }, { pause: { seconds: 1 } }], analysis: { intervalSeconds: 1, maxErrorPercent: 1, maxMeanMs: 1 } } } }, status: { traffic: [{ hash: 'a', replicaSet: 'd-a', weight: 100 }] } },
  podtemplates: { template },
  runtimeclasses: { handler: 'h', overhead: { podFixed: { cpu: '1' } }, scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'k', operator: 'Exists' }] } },
  csidrivers: { spec: { attachRequired: true, fsGroupPolicy: 'File', volumeLifecycleModes: ['Persistent'], tokenRequests: [{ audience: 'a', expirationSeconds: 600 }] } },
  csinodes: { spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: ['k'], allocatable: { count: 1 } }] } },
  csistoragecapacities: { storageClassName: 'c', capacity: '1Gi', maximumVolumeSize: '1Gi', nodeTopology: selector },
  volumeattachments: { spec: { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'v' } }, status: { attached: true } },
  mutatingwebhookconfigurations: { webhooks: [{ name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { service: { name: 's', namespace: 'n', path: '/p', port: 1 } }, rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods', 'pods/*'], scope: '*' }], namespaceSelector: selector, matchConditions: [{ name: 'm', expression: 'true' }], timeoutSeconds: 1 }] },
  validatingwebhookconfigurations: { webhooks: [{ name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: 'https://a.b/c' } }] },
  validatingadmissionpolicies: { spec: { paramKind: { apiVersion: 'v1', kind: 'K' }, matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], resourceNames: ['n'] }] }, variables: [{ name: 'v', expression: '1' }], validations: [{ expression: 'true', message: 'm', reason: 'Invalid' }], auditAnnotations: [{ key: 'k', valueExpression: '"1"' }] }, status: { conditions: [] } },
  validatingadmissionpolicybindings: { spec: { policyName: 'p', paramRef: { selector, parameterNotFoundAction: 'Deny' }, matchResources: { excludeResourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['*'] }] }, validationActions: ['Deny'] } },
  flowschemas: { spec: { priorityLevelConfiguration: { name: 'p' }, matchingPrecedence: 2, distinguisherMethod: { type: 'ByUser' }, rules: [{ subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: 'n', namespace: 'n' } }, { kind: 'Group', group: { name: 'g' } }], resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['n'] }], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] }] }, status: { conditions: [] } },
  prioritylevelconfigurations: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, lendablePercent: 1, borrowingLimitPercent: 1, limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } } } } },
  nodes: { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }], podCIDR: '10.0.0.0/24' }, status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: '1.1.1.1' }] } },
}

/** What is done to one place of an object. */
type Damage = 'remove' | null | '' | 0 | -1 | 'x/y z' | true | [] | object

/** All places of a value, as paths. */
function placesOf(value: unknown, path: string[] = []): string[][] {
  const children = Array.isArray(value) || isMap(value) ? Object.entries(value).flatMap(([key, child]) => placesOf(child, [...path, key])) : []
  return path.length === 0 ? children : [path, ...children]
}

function damage(value: unknown, path: readonly string[], what: Damage): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined), value)
  const last = path.at(-1) ?? ''
  if (typeof parent !== 'object' || parent === null) return
  if (what === 'remove') Reflect.deleteProperty(parent, last)
  else (parent as Record<string, unknown>)[last] = structuredClone(what)
}

const damages = fc.constantFrom<Damage>('remove', 'remove', 'remove', null, '', 0, -1, 'x/y z', true, [], {}, [{}], [null])

test.each(Object.keys(samples))('%s: damaged objects are taken or refused, and print as a table', async (plural) => {
  const kind = t.api.registry.all().find((k) => k.resource.plural === plural)
  if (kind === undefined) throw new Error(`no kind ${plural}`)
  const { resource } = kind
  const { namespace, ...cluster } = metadata
  const sample = { metadata: resource.namespaced ? { ...cluster, namespace } : cluster, ...samples[plural] }
  const places = placesOf(sample)
  const stored = await t.api.create(resource, resource.namespaced ? 'default' : '', { ...sample, metadata: { ...sample.metadata, name: 'stored' } }, AS_TESTER)
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(places.length - 1), damages), { minLength: 1, maxLength: 3 }), fc.boolean(), async (hits, isUpdate) => {
    const body = structuredClone(isUpdate ? { ...sample, metadata: { ...sample.metadata, name: 'stored' } } : sample)
    for (const [place, what] of hits) damage(body, places[place] ?? [], what)
    try {
      const object = readObject(t.api.core.schemas, resource, body, 'Ignore', () => undefined)
      const options = { ...AS_TESTER, dryRun: true }
      const result = isUpdate ? await t.api.update(resource, stored.metadata.namespace ?? '', 'stored', object, options) : await t.api.create(resource, resource.namespaced ? 'default' : '', object, options)
      for (const column of kind.columns) column.cell(result, 0)
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason === 'InternalError') throw error
    }
  }), { numRuns: 400 })
})
