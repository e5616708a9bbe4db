import { type Clock, systemClock } from '../../common/clock.ts'
import type { Scale } from '../../common/kube/generated/autoscaling-v1.ts'
import type { TokenRequest } from '../../common/kube/generated/authentication-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { DeleteOptions } from '../../common/kube/generated/meta-v1.ts'
import { StatusError } from '../../common/errors.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import { Pods, ServiceAccounts } from '../../common/kube/kinds.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Store } from '../store/store.ts'
import { AdmissionChain } from './admission/chain.ts'
import { QuotaLedger } from './admission/quota.ts'
import { ServiceAccountTokens } from './authentication/service-account-tokens.ts'
import { Rbac } from './authorization/rbac.ts'
import { applyPatch } from './patch/patch.ts'
import { followDefinitions } from './custom/custom-kinds.ts'
import { definitionKind } from './custom/definition/kind.ts'
import { builtinKinds } from './registry/builtin.ts'
import type { Kind, StatusPart } from './registry/kind.ts'
import { Registry } from './registry/registry.ts'
import { asAsked, asCreated, asStored, asStoredFields, storedKind } from './registry/versions.ts'
import { type Core, type Identifiers, type WriteOptions, converted, isConverted, lookupOf, randomIdentifiers, toApiError } from './rest/core.ts'
import { admitted } from './rest/admitted.ts'
import { type Applied, apply } from './rest/apply.ts'
import { applyScale } from './rest/apply-scale.ts'
import { answer } from './rest/answer.ts'
import { create } from './rest/create.ts'
import { type Deleted, remove, removeAll } from './rest/delete.ts'
import { changeEphemeralContainers } from './rest/ephemeral-containers.ts'
import { evict } from './rest/evict.ts'
import { getLive, listLive } from './rest/live.ts'
import { type ListRequest, type ListResult, get, list } from './rest/read.ts'
import { bind, changeScale, finalizeNamespace, getScale, scaleOf } from './rest/subresources.ts'
import { requestToken } from './rest/token-request.ts'
import { fieldsAfter } from './rest/selection.ts'
import { type Produce, change } from './rest/update.ts'
import { type WatchRequest, type Watcher, watch } from './rest/watch.ts'
import { watchConverted } from './rest/watch-converted.ts'
import type { Schemas } from './schema.ts'
import { WebhookCaller } from './webhooks/caller.ts'

const TOKEN_REQUEST = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }

/** Names a kind; any `Resource` does. */
export type ResourceName = Pick<Resource, 'group' | 'version' | 'plural'>

/** What an API is made of. */
export interface ApiOptions {
  store: Store
  schemas: Schemas
  clock?: Clock
  identifiers?: Identifiers
  /** The kinds served; default: all built-in ones. */
  kinds?: readonly Kind[]
  /** Why nothing may be written at the moment: a sentence; undefined while it may. */
  readOnly?: () => string | undefined
  /** The way into pods, for webhooks that are Services; asked for whenever one is called. */
  nodes?: () => Pick<NodeAccess, 'portForward'> | undefined
}

/** Called with what a write will store, before it is checked: unknown fields become warnings or errors there. */
export type Review = (object: unknown) => unknown

/**
 * The Kubernetes API without its wire: every request goes through here, over HTTPS or from inside the process.
 * Objects that come out are frozen and shared; bodies that go in are copied. Every failure is a StatusError.
 */
export class Api {
  readonly core: Core
  readonly webhooks: WebhookCaller
  readonly #readOnly: () => string | undefined

  constructor(options: ApiOptions) {
    this.#readOnly = options.readOnly ?? (() => undefined)
    const { store, clock = systemClock, schemas } = options
    const builtIn = options.kinds ?? builtinKinds(store)
    const registry = new Registry([...builtIn, definitionKind(builtIn, () => clock.now())])
    const lookup = lookupOf({ store, clock })
    this.webhooks = new WebhookCaller({ lookup, nodes: options.nodes ?? (() => undefined) })
    const served: Schemas = {
      node: (resource) => registry.findKind({ ...resource })?.schema?.node ?? schemas.node(resource),
      check: (resource, body) => registry.findKind({ ...resource })?.schema?.check(body) ?? schemas.check(resource, body),
    }
    this.core = {
      store, clock, schemas: served, admission: new AdmissionChain(store, { registry, lookup, caller: this.webhooks, schemas: served }), registry, tokens: new ServiceAccountTokens(lookup, clock), identifiers: options.identifiers ?? randomIdentifiers, quotas: new QuotaLedger(store),
    }
    // Ends with the store.
    followDefinitions({ store, registry, webhooks: this.webhooks })
  }

