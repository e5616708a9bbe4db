/** How long a failed key waits. */
export interface BackoffOptions {
  /** After the first failure. Default 5 ms. */
  firstMs?: number
  /** At most. Default 30 s. */
  longestMs?: number
  /** Retries a second over all keys, beyond a burst of 100. Default 50. */
  perSecond?: number
}

const BURST = 100

/** Doubles each key's wait per failure in a row, and holds back all retries together to a rate. */
export class RetryLimiter {
  readonly #first: number
  readonly #longest: number
  readonly #perSecond: number
  readonly #failures = new Map<string, number>()
  #tokens = BURST
  #at = 0

  constructor({ firstMs = 5, longestMs = 30_000, perSecond = 50 }: BackoffOptions = {}) {
    this.#first = firstMs
    this.#longest = longestMs
    this.#perSecond = perSecond
  }

  /** Milliseconds that `key` is to wait now (`now` monotonic), counting this failure. */
  next(key: string, now: number): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const own = Math.min(this.#first * 2 ** failures, this.#longest)
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond) - 1
    this.#at = now
    return Math.max(own, this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000)
  }

  /** The key succeeded: its next failure is its first. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** Failures in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }
}
