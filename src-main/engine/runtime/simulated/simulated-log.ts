import type { LogRange } from '../container-runtime.ts'

/** What a simulated container has written, over all its runs, as Docker keeps it. */
export class SimulatedLog {
  readonly #lines: { time: number; text: string }[] = []
  readonly #waiting = new Set<() => void>()
  #open = false

  /** A run begins, and writes this at once. `time`: milliseconds since the epoch. */
  begin(time: number, lines: readonly string[]): void {
    this.#open = true
    for (const text of lines) this.#lines.push({ time, text })
    this.#wake()
  }

  /** The run is over: whoever follows has read all. */
  end(): void {
    this.#open = false
    this.#wake()
  }

  async *read({ follow, timestamps, tailLines, since, until }: LogRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const [from, to] = [since === undefined ? -Infinity : Date.parse(since), until === undefined ? Infinity : Date.parse(until)]
    const inRange = ({ time }: { time: number }): boolean => time >= from && time <= to
    let next = this.#lines.length
    const before = this.#lines.filter(inRange)
    yield* written(tailLines === undefined ? before : tailLines === 0 ? [] : before.slice(-tailLines), timestamps)
    while (follow && !signal.aborted) {
      const more = this.#lines.slice(next)
      next += more.length
      yield* written(more.filter(inRange), timestamps)
      if (!this.#open) return
      if (next === this.#lines.length) await this.#news(signal)
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

function* written(lines: readonly { time: number; text: string }[], timestamps: boolean): Generator<Uint8Array> {
  for (const { time, text } of lines) yield Buffer.from(`${timestamps ? `${new Date(time).toISOString()} ` : ''}${text}\n`)
}
