import type { CpuCounter } from '../../../policy/usage/cpu-milli.ts'
import { cpuMilli } from '../../../policy/usage/cpu-milli.ts'

/** What a container had used at one moment: `at` by its node's clock, milliseconds since the epoch. */
export interface ContainerReading extends CpuCounter {
  readonly memoryBytes: number
}

/** What a container uses: millicores on average over `windowMs` up to `time` (its node's clock), and its working set. */
export interface ContainerUsage {
  readonly time: number
  readonly windowMs: number
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** Over less, a rate is noise. */
const LEAST_WINDOW_MS = 5_000
/** Timers are not exact: a reading that is almost as old as is asked for will do. */
const SLACK_MS = 500

/** The latest readings of containers, by their IDs. */
export class UsageBook {
  readonly #readings = new Map<string, ContainerReading[]>()
  readonly #missed = new Set<string>()

  /** Takes what was read; undefined: it could not be, and nothing is known of the container until it can. `windowMs`: how far apart two readings are to be. */
  take(container: string, reading: ContainerReading | undefined, windowMs: number): void {
    if (reading === undefined) {
      this.#missed.add(container)
      return
    }
    this.#missed.delete(container)
    const readings = this.#readings.get(container) ?? []
    const keepMs = Math.max(windowMs, LEAST_WINDOW_MS)
    const oldEnough = readings.filter((r) => r.at <= reading.at - keepMs + SLACK_MS)
    // One that is old enough is kept, and all since.
    this.#readings.set(container, [...oldEnough.slice(-1), ...readings.filter((r) => r.at > reading.at - keepMs + SLACK_MS && r.at < reading.at), reading])
  }

  /** Between the newest reading and the oldest that is kept; undefined until there are two, when the counter began anew, or when it could not be read. */
  usage(container: string): ContainerUsage | undefined {
    if (this.#missed.has(container)) return undefined
    const readings = this.#readings.get(container) ?? []
    const [first, last] = [readings[0], readings.at(-1)]
    const milli = first === undefined || last === undefined ? undefined : cpuMilli(first, last)
    if (first === undefined || last === undefined || milli === undefined) return undefined
    return { time: last.at, windowMs: last.at - first.at, cpuMilli: milli, memoryBytes: last.memoryBytes }
  }

  /** Forgets containers that are not among these. */
  keep(containers: ReadonlySet<string>): void {
    for (const known of [this.#readings, this.#missed]) for (const id of known.keys()) if (!containers.has(id)) known.delete(id)
  }
}
