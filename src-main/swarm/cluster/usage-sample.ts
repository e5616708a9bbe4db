import type { UsagePoint } from '../../common/contract/index.ts'

/** One of Docker's samples of a container (`/containers/ID/stats`), the fields that are read. CPU times are nanoseconds. */
export interface ContainerStats {
  read: string
  cpu_stats: CpuStats
  precpu_stats: CpuStats
  memory_stats?: { usage?: number; stats?: { inactive_file?: number; total_inactive_file?: number } }
}

interface CpuStats {
  cpu_usage?: { total_usage?: number }
  system_cpu_usage?: number
  online_cpus?: number
}

/**
 * What a container used between two of Docker's samples; undefined for a first one, which has nothing before it. Memory is without the page cache that can be had
 * back, as `docker stats` counts it. `time`: the caller's, milliseconds since the epoch: nodes' clocks differ. Pure.
 */
export function usageOf({ cpu_stats: now, precpu_stats: before, memory_stats: memory }: ContainerStats, time: number): UsagePoint | undefined {
  const system = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0)
  if (before.system_cpu_usage === undefined || system <= 0) return undefined
  const used = (now.cpu_usage?.total_usage ?? 0) - (before.cpu_usage?.total_usage ?? 0)
  const cache = memory?.stats?.inactive_file ?? memory?.stats?.total_inactive_file ?? 0
  return { time, cpuMilli: Math.max(0, Math.round((used / system) * (now.online_cpus ?? 1) * 1000)), memoryBytes: Math.max(0, (memory?.usage ?? 0) - cache) }
}
