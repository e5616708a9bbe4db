/** One measured figure. */
export interface Row {
  /** `detect.p95.ms`; p50, p95 and max are of one series. */
  metric: string
  value: number
  unit: string
  /** What it should be at most (or at least); null for a figure that stands there for comparison. */
  aim: number | null
  /** Whether the aim is met; true without one. */
  ok: boolean
}

export interface BenchContext {
  /** How many trials, where a bench has trials; undefined for as many as the claim is about. */
  trials: number | undefined
  /** Says to people how it goes. */
  say(line: string): void
  /** Aborted when whoever runs it wants it to end: take down what was made, then reject. */
  signal: AbortSignal
}

/** What a file of e2e/bench exports as its default. It makes what it needs and takes it down. */
export type Bench = (context: BenchContext) => Promise<Row[]>

/** A figure that should be `aim` or less. */
export function atMost(metric: string, value: number, unit: string, aim: number): Row {
  return { metric, value: rounded(value), unit, aim, ok: value <= aim }
}

/** A figure that should be `aim` or more. */
export function atLeast(metric: string, value: number, unit: string, aim: number): Row {
  return { metric, value: rounded(value), unit, aim, ok: value >= aim }
}

/** A figure for comparison. */
export function figure(metric: string, value: number, unit: string): Row {
  return { metric, value: rounded(value), unit, aim: null, ok: true }
}

/** The value below which `share` (0.5, 0.95) of a series lies, by nearest rank; NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
