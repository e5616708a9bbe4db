import { DELETION_TIMEOUT_MS, withDisruptionCondition } from '../../../common/kube/disruption.ts'
import { scaledValue } from '../../../common/kube/int-or-percent.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../../common/kube/generated/policy-v1.ts'
import { isPodReady } from '../../../common/kube/pods.ts'

/** How many pods there should be, and how many of them must be healthy. */
export interface Expected {
  expectedPods: number
  desiredHealthy: number
}

/** Does it need to know how many pods the owners want? A whole number of `minAvailable` does not. */
export function needsScale({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec): boolean {
  return maxUnavailable !== undefined || typeof minAvailable === 'string'
}

/** `scale`: what the owners of the pods want together. Percentages round up, as upstream's. Pure. */
export function computeExpected({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec, pods: number, scale: number): Expected {
  if (maxUnavailable !== undefined) return { expectedPods: scale, desiredHealthy: Math.max(0, scale - scaledValue(maxUnavailable, scale, 'up')) }
  if (typeof minAvailable === 'string') return { expectedPods: scale, desiredHealthy: scaledValue(minAvailable, scale, 'up') }
  return minAvailable === undefined ? { expectedPods: 0, desiredHealthy: 0 } : { expectedPods: pods, desiredHealthy: minAvailable }
}

/** A budget's status now, when to look again (an eviction that came to nothing), and the pods whose eviction came to nothing. Pure. */
export function computeStatus(budget: PodDisruptionBudget, pods: readonly Pod[], { expectedPods, desiredHealthy }: Expected, now: number): { status: PodDisruptionBudgetStatus; lookAgainMs: number | undefined; notDeleted: Pod[] } {
  const disruptedPods: Record<string, string> = {}
  const notDeleted: Pod[] = []
  let lookAgainMs: number | undefined
  let currentHealthy = 0
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue
    const evicted = budget.status?.disruptedPods?.[pod.metadata.name]
    const left = evicted === undefined ? 0 : Date.parse(evicted) + DELETION_TIMEOUT_MS - now
    if (evicted !== undefined && left > 0) {
      disruptedPods[pod.metadata.name] = evicted
      lookAgainMs = Math.min(lookAgainMs ?? Infinity, left)
      continue
    }
    if (evicted !== undefined) notDeleted.push(pod)
    if (isPodReady(pod)) currentHealthy++
  }
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
  const status: PodDisruptionBudgetStatus = {
    ...(budget.status?.conditions === undefined ? {} : { conditions: budget.status.conditions }), ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, observedGeneration: budget.metadata.generation ?? 0,
  }
  return { status: withDisruptionCondition(status, now), lookAgainMs, notDeleted }
}

/** The status of a budget that cannot be counted: nobody may go. Pure. */
export function failedStatus(budget: PodDisruptionBudget, why: string, now: number): PodDisruptionBudgetStatus {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {}
  return withDisruptionCondition({ ...budget.status, currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: 0, observedGeneration: budget.metadata.generation ?? 0 }, now, why)
}
