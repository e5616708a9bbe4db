import { timestamp } from '../../common/clock.ts'
import { withCondition } from '../../common/kube/conditions.ts'
import type { PodCondition, PodStatus } from '../../common/kube/generated/core-v1.ts'
import { WAITING_FOR_DATA, WAITING_REASON } from '../../common/kube/local-data.ts'

/**
 * A pod's status as it says that it waits for its data, and why; undefined: it does so no longer. The reason is what `kubectl get` shows and
 * `describe` explains. Pure.
 */
export function dataWaitStatus(status: PodStatus | undefined, message: string | undefined, now: number): PodStatus {
  const { reason, message: said, ...rest } = status ?? {}
  const lastTransitionTime = timestamp(now)
  if (message !== undefined) {
    const why = { reason: WAITING_REASON, message }
    return { ...rest, ...why, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_DATA, status: 'True', lastTransitionTime, ...why }) }
  }
  const others = reason === WAITING_REASON ? {} : { ...(reason === undefined ? {} : { reason }), ...(said === undefined ? {} : { message: said }) }
  return { ...rest, ...others, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_DATA, status: 'False', reason: 'ServerAnswers', message: '', lastTransitionTime }) }
}
