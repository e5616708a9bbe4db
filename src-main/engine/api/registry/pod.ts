import { invalid } from '../../../common/errors.ts'
import type { Pod, Toleration } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { admitLimits } from '../admission/limits.ts'
import { admitPriority } from '../admission/priority.ts'
import { admitRuntimeClass } from '../admission/runtime-class.ts'
import { admitServiceAccount } from '../admission/service-account.ts'
import { same } from '../rest/same.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defineKind, proxySubresource } from './kind.ts'
import { defaultPodOnly, defaultPodSpec } from './pod-spec/defaults.ts'
import { qosClassOf } from './pod-spec/qos.ts'
import { gatedCondition, validateGatedUpdate, withoutNarrowable } from './pod-spec/gates.ts'
import { mergeLabelKeys } from './pod-spec/scheduling.ts'
import { validatePodSpec } from './pod-spec/validate.ts'
import { podColumns } from './pod-columns.ts'

// How long a pod stays bound to a node that is not ready or not reachable. The node lifecycle may shorten it.
const NODE_TROUBLE_SECONDS = 300
const EDITABLE = 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** Pod. Its node's agent writes the status and confirms a graceful deletion by a delete with grace 0. */
export const podKind = defineKind<Pod>({
  resource: Pods,
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  subresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    proxySubresource('PodProxyOptions'),
  ],
  defaults(pod) {
    if (pod.spec === undefined) return
    defaultPodSpec(pod.spec)
    defaultPodOnly(pod.spec)
  },
  prepareForCreate(pod, lookup) {
    const spec = pod.spec as Pod['spec'] | undefined
    if (spec === undefined) return
    admitServiceAccount(pod, lookup)
    admitLimits(pod, lookup)
    admitPriority(pod, lookup)
    admitRuntimeClass(pod, lookup)
    addNodeTolerations(spec)
    if ((spec.ephemeralContainers ?? []).length > 0) {
      throw invalid('', 'Pod', pod.metadata.name, [{ reason: 'FieldValueForbidden', field: 'spec.ephemeralContainers', message: 'Forbidden: cannot be set on create' }])
    }
    mergeLabelKeys(spec.affinity, pod.metadata.labels)
    pod.status = { ...gatedCondition(pod, lookup.now()), phase: 'Pending', qosClass: qosClassOf({ ...spec, containers: spec.containers ?? [] }) }
  },
  prepareForStatusUpdate(pod, old) {
    const qosClass = old.status?.qosClass
    pod.status = { ...pod.status, ...(qosClass === undefined ? {} : { qosClass }) }
  },
  validate(pod, errors) {
    if ((pod.spec as Pod['spec'] | undefined) === undefined) errors.required('spec.containers')
    else validatePodSpec(pod.spec, 'spec', errors)
  },
  validateUpdate(pod, old, errors) {
    if (pod.spec.containers.length !== old.spec.containers.length) {
      errors.forbidden('spec.containers', 'pod updates may not add or remove containers')
      return
    }
    validateImmutable(pod.spec.nodeName, old.spec.nodeName, 'spec.nodeName', errors)
    validateGatedUpdate(pod.spec, old.spec, errors)
    const lost = (old.spec.tolerations ?? []).some((t) => !(pod.spec.tolerations ?? []).some((other) => sameToleration(t, other)))
    if (lost) errors.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')
    const gated = (old.spec.schedulingGates ?? []).length > 0
    if (!same(withoutEditable(pod, gated), withoutEditable(old, gated))) errors.forbidden('spec', EDITABLE)
  },
  gracePeriod(pod, requested) {
    // Nobody runs it yet, or nobody runs it any more: nothing to wait for. One whose deadline is over has failed before its containers have ended.
    const runs = pod.status?.containerStatuses?.some((s) => s.state?.running !== undefined) === true
    if (!pod.spec.nodeName || (isPodTerminated(pod) && !runs)) return 0
    const grace = requested ?? pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
    return grace < 0 ? 1 : grace
  },
  selectableFields: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork', 'status.phase', 'status.podIP', 'status.podIPs', 'status.nominatedNodeName'],
  selectableField(pod, field) {
    switch (field) {
      case 'spec.nodeName': return pod.spec.nodeName ?? ''
      case 'spec.restartPolicy': return pod.spec.restartPolicy ?? ''
      case 'spec.schedulerName': return pod.spec.schedulerName ?? ''
      case 'spec.serviceAccountName': return pod.spec.serviceAccountName ?? ''
      case 'spec.hostNetwork': return String(pod.spec.hostNetwork ?? false)
      case 'status.phase': return pod.status?.phase ?? ''
      case 'status.podIP':
      case 'status.podIPs': return pod.status?.podIP ?? ''
      default: return pod.status?.nominatedNodeName ?? ''
    }
  },
  columns: podColumns,
})

function addNodeTolerations(spec: Pod['spec']): void {
  const covers = (t: Toleration, key: string): boolean => (t.key === key || (!t.key && t.operator === 'Exists')) && (!t.effect || t.effect === 'NoExecute')
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (spec.tolerations?.some((t) => covers(t, key)) === true) continue
    spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: NODE_TROUBLE_SECONDS }]
  }
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && (a.operator ?? 'Equal') === (b.operator ?? 'Equal') && (a.value ?? '') === (b.value ?? '') && a.effect === b.effect
}

/** A pod's spec without what an update may change. */
function withoutEditable(pod: Readonly<Pod>, gated: boolean): unknown {
  const { tolerations: _t, activeDeadlineSeconds: _a, terminationGracePeriodSeconds: _g, containers, initContainers, nodeName: _n, ...rest } = pod.spec
  const withoutImage = (list: Pod['spec']['containers'] | undefined): unknown => list?.map(({ image: _i, ...container }) => container)
  return { spec: withoutNarrowable(rest, gated), containers: withoutImage(containers), initContainers: withoutImage(initContainers) }
}
