import { timestamp } from '../../../common/clock.ts'
import { isConditionTrue, withCondition } from '../../../common/kube/conditions.ts'
import type { Pod, PodCondition, PodStatus, Taint } from '../../../common/kube/generated/core-v1.ts'
import { isOfSilence } from '../../../common/kube/local-data.ts'
import { SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { hasStableIdentity, WAITING_FOR_SERVER, WAITING_FOR_SERVER_REASON, waitingForServerMessage } from '../../../common/kube/stable-identity.ts'

// A pod of a StatefulSet is not replaced before its server says that it ended.

/**
 * The taints that evict a pod. Losing the server does not hurry one that cannot be replaced: it leaves after upstream's five minutes, and the server may be back
 * before, with the pod as it was. Pure.
 */
export function evictingTaints(pod: Pod, taints: readonly Taint[]): readonly Taint[] {
  return hasStableIdentity(pod) ? taints.filter((t) => t.key !== SERVER_LOST_TAINT) : taints
}

/** Is the pod's name kept for a server that does not answer? Pure. */
export function keepsName(pod: Pod, taints: readonly Taint[]): boolean {
  return hasStableIdentity(pod) && !isPodTerminated(pod) && taints.some((t) => t.effect === 'NoExecute' && isOfSilence(t))
}

/** Does the pod say so? */
export function saysItKeepsName(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, WAITING_FOR_SERVER)
}

/** A pod's status as it says that its name is kept, or is so no longer. The reason is what `kubectl get` shows and `describe` explains. Pure. */
export function keptNameStatus(pod: Pod, keeps: boolean, now: number): PodStatus {
  const { reason, message, ...rest } = pod.status ?? {}
  const lastTransitionTime = timestamp(now)
  if (keeps) {
    const why = { reason: WAITING_FOR_SERVER_REASON, message: waitingForServerMessage(pod) }
    return { ...rest, ...why, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_SERVER, status: 'True', lastTransitionTime, ...why }) }
  }
  const others = reason === WAITING_FOR_SERVER_REASON ? {} : { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
  return { ...rest, ...others, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_SERVER, status: 'False', reason: 'ServerAnswers', message: '', lastTransitionTime }) }
}
