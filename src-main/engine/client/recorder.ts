import type { Clock } from '../../common/clock.ts'
import { microTime, timestamp } from '../../common/clock.ts'
import { hasReason } from '../../common/errors.ts'
import type { Event } from '../../common/kube/generated/core-v1.ts'
import { Events } from '../../common/kube/kinds.ts'
import type { Draft, KubeObject } from '../../common/kube/object.ts'
import type { Client } from './client.ts'

/** Writes Events about objects. Never waits, never throws: an Event that cannot be written is dropped. */
export interface EventRecorder {
  event(object: Readonly<KubeObject>, type: 'Normal' | 'Warning', reason: string, message: string): void
}

/** Events that wait to be written; more are dropped, newest first. */
const QUEUE = 1000
/** Known Events that a repetition counts up; the least lately seen is forgotten. */
const REMEMBERED = 4096
/** Per source object: this many at once, then one per interval. */
const BURST = 50
const REFILL_MS = 10_000

/** A repetition is written at once, then a second later at the earliest, then two, four, ... six minutes: what goes on for hours must not keep the disk busy. (Upstream's series are written every six minutes.) */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 360_000

interface Known {
  name: string
  /** With the repetitions that were not written. */
  count: number
  /** Monotonic. Until `pauseMs` after it, repetitions are only counted. */
  writtenAt: number
  pauseMs: number
}

interface Pending {
  draft: Draft<Event>
  key: string
}

/** Where an engine's recorders write: one queue, one writer, repetitions counted on the Event that is there. */
export class EventBroadcaster {
  readonly #client: Client
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  readonly #known = new Map<string, Known>()
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  #queue: Pending[] = []
  #writer: Promise<void> | undefined
  #serial = 0
  #stopped = false

  constructor(options: { client: Client; clock: Clock; onError: (error: unknown) => void }) {
    this.#client = options.client
    this.#clock = options.clock
    this.#onError = options.onError
  }

  /** A recorder that signs with a component's name (`deployment-controller`, `kubelet`) and, for a node's, its host. */
  recorder(component: string, host?: string): EventRecorder {
    return { event: (object, type, reason, message) => this.#record({ component, ...(host === undefined ? {} : { host }) }, object, type, reason, message) }
  }

  /** Writes what waits, then ends. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#writer
  }

  #record(source: { component: string; host?: string }, object: Readonly<KubeObject>, type: string, reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = object.metadata
    const key = [source.component, source.host, uid, object.kind, type, reason, message].join('\0')
    if (this.#stopped || this.#queue.length >= QUEUE || this.#isPaused(key) || !this.#admit(`${source.component}/${uid}`)) return
    const now = this.#clock.now()
    const draft: Draft<Event> = {
      apiVersion: 'v1', kind: 'Event',
      metadata: { name: `${name.slice(0, 220)}.${now.toString(16)}${(this.#serial++ % 0xffff).toString(16).padStart(4, '0')}`, namespace: namespace || 'default' },
      involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, uid, resourceVersion, ...(namespace ? { namespace } : {}) },
      type, reason, message, source, reportingComponent: source.component, ...(source.host === undefined ? {} : { reportingInstance: source.host }),
      // The other two are whole seconds: too coarse to tell in which order things happened.
      count: 1, firstTimestamp: timestamp(now), lastTimestamp: timestamp(now), eventTime: microTime(now),
    }
    this.#queue.push({ draft, key })
    this.#writer ??= this.#write()
  }

  /** A repetition that comes too soon to be written; it is counted. */
  #isPaused(key: string): boolean {
    const known = this.#known.get(key)
    if (known === undefined || this.#clock.monotonic() - known.writtenAt >= known.pauseMs) return false
    known.count++
    return true
  }

  async #write(): Promise<void> {
    // Leave the caller's stack first: recording must cost it nothing.
    await Promise.resolve()
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      await Promise.all(batch.map((pending) => this.#writeOne(pending).catch(this.#onError)))
    }
    // In the same turn as the look that found nothing, so that no Event waits for the next one.
    this.#writer = undefined
  }

  /** Up to 32 that are about different things: of the same thing, the second counts up the first. */
  #take(): Pending[] {
    const batch: Pending[] = []
    const rest: Pending[] = []
    const keys = new Set<string>()
    for (const pending of this.#queue) {
      if (batch.length < 32 && !keys.has(pending.key)) {
        keys.add(pending.key)
        batch.push(pending)
      } else rest.push(pending)
    }
    this.#queue = rest
    return batch
  }

  async #writeOne({ draft, key }: Pending): Promise<void> {
    const { namespace = '', name = '' } = draft.metadata
    const known = this.#known.get(key)
    if (known !== undefined) {
      const count = known.count + 1
      try {
        const body = { count, lastTimestamp: draft.lastTimestamp, involvedObject: draft.involvedObject }
        await this.#client.patch(Events, namespace, known.name, 'application/merge-patch+json', body)
        this.#remember(key, known.name, count, known)
        return
      } catch (error) {
        // Its hour is over and it was collected: begin anew.
        if (!hasReason(error, 'NotFound')) throw error
      }
    }
    try {
      await this.#client.create(Events, draft)
    } catch (error) {
      // The object's namespace is going or gone: nobody will look.
      if (hasReason(error, 'NotFound', 'Forbidden')) return
      throw error
    }
    this.#remember(key, name, 1)
  }

  #remember(key: string, name: string, count: number, before?: Known): void {
    const writtenAt = this.#clock.monotonic()
    // One that has not come for long begins anew.
    const goesOn = before !== undefined && writtenAt - before.writtenAt < 2 * LONGEST_PAUSE_MS
    this.#known.delete(key)
    this.#known.set(key, { name, count, writtenAt, pauseMs: before === undefined ? 0 : goesOn ? Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * before.pauseMs)) : FIRST_PAUSE_MS })
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? '')
  }

  #admit(source: string): boolean {
    const now = this.#clock.monotonic()
    const bucket = this.#buckets.get(source) ?? { tokens: BURST, at: now }
    const tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS)
    this.#buckets.delete(source)
    this.#buckets.set(source, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
    if (this.#buckets.size > REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value ?? '')
    return tokens >= 1
  }
}
