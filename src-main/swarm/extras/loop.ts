import type { Clock, Timer } from '../../common/clock.ts'

/** How a loop runs. */
export interface LoopOptions {
  readonly clock: Clock
  /** Looks at everything there is and does what is to be done. Resolves with the milliseconds until it has to look again by itself; undefined: not until it is woken. */
  pass(signal: AbortSignal): Promise<number | undefined>
  /** Hears of a pass that failed; it is tried again. */
  onError(error: unknown): void
  /** It looks again after so long at the latest, if it is to look again at all. Timers sleep with the machine, and what goes by the wall clock must not be late for long. */
  readonly longestMs?: number
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/** Runs a pass whenever it is woken, one at a time, and at the times that the passes ask for. Without a reason to look there is no timer. */
export class Loop {
  readonly #options: LoopOptions
  readonly #abort = new AbortController()
  #running: Promise<void> | undefined
  #again = false
  #timer: Timer | undefined
  #retryMs = FIRST_RETRY_MS

  constructor(options: LoopOptions) {
    this.#options = options
  }

  /** Something changed. */
  wake(): void {
    if (this.#abort.signal.aborted) return
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    this.#timer?.cancel()
    this.#timer = undefined
    this.#running = this.#run()
  }

  /** Aborts what runs and resolves when it is over. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the extras of the swarm are stopping'))
    this.#timer?.cancel()
    await this.#running
  }

  async #run(): Promise<void> {
    let waitMs: number | undefined
    // What else changes in the same moment is seen by the same pass.
    await Promise.resolve()
    do {
      this.#again = false
      try {
        waitMs = await this.#options.pass(this.#abort.signal)
        this.#retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (this.#abort.signal.aborted) break
        this.#options.onError(error)
        waitMs = this.#retryMs
        this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS)
        break
      }
    } while (this.#again && !this.#abort.signal.aborted)
    this.#running = undefined
    if (waitMs === undefined || this.#abort.signal.aborted) return
    this.#timer = this.#options.clock.setTimeout(() => this.wake(), Math.min(Math.max(1, waitMs), this.#options.longestMs ?? Infinity))
  }
}
