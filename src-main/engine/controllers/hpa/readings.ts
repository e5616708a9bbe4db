import type { MetricSpec } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ContainerUsage, UsageSource } from '../../../common/kube/usage.ts'
import type { Sample } from '../../../policy/autoscaling/group-pods.ts'
import type { Reading } from '../../../policy/autoscaling/metrics.ts'
import type { PodMetrics } from './pod-metrics.ts'

/** Nothing is measured of any pod: upstream's words. */
export const NO_USAGE = 'no metrics returned from resource metrics API'

/** Reads what each metric of a spec is at the moment, in their order. */
export async function readMetrics(specs: readonly MetricSpec[], pods: readonly Frozen<Pod>[], usage: UsageSource | undefined, windowMs: number, own: PodMetrics, signal: AbortSignal): Promise<Reading[]> {
  return Promise.all(specs.map(async ({ type, resource, containerResource, pods: ofPods }): Promise<Reading> => {
    if (type === 'Resource' && resource !== undefined) return usageOf(pods, usage, windowMs, resource.name, undefined)
    if (type === 'ContainerResource' && containerResource !== undefined) return usageOf(pods, usage, windowMs, containerResource.name, containerResource.container)
    if (type === 'Pods' && ofPods !== undefined) return own.read(pods, ofPods.metric, signal)
    return { error: `this cluster has no source of ${type} metrics; use a Resource, ContainerResource or Pods metric` }
  }))
}

/** What pods, or one container of each, use of a resource, in thousandths. A pod that is not measured yet is left out. */
function usageOf(pods: readonly Frozen<Pod>[], usage: UsageSource | undefined, windowMs: number, resource: string, container: string | undefined): Reading {
  if (resource !== 'cpu' && resource !== 'memory') return { error: `only cpu and memory are measured, not ${resource}` }
  const samples = new Map<string, Sample>()
  for (const pod of pods) {
    const measured = usage?.pod(pod.metadata.uid, windowMs)
    const used: ContainerUsage | undefined = container === undefined ? measured : measured?.containers[container]
    if (measured === undefined || used === undefined) continue
    const value = resource === 'cpu' ? Math.ceil(used.cpuMilli) : used.memoryBytes * 1000
    samples.set(pod.metadata.name, { value, time: measured.time, windowMs: measured.windowMs })
  }
  return samples.size > 0 ? { samples } : { error: NO_USAGE }
}
