import type { Path } from '../yaml/place.ts'

const SELECTOR_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/** What fields may hold of which Kubernetes' schema says so only in prose: by a field's name, or that of its group and its own. From its API reference. */
export const MANIFEST_VALUES: Readonly<Record<string, readonly string[]>> = {
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  imagePullPolicy: ['IfNotPresent', 'Always', 'Never'],
  terminationMessagePolicy: ['File', 'FallbackToLogsOnError'],
  dnsPolicy: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  protocol: ['TCP', 'UDP', 'SCTP'],
  scheme: ['HTTP', 'HTTPS'],
  pathType: ['Prefix', 'Exact', 'ImplementationSpecific'],
  policyTypes: ['Ingress', 'Egress'],
  sessionAffinity: ['None', 'ClientIP'],
  externalTrafficPolicy: ['Cluster', 'Local'],
  internalTrafficPolicy: ['Cluster', 'Local'],
  whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'],
  effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  'tolerations.operator': ['Exists', 'Equal'],
  'matchExpressions.operator': SELECTOR_OPERATORS,
  podManagementPolicy: ['OrderedReady', 'Parallel'],
  'strategy.type': ['RollingUpdate', 'Recreate'],
  'updateStrategy.type': ['RollingUpdate', 'OnDelete'],
  concurrencyPolicy: ['Allow', 'Forbid', 'Replace'],
  completionMode: ['NonIndexed', 'Indexed'],
  accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'],
  volumeMode: ['Filesystem', 'Block'],
  persistentVolumeReclaimPolicy: ['Retain', 'Delete'],
  volumeBindingMode: ['Immediate', 'WaitForFirstConsumer'],
}

/** What the field at a path may hold by that list; [] where it does not say. */
export function valuesFor(path: Path): readonly string[] {
  const [group = '', field = ''] = ['', ...path.filter((step) => typeof step === 'string')].slice(-2)
  return MANIFEST_VALUES[`${group}.${field}`] ?? MANIFEST_VALUES[field] ?? []
}
