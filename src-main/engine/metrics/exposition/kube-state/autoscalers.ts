import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../../../common/kube/generated/autoscaling-v2.ts'
import { HorizontalPodAutoscalers } from '../../../../common/kube/kinds.ts'
import { amount, conditionStates, identity, info, named, number, stateKind } from './state-kind.ts'
import type { StateSample } from './state-kind.ts'

const H = 'kube_horizontalpodautoscaler'
interface Amounts { averageUtilization?: number; averageValue?: string; value?: string }

/** The name of what a metric measures, and its numbers: a target, or what is at the moment. */
function measured(metric: MetricSpec | MetricStatus): { name: string; amounts: Amounts | undefined } {
  const { resource, containerResource, pods, object, external } = metric as MetricSpec & MetricStatus
  const of = (part: { target?: Amounts; current?: Amounts } | undefined): Amounts | undefined => part?.target ?? part?.current
  if (resource !== undefined) return { name: resource.name, amounts: of(resource) }
  if (containerResource !== undefined) return { name: containerResource.name, amounts: of(containerResource) }
  const named = pods ?? object ?? external
  return { name: named?.metric.name ?? '', amounts: of(named) }
}

function targets(metrics: readonly (MetricSpec | MetricStatus)[] | undefined): StateSample[] {
  const seen = new Set<string>()
  return (metrics ?? []).flatMap((metric) => {
    const { name, amounts } = measured(metric)
    const values: [string, number | undefined][] = [['utilization', amounts?.averageUtilization], ['average', amount(amounts?.averageValue)], ['value', amount(amounts?.value)]]
    return values.flatMap(([type, value]): StateSample[] => {
      // Two metrics of one name differ in their selectors, which no label tells: the first counts.
      if (value === undefined || seen.has(`${name} ${type}`)) return []
      seen.add(`${name} ${type}`)
      return [[{ metric_name: name, metric_target_type: type }, value]]
    })
  })
}

/** HorizontalPodAutoscalers. */
export const autoscalerState = stateKind<HorizontalPodAutoscaler>({
  resource: HorizontalPodAutoscalers, labels: named('horizontalpodautoscaler'),
  metrics: [
    info(`${H}_info`, 'Information about this autoscaler.', ({ spec }) => ({
      scaletargetref_api_version: spec?.scaleTargetRef.apiVersion, scaletargetref_kind: spec?.scaleTargetRef.kind, scaletargetref_name: spec?.scaleTargetRef.name,
    })),
    ...identity(H),
    number(`${H}_metadata_generation`, 'The generation observed by the HorizontalPodAutoscaler controller.', (o) => o.metadata.generation),
    number(`${H}_spec_max_replicas`, 'Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.', (o) => o.spec?.maxReplicas),
    number(`${H}_spec_min_replicas`, 'Lower limit for the number of pods that can be set by the autoscaler, default 1.', (o) => o.spec?.minReplicas ?? 1),
    { name: `${H}_spec_target_metric`, help: 'The metric specifications used by this autoscaler when calculating the desired replica count.', of: ({ spec }) => targets(spec?.metrics) },
    { name: `${H}_status_target_metric`, help: 'The current metric status used by this autoscaler when calculating the desired replica count.', of: ({ status }) => targets(status?.currentMetrics) },
    number(`${H}_status_current_replicas`, 'Current number of replicas of pods managed by this autoscaler.', (o) => o.status?.currentReplicas ?? 0),
    number(`${H}_status_desired_replicas`, 'Desired number of replicas of pods managed by this autoscaler.', (o) => o.status?.desiredReplicas ?? 0),
    { name: `${H}_status_condition`, help: 'The condition of this autoscaler.', of: ({ status }) => conditionStates(status?.conditions) },
  ],
})
