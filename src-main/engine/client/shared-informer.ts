import type { Clock } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'
import { hasReason } from '../../common/errors.ts'
import { keyOf } from '../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { nodeOf, ObjectCache } from './cache.ts'
import type { Client, WatchEvent } from './client.ts'
import type { Informer, InformerHandler } from './informer.ts'

const FIRST_BACKOFF_MS = 50
const LONGEST_BACKOFF_MS = 10_000

/** What an informer needs. `onError` hears failed lists and watches (they are retried) and handlers that threw. */
export interface InformerOptions {
  client: Client
  clock: Clock
  onError: (error: unknown, what: string) => void
}

/**
 * Lists, watches, lists again when the revision is gone. A watch that fails otherwise goes on from the last revision seen, so no change
 * is missed; what a new list shows changed, handlers hear as adds, updates and deletes. It ends when its kind is not served any more.
 */
export class SharedInformer<T extends KubeObject> implements Informer<T> {
  readonly lister = new ObjectCache<T>()
  readonly synced: Promise<void>
  readonly #resource: Resource<T>
  readonly #options: InformerOptions
  readonly #handlers = new Set<InformerHandler<T>>()
  readonly #byNode = new Map<string, Set<InformerHandler<T>>>()
  #resolveSynced: () => void = () => undefined
  #hasSynced = false

  constructor(resource: Resource<T>, options: InformerOptions) {
    this.#resource = resource
    this.#options = options
    this.synced = new Promise((resolve) => (this.#resolveSynced = resolve))
  }

  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler)
    for (const object of this.lister.list()) this.#tell(() => handler.onAdd?.(object))
    return () => this.#handlers.delete(handler)
  }

  addNodeHandler(node: string, handler: InformerHandler<T>): () => void {
    const handlers = this.#byNode.get(node) ?? new Set()
    this.#byNode.set(node, handlers.add(handler))
    for (const object of this.lister.onNode(node)) this.#tell(() => handler.onAdd?.(object))
    return () => {
      handlers.delete(handler)
      if (handlers.size === 0 && this.#byNode.get(node) === handlers) this.#byNode.delete(node)
    }
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, onError } = this.#options
    let revision: string | undefined
    let backoff = FIRST_BACKOFF_MS
    while (!signal.aborted) {
      try {
        if (revision === undefined) {
          const list = await client.list(this.#resource)
          this.#replace(list.items)
          revision = list.resourceVersion
          this.#markSynced()
        }
        const [at, from] = [clock.monotonic(), revision]
        await client.watch(this.#resource, revision, (events) => {
          backoff = FIRST_BACKOFF_MS
          this.#apply(events)
          revision = events.at(-1)?.object.metadata.resourceVersion ?? revision
        }, signal)
        // One that ends at once and has told nothing (an object that no webhook converts) would be begun again for ever, and nobody else would have a turn.
        if (revision !== from) continue
        if (clock.monotonic() - at > LONGEST_BACKOFF_MS) backoff = FIRST_BACKOFF_MS
      } catch (error) {
        if (signal.aborted) return
        if (hasReason(error, 'NotFound')) return this.#end()
        if (hasReason(error, 'Expired', 'Gone')) revision = undefined
        onError(error, `${this.#resource.plural}: list and watch`)
      }
      await sleep(clock, backoff, signal).catch(() => undefined)
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)
    }
  }

  /** The kind is not served (any more): nothing of it is there. */
  #end(): void {
    this.#replace([])
    this.#markSynced()
  }

  #markSynced(): void {
    if (this.#hasSynced) return
    this.#hasSynced = true
    this.#resolveSynced()
  }

  #replace(items: readonly Frozen<T>[]): void {
    const gone = new Set(this.lister.keys())
    for (const object of items) {
      gone.delete(keyOf(object))
      this.#put(object)
    }
    for (const key of gone) this.#remove(key)
  }

  #apply(events: readonly WatchEvent<T>[]): void {
    for (const { type, object } of events) {
      if (type === 'DELETED') this.#remove(keyOf(object), object)
      else this.#put(object)
    }
  }

  #put(object: Frozen<T>): void {
    const previous = this.lister.getByKey(keyOf(object))
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion && previous.metadata.uid === object.metadata.uid) return
    // Same name, another object: it was deleted and made again between two looks.
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) this.#remove(keyOf(previous))
    const replaced = this.lister.set(object)
    for (const h of this.#handlers) this.#tell(() => (replaced === undefined ? h.onAdd?.(object) : h.onUpdate?.(object, replaced)))
    const [node, before] = [nodeOf(object), replaced && nodeOf(replaced)]
    for (const h of this.#onNode(node)) this.#tell(() => (replaced === undefined || before !== node ? h.onAdd?.(object) : h.onUpdate?.(object, replaced)))
  }

  /** `last`: the object's last state, where the watch tells it. */
  #remove(key: string, last?: Frozen<T>): void {
    const cached = this.lister.delete(key)
    if (cached === undefined) return
    const object = last?.metadata.uid === cached.metadata.uid ? last : cached
    for (const h of this.#handlers) this.#tell(() => h.onDelete?.(object))
    for (const h of this.#onNode(nodeOf(object))) this.#tell(() => h.onDelete?.(object))
  }

  #onNode(node: string | undefined): Iterable<InformerHandler<T>> {
    return (node === undefined ? undefined : this.#byNode.get(node)) ?? []
  }

  #tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#options.onError(error, `${this.#resource.plural}: handler`)
    }
  }
}
