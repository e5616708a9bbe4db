/** A counter of CPU time, as it was at one moment. */
export interface CpuCounter {
  /** Milliseconds of one clock, which does not jump between two readings. */
  readonly at: number
  /** CPU time since it began to count. */
  readonly cpuNanos: number
}

/** Millicores between two readings, or undefined where the counter began anew (the container restarted). */
export function cpuMilli(before: CpuCounter, after: CpuCounter): number | undefined {
  const elapsedMs = after.at - before.at
  if (elapsedMs <= 0 || after.cpuNanos < before.cpuNanos) return undefined
  return Math.round((after.cpuNanos - before.cpuNanos) / 1000 / elapsedMs)
}
