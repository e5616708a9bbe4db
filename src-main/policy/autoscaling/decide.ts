import { defaultBehavior } from '../../common/kube/autoscaling.ts'
import type { HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec, MetricStatus } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Bounds, Limited, Memory, Remembered, ScalingRules } from './behavior.ts'
import { DOWN_WINDOW_S, limited, limitedBy, stabilized, stabilizedBy } from './behavior.ts'
import type { CalculatorOptions } from './group-pods.ts'
import type { Reading } from './metrics.ts'
import { forMetrics } from './metrics.ts'
import type { ScaledPod } from './scaled-pod.ts'
import type { ZeroOptions } from './scale-to-zero.ts'
import { isIdle, isWoken } from './scale-to-zero.ts'

/** All that a decision is made of. */
export interface DecisionInput {
  readonly spec: HorizontalPodAutoscalerSpec
  /** What the target's `scale` says: asked for, and there. */
  readonly scale: { readonly replicas: number; readonly observed: number }
  readonly pods: readonly ScaledPod[]
  /** As many as the spec has metrics, in their order. */
  readonly readings: readonly Reading[]
  readonly memory: Memory
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly options: CalculatorOptions
  /** Undefined: it never goes to zero. */
  readonly zero?: ZeroOptions | undefined
  /** Why the target's pods cannot be told apart from others. */
  readonly selectorProblem?: { readonly reason: string; readonly event: string; readonly message: string } | undefined
}

