import { timestamp } from '../../../common/clock.ts'
import { isConditionTrue, withCondition } from '../../../common/kube/conditions.ts'
import type { Pod, PodCondition, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import { WAITING_FOR_DATA, WAITING_REASON, waitingMessage } from '../../../common/kube/local-data.ts'

/** Does the pod say that it waits for the server that has its data? */
export function isWaitingForData(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, WAITING_FOR_DATA)
}

/** A pod's status as it says that it waits, or does so no longer. The reason is what `kubectl get` shows and `describe` explains. Pure. */
export function waitingStatus(pod: Pod, waits: boolean, now: number): PodStatus {
  const { reason, message, ...rest } = pod.status ?? {}
  const lastTransitionTime = timestamp(now)
  if (waits) {
    const why = { reason: WAITING_REASON, message: waitingMessage(pod) }
    return { ...rest, ...why, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_DATA, status: 'True', lastTransitionTime, ...why }) }
  }
  const others = reason === WAITING_REASON ? {} : { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
  return { ...rest, ...others, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_DATA, status: 'False', reason: 'ServerAnswers', message: '', lastTransitionTime }) }
}
