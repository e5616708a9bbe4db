import type { Clock } from '../../common/clock.ts'
import { keyOf } from '../../common/kube/object.ts'
import type { Frozen, KubeObject, ObjectKey } from '../../common/kube/object.ts'
import type { Lister } from '../client/informer.ts'

/** A watch that has not shown a write by then has lost it; the cache is trusted again. */
const PATIENCE_MS = 30_000

/**
 * What a controller wrote to the objects it manages, until its cache shows it. Deciding on a mixture of new and old siblings could scale
 * two of them for the same reason; so while the cache is behind, there is nothing to decide.
 */
export class OwnWrites<T extends KubeObject> {
  readonly #clock: Clock
  readonly #lister: Lister<T>
  readonly #byOwner = new Map<string, Map<ObjectKey, { revision: number; since: number }>>()

  constructor(clock: Clock, lister: Lister<T>) {
    this.#clock = clock
    this.#lister = lister
  }

  /** `object` is what the API answered to a create or an update. */
  record(ownerUid: string, object: Frozen<T>): void {
    const writes = this.#byOwner.get(ownerUid) ?? new Map<ObjectKey, { revision: number; since: number }>()
    this.#byOwner.set(ownerUid, writes)
    writes.set(keyOf(object), { revision: Number(object.metadata.resourceVersion), since: this.#clock.monotonic() })
  }

  /** The watch says that the object is gone: its write needs no waiting for. */
  gone(ownerUid: string | undefined, object: Frozen<T>): void {
    if (ownerUid !== undefined) this.#byOwner.get(ownerUid)?.delete(keyOf(object))
  }

  /** The owner is gone. */
  forget(ownerUid: string): void {
    this.#byOwner.delete(ownerUid)
  }

  /** Milliseconds still to wait for the cache to show every write; 0 when it does. */
  behindMs(ownerUid: string): number {
    const writes = this.#byOwner.get(ownerUid)
    if (writes === undefined) return 0
    let wait = 0
    for (const [key, { revision, since }] of writes) {
      const left = since + PATIENCE_MS - this.#clock.monotonic()
      if (left <= 0 || Number(this.#lister.getByKey(key)?.metadata.resourceVersion ?? -1) >= revision) writes.delete(key)
      else wait = Math.max(wait, left)
    }
    if (writes.size === 0) this.#byOwner.delete(ownerUid)
    return wait
  }
}
