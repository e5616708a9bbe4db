import type { Event } from '../../../common/kube/generated/core-v1.ts'
import { Events } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'

const DEFAULT_TTL_MS = 60 * 60 * 1000

/** Deletes Events an hour after they happened last, or were made: who makes one may date it as it likes. */
export class EventTtlController implements Runnable {
  readonly name = 'event-ttl-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #ttlMs: number

  constructor(context: ControllerContext, ttlMs = DEFAULT_TTL_MS) {
    this.#context = context
    this.#ttlMs = ttlMs
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    // One that happens again later is looked at when it would have ended, and then given its time.
    context.informers.for(Events).addHandler({ onAdd: (event) => this.#controller.enqueueAfter(keyOf(event), this.#leftMs(event)) })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<Again | void> {
    const event = this.#context.informers.for(Events).lister.getByKey(key)
    if (event === undefined) return
    const left = this.#leftMs(event)
    if (left > 0) return { requeueAfterMs: left }
    await deleteIfThere(this.#context.client, Events, event)
  }

  #leftMs(event: Readonly<Event>): number {
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime
    const since = Math.max(Date.parse(event.metadata.creationTimestamp), last ? Date.parse(last) : 0)
    return since + this.#ttlMs - this.#context.clock.now()
  }
}
