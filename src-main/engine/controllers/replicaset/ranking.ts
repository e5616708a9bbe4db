import { findCondition } from '../../../common/kube/conditions.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../common/kube/pods.ts'

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
const PHASE_RANK: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * Pods in the order in which they should go when there are too many: the least is lost with the first. Without a node before with one,
 * Pending before Running, not ready before ready, cheap before dear, crowded nodes first, ready for a short time (in powers of two) before
 * long, more restarts first, new before old. The same order as upstream's ActivePodsWithRanks.
 * `related`: all pods that share the load, to tell crowded nodes.
 */
export function byDeletionOrder(pods: readonly Pod[], related: readonly Pod[], now: number): Pod[] {
  const crowd = new Map<string, number>()
  for (const pod of related) crowd.set(pod.spec.nodeName ?? '', (crowd.get(pod.spec.nodeName ?? '') ?? 0) + 1)
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, crowd, now) }))
  ranked.sort((a, b) => compare(a.rank, b.rank))
  return ranked.map((r) => r.pod)
}

function rankOf(pod: Pod, crowd: ReadonlyMap<string, number>, now: number): (number | string)[] {
  const ready = isPodReady(pod)
  const readySince = Date.parse(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '') || now
  const restarts = Math.max(0, ...(pod.status?.containerStatuses ?? []).map((c) => c.restartCount))
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 1,
    ready ? 1 : 0,
    Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0,
    -(crowd.get(pod.spec.nodeName ?? '') ?? 0),
    ready ? Math.floor(Math.log2(Math.max(1, now - readySince))) : 0,
    -restarts,
    -Date.parse(pod.metadata.creationTimestamp),
    // Nothing tells them apart; any fixed order will do.
    pod.metadata.name,
  ]
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let i = 0; i < a.length; i++) {
    const left = a[i] as number | string
    const right = b[i] as number | string
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}