/** A condition without its time. */
export interface DecidedCondition {
  readonly type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited'
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** What is to be done, and what is to be said of it. */
export interface Decision {
  readonly desired: number
  readonly rescale: boolean
  /** No count could be computed: what was wanted before stands. */
  readonly failed: boolean
  /** Of a rescale. */
  readonly reason: string
  readonly conditions: readonly DecidedCondition[]
  readonly metrics: readonly MetricStatus[]
  readonly warnings: readonly { readonly reason: string; readonly message: string }[]
  readonly memory: Memory
}

const ZERO_ASLEEP = 'the target is scaled to zero because there was nothing to do; it comes back when toque.dev/wake-requested-at is set, or when it is scaled by hand'

/** One look of an autoscaler at its target, as the upstream controller decides. Pure. */
export function decide(input: DecisionInput): Decision {
  const { spec, scale: { replicas: current }, now, zero } = input
  const min = spec.minReplicas ?? 1
  const memory = input.memory.recommendations.length > 0 ? input.memory : { ...input.memory, recommendations: [{ at: now, replicas: current }] }
  const able: DecidedCondition = { type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale', message: "the HPA controller was able to get the target's current scale" }
  const plain = (desired: number, reason: string, ...conditions: DecidedCondition[]): Decision =>
    ({ desired, rescale: desired !== current, failed: false, reason, conditions: [able, ...conditions], metrics: [], warnings: [], memory })
  const inactive = (reason: string, message: string): DecidedCondition => ({ type: 'ScalingActive', status: 'False', reason, message })

  if (current === 0 && min !== 0) {
    if (zero === undefined) return plain(0, '', inactive('ScalingDisabled', 'scaling is disabled since the replica count of the target is zero'))
    if (isWoken(zero)) return plain(min, 'Wake requested')
    return plain(0, '', inactive('ScaledToZero', ZERO_ASLEEP))
  }
  if (current > spec.maxReplicas) return plain(spec.maxReplicas, 'Current number of replicas above Spec.MaxReplicas')
  if (current < min) return plain(min, 'Current number of replicas below Spec.MinReplicas')
  return byMetrics({ ...input, memory }, { min, max: spec.maxReplicas }, able, inactive)
}

function byMetrics(input: DecisionInput, bounds: Bounds, able: DecidedCondition, inactive: (reason: string, message: string) => DecidedCondition): Decision {
  const { spec, scale: { replicas: current, observed }, pods, readings, memory, now, options, zero, selectorProblem } = input
  if (selectorProblem !== undefined) {
    const { reason, event, message } = selectorProblem
    const warnings = [{ reason: event, message }, { reason: 'FailedComputeMetricsReplicas', message }]
    return { desired: current, rescale: false, failed: true, reason: '', conditions: [able, inactive(reason, message)], metrics: [], warnings, memory }
  }
  const { outcome, statuses, failures, error } = forMetrics({ ...options, now, replicas: current, pods }, observed, spec.metrics ?? [], readings)
  const warnings = failures.map((f) => ({ reason: f.reason, message: f.message.slice(f.message.indexOf(': ') + 2) }))
  if (outcome === undefined) {
    const [first] = failures
    const conditions = [able, inactive(first?.reason ?? 'InvalidMetricSourceType', first?.message ?? 'the HPA has no metrics')]
    return { desired: current, rescale: false, failed: true, reason: '', conditions, metrics: statuses, warnings: [...warnings, { reason: 'FailedComputeMetricsReplicas', message: error ?? '' }], memory }
  }
  const idle = zero !== undefined && failures.length === 0 && isIdle(outcome.replicas, memory, zero, now)
  const { stable, limit, kept } = normalized(spec.behavior, current, outcome.replicas, idle ? { ...bounds, min: 0 } : bounds, memory, now, zero?.idleAfterMs ?? 0)
  const reason = outcome.replicas > current ? `${outcome.name} above target` : outcome.replicas < current ? 'All metrics below target' : ''
  const conditions: DecidedCondition[] = [
    { type: 'AbleToScale', status: 'True', reason: stable.reason, message: stable.message },
    { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: `the HPA was able to successfully calculate a replica count from ${outcome.name}` },
    { type: 'ScalingLimited', status: limit.replicas === stable.replicas ? 'False' : 'True', reason: limit.reason, message: limit.message },
  ]
  return { desired: limit.replicas, rescale: limit.replicas !== current, failed: false, reason, conditions, metrics: statuses, warnings, memory: kept }
}

/** What a recommendation becomes by stabilization and limits, and what is remembered with it. */
function normalized(behavior: HorizontalPodAutoscalerBehavior | undefined, current: number, desired: number, bounds: Bounds, memory: Memory, now: number, idleMs: number): { stable: Limited; limit: Limited; kept: Memory } {
  if (behavior === undefined) {
    const stable = stabilized(desired, memory, now)
    return { stable, limit: limited(current, stable.replicas, bounds), kept: remembered(memory, desired, now, Math.max(DOWN_WINDOW_S * 1000, idleMs)) }
  }
  const { up, down } = rulesOf(behavior)
  const stable = stabilizedBy(up, down, current, desired, memory, now)
  const windowMs = Math.max(up.stabilizationWindowSeconds, down.stabilizationWindowSeconds) * 1000
  return { stable, limit: limitedBy(up, down, current, stable.replicas, bounds, memory, now), kept: remembered(memory, desired, now, Math.max(windowMs, idleMs)) }
}

/** What is remembered once the target was scaled: only policies ask for it. */
export function afterScaling(memory: Memory, behavior: HorizontalPodAutoscalerBehavior | undefined, from: number, to: number, now: number): Memory {
  if (behavior === undefined || from === to) return memory
  const { up, down } = rulesOf(behavior)
  const added = (changes: readonly Remembered[], { policies = [] }: ScalingRules): Remembered[] => {
    const longestMs = Math.max(0, ...policies.map((p) => p.periodSeconds)) * 1000
    return [...changes.filter((c) => c.at >= now - longestMs), { at: now, replicas: Math.abs(to - from) }]
  }
  return to > from ? { ...memory, ups: added(memory.ups, up) } : { ...memory, downs: added(memory.downs, down) }
}

function rulesOf(behavior: HorizontalPodAutoscalerBehavior): { up: ScalingRules; down: ScalingRules } {
  const full = { ...behavior }
  defaultBehavior(full)
  return { up: { stabilizationWindowSeconds: 0, ...full.scaleUp }, down: { stabilizationWindowSeconds: DOWN_WINDOW_S, ...full.scaleDown } }
}

/** With one that is older than the window, which says that the memory reaches back that far. */
function remembered(memory: Memory, desired: number, now: number, windowMs: number): Memory {
  const { recommendations } = memory
  const first = recommendations.findIndex((r) => r.at >= now - windowMs)
  const from = first < 0 ? recommendations.length : first
  return { ...memory, recommendations: [...recommendations.slice(Math.max(0, from - 1)), { at: now, replicas: desired }] }
}
