/** A field by its path (`*`: each item of a list) and the value that a server gives it where nobody says one. */
export type FilledIn = readonly [path: string, value: unknown]

const CONTAINER: readonly FilledIn[] = [
  ['terminationMessagePath', '/dev/termination-log'], ['terminationMessagePolicy', 'File'], ['resources', {}], ['env.*.valueFrom.fieldRef.apiVersion', 'v1'], ['env.*.valueFrom.resourceFieldRef.divisor', '0'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe): FilledIn[] => [[`${probe}.successThreshold`, 1], [`${probe}.httpGet.path`, '/'], [`${probe}.httpGet.scheme`, 'HTTP'], [`${probe}.grpc.service`, '']]),
  ...['postStart', 'preStop'].flatMap((hook): FilledIn[] => [[`lifecycle.${hook}.httpGet.path`, '/'], [`lifecycle.${hook}.httpGet.scheme`, 'HTTP']]),
]
const POD: readonly FilledIn[] = [
  ['metadata', {}], ['spec.restartPolicy', 'Always'], ['spec.dnsPolicy', 'ClusterFirst'], ['spec.schedulerName', 'default-scheduler'], ['spec.securityContext', {}],
  ...['containers', 'initContainers'].flatMap((list) => under(`spec.${list}.*`, CONTAINER)),
  ...['secret', 'configMap', 'downwardAPI', 'projected'].map((kind): FilledIn => [`spec.volumes.*.${kind}.defaultMode`, 0o644]),
  ['spec.volumes.*.hostPath.type', ''], ['spec.topologySpreadConstraints.*.nodeAffinityPolicy', 'Honor'], ['spec.topologySpreadConstraints.*.nodeTaintsPolicy', 'Ignore'],
]
const JOB: readonly FilledIn[] = [
  ['completionMode', 'NonIndexed'], ['suspend', false], ['manualSelector', false], ['podReplacementPolicy', 'TerminatingOrFailed'], ...under('template', POD),
]
const TEMPLATE = under('spec.template', POD)

/**
 * What the API server of Kubernetes fills in, by kind, as far as it means nothing to Docker: a field that says no more is as good as none. Not here, because it means
 * something else to Docker where nothing is said: replicas, how long a stop may take, how often a job is tried. The order matters: inner fields first.
 */
export const FILLED_IN: Readonly<Record<string, readonly FilledIn[] | undefined>> = {
  Deployment: [
    ...TEMPLATE, ['spec.revisionHistoryLimit', 10], ['spec.progressDeadlineSeconds', 600],
    ['spec.strategy', { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }], ['spec.strategy', { type: 'RollingUpdate' }], ['spec.strategy', {}],
  ],
  StatefulSet: [
    ...TEMPLATE, ['spec.revisionHistoryLimit', 10], ['spec.updateStrategy', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }], ['spec.updateStrategy', { type: 'RollingUpdate' }],
    ['spec.persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' }], ['spec.volumeClaimTemplates.*.spec.volumeMode', 'Filesystem'], ['spec.volumeClaimTemplates.*.status', { phase: 'Pending' }],
  ],
  DaemonSet: [...TEMPLATE, ['spec.revisionHistoryLimit', 10]],
  Job: under('spec', JOB),
  CronJob: [
    ['spec.concurrencyPolicy', 'Allow'], ['spec.suspend', false], ['spec.successfulJobsHistoryLimit', 3], ['spec.failedJobsHistoryLimit', 1], ['spec.jobTemplate.metadata', {}], ...under('spec.jobTemplate.spec', JOB),
  ],
  Service: [
    ['spec.type', 'ClusterIP'], ['spec.sessionAffinity', 'None'], ['spec.sessionAffinityConfig', { clientIP: { timeoutSeconds: 10_800 } }], ['spec.internalTrafficPolicy', 'Cluster'], ['spec.externalTrafficPolicy', 'Cluster'], ['spec.allocateLoadBalancerNodePorts', true], ['spec.ipFamilyPolicy', 'SingleStack'],
  ],
  PersistentVolumeClaim: [['spec.volumeMode', 'Filesystem']],
  Secret: [['type', 'Opaque']],
}

function under(base: string, fields: readonly FilledIn[]): FilledIn[] {
  return fields.map(([path, value]) => [`${base}.${path}`, value])
}
