import { SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { matchesNodeAffinity } from '../../../common/kube/node-selector.ts'
import type { DaemonSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Node, Pod, Toleration } from '../../../common/kube/generated/core-v1.ts'
import { findUntolerated, NodeTaint } from '../../../common/kube/taints.ts'

const NETWORK_UNAVAILABLE = 'node.kubernetes.io/network-unavailable'

/** What a daemon tolerates besides its own: its node's troubles are where it is needed, and a cordon is not meant for it. */
export function daemonTolerations(set: DaemonSet): Toleration[] {
  const { hostNetwork, tolerations = [] } = set.spec.template.spec ?? { containers: [] }
  const own = [
    ...[NodeTaint.notReady, NodeTaint.unreachable, SERVER_LOST_TAINT].map((key) => [key, 'NoExecute'] as const),
    ...[NodeTaint.diskPressure, NodeTaint.memoryPressure, NodeTaint.pidPressure, NodeTaint.unschedulable, ...(hostNetwork === true ? [NETWORK_UNAVAILABLE] : [])].map((key) => [key, 'NoSchedule'] as const),
  ].map(([key, effect]): Toleration => ({ key, operator: 'Exists', effect }))
  // One's own of the same taint is replaced, or it could set an end to it.
  return [...tolerations.filter((t) => !own.some((o) => o.key === t.key && o.effect === t.effect && t.operator === 'Exists')), ...own]
}

/** Should a node have a daemon, and, where it should not get one, may it keep the one it has? Pure. */
export function nodeFit(set: DaemonSet, node: Node): { run: boolean; keep: boolean } {
  const spec = set.spec.template.spec ?? { containers: [] }
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, keep: false }
  if (!matchesNodeAffinity({ spec } as Pod, node)) return { run: false, keep: false }
  const tolerations = daemonTolerations(set)
  const { taints } = node.spec ?? {}
  if (findUntolerated(taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined) return { run: true, keep: true }
  return { run: false, keep: findUntolerated(taints, tolerations, ['NoExecute']) === undefined }
}
