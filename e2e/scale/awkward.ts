// What people type that can never be, or that contradicts itself or what is there: each is taken by the API, and none may keep a controller busy.

const meta = (name: string, more: object = {}): object => ({ name, namespace: 'awkward', ...more })
const template = (app: string, spec: object = {}): object => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '10m', memory: '8Mi' } } }], ...spec } })
const selector = (app: string): object => ({ matchLabels: { app } })
const claimOf = (name: string): object => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] })
const deployment = (name: string, spec: object = {}, pod: object = {}): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(name), spec: { replicas: 2, selector: selector(name), template: template(name, pod), ...spec },
})
const statefulSet = (name: string, spec: object = {}, pod: object = {}): object => ({
  apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: meta(name), spec: { replicas: 2, serviceName: 'nowhere', selector: selector(name), template: template(name, pod), ...spec },
})
const daemonSet = (name: string, spec: object = {}, pod: object = {}): object => ({
  apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta(name), spec: { selector: selector(name), template: template(name, pod), ...spec },
})
const job = (name: string, spec: object = {}, pod: object = {}): object => ({
  apiVersion: 'batch/v1', kind: 'Job', metadata: meta(name), spec: { template: template(name, { restartPolicy: 'Never', ...pod }), ...spec },
})
const cronJob = (name: string, spec: object): object => ({
  apiVersion: 'batch/v1', kind: 'CronJob', metadata: meta(name), spec: { jobTemplate: { spec: { template: template(name, { restartPolicy: 'Never' }) } }, ...spec },
})
const autoscaler = (name: string, target: string, spec: object = {}): object => ({
  apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: meta(name),
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target }, minReplicas: 2, maxReplicas: 4, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }], ...spec },
})
const claim = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta(name), spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
})
const volume = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' }, storageClassName: 'by-hand', ...spec },
})

/** What must be there before the rest can be made. */
export const NAMESPACES: readonly object[] = ['awkward', 'narrow'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))

