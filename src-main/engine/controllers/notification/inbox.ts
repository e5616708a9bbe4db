import type { News } from './event-news.ts'
import { topicOf } from './event-news.ts'

/** News that wait at most; more push out the oldest. */
const ROOM = 200
/** Topics remembered at most. */
const REMEMBERED = 5000
const MINUTE_MS = 60_000

/** How an inbox holds back. */
export interface InboxLimits {
  /** The same topic is told again only after so long. */
  repeatMs: number
  perMinute: number
}

/** What is to be told, each topic once at a time, and when. `now`: monotonic milliseconds. */
export class Inbox {
  readonly #limits: InboxLimits
  /** By topic, in the order in which they came. */
  readonly #waiting = new Map<string, { news: News; revision: number }>()
  readonly #told = new Map<string, number>()
  #tokens: number
  #at = -Infinity
  dropped = 0
  repeated = 0

  constructor(limits: InboxLimits) {
    this.#limits = limits
    this.#tokens = limits.perMinute
  }

  get length(): number {
    return this.#waiting.size
  }

  /** The revision of the oldest that waits. */
  get oldestRevision(): number | undefined {
    return this.#waiting.size === 0 ? undefined : Math.min(...[...this.#waiting.values()].map(({ revision }) => revision))
  }

  /** Something happened, at a revision of the store. What waits already is told as it is now, once. */
  add(news: News, revision: number, now: number): void {
    const topic = topicOf(news)
    if (this.#waiting.has(topic) || now - (this.#told.get(topic) ?? -Infinity) < this.#limits.repeatMs) this.repeated += 1
    this.#waiting.set(topic, { news, revision })
    if (this.#waiting.size <= ROOM) return
    this.#waiting.delete(this.#waiting.keys().next().value ?? '')
    this.dropped += 1
  }

  /** The next that is due, which is taken; else in how many milliseconds to ask again; undefined: when something was added. */
  take(now: number): { news: News; revision: number } | { waitMs: number } | undefined {
    if (this.#waiting.size === 0) return undefined
    this.#tokens = Math.min(this.#limits.perMinute, this.#tokens + (Math.max(0, now - this.#at) / MINUTE_MS) * this.#limits.perMinute)
    this.#at = now
    let soonest = Infinity
    for (const [topic, next] of this.#waiting) {
      const wait = (this.#told.get(topic) ?? -Infinity) + this.#limits.repeatMs - now
      soonest = Math.min(soonest, wait)
      if (wait > 0) continue
      // A hair less than one is one: fractions of it were added up.
      if (this.#tokens < 1 - 1e-9) return { waitMs: Math.ceil(((1 - this.#tokens) * MINUTE_MS) / this.#limits.perMinute) }
      this.#tokens -= 1
      this.#waiting.delete(topic)
      this.#remember(topic, now)
      return next
    }
    return { waitMs: soonest }
  }

  #remember(topic: string, now: number): void {
    this.#told.delete(topic)
    this.#told.set(topic, now)
    for (const [old, at] of this.#told) {
      if (this.#told.size <= REMEMBERED && now - at < this.#limits.repeatMs) break
      this.#told.delete(old)
    }
  }
}
