import type { Clock } from '../../../common/clock.ts'
import { timestamp } from '../../../common/clock.ts'
import { alreadyExists, conflict, notFound, StatusError } from '../../../common/errors.ts'
import { isMap } from '../../../common/json.ts'
import { formatSelector, matchesAll, parseSelector, requirementsOf } from '../../../common/kube/labels.ts'
import type { Scale } from '../../../common/kube/generated/autoscaling-v1.ts'
import type { Namespace } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import { Namespaces, Pods, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { deepFreeze, keyOf } from '../../../common/kube/object.ts'
import type { Draft, Frozen, KubeObject } from '../../../common/kube/object.ts'
import { apiVersionOf, groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Client, DeleteOptions, IssuedToken, List, ListOptions, PatchType, TokenWish, WatchEvent } from '../client.ts'

interface Watcher {
  collection: string
  onEvents: (events: WatchEvent<KubeObject>[]) => void
  end: (error?: Error) => void
}

/**
 * A client over nothing but a map, for tests of what stands on a Client: revisions, conflicts, generateName, graceful pod deletion,
 * finalizers, merge patches and watches behave as the API server's; there is no validation and no defaulting.
 */
export class MemoryClient implements Client {
  readonly #clock: Clock
  readonly #objects = new Map<string, Map<string, KubeObject>>()
  readonly #watchers = new Set<Watcher>()
  #log: { collection: string; revision: number; event: WatchEvent<KubeObject> }[] = []
  #revision = 0
  #compacted = 0
  #serial = 0
  #tokens = 0
  /** Called before each call; throw to fail it. */
  intercept: (verb: string, resource: Resource, name: string) => void = () => undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<Frozen<T>> {
    await this.#enter('get', resource, name)
    return this.#find(resource, namespace, name)
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<List<T>> {
    await this.#enter('list', resource, '')
    const requirements = parseSelector(options.labelSelector ?? '')
    const items = [...this.#collection(resource).values()].filter(
      (o) => (!options.namespace || o.metadata.namespace === options.namespace) && matchesAll(o.metadata.labels, requirements))
    return { items: items as T[], resourceVersion: String(this.#revision) }
  }

  async create<T extends KubeObject>(resource: Resource<T>, draft: Draft<T>): Promise<Frozen<T>> {
    const serial = (this.#serial++).toString(36).padStart(5, '0')
    const name = draft.metadata.name ?? `${draft.metadata.generateName ?? ''}${serial}`
    await this.#enter('create', resource, name)
    const metadata = { ...draft.metadata, name, uid: `uid-${serial}`, creationTimestamp: timestamp(this.#clock.now()), generation: 1 }
    const object = { ...structuredClone(draft), metadata, apiVersion: apiVersionOf(resource), kind: resource.kind } as unknown as T
    if (this.#collection(resource).has(keyOf(object))) throw alreadyExists(groupResourceOf(resource), name)
    return this.#store(resource, object, 'ADDED')
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: Frozen<T> | T): Promise<Frozen<T>> {
    await this.#enter('update', resource, object.metadata.name)
    const current = this.#check(resource, object)
    return this.#put(resource, current, { ...structuredClone(object), status: (current as { status?: unknown }).status } as unknown as T)
  }

  async updateStatus<T extends KubeObject>(resource: Resource<T>, object: Frozen<T> | T): Promise<Frozen<T>> {
    await this.#enter('updateStatus', resource, object.metadata.name)
    const current = this.#check(resource, object)
    const { labels, annotations } = object.metadata
    const metadata = { ...current.metadata, ...(labels && { labels }), ...(annotations && { annotations }) }
    return this.#put(resource, current, { ...structuredClone(current), metadata, status: structuredClone((object as { status?: unknown }).status) } as unknown as T)
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>, namespace: string, name: string, type: PatchType, body: unknown, subresource?: 'status' | 'scale',
  ): Promise<Frozen<T>> {
    await this.#enter(subresource === undefined ? 'patch' : `patch/${subresource}`, resource, name)
    if (type !== 'application/merge-patch+json') throw new StatusError('UnsupportedMediaType', `the test client has no ${type}`)
    const current = this.#find(resource, namespace, name)
    const patched = mergePatch(structuredClone(current), body) as T
    this.#check(resource, patched)
    return this.#put(resource, current, patched)
  }

  async getScale(resource: Resource, namespace: string, name: string): Promise<Frozen<Scale>> {
    await this.#enter('getScale', resource, name)
    const { metadata, spec, status } = this.#find(resource, namespace, name) as KubeObject & { spec?: { replicas?: number; selector?: LabelSelector }; status?: { replicas?: number } }
    const selector = spec?.selector === undefined ? '' : formatSelector(requirementsOf(spec.selector))
    return { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: spec?.replicas ?? 0 }, status: { replicas: status?.replicas ?? 0, selector } }
  }

  async delete(resource: Resource, namespace: string, name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#enter('delete', resource, name)
    const object = this.#find(resource, namespace, name)
    const { uid, resourceVersion } = options.preconditions ?? {}
    if (uid !== undefined && uid !== object.metadata.uid) throw conflict(groupResourceOf(resource), name, 'the UID in the precondition does not match')
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) throw conflict(groupResourceOf(resource), name)
    const extra = options.propagationPolicy === 'Foreground' ? ['foregroundDeletion'] : options.propagationPolicy === 'Orphan' ? ['orphan'] : []
    const finalizers = [...new Set([...(object.metadata.finalizers ?? []), ...extra])]
    const pod = object as { spec?: { nodeName?: string; terminationGracePeriodSeconds?: number }; status?: { phase?: string } }
    const running = resource.kind === 'Pod' && pod.spec?.nodeName && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')
    const held = (object as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []
    const grace = running ? (options.gracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30) : 0
    const now = timestamp(this.#clock.now())
    if (finalizers.length === 0 && grace === 0 && held.length === 0) return this.#remove(resource, object)
    const already = object.metadata.deletionTimestamp
    if (already !== undefined && extra.every((f) => object.metadata.finalizers?.includes(f)) && (object.metadata.deletionGracePeriodSeconds ?? 0) <= grace) return
    const metadata = { ...object.metadata, finalizers, deletionTimestamp: already ?? now, deletionGracePeriodSeconds: grace }
    this.#put(resource, object, { ...structuredClone(object), metadata } as KubeObject)
  }

  async evict(namespace: string, pod: string, options: DeleteOptions = {}): Promise<void> {
    await this.#enter('evict', Pods, pod)
    await this.delete(Pods, namespace, pod, options)
  }

  async requestToken(_namespace: string, account: string, { audience, seconds }: TokenWish): Promise<IssuedToken> {
    await this.#enter('token', ServiceAccounts, account)
    return { token: `token ${String(++this.#tokens)} of ${account} for ${audience}`, expiresAt: this.#clock.now() + seconds * 1000 }
  }

  async bind(namespace: string, name: string, node: string): Promise<void> {
    const resource: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }
    await this.#enter('bind', resource, name)
    const pod = this.#find(resource, namespace, name) as KubeObject & { spec: { nodeName?: string }; status?: { conditions?: unknown[] } }
    if (pod.spec.nodeName) throw conflict('pods', name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
    const bound = structuredClone(pod)
    bound.spec.nodeName = node
    this.#put(resource, pod, bound)
  }

  async finalizeNamespace(namespace: Frozen<Namespace>): Promise<void> {
    await this.#enter('finalize', Namespaces, namespace.metadata.name)
    const current = this.#check(Namespaces, namespace)
    if ((namespace.spec?.finalizers ?? []).length === 0 && current.metadata.deletionTimestamp !== undefined) this.#remove(Namespaces, current)
    else this.#put(Namespaces, current, { ...structuredClone(current), spec: { ...namespace.spec } } as Namespace)
  }

  watch<T extends KubeObject>(resource: Resource<T>, resourceVersion: string, onEvents: (events: WatchEvent<T>[]) => void, signal: AbortSignal): Promise<void> {
    const collection = groupResourceOf(resource)
    return new Promise((resolve, reject) => {
      if (Number(resourceVersion) < this.#compacted) return reject(new StatusError('Expired', 'too old resource version'))
      const watcher: Watcher = {
        collection, onEvents: onEvents as Watcher['onEvents'],
        end: (error) => {
          this.#watchers.delete(watcher)
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      const past = this.#log.filter((l) => l.collection === collection && l.revision > Number(resourceVersion)).map((l) => l.event)
      if (past.length > 0) queueMicrotask(() => watcher.onEvents(past))
      this.#watchers.add(watcher)
      signal.addEventListener('abort', () => watcher.end(), { once: true })
    })
  }

  /** Ends every watch with an error; `compact` also forgets the past, so that the next watch from there is answered with 410. */
  breakWatches(error: Error, compact = false): void {
    if (compact) {
      this.#compacted = ++this.#revision
      this.#log = []
    }
    for (const watcher of this.#watchers) watcher.end(error)
  }

  /** Everything of one kind, now. */
  all<T extends KubeObject>(resource: Resource<T>): Frozen<T>[] {
    return [...this.#collection(resource).values()] as T[]
  }

  async #enter(verb: string, resource: Resource, name: string): Promise<void> {
    await Promise.resolve()
    this.intercept(verb, resource, name)
  }

  #collection(resource: Resource): Map<string, KubeObject> {
    const id = groupResourceOf(resource)
    const known = this.#objects.get(id) ?? new Map<string, KubeObject>()
    this.#objects.set(id, known)
    return known
  }

  #find<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Frozen<T> {
    const object = this.#collection(resource).get(namespace === '' ? name : `${namespace}/${name}`)
    if (object === undefined) throw notFound(groupResourceOf(resource), name)
    return object as unknown as T
  }

  #check<T extends KubeObject>(resource: Resource<T>, object: Frozen<T>): Frozen<T> {
    const current = this.#find(resource, object.metadata.namespace ?? '', object.metadata.name)
    const wanted = object.metadata.resourceVersion
    if (wanted && wanted !== current.metadata.resourceVersion) throw conflict(groupResourceOf(resource), object.metadata.name)
    return current
  }

  #put<T extends KubeObject>(resource: Resource<T>, current: Frozen<T>, next: T): Frozen<T> {
    const same = JSON.stringify({ ...next, metadata: { ...next.metadata, resourceVersion: '' } }) === JSON.stringify({ ...current, metadata: { ...current.metadata, resourceVersion: '' } })
    if (same) return current
    const spec = (o: unknown): string => JSON.stringify((o as { spec?: unknown }).spec)
    const metadata = { ...next.metadata, generation: (current.metadata.generation ?? 1) + (spec(next) === spec(current) ? 0 : 1) }
    const held = (next as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length + held.length === 0 && !metadata.deletionGracePeriodSeconds) {
      this.#remove(resource, { ...next, metadata })
      return { ...next, metadata }
    }
    return this.#store(resource, { ...next, metadata }, 'MODIFIED')
  }

  #store<T extends KubeObject>(resource: Resource<T>, object: T, type: 'ADDED' | 'MODIFIED'): Frozen<T> {
    const stored = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } })
    this.#collection(resource).set(keyOf(stored), stored)
    this.#emit(resource, { type, object: stored })
    return stored
  }

  #remove(resource: Resource, object: Frozen<KubeObject>): void {
    this.#collection(resource).delete(keyOf(object))
    const last = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } })
    this.#emit(resource, { type: 'DELETED', object: last })
  }

  #emit(resource: Resource, event: WatchEvent<KubeObject>): void {
    const collection = groupResourceOf(resource)
    this.#log.push({ collection, revision: this.#revision, event })
    for (const watcher of this.#watchers) {
      if (watcher.collection === collection) queueMicrotask(() => this.#watchers.has(watcher) && watcher.onEvents([event]))
    }
  }
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}
