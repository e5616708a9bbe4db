import type { Scale } from '../../common/kube/generated/autoscaling-v1.ts'
import type { Namespace } from '../../common/kube/generated/core-v1.ts'
import type { Draft, Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** What a list may ask. Selectors are Kubernetes' selector strings. */
export interface ListOptions {
  /** Absent or '': all namespaces. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

/** A list, and the revision it shows: watch from there. */
export interface List<T extends KubeObject> {
  items: Frozen<T>[]
  resourceVersion: string
}

/** One change of a watched object. */
export interface WatchEvent<T extends KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: Frozen<T>
}

export type PatchType = 'application/json-patch+json' | 'application/merge-patch+json' | 'application/strategic-merge-patch+json'

/** What a delete may ask. */
export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  /** 0: at once, without waiting for the node. */
  gracePeriodSeconds?: number
  /** Fail with Conflict unless these still hold. */
  preconditions?: { uid?: string; resourceVersion?: string }
}

/** What a token is to be. */
export interface TokenWish {
  /** Whom it is for; '': the API itself. */
  readonly audience: string
  readonly seconds: number
  /** With that it ends. */
  readonly boundTo: { readonly kind: 'Pod' | 'Secret'; readonly name: string; readonly uid: string }
}

export interface IssuedToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * The Kubernetes API as the engine's parts see it: in process, the same validation, defaulting and admission as over HTTPS.
 * Objects that come out are frozen and shared: copy them (`structuredClone`) to change them. Every failure is a StatusError.
 * Writes carry the object's resourceVersion; a stale one fails with Conflict.
 */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<Frozen<T>>
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<List<T>>
  create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>): Promise<Frozen<T>>
  update<T extends KubeObject>(resource: Resource<T>, object: Frozen<T> | T): Promise<Frozen<T>>
  /** Writes only `status`. */
  updateStatus<T extends KubeObject>(resource: Resource<T>, object: Frozen<T> | T): Promise<Frozen<T>>
  patch<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string, type: PatchType, body: unknown, subresource?: 'status' | 'scale'): Promise<Frozen<T>>
  /** The `scale` view of an object; NotFound also where its kind has none. Written by a patch of `scale`. */
  getScale(resource: Resource, namespace: string, name: string): Promise<Frozen<Scale>>
  delete(resource: Resource, namespace: string, name: string, options?: DeleteOptions): Promise<void>
  /** Asks a pod to go, as `kubectl drain` does: a delete that may be refused for the sake of what the pod is part of (TooManyRequests). */
  evict(namespace: string, pod: string, options?: DeleteOptions): Promise<void>
  /** A new token of a service account. NotFound where the account or what the token is bound to is not there. */
  requestToken(namespace: string, account: string, request: TokenWish): Promise<IssuedToken>
  /** Binds a pod to a node: the scheduler's verdict. */
  bind(namespace: string, pod: string, node: string): Promise<void>
  /** Writes a namespace's `spec.finalizers`; when it is being deleted and none is left, it goes. */
  finalizeNamespace(namespace: Frozen<Namespace>): Promise<void>
  /**
   * Changes after `resourceVersion`, in batches, none missing. Rejects with StatusError Expired (410) when that revision is gone:
   * list again. Resolves when the signal is aborted.
   */
  watch<T extends KubeObject>(resource: Resource<T>, resourceVersion: string, onEvents: (events: WatchEvent<T>[]) => void, signal: AbortSignal): Promise<void>
}
