import type { Clock, Timer } from '../../common/clock.ts'

/** A deadline that does not run while a person is being asked. */
export class Deadline {
  readonly #clock: Clock
  readonly #expire: () => void
  #left: number
  #since = 0
  #timer: Timer | undefined

  /** Calls `expire` once `ms` milliseconds have passed. */
  constructor(clock: Clock, ms: number, expire: () => void) {
    this.#clock = clock
    this.#left = ms
    this.#expire = expire
    this.#start()
  }

  /** The clock stands while this is going on. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.#stop()
    try {
      return await work()
    } finally {
      this.#start()
    }
  }

  /** It was met. */
  clear(): void {
    this.#stop()
    this.#left = -1
  }

  #start(): void {
    if (this.#left < 0 || this.#timer !== undefined) return
    this.#since = this.#clock.monotonic()
    this.#timer = this.#clock.setTimeout(() => {
      this.#left = -1
      this.#expire()
    }, this.#left)
  }

  #stop(): void {
    if (this.#timer === undefined) return
    this.#timer.cancel()
    this.#timer = undefined
    if (this.#left >= 0) this.#left = Math.max(0, this.#left - (this.#clock.monotonic() - this.#since))
  }
}
