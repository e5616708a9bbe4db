import type { Clock } from '../../../common/clock.ts'
import { sleep } from '../../../common/clock.ts'
import type { Notification } from '../../../common/kube/notification.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DeliveryError } from '../outbound/explain.ts'
import { post } from '../outbound/post.ts'
import type { News } from './event-news.ts'
import { Inbox } from './inbox.ts'
import { payloadOf, signatureOf } from './payload.ts'
import { verdictOf } from './verdict.ts'

const ANSWER_MS = 10_000
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000
/** About eight minutes in all: then it is old news. */
const TRIES = 12
const REPEAT_S = 300
const PER_MINUTE = 20

/** The secrets of a Notification, read. */
export interface NotificationAccess {
  url: string
  signatureKey?: string
  ca?: string
}

/** What a worker is made of. */
export interface NotificationWorkerOptions {
  notification: Frozen<Notification>
  access: NotificationAccess
  clock: Clock
  /** Something that the status shows has changed. */
  onChange(): void
  /** How long an answer may take, milliseconds. */
  answerMs?: number
}

/** What a worker has done. */
export interface NotificationProgress {
  sent: number
  failed: number
  dropped: number
  repeated: number
  waiting: number
  /** The revision of the oldest of them. */
  oldestRevision: number | undefined
  lastSentAt: number | undefined
  /** Why the last one did not go; undefined when it did, or there was none. */
  problem: DeliveryError | undefined
}

/** Sends news to one receiver, one after the other. */
export class NotificationWorker {
  readonly #options: NotificationWorkerOptions
  readonly #inbox: Inbox
  readonly #abort = new AbortController()
  readonly #sending: Promise<void>
  readonly #before: { dropped: number; repeated: number }
  #wake: (() => void) | undefined
  /** The revision of what is being sent. */
  #inHand: number | undefined
  #sent: number
  #failed: number
  #lastSentAt: number | undefined
  #problem: DeliveryError | undefined

  constructor(options: NotificationWorkerOptions) {
    this.#options = options
    const { spec: { repeatSeconds = REPEAT_S, perMinute = PER_MINUTE }, status: { sent = 0, failed = 0, dropped = 0, repeated = 0 } = {} } = options.notification
    this.#inbox = new Inbox({ repeatMs: repeatSeconds * 1000, perMinute })
    this.#sent = sent
    this.#failed = failed
    this.#before = { dropped, repeated }
    // It ends in no other way than by the signal.
    this.#sending = this.#sendAll().catch(() => undefined)
  }

  get progress(): NotificationProgress {
    const { dropped, repeated, length, oldestRevision } = this.#inbox
    const waiting = [oldestRevision, this.#inHand].filter((revision) => revision !== undefined)
    return {
      sent: this.#sent, failed: this.#failed, dropped: this.#before.dropped + dropped, repeated: this.#before.repeated + repeated, waiting: length + (this.#inHand === undefined ? 0 : 1), oldestRevision: waiting.length === 0 ? undefined : Math.min(...waiting),
      lastSentAt: this.#lastSentAt, problem: this.#problem,
    }
  }

  /** Something happened, at a revision of the store. */
  add(news: News, revision: number): void {
    if (this.#isGone()) return
    this.#inbox.add(news, revision, this.#options.clock.monotonic())
    this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the notification is stopping'))
    this.#wake?.()
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#abort
    while (!signal.aborted && !this.#isGone()) {
      const next = this.#inbox.take(clock.monotonic())
      if (next === undefined || 'waitMs' in next) await this.#woken(next?.waitMs)
      else await this.#deliver(next.news, next.revision)
    }
  }

  async #deliver(news: News, revision: number): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#abort
    this.#inHand = revision
    for (let failures = 0; ; failures++) {
      const problem = await this.#send(news)
      signal.throwIfAborted()
      this.#problem = problem
      const over = problem === undefined || problem.permanent || failures + 1 >= TRIES
      if (over) {
        this.#inHand = undefined
        if (problem === undefined) {
          this.#sent += 1
          this.#lastSentAt = clock.now()
        } else this.#failed += 1
      }
      this.#options.onChange()
      if (over) return
      await sleep(clock, problem.retryAfterMs ?? Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), signal)
    }
  }

  async #send(news: News): Promise<DeliveryError | undefined> {
    const { notification: { metadata: { name }, spec }, access, clock, answerMs = ANSWER_MS } = this.#options
    const body = payloadOf(spec.format, name, news)
    const at = String(Math.floor(clock.now() / 1000))
    const headers = {
      'Content-Type': 'application/json', 'User-Agent': 'toque', 'X-Toque-Delivery': news.id, 'X-Toque-Timestamp': at,
      ...(access.signatureKey === undefined ? {} : { 'X-Toque-Signature': `v1=${signatureOf(access.signatureKey, at, body)}` }),
    }
    try {
      return verdictOf(await post({ url: access.url, headers, body, ca: access.ca, timeoutMs: answerMs, signal: this.#abort.signal }))
    } catch (error) {
      if (error instanceof DeliveryError) return error
      throw error
    }
  }

  #isGone(): boolean {
    return this.#problem?.reason === 'Gone'
  }

  #woken(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : this.#options.clock.setTimeout(() => this.#wake?.(), ms)
      this.#wake = () => {
        this.#wake = undefined
        timer?.cancel()
        resolve()
      }
    })
  }
}