/** `nodes`: two names of nodes. */
export function awkwardObjects([first, second]: readonly [string, string]): object[] {
  return [
    // Workloads that cannot be placed, contradict each other, or name what is not there.
    deployment('nowhere', {}, { nodeSelector: { disk: 'none-has-this' } }),
    deployment('too-large', {}, { containers: [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '4000' } } }] }),
    deployment('gated', {}, { schedulingGates: [{ name: 'example.com/wait' }] }),
    deployment('no-config', {}, { containers: [{ name: 'main', image: 'app:1', envFrom: [{ configMapRef: { name: 'not-there' } }] }] }),
    deployment('no-claim', {}, claimOf('not-there')),
    deployment('never-pulled', {}, { containers: [{ name: 'main', image: 'app:1', imagePullPolicy: 'Never' }], imagePullSecrets: [{ name: 'not-there' }] }),
    deployment('paused', { paused: true }), deployment('none', { replicas: 0 }), deployment('late', { progressDeadlineSeconds: 2, minReadySeconds: 1 }, { nodeSelector: { disk: 'none' } }),
    deployment('alike-a', { selector: selector('alike'), template: template('alike') }), deployment('alike-b', { selector: selector('alike'), template: template('alike') }),
    deployment('tight', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }), deployment('no-account', {}, { serviceAccountName: 'not-there' }), deployment('no-class', {}, { priorityClassName: 'system-node-critical' }),
    // Told to run where it is not wanted: its pods are turned away as often as they are made.
    deployment('against-a-taint', { replicas: 1 }, { nodeName: second }),
    deployment('two-on-one-port', {}, { nodeName: first, containers: [{ name: 'main', image: 'app:1', ports: [{ containerPort: 80, hostPort: 8080 }] }] }),
    deployment('against-its-selector', { replicas: 1 }, { nodeName: first, nodeSelector: { disk: 'none' } }),
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: meta('alike-c'), spec: { replicas: 1, selector: selector('alike'), template: template('alike') } },
    { apiVersion: 'v1', kind: 'ReplicationController', metadata: meta('old'), spec: { replicas: 2, selector: { app: 'old' }, template: template('old') } },
    statefulSet('no-service'), statefulSet('claims', { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'not-there', resources: { requests: { storage: '1Gi' } } } }] }),
    statefulSet('beyond', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 99 } } }), statefulSet('by-hand', { updateStrategy: { type: 'OnDelete' } }),
    statefulSet('parallel', { podManagementPolicy: 'Parallel' }, { nodeSelector: { disk: 'none' } }),
    daemonSet('everywhere'), daemonSet('on-none', {}, { nodeSelector: { disk: 'none' } }), daemonSet('too-large', {}, { containers: [{ name: 'main', image: 'app:1', resources: { requests: { memory: '9Ti' } } }] }),
    daemonSet('ports', { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }, { containers: [{ name: 'main', image: 'app:1', ports: [{ containerPort: 80, hostPort: 8080 }] }] }),
    job('fails', { backoffLimit: 1 }, { containers: [{ name: 'main', image: 'fails:1' }] }), job('suspended', { suspend: true }), job('no-room', { parallelism: 3, completions: 9 }, { nodeSelector: { disk: 'none' } }),
    job('nothing', { completions: 0 }), job('late', { activeDeadlineSeconds: 1 }), job('ends', { completions: 2, completionMode: 'Indexed', ttlSecondsAfterFinished: 100_000 }, { containers: [{ name: 'main', image: 'ends:1' }] }),
    cronJob('never', { schedule: '0 0 31 2 *' }), cronJob('suspended', { schedule: '* * * * *', suspend: true }), cronJob('elsewhere', { schedule: '0 3 1 1 *', timeZone: 'Asia/Seoul' }),
    // Autoscalers of nothing, of what cannot be measured, and two of one thing.
    autoscaler('of-nothing', 'not-there'), autoscaler('unmeasured', 'nowhere'), autoscaler('both-a', 'tight'), autoscaler('both-b', 'tight'), autoscaler('off', 'none'),
    autoscaler('strange', 'paused', { metrics: [{ type: 'Pods', pods: { metric: { name: 'none_has_this' }, target: { type: 'AverageValue', averageValue: '1' } } }] }),
    // Budgets of nothing, impossible ones, and two of one thing.
    ...['nobody', 'tight', 'alike', 'old'].flatMap((app) => [
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta(`${app}-all`), spec: { minAvailable: '100%', selector: selector(app) } },
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta(`${app}-none`), spec: { maxUnavailable: 0, selector: selector(app) } },
    ]),
    // Volumes and claims that do not meet, and two claims of one volume.
    claim('no-such-class', { storageClassName: 'not-there' }), claim('no-such-volume', { volumeName: 'not-there', storageClassName: 'by-hand' }), claim('waits'), claim('many', { accessModes: ['ReadWriteMany'] }),
    claim('one', { volumeName: 'shared', storageClassName: 'by-hand' }), claim('two', { volumeName: 'shared', storageClassName: 'by-hand' }), volume('shared'), volume('left-over', { claimRef: { namespace: 'awkward', name: 'gone', uid: 'gone' } }),
    volume('reserved', { claimRef: { namespace: 'awkward', name: 'waits' } }), { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'strangers' }, provisioner: 'example.com/none' }, claim('strangers', { storageClassName: 'strangers' }),
    // Services and rules of nothing, and of each other's pods.
    ...['nobody', 'alike', 'everywhere'].map((app) => ({ apiVersion: 'v1', kind: 'Service', metadata: meta(`to-${app}`), spec: { selector: { app }, ports: [{ port: 80, targetPort: 'http' }] } })),
    { apiVersion: 'v1', kind: 'Service', metadata: meta('bare'), spec: { ports: [{ port: 80 }] } }, { apiVersion: 'v1', kind: 'Service', metadata: meta('headless'), spec: { clusterIP: 'None', selector: { app: 'alike' } } },
    { apiVersion: 'v1', kind: 'Service', metadata: meta('balanced'), spec: { type: 'LoadBalancer', selector: { app: 'alike' }, ports: [{ port: 80 }] } },
    { apiVersion: 'v1', kind: 'Endpoints', metadata: meta('bare'), subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 80 }] }] },
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta('to-nothing'), spec: { tls: [{ hosts: ['a.example'], secretName: 'not-there' }], rules: [{ host: 'a.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'not-there', port: { number: 80 } } } }] } }] } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta('of-others'), spec: { ingressClassName: 'strangers', defaultBackend: { service: { name: 'to-alike', port: { number: 80 } } } } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('nobody'), spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } },
    // Owners that are not there, finalizers that nobody takes off, quotas below what is there, limits.
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('held', { finalizers: ['example.com/nobody'] }) },
    { apiVersion: 'v1', kind: 'Secret', metadata: meta('wrong'), type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('robot') },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta('ample'), spec: { hard: { pods: '1000', 'requests.cpu': '100000', 'count/configmaps': '10' } } },
    { apiVersion: 'v1', kind: 'LimitRange', metadata: meta('limits'), spec: { limits: [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '10m' } }] } },
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'first' }, value: 1000 },
    { apiVersion: 'v1', kind: 'Pod', metadata: meta('alone'), spec: { containers: [{ name: 'main', image: 'app:1' }] } },
    { apiVersion: 'v1', kind: 'Pod', metadata: meta('on-no-node'), spec: { nodeName: 'not-there', containers: [{ name: 'main', image: 'app:1' }] } },
    // Toque's own kinds, of what is not there, twice of one thing, and without end.
    ...['not-there', 'tight', 'tight'].map((name, i) => ({ apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: meta(`rollout-${String(i)}`), spec: { deployment: name, strategy: { canary: { steps: [{ weight: 10 }, { pause: {} }] } } } })),
    { apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: meta('blue'), spec: { deployment: 'nowhere', strategy: { blueGreen: { previewService: 'not-there' } } } },
    { apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'eager' }, spec: { when: 'Always', settleSeconds: 0, atOnce: 16 } },
    { apiVersion: 'toque.dev/v1', kind: 'LogSink', metadata: { name: 'nowhere' }, spec: { type: 'loki', loki: { url: 'http://127.0.0.1:9', username: 'u', tokenSecret: { namespace: 'awkward', name: 'not-there', key: 'k' } } } },
    { apiVersion: 'toque.dev/v1', kind: 'Notification', metadata: { name: 'nowhere' }, spec: { urlSecret: { namespace: 'awkward', name: 'not-there', key: 'k' } } },
    { apiVersion: 'toque.dev/v1', kind: 'BackupSchedule', metadata: meta('of-nothing'), spec: { schedule: '0 0 31 2 *', claims: { names: ['not-there'] }, target: { server: { name: 'not-there' } } } },
    { apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: meta('of-nothing'), spec: { claimName: 'not-there', target: { s3: { endpoint: 'http://127.0.0.1:9', bucket: 'backups', secretName: 'not-there' } } } },
    { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: meta('of-nothing'), spec: { source: { persistentVolumeClaimName: 'not-there' } } },
    { apiVersion: 'toque.dev/v1', kind: 'Certificate', metadata: meta('of-nobody'), spec: { secretName: 'tls', dnsNames: ['a.example'], issuer: 'not-there' } },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: meta('classless'), spec: { gatewayClassName: 'not-there', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] } },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: meta('to-nothing'), spec: { parentRefs: [{ name: 'not-there' }], rules: [{ backendRefs: [{ name: 'not-there', port: 80 }] }] } },
    { apiVersion: 'gateway.networking.k8s.io/v1beta1', kind: 'ReferenceGrant', metadata: meta('to-nobody'), spec: { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'not-there' }], to: [{ group: '', kind: 'Service' }] } },
    // A quota that is used up: its ReplicaSet, StatefulSet, DaemonSet and Job are refused pods for ever.
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: 'narrow' }, spec: { hard: { pods: '0' } } },
    ...[deployment('refused'), statefulSet('refused'), daemonSet('refused'), job('refused')].map((object) => ({ ...object, metadata: { name: 'refused', namespace: 'narrow' } })),
  ]
}
