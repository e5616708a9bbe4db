import type { UsagePoint } from '../../src-main/common/contract/index.ts'

/** Columns, as a chart wants them. Times in seconds since the epoch; millicores; bytes. */
export interface UsageSeries {
  time: number[]
  cpu: number[]
  memory: number[]
}

export const EMPTY_USAGE: UsageSeries = { time: [], cpu: [], memory: [] }
const SHOWN_SECONDS = 600

/**
 * Adds points behind those that are there and lets go of what is older than ten minutes. A stream that began again sends its history once
 * more: what is not newer than the last point is left out.
 */
export function appendUsage(series: UsageSeries, points: readonly UsagePoint[]): UsageSeries {
  const last = series.time.at(-1) ?? -Infinity
  const added = points.filter((p) => p.time / 1000 > last)
  const newest = (added.at(-1)?.time ?? last * 1000) / 1000
  const from = series.time.findIndex((t) => t > newest - SHOWN_SECONDS)
  const keep = <T>(column: T[]): T[] => (from < 0 ? [] : column.slice(from))
  const fresh = added.filter((p) => p.time / 1000 > newest - SHOWN_SECONDS)
  return {
    time: [...keep(series.time), ...fresh.map((p) => p.time / 1000)],
    cpu: [...keep(series.cpu), ...fresh.map((p) => p.cpuMilli)],
    memory: [...keep(series.memory), ...fresh.map((p) => p.memoryBytes)],
  }
}
