import type { ScalingPoint, ScalingSpan } from '../../common/contract/index.ts'
import type { RecordedPod } from '../../engine/metrics/start-metrics.ts'

/** What the pods of an app used together, step by step, and how many of them were measured. Oldest first. */
export function scalingPoints(pods: readonly RecordedPod[], over: ScalingSpan): ScalingPoint[] {
  const byTime = new Map<number, { cpuMilli: number; pods: Set<RecordedPod> }>()
  for (const pod of pods) {
    for (const recording of Object.values(pod.containers)) {
      for (const { time, cpuMilli } of recording[over]) {
        const step = byTime.get(time) ?? { cpuMilli: 0, pods: new Set<RecordedPod>() }
        step.cpuMilli += cpuMilli
        step.pods.add(pod)
        byTime.set(time, step)
      }
    }
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([time, step]) => ({ time, cpuMilli: step.cpuMilli, replicas: step.pods.size }))
}
