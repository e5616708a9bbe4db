import { orAborted } from '../../../common/or-aborted.ts'
import { sizeOf } from './entry.ts'
import type { LogEntry } from './entry.ts'

/** What may wait in memory for one sink, bytes: beyond it nothing more is read, and the lines wait on their nodes. */
const MOST_BYTES = 4 << 20

/** Lines that wait for a sink, first come first served, up to a bound. */
export class LineQueue {
  readonly #mostBytes: number
  readonly #entries: LogEntry[] = []
  #bytes = 0
  readonly #filled = new Waiters()
  readonly #drained = new Waiters()

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes
  }

  get length(): number {
    return this.#entries.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The oldest of them. */
  get oldest(): LogEntry | undefined {
    return this.#entries[0]
  }

  /** Adds a line, when there is room for it. Rejects with the signal's reason. */
  async push(entry: LogEntry, signal: AbortSignal): Promise<void> {
    while (this.#bytes >= this.#mostBytes) await orAborted(this.#drained.next(), signal)
    signal.throwIfAborted()
    this.#entries.push(entry)
    this.#bytes += sizeOf(entry)
    this.#filled.wake()
  }

  /** Resolves when there is at least one line. */
  async some(signal: AbortSignal): Promise<void> {
    while (this.#entries.length === 0) await orAborted(this.#filled.next(), signal)
  }

  /** The first lines, which stay: at most so many, and about so many bytes. */
  first(lines: number, bytes: number): LogEntry[] {
    let [count, sum] = [0, 0]
    while (count < Math.min(lines, this.#entries.length) && (count === 0 || sum < bytes)) sum += sizeOf(this.#entries[count++] as LogEntry)
    return this.#entries.slice(0, count)
  }

  /** Takes the first lines away. */
  drop(count: number): void {
    for (const entry of this.#entries.splice(0, count)) this.#bytes -= sizeOf(entry)
    if (this.#bytes < this.#mostBytes) this.#drained.wake()
  }
}

/** Those that wait for something to happen. */
class Waiters {
  #waiting: (() => void)[] = []

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
