import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Store } from '../../store/store.ts'
import { objectOf } from '../rest/core.ts'
import { prefixOf } from '../rest/keys.ts'

/** What is made of all stored objects of a kind: once, and again after one of them changed. Up to date when the write of one is answered. */
export class Watched<T extends KubeObject, M> {
  readonly #store: Store
  readonly #prefix: string
  readonly #make: (objects: readonly Frozen<T>[]) => M
  #made: { readonly value: M } | undefined

  constructor(store: Store, resource: Resource<T>, make: (objects: readonly Frozen<T>[]) => M) {
    this.#store = store
    this.#prefix = prefixOf(resource)
    this.#make = make
    // Ends with the store.
    store.watch(this.#prefix, store.revision, () => {
      this.#made = undefined
    })
  }

  get value(): M {
    this.#made ??= { value: this.#make(this.#store.list(this.#prefix).entries.map((entry) => objectOf(entry) as Frozen<T>)) }
    return this.#made.value
  }
}
