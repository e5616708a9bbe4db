import { DRAINED_CONDITION } from '../docker-labels.ts'
import { findCondition, isConditionTrue } from './conditions.ts'
import type { Pod } from './generated/core-v1.ts'

/** Does the pod say it is Ready? */
export function isPodReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True'
}

/** Has the pod ended for good (Succeeded or Failed)? */
export function isPodTerminated(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Is the pod being deleted? */
export function isPodTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}

/** Neither ended nor being deleted: it counts as a replica. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminated(pod) && !isPodTerminating(pod)
}

/** Milliseconds until a Ready pod counts as available (0 or less: it does); undefined when it is not Ready. */
export function msUntilAvailable(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds <= 0) return 0
  return ready.lastTransitionTime === undefined ? undefined : Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - now
}

/** Has the network taken the pod's address out of the rules of every node? */
export function isDrained(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, DRAINED_CONDITION)
}
