import type { Clock, Timer } from '../../common/clock.ts'

/**
 * Writes the latest of what it is told, one write at a time and again until it is written: of two writes under way at once, the one of what was before
 * could meet a conflict, be repeated, and so come last.
 */
export class LatestWrite<T> {
  readonly #write: (value: T) => Promise<void>
  readonly #clock: Clock
  readonly #retryMs: number
  readonly #onError: (error: unknown) => void
  #due: { value: T } | undefined
  #writing = false
  #retry: Timer | undefined
  #stopped = false

  constructor(options: { write: (value: T) => Promise<void>; clock: Clock; retryMs: number; onError: (error: unknown) => void }) {
    this.#write = options.write
    this.#clock = options.clock
    this.#retryMs = options.retryMs
    this.#onError = options.onError
  }

  /** From here on this is what has to be written. */
  tell(value: T): void {
    this.#due = { value }
    this.#next()
  }

  /** Nothing is begun any more. */
  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
  }

  #next(): void {
    if (this.#writing || this.#stopped || this.#due === undefined) return
    const told = this.#due
    this.#writing = true
    this.#retry?.cancel()
    this.#write(told.value).then(() => {
      this.#writing = false
      if (this.#due === told) this.#due = undefined
      this.#next()
    }, (error: unknown) => {
      this.#writing = false
      if (this.#stopped) return
      this.#onError(error)
      this.#retry = this.#clock.setTimeout(() => this.#next(), this.#retryMs)
    })
  }
}
