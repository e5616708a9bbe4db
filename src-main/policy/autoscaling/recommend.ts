/** One recorded step of one container: its average CPU and its highest memory. */
export interface RecordedStep {
  /** When it began, milliseconds since the epoch. */
  readonly time: number
  readonly windowMs: number
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** What to request: at least `lower`, best `target`, and more than `upper` is waste. */
export interface Range {
  readonly lower: number
  readonly target: number
  readonly upper: number
}

/** What a container should request, and from how much that is known. */
export interface Recommendation {
  readonly cpuMilli: Range
  readonly memoryBytes: Range
  /** From the first to the last step. */
  readonly spanMs: number
}

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000
/** A step counts half as much as one that is a day younger. */
const HALF_LIFE_MS = DAY_MS
/** On top of what was used. */
const MARGIN = 0.15
/** Less than this is not worth asking for. */
const LEAST = { cpuMilli: 10, memoryBytes: 16 * 2 ** 20 }
/** Below so much of a record nothing is said. */
const LEAST_SPAN_MS = 10 * 60_000

/**
 * What a container should request, as the Vertical Pod Autoscaler recommends: of CPU what is enough nine times in ten, of memory the highest peak, both
 * with a margin; old use counts less. The bounds are wide while little is known. `steps`: of all pods of a workload, in any order. Undefined where the
 * record is shorter than ten minutes. Pure.
 */
export function recommend(steps: readonly RecordedStep[], now: number): Recommendation | undefined {
  let [first, last] = [Infinity, -Infinity]
  for (const { time, windowMs } of steps) {
    first = Math.min(first, time)
    last = Math.max(last, time + windowMs)
  }
  const spanMs = last - first
  if (!(spanMs >= LEAST_SPAN_MS)) return undefined
  // Days of which something is known: a month of one pod would be trusted fully, ten minutes hardly.
  const confidence = Math.min(spanMs, steps.reduce((sum, s) => sum + s.windowMs, 0)) / DAY_MS
  const weighted = steps.map(({ time, windowMs, cpuMilli }): Weighted => ({ value: cpuMilli, weight: windowMs * 2 ** (Math.min(0, time - now) / HALF_LIFE_MS) }))
  const peaks = hourlyPeaks(steps)
  const highest = peaks.at(-1) ?? 0
  return {
    cpuMilli: rangeOf({ lower: percentile(weighted, 0.5), target: percentile(weighted, 0.9), upper: percentile(weighted, 0.95) }, confidence, LEAST.cpuMilli, 1),
    memoryBytes: rangeOf({ lower: peaks[Math.floor((peaks.length - 1) / 2)] ?? 0, target: highest, upper: highest }, confidence, LEAST.memoryBytes, 2 ** 20),
    spanMs,
  }
}

interface Weighted {
  readonly value: number
  readonly weight: number
}

/** The value below which `share` of the weight lies. */
function percentile(values: readonly Weighted[], share: number): number {
  const sorted = [...values].sort((a, b) => a.value - b.value)
  const wanted = share * sorted.reduce((sum, v) => sum + v.weight, 0)
  let sum = 0
  for (const { value, weight } of sorted) {
    sum += weight
    if (sum >= wanted) return value
  }
  return sorted.at(-1)?.value ?? 0
}

/** The highest memory of each hour, lowest first: one hour with many steps counts once. */
function hourlyPeaks(steps: readonly RecordedStep[]): number[] {
  const peaks = new Map<number, number>()
  for (const { time, memoryBytes } of steps) {
    const hour = Math.floor(time / HOUR_MS)
    peaks.set(hour, Math.max(peaks.get(hour) ?? 0, memoryBytes))
  }
  return [...peaks.values()].sort((a, b) => a - b)
}

/** With the margin; the bounds move out as upstream's do, the less is known the further. In whole `unit`s, rounded up. */
function rangeOf({ lower, target, upper }: Range, confidence: number, least: number, unit: number): Range {
  const whole = (value: number): number => Math.ceil(Math.max(least, value) / unit) * unit
  const best = whole(target * (1 + MARGIN))
  return { lower: Math.min(best, whole(lower * (1 + MARGIN) * (1 + 0.001 / confidence) ** -2)), target: best, upper: Math.max(best, whole(upper * (1 + MARGIN) * (1 + 1 / confidence))) }
}
