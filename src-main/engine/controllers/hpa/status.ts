import { timestamp } from '../../../common/clock.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import type { HorizontalPodAutoscaler } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { DecidedCondition, Decision } from '../../../policy/autoscaling/decide.ts'

type Status = NonNullable<HorizontalPodAutoscaler['status']>

/** What an autoscaler says after a look: `scaled` when it changed its target. Times are milliseconds since the epoch. */
export function statusAfter(old: Status | undefined, decision: Decision, current: number, scaled: boolean, now: number): Status {
  const desired = decision.failed ? (old?.desiredReplicas ?? 0) : decision.desired
  const lastScaleTime = scaled ? timestamp(now) : old?.lastScaleTime
  return {
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }), currentReplicas: current, desiredReplicas: desired,
    ...(decision.metrics.length === 0 ? {} : { currentMetrics: [...decision.metrics] }), conditions: conditionsWith(old, decision.conditions, now),
  }
}

/** The conditions with these in place of the old ones of their types. */
export function conditionsWith(old: Status | undefined, conditions: readonly DecidedCondition[], now: number): NonNullable<Status['conditions']> {
  return conditions.reduce<NonNullable<Status['conditions']>>((all, c) => withCondition(all, { ...c, lastTransitionTime: timestamp(now) }), old?.conditions ?? [])
}
