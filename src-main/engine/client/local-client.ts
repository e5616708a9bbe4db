import type { Scale } from '../../common/kube/generated/autoscaling-v1.ts'
import type { TokenRequestSpec } from '../../common/kube/generated/authentication-v1.ts'
import type { Binding, Namespace } from '../../common/kube/generated/core-v1.ts'
import { StatusError } from '../../common/errors.ts'
import type { Draft, Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Api } from '../api/api.ts'
import type { Caller, WriteOptions } from '../api/rest/core.ts'
import type { Client, DeleteOptions, IssuedToken, List, ListOptions, PatchType, TokenWish, WatchEvent } from './client.ts'

/** Who the engine's own parts are to the API, unless they say otherwise. */
const ENGINE: Caller = { user: 'system:toque', groups: ['system:masters'] }

/** The API in this process: no wire, no copies. */
export class LocalClient implements Client {
  readonly #api: Api
  readonly #options: WriteOptions
  readonly #creates: WriteOptions

  /**
   * `user` names the component in the journal (`system:kube-scheduler`). `forPeople`: what it creates says whose its fields are, as what comes over HTTPS does;
   * what controllers make, they alone look after, and it begins to say so when somebody applies it.
   */
  constructor(api: Api, user?: string, forPeople = false) {
    this.#api = api
    this.#options = { caller: user === undefined ? ENGINE : { ...ENGINE, user } }
    this.#creates = forPeople ? this.#options : { ...this.#options, isRecorded: false }
  }

  // The methods are async so that a refusal is always a rejection, never a throw.
  async get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<Frozen<T>> {
    return (await this.#api.fetch(resource, namespace, name)) as Frozen<T>
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<List<T>> {
    const { items, resourceVersion } = await this.#api.fetchList(resource, options)
    return { items: items as Frozen<T>[], resourceVersion }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>): Promise<Frozen<T>> {
    return (await this.#api.create(resource, object.metadata.namespace ?? '', object, this.#creates)) as Frozen<T>
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: Frozen<T> | T): Promise<Frozen<T>> {
    const { namespace = '', name } = object.metadata
    return (await this.#api.update(resource, namespace, name, object, this.#options)) as Frozen<T>
  }

  async updateStatus<T extends KubeObject>(resource: Resource<T>, object: Frozen<T> | T): Promise<Frozen<T>> {
    const { namespace = '', name } = object.metadata
    return (await this.#api.updateStatus(resource, namespace, name, object, this.#options)) as Frozen<T>
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>, namespace: string, name: string, type: PatchType, body: unknown, subresource?: 'status' | 'scale',
  ): Promise<Frozen<T>> {
    if (subresource === 'scale') {
      await this.#api.patchScale(resource, namespace, name, type, body, this.#options)
      return this.get(resource, namespace, name)
    }
    return (await this.#api.patch(resource, namespace, name, type, body, subresource ?? 'main', this.#options)) as Frozen<T>
  }

  async getScale(resource: Resource, namespace: string, name: string): Promise<Frozen<Scale>> {
    return this.#api.fetchScale(resource, namespace, name)
  }

  async delete(resource: Resource, namespace: string, name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#api.delete(resource, namespace, name, options, this.#options)
  }

  async evict(namespace: string, pod: string, deleteOptions: DeleteOptions = {}): Promise<void> {
    await this.#api.evict(namespace, pod, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace }, deleteOptions }, this.#options)
  }

  async requestToken(namespace: string, account: string, { audience, seconds, boundTo }: TokenWish): Promise<IssuedToken> {
    const spec: TokenRequestSpec = { audiences: audience === '' ? [] : [audience], expirationSeconds: seconds, boundObjectRef: { apiVersion: 'v1', ...boundTo } }
    const { status } = await this.#api.requestToken(namespace, account, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec })
    if (status === undefined) throw new StatusError('InternalError', 'a TokenRequest was answered without a token')
    return { token: status.token, expiresAt: Date.parse(status.expirationTimestamp) }
  }

  async bind(namespace: string, pod: string, node: string): Promise<void> {
    const binding: Draft<Binding> = { apiVersion: 'v1', kind: 'Binding', metadata: { name: pod, namespace }, target: { apiVersion: 'v1', kind: 'Node', name: node } }
    await this.#api.bind(namespace, pod, binding, this.#options)
  }

  async finalizeNamespace(namespace: Frozen<Namespace>): Promise<void> {
    await this.#api.finalizeNamespace(namespace.metadata.name, namespace, this.#options)
  }

  watch<T extends KubeObject>(resource: Resource<T>, resourceVersion: string, onEvents: (events: WatchEvent<T>[]) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve()
      try {
        const end = this.#api.watch(resource, { resourceVersion }, { onEvents: onEvents as (events: WatchEvent<KubeObject>[]) => void, onGone: resolve })
        signal.addEventListener('abort', () => {
          end()
          resolve()
        }, { once: true })
      } catch (error) {
        reject(error as Error)
      }
    })
  }
}
