import type { Clock } from '../../../common/clock.ts'

/** A watch that has not shown a write by then has lost it; the cache is trusted again. */
const PATIENCE_MS = 30_000

interface Expected {
  creations: number
  /** UIDs. */
  deletions: Set<string>
  since: number
}

/**
 * What a controller did and its cache does not show yet. While something is expected, the cache's count is wrong and nothing may be
 * created or deleted by it; so a stale cache never makes a pod too many. (After client-go's ControllerExpectations.)
 */
export class Expectations {
  readonly #clock: Clock
  readonly #byKey = new Map<string, Expected>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Call before creating `n`. */
  expectCreations(key: string, n: number): void {
    this.#of(key).creations += n
  }

  /** Call before deleting the objects with these UIDs. */
  expectDeletions(key: string, uids: readonly string[]): void {
    const expected = this.#of(key)
    for (const uid of uids) expected.deletions.add(uid)
  }

  /** The cache shows one more, or its creation failed. */
  created(key: string, n = 1): void {
    const expected = this.#byKey.get(key)
    if (expected !== undefined) expected.creations = Math.max(0, expected.creations - n)
  }

  /** The cache shows that it is going or gone, or its deletion failed. */
  deleted(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid)
  }

  /** The owner is gone. */
  forget(key: string): void {
    this.#byKey.delete(key)
  }

  /** Milliseconds still to wait for the cache; 0 when it can be trusted. */
  pendingMs(key: string): number {
    const expected = this.#byKey.get(key)
    if (expected === undefined) return 0
    const left = expected.since + PATIENCE_MS - this.#clock.monotonic()
    if (left > 0 && (expected.creations > 0 || expected.deletions.size > 0)) return left
    this.#byKey.delete(key)
    return 0
  }

  #of(key: string): Expected {
    const expected = this.#byKey.get(key) ?? { creations: 0, deletions: new Set(), since: 0 }
    expected.since = this.#clock.monotonic()
    this.#byKey.set(key, expected)
    return expected
  }
}
