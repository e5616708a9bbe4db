import { channel } from 'node:diagnostics_channel'
import type { Clock, Timer } from '../../../common/clock.ts'
import { TELEMETRY } from '../../../common/telemetry.ts'
import type { QueueTold } from '../../../common/telemetry.ts'
import { DelayHeap } from './delay-heap.ts'
import { RetryLimiter } from './rate-limiter.ts'
import type { BackoffOptions } from './rate-limiter.ts'

/** A timer cannot wait longer: it would fire at once. What is due later is waited for in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const told = channel(TELEMETRY.queue)

/**
 * Keys to work on, first come first served. A key that waits is not queued twice, and is never handed to two workers: added while it is
 * worked on, it comes again after `done`. (After client-go's workqueue.)
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #name: string
  readonly #limiter: RetryLimiter
  readonly #ready = new Set<string>()
  readonly #processing = new Set<string>()
  readonly #again = new Set<string>()
  readonly #delayed = new DelayHeap<string>()
  /** When each delayed key is due; an entry of the heap with another time is out of date. */
  readonly #dueAt = new Map<string, number>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #idle: (() => void)[] = []
  #timer: { at: number; timer: Timer } | undefined
  #closed = false

  /** `name`: whose queue it is, for those that count. */
  constructor(clock: Clock, backoff?: BackoffOptions, name = '') {
    this.#clock = clock
    this.#name = name
    this.#limiter = new RetryLimiter(backoff)
  }

  /** Keys ready to be taken. */
  get length(): number {
    return this.#ready.size
  }

  /** Queues the key now. */
  add(key: string): void {
    if (this.#closed) return
    if (this.#processing.has(key)) {
      this.#again.add(key)
      return
    }
    const taker = this.#takers.shift()
    if (taker === undefined) {
      this.#ready.add(key)
      return this.#tell('add')
    }
    this.#processing.add(key)
    taker(key)
    this.#tell('add')
  }

  /** Queues the key in `ms`; of several times asked for, the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return
    if (ms <= 0) return this.add(key)
    const at = this.#clock.monotonic() + ms
    const known = this.#dueAt.get(key)
    if (known !== undefined && known <= at) return
    this.#dueAt.set(key, at)
    this.#delayed.push({ at, item: key })
    this.#arm()
  }

  /** Queues a key that failed, after its backoff; returns that in milliseconds. */
  retry(key: string): number {
    const ms = this.#limiter.next(key, this.#clock.monotonic())
    this.addAfter(key, ms)
    this.#tell('retry')
    return ms
  }

  /** The key succeeded, or is given up: its backoff starts anew. */
  forget(key: string): void {
    this.#limiter.forget(key)
  }

  failures(key: string): number {
    return this.#limiter.failures(key)
  }

  /** The next key; undefined once the queue is closed. Call `done` with it. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined
    for (const key of this.#ready) {
      this.#ready.delete(key)
      this.#processing.add(key)
      this.#tell('take')
      return key
    }
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  /** The worker has finished with the key. */
  done(key: string): void {
    this.#processing.delete(key)
    if (this.#again.delete(key)) this.add(key)
    if (this.#processing.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Hands out nothing more; resolves when the keys being worked on are done. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.timer.cancel()
    this.#timer = undefined
    this.#ready.clear()
    this.#again.clear()
    for (const taker of this.#takers.splice(0)) taker(undefined)
    if (this.#processing.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #tell(event: QueueTold['event']): void {
    if (told.hasSubscribers) told.publish({ name: this.#name, event, depth: this.#ready.size } satisfies QueueTold)
  }

  #arm(): void {
    const first = this.#delayed.first
    if (first === undefined || (this.#timer !== undefined && this.#timer.at <= first.at)) return
    this.#timer?.timer.cancel()
    this.#timer = { at: first.at, timer: this.#clock.setTimeout(() => this.#fire(), Math.min(LONGEST_TIMER_MS, first.at - this.#clock.monotonic())) }
  }

  #fire(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    // A machine's timer may fire a fraction of a millisecond early.
    for (let due = this.#delayed.first; due !== undefined && due.at <= now + 1; due = this.#delayed.first) {
      this.#delayed.pop()
      if (this.#dueAt.get(due.item) !== due.at) continue
      this.#dueAt.delete(due.item)
      this.add(due.item)
    }
    this.#arm()
  }
}
