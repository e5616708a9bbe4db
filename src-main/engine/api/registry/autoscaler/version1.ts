import { isCpuShare } from '../../../../common/kube/autoscaling.ts'
import type { HorizontalPodAutoscaler as V1 } from '../../../../common/kube/generated/autoscaling-v1.ts'
import type { HorizontalPodAutoscaler as V2, HorizontalPodAutoscalerCondition, MetricSpec, MetricStatus } from '../../../../common/kube/generated/autoscaling-v2.ts'
import { HorizontalPodAutoscalers } from '../../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import type { Resource } from '../../../../common/kube/resource.ts'
import type { OtherVersion } from '../kind.ts'

// Version 1 knows one target, the CPU's share. What it has no fields for, it carries in upstream's annotations.
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics'
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior'
const CURRENT = 'autoscaling.alpha.kubernetes.io/current-metrics'
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions'

/** autoscaling/v1, made of autoscaling/v2. */
export const autoscalerVersion1: OtherVersion = {
  resource: { ...HorizontalPodAutoscalers, version: 'v1' } as Resource,
  fromStored: (object) => fromV2(object as V2) as unknown as KubeObject,
  toStored: (object) => toV2(object as V1) as unknown as KubeObject,
}

function fromV2({ metadata, spec, status }: Readonly<V2>): V1 {
  const { metrics = [], behavior, ...rest } = spec
  const cpu = metrics.findIndex(isCpuShare)
  const others = metrics.filter((_, i) => i !== cpu)
  const { currentMetrics = [], conditions = [], currentReplicas = 0, ...restStatus } = status ?? { desiredReplicas: 0 }
  const current = currentMetrics.find((m) => m.resource?.name === 'cpu' && m.resource.current.averageUtilization !== undefined)?.resource?.current
  const share = metrics[cpu]?.resource?.target.averageUtilization
  const carried: Record<string, unknown> = {
    [METRICS]: others.length > 0 ? others : undefined, [BEHAVIOR]: behavior, [CURRENT]: currentMetrics.length > 0 ? currentMetrics : undefined, [CONDITIONS]: conditions.length > 0 ? conditions : undefined,
  }
  const added = Object.entries(carried).flatMap(([name, value]) => (value === undefined ? [] : [[name, JSON.stringify(value)]]))
  const annotations = { ...metadata.annotations, ...Object.fromEntries(added) as Record<string, string> }
  return {
    apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: { ...rest, ...(share === undefined ? {} : { targetCPUUtilizationPercentage: share }) },
    ...(status === undefined ? {} : { status: { ...restStatus, currentReplicas, ...(current?.averageUtilization === undefined ? {} : { currentCPUUtilizationPercentage: current.averageUtilization }) } }),
  }
}

function toV2({ metadata, spec, status }: Readonly<V1>): V2 {
  const { [METRICS]: metrics, [BEHAVIOR]: behavior, [CURRENT]: current, [CONDITIONS]: conditions, ...annotations } = metadata.annotations ?? {}
  const { targetCPUUtilizationPercentage: share, ...rest } = (spec as V1['spec'] | undefined) ?? ({} as V1['spec'])
  const { currentCPUUtilizationPercentage: used, ...restStatus } = status ?? { currentReplicas: 0, desiredReplicas: 0 }
  const others = carriedIn<MetricSpec[]>(metrics) ?? []
  const all: MetricSpec[] = [...(share === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: share } } }]), ...others]
  const { annotations: _carried, ...restMeta } = metadata
  const rules = carriedIn<V2['spec']['behavior']>(behavior)
  const measured = carriedIn<MetricStatus[]>(current)
  const said = carriedIn<HorizontalPodAutoscalerCondition[]>(conditions)
  return {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler',
    metadata: { ...restMeta, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: { ...rest, ...(all.length === 0 ? {} : { metrics: all }), ...(rules === undefined ? {} : { behavior: rules }) },
    ...(status === undefined ? {} : { status: { ...restStatus, ...(measured === undefined ? cpuStatus(used) : { currentMetrics: measured }), ...(said === undefined ? {} : { conditions: said }) } }),
  }
}

function cpuStatus(used: number | undefined): { currentMetrics?: MetricStatus[] } {
  return used === undefined ? {} : { currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: used } } }] }
}

/** What an annotation carries; undefined where it is none of ours. Its shape is checked where all is. */
function carriedIn<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
