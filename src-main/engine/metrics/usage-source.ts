import type { Clock } from '../../common/clock.ts'
import type { ContainerUsage, MeasuredPod, MeasuredUsage, UsageSource } from '../../common/kube/usage.ts'
import type { Metrics } from './start-metrics.ts'
import type { PodUsage, Usage } from './usage-book.ts'

/** What was measured longer ago says nothing of now: the node does not answer. */
const STALE_MS = 45_000

/** The newest of what is sampled, averaged, for those that act on it. */
export function usageSource(metrics: Pick<Metrics, 'recent' | 'recentNode' | 'subscribe'>, clock: Clock): UsageSource {
  const fresh = <T extends Usage>(points: readonly T[], windowMs: number): T[] => {
    const last = points.at(-1)
    return last === undefined || last.time < clock.now() - Math.max(STALE_MS, windowMs) ? [] : within(points, windowMs)
  }
  return {
    pod(uid, windowMs): MeasuredPod | undefined {
      const points = fresh(metrics.recent(uid), windowMs)
      const whole = averaged(points)
      return whole === undefined ? undefined : { ...whole, containers: byContainer(points) }
    },
    node: (name, windowMs) => averaged(fresh(metrics.recentNode(name), windowMs)),
    watch: (everyMs) => metrics.subscribe(() => undefined, everyMs),
  }
}

/** The points that lie in the window, at least the newest. */
function within<T extends Usage>(points: readonly T[], windowMs: number): T[] {
  const end = points.at(-1)?.time ?? 0
  return points.filter(({ time, windowMs: own }, i) => i === points.length - 1 || time - own >= end - windowMs)
}

function averaged(points: readonly Usage[]): MeasuredUsage | undefined {
  const last = points.at(-1)
  if (last === undefined) return undefined
  const windowMs = points.reduce((sum, p) => sum + p.windowMs, 0)
  return { time: last.time, windowMs, cpuMilli: points.reduce((sum, p) => sum + p.cpuMilli * p.windowMs, 0) / windowMs, memoryBytes: last.memoryBytes }
}

/** The containers that run now. */
function byContainer(points: readonly PodUsage[]): Record<string, ContainerUsage> {
  const names = Object.keys(points.at(-1)?.containers ?? {})
  return Object.fromEntries(names.map((name) => {
    const { cpuMilli = 0, memoryBytes = 0 } = averaged(points.flatMap((p) => p.containers[name] ?? [])) ?? {}
    return [name, { cpuMilli, memoryBytes }]
  }))
}
