import { SERVER_LOST_TAINT } from './node-conditions.ts'
import { matchesNodeAffinity } from './node-selector.ts'
import type { DaemonSet } from './generated/apps-v1.ts'
import type { Node, Pod, Taint, Toleration } from './generated/core-v1.ts'
import { findUntolerated, NodeTaint } from './taints.ts'

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

/** Why a node gets no daemon: the template names another node, the node does not match its selector or affinity, or has a taint that is not tolerated. */
export type DaemonBar = { bar: 'otherNode' | 'affinity' } | { bar: 'taint'; taint: Taint }

/** Should a node have a daemon (else `why` not), and, where it should not get one, may it keep the one it has? Pure. */
export function nodeFit(set: DaemonSet, node: Node): { run: boolean; keep: boolean; why?: DaemonBar } {
  const spec = set.spec.template.spec ?? { containers: [] }
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, keep: false, why: { bar: 'otherNode' } }
  if (!matchesNodeAffinity({ spec } as Pod, node)) return { run: false, keep: false, why: { bar: 'affinity' } }
  const tolerations = daemonTolerations(set)
  const { taints } = node.spec ?? {}
  const taint = findUntolerated(taints, tolerations, ['NoSchedule', 'NoExecute'])
  if (taint === undefined) return { run: true, keep: true }
  return { run: false, keep: findUntolerated(taints, tolerations, ['NoExecute']) === undefined, why: { bar: 'taint', taint } }
}
