const FIRST_MS = 1000
const LONGEST_MS = 900_000

/** Holds back the replacement of pods that end again and again, in one place: 1 s, then twice as long each time, a quarter of an hour at most. */
export class FailedBackoff {
  readonly #known = new Map<string, { ms: number; until: number }>()

  /** Milliseconds still to wait (0: now, and the next wait is longer). `now`: monotonic. */
  next(key: string, now: number): number {
    const known = this.#known.get(key)
    if (known !== undefined && now < known.until) return known.until - now
    // One that ran for long since begins anew.
    const ms = known === undefined || now - known.until > LONGEST_MS ? FIRST_MS : Math.min(known.ms * 2, LONGEST_MS)
    this.#known.set(key, { ms, until: now + ms })
    return 0
  }

  /** Milliseconds until the last wait is over, without making the next one longer. */
  leftMs(key: string, now: number): number {
    return Math.max(0, (this.#known.get(key)?.until ?? 0) - now)
  }

  /** Forgets the keys that begin so. */
  forget(prefix: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key)
  }
}
