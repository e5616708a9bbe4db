import { findCondition, withCondition } from './conditions.ts'
import type { Condition } from './generated/meta-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from './generated/policy-v1.ts'
import { timestamp } from '../clock.ts'

/** The cause of a refused eviction, its condition's type, and the reason of that where nothing could be counted. As upstream's. */
export const DISRUPTION_BUDGET = 'DisruptionBudget'
const DISRUPTION_ALLOWED = 'DisruptionAllowed'
const SYNC_FAILED = 'SyncFailed'
/** The pod condition of one that ends for a reason that is not its own. */
export const DISRUPTION_TARGET = 'DisruptionTarget'
/** A pod that may go counts as gone for so long, until its deletion is seen. */
export const DELETION_TIMEOUT_MS = 120_000

/** A budget's status with the condition that its numbers mean. `failed`: nothing could be counted, and why. `now`: milliseconds since the epoch. */
export function withDisruptionCondition({ conditions, ...status }: PodDisruptionBudgetStatus, now: number, failed?: string): PodDisruptionBudgetStatus {
  const allowed = status.disruptionsAllowed > 0
  const reason = failed !== undefined ? SYNC_FAILED : allowed ? 'SufficientPods' : 'InsufficientPods'
  const next: Condition = {
    type: DISRUPTION_ALLOWED, status: failed === undefined && allowed ? 'True' : 'False', reason, message: failed ?? '', lastTransitionTime: timestamp(now),
    ...(status.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
  }
  return { ...status, conditions: withCondition(conditions, next) }
}

/** Why a budget could not be counted; undefined when it was. */
export function syncFailure({ status }: PodDisruptionBudget): string | undefined {
  const condition = findCondition(status?.conditions, DISRUPTION_ALLOWED)
  return condition?.reason === SYNC_FAILED ? condition.message : undefined
}
