import type { LabelSelector } from '../../common/kube/generated/meta-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { matchesAll, matchesLabels, requirementsOf } from '../../common/kube/labels.ts'
import type { Labels } from '../../common/kube/labels.ts'
import { keyOf } from '../../common/kube/object.ts'
import type { Frozen, KubeObject, ObjectKey } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import type { Lister } from './informer.ts'

type Bucket<T extends KubeObject> = Map<ObjectKey, Frozen<T>>

/** One kind's objects in memory, found by key, namespace, controller owner, node or label without a walk over all. */
export class ObjectCache<T extends KubeObject> implements Lister<T> {
  readonly #all: Bucket<T> = new Map()
  readonly #byNamespace = new Map<string, Bucket<T>>()
  readonly #byOwner = new Map<string, Bucket<T>>()
  readonly #byNode = new Map<string, Bucket<T>>()
  readonly #byLabel = new Map<string, Bucket<T>>()

  get(namespace: string, name: string): Frozen<T> | undefined {
    return this.#all.get(namespace === '' ? name : `${namespace}/${name}`)
  }

  getByKey(key: ObjectKey): Frozen<T> | undefined {
    return this.#all.get(key)
  }

  list(options: { namespace?: string; selector?: LabelSelector; labels?: Labels } = {}): Frozen<T>[] {
    const { namespace, selector, labels } = options
    const wanted = Object.entries({ ...selector?.matchLabels, ...labels })
    const buckets = wanted.map(([k, v]) => this.#byLabel.get(labelKey(k, v)))
    if (namespace) buckets.push(this.#byNamespace.get(namespace))
    // The smallest index that must hold every answer; the rest is filtered.
    let from: Bucket<T> = this.#all
    for (const bucket of buckets) {
      if (bucket === undefined) return []
      if (bucket.size < from.size) from = bucket
    }
    const requirements = selector === undefined ? [] : requirementsOf(selector)
    const found: Frozen<T>[] = []
    for (const object of from.values()) {
      if (namespace && object.metadata.namespace !== namespace) continue
      if (!matchesLabels(object.metadata.labels, labels)) continue
      if (!matchesAll(object.metadata.labels, requirements)) continue
      found.push(object)
    }
    return found
  }

  ownedBy(uid: string): Frozen<T>[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])]
  }

  onNode(node: string): Frozen<T>[] {
    return [...(this.#byNode.get(node)?.values() ?? [])]
  }

  /** The keys of everything. */
  keys(): ObjectKey[] {
    return [...this.#all.keys()]
  }

  /** Puts an object in; returns what it replaces. */
  set(object: Frozen<T>): Frozen<T> | undefined {
    const key = keyOf(object)
    const previous = this.delete(key)
    this.#all.set(key, object)
    for (const [index, id] of this.#indexesOf(object)) {
      const bucket = index.get(id)
      if (bucket === undefined) index.set(id, new Map([[key, object]]))
      else bucket.set(key, object)
    }
    return previous
  }

  /** Takes an object out; returns it. */
  delete(key: ObjectKey): Frozen<T> | undefined {
    const object = this.#all.get(key)
    if (object === undefined) return undefined
    this.#all.delete(key)
    for (const [index, id] of this.#indexesOf(object)) {
      const bucket = index.get(id)
      bucket?.delete(key)
      if (bucket?.size === 0) index.delete(id)
    }
    return object
  }

  *#indexesOf(object: Frozen<T>): Generator<[Map<string, Bucket<T>>, string]> {
    const { namespace, labels } = object.metadata
    if (namespace) yield [this.#byNamespace, namespace]
    yield [this.#byOwner, controllerOf(object)?.uid ?? '']
    const node = nodeOf(object)
    if (node !== undefined) yield [this.#byNode, node]
    for (const [k, v] of Object.entries(labels ?? {})) yield [this.#byLabel, labelKey(k, v)]
  }
}

/** The node that an object is bound to: a pod's; undefined for all else. */
export function nodeOf(object: Readonly<KubeObject>): string | undefined {
  const node = object.kind === 'Pod' ? (object as unknown as Pod).spec.nodeName : undefined
  return node === '' ? undefined : node
}

function labelKey(key: string, value: string): string {
  return `${key}=${value}`
}
