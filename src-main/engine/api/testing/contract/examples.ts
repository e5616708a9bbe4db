/** A minimal valid object of a kind, without what every object has. */
export interface Example {
  /** All but apiVersion, kind and metadata. `name`: the object's, which some kinds repeat. */
  body(name: string): Record<string, unknown>
  /** What a controller may write: for the kinds that have a status. */
  readonly status?: Record<string, unknown>
  /** Makes the object's name from a word, where not every name will do. */
  name?(word: string): string
  /** The name follows from the rest: the server cannot make one up. */
  readonly fixedName?: true
}

const selector = { matchLabels: { app: 'x' } }
const container = { name: 'c', image: 'registry.example/i:1' }
const template = (spec: object = {}): object => ({ metadata: { labels: { app: 'x' } }, spec: { containers: [container], ...spec } })
const once = template({ restartPolicy: 'Never' })
const of = (body: Record<string, unknown>, status?: Record<string, unknown>): Example => ({ body: () => structuredClone(body), ...(status === undefined ? {} : { status }) })
const conditions = [{ type: 'Tried', status: 'True', reason: 'Because', message: 'it was', lastTransitionTime: '2026-01-01T00:00:00Z' }]
// Of what nobody writes here: they would be asked.
const rules = [{ apiGroups: ['nobody.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }]
const webhooks = [{ name: 'one.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { service: { name: 's', namespace: 'default' } }, rules }]
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }

/** A request for a certificate of `example`, PEM in base64. Its key was thrown away. */
const SIGNING_REQUEST = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITk1IUUNBUUF3RWpFUU1BNEdBMVVFQXd3SFpYaGhiWEJzWlRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OQpBd0VIQTBJQUJKNUk4aXQ3NlNSRjdCRHFIdlc5OXBOS1ZiUTkzN2daWnZlMTRiMGVBSHRndTBYbHk5dGxMM2RQClpCOEZiaUN6TjFDTXF6VzV2ME0zcDVQeWEwZjFweU9nQURBS0JnZ3Foa2pPUFFRREFnTkpBREJHQWlFQXRBNVcKcUhwbXU1WTJkZDkrZ0Q5TGxSRVVVNUx5emF0dHRJblpYdE1DbUlRQ0lRRGtkOFpndnNLaW9oeFp5UmlXSktGUAo3aVFYSUc2bURIalJZMEtiQ2ZLM3B3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='

/** By `plural.group`; a served kind that is stored and not here fails the suite. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  'configmaps': of({ data: { a: 'b' }, binaryData: { c: 'ZA==' } }),
  'endpoints': of({ subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port: 80, protocol: 'TCP' }] }] }),
  'events': of({ involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Tried', message: 'it was', type: 'Normal', source: { component: 'c' }, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:00Z', count: 1 }),
  'events.events.k8s.io': of({ regarding: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Tried', action: 'Trying', note: 'it was', type: 'Normal', reportingController: 'example.com/c', reportingInstance: 'c-0', eventTime: '2026-01-01T00:00:00.123456Z' }),
  'limitranges': of({ spec: { limits: [{ type: 'Pod', max: { cpu: '64' } }] } }),
  'namespaces': of({ spec: {} }, { phase: 'Active', conditions }),
  'nodes': of({ spec: { podCIDR: '10.244.9.0/24' } }, { addresses: [{ type: 'InternalIP', address: '10.0.0.9' }], capacity: { cpu: '2', memory: '4Gi' }, conditions: [{ ...conditions[0], lastHeartbeatTime: '2026-01-01T00:00:00Z' }] }),
  'persistentvolumeclaims': of({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }, { phase: 'Pending', conditions }),
  'persistentvolumes': of({ spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' } } }, { phase: 'Available', message: 'it is' }),
  'pods': of({ spec: { containers: [container] } }, { phase: 'Pending', conditions: [{ ...conditions[0], lastProbeTime: '2026-01-01T00:00:00Z' }], podIP: '10.244.0.9' }),
  'podtemplates': of({ template: template() }),
  'replicationcontrollers': of({ spec: { replicas: 1, selector: { app: 'x' }, template: template() } }, { replicas: 1, observedGeneration: 1 }),
  'resourcequotas': of({ spec: { hard: { 'count/widgets.example.com': '99' } } }, { hard: { 'count/widgets.example.com': '99' }, used: { 'count/widgets.example.com': '0' } }),
  'secrets': of({ type: 'Opaque', data: { a: 'Yg==' } }),
  'serviceaccounts': of({ imagePullSecrets: [{ name: 's' }], automountServiceAccountToken: false }),
  'services': of({ spec: { selector: { app: 'x' }, ports: [{ port: 80, targetPort: 'web' }] } }, { loadBalancer: { ingress: [{ ip: '10.0.0.9' }] } }),
  'controllerrevisions.apps': of({ data: { spec: { template: template() } }, revision: 1 }),
  'daemonsets.apps': of({ spec: { selector, template: template() } }, { currentNumberScheduled: 1, desiredNumberScheduled: 1, numberMisscheduled: 0, numberReady: 1 }),
  'deployments.apps': of({ spec: { selector, template: template(), strategy: { rollingUpdate: { maxSurge: '30%', maxUnavailable: 1 } } } }, { replicas: 1, readyReplicas: 1, conditions }),
  'replicasets.apps': of({ spec: { selector, template: template() } }, { replicas: 1 }),
  'statefulsets.apps': of({ spec: { serviceName: 's', selector, template: template() } }, { replicas: 1, currentRevision: 'r' }),
  'horizontalpodautoscalers.autoscaling': of({ spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'w' }, maxReplicas: 3 } }, { currentReplicas: 1, desiredReplicas: 2 }),
  'cronjobs.batch': of({ spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: once } } } }, { lastScheduleTime: '2026-01-01T00:00:00Z' }),
  'jobs.batch': of({ spec: { template: once } }, { active: 1, startTime: '2026-01-01T00:00:00Z' }),
  'certificatesigningrequests.certificates.k8s.io': of({ spec: { request: SIGNING_REQUEST, signerName: 'example.com/s', usages: ['client auth'] } }, { conditions: [{ ...conditions[0], type: 'Failed', lastUpdateTime: '2026-01-01T00:00:00Z' }] }),
  'leases.coordination.k8s.io': of({ spec: { holderIdentity: 'h', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.123456Z' } }),
  'endpointslices.discovery.k8s.io': of({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }], ports: [{ name: '', port: 80, protocol: 'TCP' }] }),
  'ingressclasses.networking.k8s.io': of({ spec: { controller: 'example.com/c', parameters: { kind: 'K', name: 'n' } } }),
  'ingresses.networking.k8s.io': of({ spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } }, { loadBalancer: { ingress: [{ hostname: 'h.example' }] } }),
  'networkpolicies.networking.k8s.io': of({ spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 'web' }] }] } }),
  'runtimeclasses.node.k8s.io': of({ handler: 'runc', overhead: { podFixed: { memory: '64Mi' } } }),
  'poddisruptionbudgets.policy': of({ spec: { minAvailable: '50%', selector } }, { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 }),
  'roles.rbac.authorization.k8s.io': of({ rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }),
  'rolebindings.rbac.authorization.k8s.io': of({ roleRef, subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'u' }] }),
  'clusterroles.rbac.authorization.k8s.io': of({ rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] }),
  'clusterrolebindings.rbac.authorization.k8s.io': of({ roleRef, subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'default' }] }),
  'priorityclasses.scheduling.k8s.io': of({ value: 7, description: 'in between' }),
  'storageclasses.storage.k8s.io': of({ provisioner: 'example.com/p', allowVolumeExpansion: true }),
  'csidrivers.storage.k8s.io': of({ spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 3600 }] } }),
  'csinodes.storage.k8s.io': of({ spec: { drivers: [{ name: 'example.com', nodeID: 'n', allocatable: { count: 3 } }] } }),
  'csistoragecapacities.storage.k8s.io': of({ storageClassName: 'c', capacity: '10Gi', nodeTopology: selector }),
  'volumeattachments.storage.k8s.io': of({ spec: { attacher: 'example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } } }, { attached: true, attachmentMetadata: { a: 'b' } }),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': of({ webhooks }),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': of({ webhooks: [{ ...webhooks[0], clientConfig: { url: 'https://hooks.example.com/check', caBundle: 'ZA==' } }] }),
  'validatingadmissionpolicies.admissionregistration.k8s.io': of({ spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression: 'true' }] } }, { observedGeneration: 1, conditions }),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': of({ spec: { policyName: 'p', validationActions: ['Deny'] } }),
  'apiservices.apiregistration.k8s.io': {
    name: (word) => `v1.${word}.example.com`, fixedName: true, status: { conditions },
    body: (name) => ({ spec: { group: name.slice('v1.'.length), version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 } }),
  },
  'flowschemas.flowcontrol.apiserver.k8s.io': of({ spec: { priorityLevelConfiguration: { name: 'catch-all' }, matchingPrecedence: 500, rules: [{ subjects: [{ kind: 'User', user: { name: 'u' } }], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }] }] } }, { conditions }),
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': of({ spec: { type: 'Limited', limited: { nominalConcurrencyShares: 10, limitResponse: { type: 'Queue', queuing: {} } } } }, { conditions }),
  'gatewayclasses.gateway.networking.k8s.io': of({ spec: { controllerName: 'example.com/c' } }, { conditions: [{ ...conditions[0], observedGeneration: 1 }] }),
  'gateways.gateway.networking.k8s.io': of({ spec: { gatewayClassName: 'toque', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] } }, { conditions: [{ ...conditions[0], observedGeneration: 1 }] }),
  'httproutes.gateway.networking.k8s.io': of({ spec: { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] } }, { parents: [] }),
  'referencegrants.gateway.networking.k8s.io': of({ spec: { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }], to: [{ group: '', kind: 'Service' }] } }),
  'servers.toque.dev': of({ spec: { host: '10.0.0.9', user: 'u' } }, { phase: 'Connected' }),
  'logsinks.toque.dev': of({ spec: { type: 'file', file: { directory: '/var/log/sink' } } }, { sentLines: 1 }),
  'logpositions.toque.dev': of({ containers: { c: { id: 'x', time: '2026-01-01T00:00:00.000000000Z', lines: 1 } } }),
  'notifications.toque.dev': of({ spec: { url: 'https://hooks.example.com/x' } }, { conditions }),
  'rebalances.toque.dev': of({ spec: { when: 'Once' } }, { phase: 'Done' }),
  'rollouts.toque.dev': of({ spec: { deployment: 'd', strategy: { canary: { steps: [{ weight: 5 }] } } } }, { conditions }),
  'volumebackups.toque.dev': of({ spec: { claimName: 'data', target: { folder: { path: '/backups' } } } }, { phase: 'Pending' }),
  'backupschedules.toque.dev': of({ spec: { schedule: '@daily', claims: { names: ['data'] }, target: { folder: { path: '/backups' } } } }, { active: 1 }),
  'certificateissuers.toque.dev': of({ spec: { acme: {} } }, { conditions }),
  'certificates.toque.dev': of({ spec: { secretName: 's', issuer: 'i', dnsNames: ['a.example'] } }, { conditions }),
  'volumesnapshots.snapshot.storage.k8s.io': of({ spec: { source: { persistentVolumeClaimName: 'data' } } }, { readyToUse: false }),
}
