import type { Frozen, KubeObject, ObjectKey } from '../../common/kube/object.ts'
import type { Labels } from '../../common/kube/labels.ts'
import type { LabelSelector } from '../../common/kube/generated/meta-v1.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** Reads from an informer's cache. Never waits; what it returns is frozen. */
export interface Lister<T extends KubeObject> {
  get(namespace: string, name: string): Frozen<T> | undefined
  getByKey(key: ObjectKey): Frozen<T> | undefined
  /** Everything, or one namespace, or what a selector picks. */
  list(options?: { namespace?: string; selector?: LabelSelector; labels?: Labels }): Frozen<T>[]
  /** Objects whose controller owner has this UID; '' for those that have none. */
  ownedBy(uid: string): Frozen<T>[]
  /** Pods that are bound to a node. */
  onNode(node: string): Frozen<T>[]
}

/** Told of every change to the cache, after the cache shows it. A resync never happens: nothing is told twice. */
export interface InformerHandler<T extends KubeObject> {
  onAdd?(object: Frozen<T>): void
  onUpdate?(object: Frozen<T>, previous: Frozen<T>): void
  onDelete?(object: Frozen<T>): void
}

/** A live copy of one kind's objects: list, then watch, and list again by itself after a 410. */
export interface Informer<T extends KubeObject> {
  readonly lister: Lister<T>
  /** A handler added late hears onAdd for everything already there. Returns a function that removes it. */
  addHandler(handler: InformerHandler<T>): () => void
  /** As addHandler, told only of the pods that are bound to one node, without a look at the others: binding one there is an onAdd. */
  addNodeHandler(node: string, handler: InformerHandler<T>): () => void
  /** Resolves when the cache holds the first whole list. */
  readonly synced: Promise<void>
}

/** One shared informer a kind. */
export interface Informers {
  for<T extends KubeObject>(resource: Resource<T>): Informer<T>
  /** Resolves when all informers asked for so far are synced. */
  synced(): Promise<void>
  stop(): Promise<void>
}
