import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../../common/clock.ts'
import { StatusError, toStatusError } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { ObjectEvent, Watcher } from '../rest/watch.ts'

/** Encoded bytes that may wait in a connection before the rest waits as events. */
const MAX_ENCODED_BYTES = 1024 * 1024
/** Changes that may wait for a slow watcher; with one more it is dropped. Initial events are not counted: they are the client's wish. */
export const MAX_WAITING_EVENTS = 10_000
const SLICE_MS = 10
const BOOKMARK_MS = 60_000
const GOODBYE_MS = 5_000

/** What a line of a watch says has happened. */
export type EventType = ObjectEvent['type'] | 'BOOKMARK'

/** What a watcher's connection is to be. */
export interface WatchStreamOptions {
  clock: Clock
  /** One event as the client wants it: a line of JSON without its end, or whole bytes. */
  encode(type: EventType, object: KubeObject): string | Uint8Array
  /** Of the stream; absent: JSON. */
  contentType?: string
  /** What says why the watch ends; absent: a line of JSON. */
  encodeError?(error: unknown): Uint8Array
  /** A bookmark's object, at a revision. */
  bookmark(resourceVersion: string, annotations?: Record<string, string>): KubeObject
  bookmarks: boolean
  /** After this long the watch ends by itself; undefined: never. */
  timeoutMs: number | undefined
  /** The revision up to which everything has been told. */
  revision(): number
}

/** A watch over HTTP: one JSON event a line. Events wait as references, never encoded; a watcher that falls too far behind is dropped with 410. */
export class WatchStream implements Watcher {
  readonly #response: ServerResponse
  readonly #options: WatchStreamOptions
  readonly #timers: Timer[] = []
  #waiting: ObjectEvent[] = []
  #next = 0
  /** How many of the waiting events are initial ones. */
  #initial = 0
  #initialEnd: string | undefined
  #isInitial = true
  #flushing = false
  #ended = false
  /** Set by whoever starts the watch: ends it at its source. */
  onEnd: () => void = () => undefined

  constructor(response: ServerResponse, options: WatchStreamOptions) {
    this.#response = response
    this.#options = options
    response.writeHead(200, { 'Content-Type': options.contentType ?? 'application/json', 'Cache-Control': 'no-cache, private' })
    response.flushHeaders()
    response.on('close', () => this.end())
    response.on('drain', () => this.#flush())
    if (options.timeoutMs !== undefined) this.#timers.push(options.clock.setTimeout(() => this.end(), options.timeoutMs))
    if (options.bookmarks) this.#scheduleBookmark()
  }

  onEvents(events: ObjectEvent[]): void {
    if (this.#ended) return
    for (const event of events) this.#waiting.push(event)
    if (this.#isInitial) this.#initial += events.length
    this.#flush()
    if (this.#waiting.length - Math.max(this.#next, this.#initial) > MAX_WAITING_EVENTS) this.fail(new StatusError('Expired', 'The watch was too slow: it fell too far behind. List again.'))
  }

  onInitialEventsEnd(resourceVersion: string): void {
    this.#initialEnd = resourceVersion
    this.#flush()
  }

  /** The kind is gone, or served in another way: the client asks again, and learns what is so now. */
  onGone(): void {
    this.end()
  }

  /** What comes now is no longer initial. */
  live(): void {
    this.#isInitial = false
  }

  /** Tells the client why, and ends. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#send(this.#options.encodeError?.(error) ?? JSON.stringify({ type: 'ERROR', object: toStatusError(error).toStatus() }))
    this.end()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#waiting = []
    for (const timer of this.#timers.splice(0)) timer.cancel()
    this.onEnd()
    this.#response.end()
    // Whoever does not read does not read our goodbye either.
    if (!this.#response.writableFinished) {
      const timer = this.#options.clock.setTimeout(() => this.#response.destroy(), GOODBYE_MS)
      this.#response.on('finish', () => timer.cancel())
      this.#response.on('close', () => timer.cancel())
    }
  }

  #flush(): void {
    if (this.#flushing || this.#ended) return
    const began = performance.now()
    while (this.#next < this.#waiting.length) {
      if (this.#response.writableLength > MAX_ENCODED_BYTES) return
      const event = this.#waiting[this.#next++]
      if (event !== undefined && !this.#write(event)) return
      if (performance.now() - began > SLICE_MS) {
        this.#flushing = true
        setImmediate(() => {
          this.#flushing = false
          this.#flush()
        })
        return
      }
    }
    this.#waiting = []
    this.#next = 0
    this.#initial = 0
    if (this.#initialEnd !== undefined) {
      const revision = this.#initialEnd
      this.#initialEnd = undefined
      if (this.#options.bookmarks) this.#writeBookmark(revision, { 'k8s.io/initial-events-end': 'true' })
    }
  }

  /** Writes one event. What cannot be encoded ends this watch, not the process: the store and timers call from outside any request. */
  #write({ type, object }: ObjectEvent): boolean {
    try {
      this.#send(this.#options.encode(type, object))
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }

  #scheduleBookmark(): void {
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.splice(this.#timers.indexOf(timer), 1)
      if (this.#ended) return
      // Watchers are told before a commit is acknowledged, so with nothing waiting the store's revision is what this one has seen.
      if (this.#waiting.length === 0) this.#writeBookmark(String(this.#options.revision()))
      this.#scheduleBookmark()
    }, BOOKMARK_MS)
    this.#timers.push(timer)
  }

  #writeBookmark(revision: string, annotations?: Record<string, string>): void {
    this.#send(this.#options.encode('BOOKMARK', this.#options.bookmark(revision, annotations)))
  }

  #send(event: string | Uint8Array): void {
    this.#response.write(typeof event === 'string' ? `${event}\n` : event)
  }
}
