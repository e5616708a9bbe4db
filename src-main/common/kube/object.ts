import type { ObjectMeta } from './generated/meta-v1.ts'

/** Metadata as the store holds it: what the API server fills in is there. */
export interface StoredMeta extends ObjectMeta {
  name: string
  uid: string
  /** The store's revision of the object's last change, in decimal. Opaque to clients. */
  resourceVersion: string
  /** RFC 3339, whole seconds, UTC. */
  creationTimestamp: string
}

/** Any Kubernetes object as the store holds it. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: StoredMeta
}

/** What a client sends to create or apply `T`: the API server fills in the rest of the metadata. */
export type Draft<T extends KubeObject> = Omit<T, 'metadata' | 'status'> & { metadata: ObjectMeta; status?: unknown }

/** `namespace/name`, or `name` for a cluster-scoped object: the key of a workqueue and of a cache. */
export type ObjectKey = string

/** The key of an object. */
export function keyOf(object: { metadata: ObjectMeta }): ObjectKey {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name ?? ''}` : (name ?? '')
}

/** Takes a key apart; `namespace` is '' for a cluster-scoped object. */
export function splitKey(key: ObjectKey): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/**
 * An object from the store or a cache: shared, and frozen in depth at run time (`deepFreeze`); `structuredClone` it to change it.
 * The type says so at the top level only, so that it can be passed where a `T` is read.
 */
export type Frozen<T> = Readonly<T>

/** Freezes `value` deeply, in place, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
