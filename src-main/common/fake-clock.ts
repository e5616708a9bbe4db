import type { Clock, Timer } from './clock.ts'

/** A clock for tests: time stands still until `advance`. */
export class FakeClock implements Clock {
  #now: number
  #nextId = 0
  readonly #timers = new Map<number, { at: number; fn: () => void }>()

  /** Starts at `start` milliseconds since the epoch (default: 2026-01-01T00:00:00Z). */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const id = this.#nextId++
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), fn })
    return { cancel: () => this.#timers.delete(id) }
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time by `ms`, firing what falls due in order, and lets promises settle after each timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0]
      if (due === undefined) break
      this.#timers.delete(due[0])
      this.#now = Math.max(this.#now, due[1].at)
      due[1].fn()
      await settle()
    }
    this.#now = end
  }
}

/** Lets promise chains that are ready run to their end (a macrotask passes). */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