  /** Who may do what, by the roles and bindings that are stored now. */
  get rbac(): Rbac {
    return new Rbac(lookupOf(this.core))
  }

  get registry(): Registry {
    return this.core.registry
  }

  /** What is there now. Of a kind whose versions a webhook converts, `fetch` gives it. */
  get(resource: ResourceName, namespace: string, name: string): KubeObject {
    const kind = this.#kind(resource)
    return kind.live === undefined ? checked(kind, [asAsked(kind, get(this.core, storedKind(kind), namespace, name))])[0] as KubeObject : getLive(kind, namespace, name)
  }

  /** As `get`, in whatever way the object must be converted. */
  async fetch(resource: ResourceName, namespace: string, name: string): Promise<KubeObject> {
    const kind = this.#kind(resource)
    if (kind.coding === undefined) return this.get(resource, namespace, name)
    return (await converted(kind, [get(this.core, kind, namespace, name)]))[0] as KubeObject
  }

  /** As `list`, in whatever way the objects must be converted. */
  async fetchList(resource: ResourceName, request: ListRequest = {}): Promise<ListResult> {
    const kind = this.#kind(resource)
    if (kind.coding === undefined) return this.list(resource, request)
    const { asked, selection } = fieldsAfter(kind, request)
    if (selection === undefined) {
      const found = list(this.core, kind, request)
      return { ...found, items: [...(await converted(kind, found.items))] }
    }
    // In one page: how much of the next one is wanted, nobody knows before it is converted.
    const { limit: _limit, ...whole } = asked
    const found = list(this.core, kind, whole)
    return { resourceVersion: found.resourceVersion, items: (await converted(kind, found.items)).filter((object) => selection.matches(object)) }
  }

  list(resource: ResourceName, request: ListRequest = {}): ListResult {
    const kind = this.#kind(resource)
    if (kind.live !== undefined) return listLive(kind, request)
    const found = list(this.core, storedKind(kind), asStoredFields(kind, request))
    checked(kind, found.items)
    return kind.versionOf === undefined ? found : { ...found, items: found.items.map((object) => asAsked(kind, object)) }
  }

  /** Watches; see WatchRequest. Throws Expired (410) when the revision is gone. Returns a function that ends it. */
  watch(resource: ResourceName, request: WatchRequest, watcher: Watcher): () => void {
    const kind = this.#kind(resource)
    if (kind.live !== undefined) throw new StatusError('MethodNotAllowed', 'what is measured can be asked for, not watched')
    if (kind.coding !== undefined) return watchConverted(this.core, kind, request, watcher)
    const { onEvents } = watcher
    if (kind.versionOf === undefined) return watch(this.core, kind, request, watcher)
    const asking: Watcher = {
      onEvents: (events) => onEvents.call(watcher, events.map(({ type, object }) => ({ type, object: asAsked(kind, object) }))),
      onInitialEventsEnd: (revision) => watcher.onInitialEventsEnd?.(revision), onProgress: (revision) => watcher.onProgress?.(revision),
    }
    return watch(this.core, storedKind(kind), asStoredFields(kind, request), asking)
  }

  create(resource: ResourceName, namespace: string, body: unknown, options: WriteOptions): Promise<KubeObject> {
    const asked = this.core.registry.kindOf(resource)
    if (asked.answer !== undefined) return answer(this.core, asked, namespace, body, options, (pod, binding) => this.bind(namespace, pod, binding, { ...options, isAdmitted: true }))
    return this.#writeOne(resource, '', (kind, asked) => create(this.core, kind, namespace, asCreated(asked, body), optionsFor(kind, asked, options)))
  }

  /** Replaces an object, all but its status. A resourceVersion in the body must be the stored one. */
  update(resource: ResourceName, namespace: string, name: string, body: unknown, options: WriteOptions): Promise<KubeObject> {
    return this.#writeOne(resource, name, (kind, asked) => change(this.core, kind, namespace, name, 'main', 'update', () => asStored(asked, body), optionsFor(kind, asked, options)))
  }

