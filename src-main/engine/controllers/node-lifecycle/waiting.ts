import { timestamp } from '../../../common/clock.ts'
import { isConditionTrue, withCondition } from '../../../common/kube/conditions.ts'
import type { Pod, PodCondition, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import { WAITING_FOR_DATA, WAITING_REASON, waitingMessage } from '../../../common/kube/local-data.ts'
import { WAITING_FOR_SERVER, WAITING_FOR_SERVER_REASON, waitingForServerMessage } from '../../../common/kube/stable-identity.ts'

/** What a pod on a silent server waits for: its data, which is there, or word that it does not run there any more. */
export type Wait = 'data' | 'server'

/** How each is said. */
const WAITS: Readonly<Record<Wait, { type: string; reason: string; message: (pod: Pod) => string }>> = {
  data: { type: WAITING_FOR_DATA, reason: WAITING_REASON, message: waitingMessage },
  server: { type: WAITING_FOR_SERVER, reason: WAITING_FOR_SERVER_REASON, message: waitingForServerMessage },
}

/** What the pod says that it waits for. */
export function waitOf(pod: Pod): Wait | undefined {
  return (['data', 'server'] as const).find((wait) => isConditionTrue(pod.status?.conditions, WAITS[wait].type))
}

/** Why it waits, as its status and its event say it. */
export function whyWaits(pod: Pod, wait: Wait): { reason: string; message: string } {
  return { reason: WAITS[wait].reason, message: WAITS[wait].message(pod) }
}

/** A pod's status as it says what it waits for, or that it does so no longer. The reason is what `kubectl get` shows and `describe` explains. Pure. */
export function waitingStatus(pod: Pod, wait: Wait | undefined, now: number): PodStatus {
  const { reason, message, ...rest } = pod.status ?? {}
  const lastTransitionTime = timestamp(now)
  const before = waitOf(pod)
  let conditions = rest.conditions
  if (before !== undefined && before !== wait) conditions = withCondition<PodCondition>(conditions, { type: WAITS[before].type, status: 'False', reason: 'ServerAnswers', message: '', lastTransitionTime })
  if (wait === undefined) {
    const own = Object.values(WAITS).some((w) => w.reason === reason)
    return { ...rest, ...(own || reason === undefined ? {} : { reason }), ...(own || message === undefined ? {} : { message }), ...(conditions === undefined ? {} : { conditions }) }
  }
  const why = whyWaits(pod, wait)
  return { ...rest, ...why, conditions: withCondition<PodCondition>(conditions, { type: WAITS[wait].type, status: 'True', lastTransitionTime, ...why }) }
}
