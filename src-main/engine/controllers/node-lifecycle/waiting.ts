import { timestamp } from '../../../common/clock.ts'
import { heldMessage } from '../../../common/kube/claim-data.ts'
import type { HeldClaim } from '../../../common/kube/claim-data.ts'
import { isConditionTrue, withCondition } from '../../../common/kube/conditions.ts'
import type { Pod, PodCondition, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import { WAITING_FOR_DATA, WAITING_REASON, waitingMessage, waitsForItsServer } from '../../../common/kube/local-data.ts'

/** Does the pod say that it waits for the server that has its data? */
export function isWaitingForData(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, WAITING_FOR_DATA)
}

/** A pod's status as it says that it waits, or does so no longer. The reason is what `kubectl get` shows and `describe` explains. Pure. */
export function waitingStatus(pod: Pod, waits: boolean, now: number, held: readonly HeldClaim[] = []): PodStatus {
  const { reason, message, ...rest } = pod.status ?? {}
  const lastTransitionTime = timestamp(now)
  if (waits) {
    const why = { reason: WAITING_REASON, message: whyItWaits(pod, held) }
    return { ...rest, ...why, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_DATA, status: 'True', lastTransitionTime, ...why }) }
  }
  const others = reason === WAITING_REASON ? {} : { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
  return { ...rest, ...others, conditions: withCondition<PodCondition>(rest.conditions, { type: WAITING_FOR_DATA, status: 'False', reason: 'ServerAnswers', message: '', lastTransitionTime }) }
}

/** What the pod waits for, and what to do about it: its claims' data, or that in paths of the server. Pure. */
export function whyItWaits(pod: Pod, held: readonly HeldClaim[]): string {
  const waiting = held.filter(({ letGo }) => !letGo)
  const parts = [...(waitsForItsServer(pod) || waiting.length === 0 ? [waitingMessage(pod)] : []), ...(waiting.length > 0 ? [heldMessage(waiting, pod.spec.nodeName ?? '')] : [])]
  return parts.join(' ')
}