  /** Replaces an object's status, or as much of it as the subresource may write. */
  updateStatus(resource: ResourceName, namespace: string, name: string, body: unknown, options: WriteOptions, part: StatusPart = 'status'): Promise<KubeObject> {
    return this.#writeOne(resource, name, (kind, asked) => change(this.core, kind, namespace, name, part, 'update', () => asStored(asked, body), optionsFor(kind, asked, options)))
  }

  /** Patches an object or its status. `type` is the patch's media type; `review` sees the patched object. */
  patch(resource: ResourceName, namespace: string, name: string, type: string, body: unknown, part: 'main' | StatusPart, options: WriteOptions, review: Review = (o) => o): Promise<KubeObject> {
    return this.#writeOne(resource, name, (kind, asked) => {
      // As upstream: nobody says how the lists of a custom kind are merged strategically.
      const schema = asked.schema === undefined ? this.core.schemas.node(asked.resource) : undefined
      return change(this.core, kind, namespace, name, part, 'patch', (current) => asStored(asked, review(applyPatch(type, asAsked(asked, current), body, schema))), optionsFor(kind, asked, options))
    })
  }

  /** Server-side apply of a configuration; `options.fieldManager` says whose. Conflict where another owner's value would change, unless forced. */
  apply(resource: ResourceName, namespace: string, name: string, config: Record<string, unknown>, force: boolean, options: WriteOptions, part: 'main' | 'status' = 'main'): Promise<Applied> {
    return this.#write(resource, name, async (kind, asked) => {
      const applied = await apply(this.core, kind, namespace, name, asStored(asked, config) as Record<string, unknown>, force, part, optionsFor(kind, asked, options))
      return { ...applied, object: asAsked(asked, applied.object) }
    })
  }

  delete(resource: ResourceName, namespace: string, name: string, request: DeleteOptions, options: WriteOptions): Promise<Deleted> {
    return this.#write(resource, name, async (kind, asked) => {
      const deleted = await remove(this.core, kind, namespace, name, request, optionsFor(kind, asked, options))
      return { ...deleted, object: asked.coding?.view(deleted.object) ?? asAsked(asked, deleted.object) }
    })
  }

  /** Deletes what a list selects; returns the objects. */
  deleteCollection(resource: ResourceName, selection: ListRequest, request: DeleteOptions, options: WriteOptions): Promise<KubeObject[]> {
    return this.#write(resource, '', async (kind, asked) => {
      const { items } = asked.coding?.byWebhook === true ? await this.fetchList(resource, selection) : list(this.core, kind, asStoredFields(asked, selection))
      return (await removeAll(this.core, kind, items, request, optionsFor(kind, asked, options))).map((object) => asAsked(asked, object))
    })
  }

  getScale(resource: ResourceName, namespace: string, name: string): Scale {
    return getScale(this.core, storedKind(this.#kind(resource)), namespace, name)
  }

  /** As `getScale`, in whatever way the object must be converted. */
  async fetchScale(resource: ResourceName, namespace: string, name: string): Promise<Scale> {
    const kind = storedKind(this.#kind(resource))
    return scaleOf(kind, kind.coding === undefined ? get(this.core, kind, namespace, name) : await this.fetch(resource, namespace, name))
  }

  updateScale(resource: ResourceName, namespace: string, name: string, body: unknown, options: WriteOptions): Promise<Scale> {
    return this.#write(resource, name, (kind) => changeScale(this.core, kind, namespace, name, () => body, options))
  }

  patchScale(resource: ResourceName, namespace: string, name: string, type: string, body: unknown, options: WriteOptions): Promise<Scale> {
    const schema = this.core.schemas.node({ group: 'autoscaling', version: 'v1', kind: 'Scale' })
    return this.#write(resource, name, (kind) => changeScale(this.core, kind, namespace, name, (scale) => applyPatch(type, scale, body, schema), options))
  }

  /** Server-side apply of a Scale to what it is of. Needs `options.fieldManager`. */
  applyScale(resource: ResourceName, namespace: string, name: string, config: Record<string, unknown>, force: boolean, options: WriteOptions): Promise<Scale> {
    return this.#write(resource, name, (kind) => applyScale(this.core, kind, namespace, name, config, force, options))
  }

  /** Makes a token for a service account. `request`: a TokenRequest of authentication.k8s.io/v1. `options`: who asks, where it is not the engine itself. */
  async requestToken(namespace: string, account: string, request: unknown, options?: WriteOptions): Promise<TokenRequest> {
    const asked = { operation: 'CREATE' as const, kind: this.#kind(ServiceAccounts), subresource: 'token', objectKind: TOKEN_REQUEST, namespace, name: account }
    const wanted = options === undefined ? request : await admitted(this.core, asked, request, options)
    return requestToken(lookupOf(this.core), this.core.tokens, namespace, account, wanted)
  }

  /** Asks webhooks and policies whether somebody may connect to what hangs below an object. `connection`: the options, `{ kind: 'PodExecOptions', command }`. */
  async admitConnection(resource: ResourceName, namespace: string, name: string, subresource: string, connection: { readonly kind: string }, options: WriteOptions): Promise<void> {
    const asked = { operation: 'CONNECT' as const, kind: this.#kind(resource), subresource, objectKind: { group: '', version: 'v1', kind: connection.kind }, namespace, name }
    await admitted(this.core, asked, connection, options)
  }

  /** Binds a pod to the node that a Binding names. */
  bind(namespace: string, pod: string, binding: unknown, options: WriteOptions): Promise<void> {
    return this.#write(Pods, pod, (kind) => bind(this.core, kind as unknown as Kind<Pod>, namespace, pod, binding, options))
  }

  /** Deletes a pod unless that would disturb what it is part of. `eviction`: an Eviction of policy/v1 or v1beta1. */
  evict(namespace: string, pod: string, eviction: unknown, options: WriteOptions): Promise<Deleted> {
    return this.#write(Pods, pod, () => evict(this.core, namespace, pod, eviction, options))
  }

  /** Puts containers into a living pod: of what `produce` makes of it, only its ephemeral containers are taken. */
  changeEphemeralContainers(namespace: string, pod: string, produce: Produce, options: WriteOptions): Promise<KubeObject> {
    return this.#write(Pods, pod, (kind) => changeEphemeralContainers(this.core, kind, namespace, pod, produce, options))
  }

  async finalizeNamespace(name: string, body: unknown, options: WriteOptions): Promise<KubeObject> {
    this.#checkWritable()
    return finalizeNamespace(this.core, name, body, options)
  }

  #checkWritable(): void {
    const why = this.#readOnly()
    if (why !== undefined) throw new StatusError('Forbidden', why)
  }

  /** The kind of what is asked for; a question is asked by creating it, and no other way. */
  #kind(resource: ResourceName): Kind {
    const kind = this.core.registry.kindOf(resource)
    if (kind.answer !== undefined) throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
    return kind
  }

  #writeOne(resource: ResourceName, name: string, write: (kind: Kind, asked: Kind) => Promise<KubeObject>): Promise<KubeObject> {
    return this.#write(resource, name, async (kind, asked) => asAsked(asked, await write(kind, asked)))
  }

  /** `write` gets the stored kind, and the version of it that was asked for. */
  async #write<T>(resource: ResourceName, name: string, write: (kind: Kind, asked: Kind) => Promise<T>): Promise<T> {
    const kind = this.#kind(resource)
    if (kind.live !== undefined) throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
    this.#checkWritable()
    try {
      return await write(storedKind(kind), kind)
    } catch (error) {
      throw toApiError(error, kind.resource, name)
    }
  }
}

/** How a write is done, with the version that was asked for where it is not the stored one. */
function optionsFor(stored: Kind, asked: Kind, options: WriteOptions): WriteOptions {
  return stored === asked ? options : { ...options, asked }
}

/** The objects; an error where they are not in the version asked for, and only a webhook could bring them there. */
function checked(kind: Kind, objects: readonly KubeObject[]): readonly KubeObject[] {
  if (isConverted(kind, objects)) return objects
  throw new StatusError('InternalError', `objects of ${kind.resource.plural}.${kind.resource.group} are converted by a webhook, which takes a moment`)
}
