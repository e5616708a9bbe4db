import type { Batch } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { hasReason } from '../../src-main/common/errors.ts'
import { systemClock, type Clock, type Timer } from '../../src-main/common/clock.ts'
import { sentenceOf } from '../lib/errors.ts'
import { BatchFold } from '../lib/fold.ts'

/** `waiting`: the cluster cannot answer yet, and will. `stale`: the stream broke and is being opened again; the last value still stands. `gone`: the object is no more. */
export type FeedStatus = 'loading' | 'live' | 'stale' | 'waiting' | 'failed' | 'gone'

const RETRY_MS = [500, 1000, 2000, 5000]

/**
 * A stream of the cluster as a reactive value. A broken stream is opened again with back-off while somebody uses it; the last value stays.
 * Shared: the stream is open while at least one user is.
 */
export class Feed<Item, Value = Item> {
  value = $state.raw<Value>()
  status = $state<FeedStatus>('loading')
  /** Why there is nothing, or nothing new: a sentence. */
  error = $state<string>()

  readonly #open: () => Stream<Item>
  readonly #startFold: () => (item: Item, before: Value | undefined) => Value
  readonly #clock: Clock
  #users = 0
  #run = 0
  #iterator: AsyncIterator<Item> | undefined
  #retry: Timer | undefined
  #failures = 0

  /** `startFold` makes, for each opening of the stream, the function that folds an item into the value. */
  constructor(open: () => Stream<Item>, startFold: () => (item: Item, before: Value | undefined) => Value, clock: Clock = systemClock) {
    this.#open = open
    this.#startFold = startFold
    this.#clock = clock
  }

  /** Opens the stream for one user; call the result to leave. Fits `$effect(() => feed.use())`. */
  use(): () => void {
    this.#users++
    if (this.#users === 1) this.#start()
    let left = false
    return () => {
      if (left) return
      left = true
      this.#users--
      if (this.#users === 0) this.#stop()
    }
  }

  /** Tries again now, without waiting for the back-off. */
  retry(): void {
    if (this.#users === 0) return
    this.#stop()
    if (this.status !== 'live' && this.status !== 'stale') this.status = 'loading'
    this.#start()
  }

  #start(): void {
    void this.#read(++this.#run)
  }

  #stop(): void {
    this.#run++
    this.#retry?.cancel()
    const iterator = this.#iterator
    this.#iterator = undefined
    // The source may be waiting for its next item: nobody waits for it to end.
    void iterator?.return?.().catch(() => undefined)
  }

  async #read(run: number): Promise<void> {
    try {
      const fold = this.#startFold()
      const iterator = this.#open()[Symbol.asyncIterator]()
      this.#iterator = iterator
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        if (run !== this.#run) return
        this.value = fold(next.value, this.value)
        this.status = 'live'
        this.error = undefined
        this.#failures = 0
      }
      if (run === this.#run) this.#again('stale')
    } catch (error) {
      if (run !== this.#run) return
      this.error = sentenceOf(error)
      if (hasReason(error, 'NotFound')) this.status = 'gone'
      else if (this.value !== undefined) this.#again('stale')
      else this.#again(hasReason(error, 'ServiceUnavailable') ? 'waiting' : 'failed')
    }
  }

  #again(status: FeedStatus): void {
    this.status = this.value === undefined && this.error === undefined ? 'loading' : status
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 5000
    this.#retry = this.#clock.setTimeout(() => this.#start(), wait)
  }
}

/** A feed of whole values: each item replaces the one before. */
export function valueFeed<T>(open: () => Stream<T>, clock?: Clock): Feed<T> {
  return new Feed<T>(open, () => (item) => item, clock)
}

/** A feed of batches, folded into a sorted list. */
export function listFeed<T extends { id: string }>(open: () => Stream<Batch<T>>, compare: (a: T, b: T) => number, clock?: Clock): Feed<Batch<T>, T[]> {
  return new Feed<Batch<T>, T[]>(open, () => {
    const fold = new BatchFold<T>(compare)
    return (batch) => fold.apply(batch)
  }, clock)
}
