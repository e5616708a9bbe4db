import { heldMessage } from '../../../common/kube/claim-data.ts'
import type { HeldClaim } from '../../../common/kube/claim-data.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Pod, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import { WAITING_FOR_DATA, waitingMessage, waitsForItsServer } from '../../../common/kube/local-data.ts'
import { dataWaitStatus } from '../data-wait.ts'

/** Does the pod say that it waits for the server that has its data? */
export function isWaitingForData(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, WAITING_FOR_DATA)
}

/** A pod's status as it says that it waits, or does so no longer. Pure. */
export function waitingStatus(pod: Pod, waits: boolean, now: number, held: readonly HeldClaim[] = []): PodStatus {
  return dataWaitStatus(pod.status, waits ? whyItWaits(pod, held) : undefined, now)
}

/** What the pod waits for, and what to do about it: its claims' data, or that in paths of the server. Pure. */
export function whyItWaits(pod: Pod, held: readonly HeldClaim[]): string {
  const waiting = held.filter(({ letGo }) => !letGo)
  const parts = [...(waitsForItsServer(pod) || waiting.length === 0 ? [waitingMessage(pod)] : []), ...(waiting.length > 0 ? [heldMessage(waiting, pod.spec.nodeName ?? '')] : [])]
  return parts.join(' ')
}
