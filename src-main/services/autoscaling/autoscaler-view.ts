import type { AutoscalerSettings, AutoscalerView, Explanation, ScalingMetric } from '../../common/contract/index.ts'
import { isCpuShare, SCALE_TO_ZERO_AFTER, secondsOf } from '../../common/kube/autoscaling.ts'
import type { ConditionLike } from '../../common/kube/conditions.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../../common/kube/generated/autoscaling-v2.ts'
import { parseQuantity } from '../../common/kube/quantity.ts'
import { refOf, time } from '../views/refs.ts'

/** Upstream's when an autoscaler names no metric, and ours for a new one. */
const DEFAULT_CPU_PERCENT = 80

/** An autoscaler as an app's page shows it. */
export function autoscalerView(hpa: Readonly<HorizontalPodAutoscaler>): AutoscalerView {
  const { status } = hpa
  return {
    ref: refOf(hpa), settings: settingsOf(hpa), current: status?.currentReplicas ?? 0, desired: status?.desiredReplicas ?? 0,
    metrics: metricsOf(hpa), ...stateOf(hpa),
    conditions: (status?.conditions ?? []).map(({ type, status: is, reason = '', message = '' }) => ({ type, ok: type === 'ScalingLimited' ? is === 'False' : is === 'True', reason, message })),
    ...(status?.lastScaleTime === undefined ? {} : { lastScaledAt: time(status.lastScaleTime) }),
  }
}

/** What the form can say of an autoscaler. */
function settingsOf({ metadata, spec }: Readonly<HorizontalPodAutoscaler>): AutoscalerSettings {
  const toZero = secondsOf(metadata.annotations, SCALE_TO_ZERO_AFTER)
  return {
    min: spec.minReplicas ?? 1, max: spec.maxReplicas, cpuPercent: (spec.metrics ?? []).find(isCpuShare)?.resource?.target.averageUtilization ?? DEFAULT_CPU_PERCENT,
    ...(toZero === undefined ? {} : { toZeroAfterSeconds: toZero }),
  }
}

function stateOf({ status }: Readonly<HorizontalPodAutoscaler>): { state: AutoscalerView['state']; why?: Explanation } {
  const of = (type: string): ConditionLike | undefined => findCondition<ConditionLike>(status?.conditions, type)
  const why = (c: ConditionLike | undefined): { why: Explanation } => ({ why: { reason: c?.reason ?? '', message: c?.message ?? '' } })
  const [able, active, limited] = [of('AbleToScale'), of('ScalingActive'), of('ScalingLimited')]
  if (able === undefined && active === undefined) return { state: 'waiting' }
  if (able?.status === 'False') return { state: 'failing', ...why(able) }
  if (active?.reason === 'ScalingDisabled') return { state: 'off', ...why(active) }
  if (active?.reason === 'ScaledToZero') return { state: 'zero', ...why(active) }
  if (active?.status === 'False') return { state: 'failing', ...why(active) }
  if (limited?.status === 'True') return { state: 'limited', ...why(limited) }
  return { state: 'working' }
}

function metricsOf({ spec, status }: Readonly<HorizontalPodAutoscaler>): ScalingMetric[] {
  const current = status?.currentMetrics ?? []
  return (spec.metrics ?? []).map((metric, i): ScalingMetric => {
    const { name, container, target } = readSpec(metric)
    // Upstream writes them in the order of the spec; one that could not be read is a blank.
    const now = valueIn(current[i], metric.type)
    const [text, share] = against(now, target)
    return { name, ...(container === undefined ? {} : { container }), target: targetText(target), ...(text === undefined ? {} : { current: text }), ...(share === undefined ? {} : { share }) }
  })
}

function readSpec({ resource, containerResource, pods, object, external }: MetricSpec): { name: string; container?: string; target: MetricTarget } {
  if (containerResource !== undefined) return { name: containerResource.name, container: containerResource.container, target: containerResource.target }
  const named = pods ?? object ?? external
  return { name: resource?.name ?? named?.metric.name ?? '', target: (resource ?? named)?.target ?? { type: '' } }
}

function valueIn(status: MetricStatus | undefined, type: string): MetricValueStatus | undefined {
  if (status?.type !== type) return undefined
  return (status.resource ?? status.containerResource ?? status.pods ?? status.object ?? status.external)?.current
}

function targetText({ averageUtilization, averageValue, value }: MetricTarget): string {
  return averageUtilization === undefined ? String(averageValue ?? value ?? '') : `${String(averageUtilization)} %`
}

/** The present value as text, and as a share of the target. */
function against(now: MetricValueStatus | undefined, target: MetricTarget): [string | undefined, number | undefined] {
  if (target.averageUtilization !== undefined) return now?.averageUtilization === undefined ? [undefined, undefined] : [`${String(now.averageUtilization)} %`, now.averageUtilization / target.averageUtilization]
  const [value, wanted] = target.averageValue === undefined ? [now?.value, target.value] : [now?.averageValue, target.averageValue]
  if (value === undefined) return [undefined, undefined]
  const [is, should] = [parseQuantity(value), parseQuantity(wanted ?? '')]
  return [String(value), is === undefined || should === undefined || should === 0 ? undefined : is / should]
}
