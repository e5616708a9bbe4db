import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, type Timer, timestamp } from '../../../common/clock.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import { findCondition, withCondition } from '../../../common/kube/conditions.ts'
import type { APIService } from '../../../common/kube/generated/apiregistration-v1.ts'
import { APIServices, EndpointSlices, Services } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { SERVICE_NAME } from '../../../common/kube/well-known.ts'
import type { Change } from '../../store/store.ts'
import type { Api } from '../api.ts'
import type { RemoteOpenApi } from '../openapi/documents.ts'
import type { Caller, WriteOptions } from '../rest/core.ts'
import { lookupOf } from '../rest/core.ts'
import { prefixOf } from '../rest/keys.ts'
import { type Checked, check } from './availability.ts'
import { inOrder, type RemoteVersion } from './discovery.ts'
import { forward, forwardUpgrade } from './forward.ts'
import type { LinkOptions } from './link.ts'
import { publishAuthentication } from './published.ts'
import { type Remote, remoteFor, remoteOf, remotesOf } from './remote.ts'
import { RemoteSpecs } from './specs.ts'

/** What an aggregator is made of. */
export interface AggregatorOptions {
  readonly api: Api
  readonly clock: Clock
  readonly link: LinkOptions
  /** The CA of the cluster's clients, PEM. */
  readonly clientCa: string
}

/** Nothing says when a server behind this one fails, or is back. */
const AGAIN_MS = 30_000
const SYSTEM: WriteOptions = { caller: { user: 'system:kube-aggregator', groups: ['system:masters'] } }

/** Answers for groups and versions that other API servers serve: sends requests on, says in APIServices whether they can be reached, and knows what they serve. */
export class Aggregator {
  readonly #options: AggregatorOptions
  readonly #checked = new Map<string, { readonly uid: string; readonly checked: Checked }>()
  readonly #checking = new Set<string>()
  readonly #again = new Set<string>()
  readonly #specs: RemoteSpecs
  #stops: (() => void)[] = []
  #timer: Timer | undefined
  #published = false
  #clientCa: string
  #stopped = false

  constructor(options: AggregatorOptions) {
    this.#options = options
    this.#clientCa = options.clientCa
    this.#specs = new RemoteSpecs(options.link)
  }

  /** Clients have certificates of another CA from now on. */
  trusts(clientCa: string): void {
    this.#clientCa = clientCa
    this.#published = false
    this.#publishSoon()
    for (const { name } of this.#remotes()) this.#look(name)
  }

  /** Follows APIServices and what they name, from now on. */
  start(): void {
    // A server that is to be put behind this one reads it as it starts, before any APIService names it.
    this.#publishSoon()
    const { store } = this.#options.api.core
    const { revision } = store
    this.#stops = [
      store.watch(prefixOf(APIServices), revision, (changes) => this.#servicesChanged(changes)),
      store.watch(prefixOf(Services), revision, (changes) => this.#behindChanged(changes, (object) => object.metadata.name)),
      store.watch(prefixOf(EndpointSlices), revision, (changes) => this.#behindChanged(changes, (object) => object.metadata.labels?.[SERVICE_NAME] ?? '')),
    ]
    for (const { name } of this.#remotes()) this.#look(name)
    this.#rest()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    for (const stop of this.#stops) stop()
  }

  /** Who answers for a path, where it is not this server. Of OpenAPI 3, the document of a group and version. */
  remoteFor(pathname: string): Remote | undefined {
    return remoteFor(pathname.replace(/^\/openapi\/v3(?=\/apis\/)/, ''), lookupOf(this.#options.api.core))
  }

  forward(remote: Remote, request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    return forward(remote, request, response, caller, this.#options.link)
  }

  forwardUpgrade(remote: Remote, request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): Promise<void> {
    return forwardUpgrade(remote, request, socket, head, caller, this.#options.link)
  }

  /** What others serve, for discovery. */
  versions(): RemoteVersion[] {
    return this.#remotes().map(({ name, group, version, groupPriority, versionPriority, available }) => ({ group, version, groupPriority, versionPriority, available, resources: this.#checked.get(name)?.checked.resources ?? [] }))
  }

  /** What OpenAPI says of what others serve: of version 3 where their documents are, of version 2 what is in them. */
  get openApi(): RemoteOpenApi {
    const specs = this.#specs
    return {
      get generation() { return specs.generation },
      v3: () => new Map(this.#remotes().flatMap(({ name, group, version }) => {
        const path = this.#checked.get(name)?.checked.openApi
        return path === undefined ? [] : [[`apis/${group}/${version}`, path] as const]
      })),
      v2: () => inOrder(this.#remotes()).flatMap(({ name }) => specs.get(name) ?? []),
    }
  }

  #remotes(): Remote[] {
    return remotesOf(lookupOf(this.#options.api.core))
  }

  #servicesChanged(changes: readonly Change[]): void {
    for (const { type, entry, previous } of changes) {
      const service = entry.value as unknown as APIService
      const { name } = service.metadata
      if (type === 'delete' || remoteOf(service) === undefined) this.#forget(name)
      // Its status is what a look ends with.
      else if (previous === undefined || JSON.stringify((previous.value as unknown as APIService).spec) !== JSON.stringify(service.spec)) this.#look(name)
    }
    this.#rest()
  }

  #forget(name: string): void {
    this.#checked.delete(name)
    this.#specs.forget(name)
  }

  #behindChanged(changes: readonly Change[], nameOf: (object: KubeObject) => string): void {
    if (this.#checked.size === 0) return
    const changed = new Set(changes.map(({ entry }) => {
      const object = entry.value as unknown as KubeObject
      return `${object.metadata.namespace ?? ''}/${nameOf(object)}`
    }))
    for (const { name, service } of this.#remotes()) if (changed.has(`${service.namespace}/${service.name}`)) this.#look(name)
  }

  /** Waits to look again, as long as there is anything to look at. */
  #rest(): void {
    if (this.#timer !== undefined || this.#stopped || this.#remotes().length === 0) return
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined
      for (const { name } of this.#remotes()) this.#look(name)
      this.#rest()
    }, AGAIN_MS)
  }

  /** Looks now, or once more when a look is over. */
  #look(name: string): void {
    if (this.#checking.has(name)) {
      this.#again.add(name)
      return
    }
    this.#checking.add(name)
    void this.#check(name).catch((error: unknown) => {
      if (!this.#stopped) console.error(`APIService ${name}: ${messageOf(error)}`)
    }).finally(() => {
      this.#checking.delete(name)
      if (this.#again.delete(name) && !this.#stopped) this.#look(name)
    })
  }

  async #check(name: string): Promise<void> {
    await this.#publish()
    const remote = this.#find(name)
    if (remote === undefined) return
    const checked = await check(remote, this.#options.link)
    const now = this.#find(name)
    if (this.#stopped || now?.uid !== remote.uid) return
    this.#checked.set(name, { uid: remote.uid, checked })
    await this.#say(name, checked)
    await this.#specs.learn(remote, checked)
    // Gone meanwhile.
    if (this.#find(name)?.uid !== remote.uid) this.#specs.forget(name)
  }

  #find(name: string): Remote | undefined {
    const service = lookupOf(this.#options.api.core).get(APIServices, '', name)
    return service === undefined ? undefined : remoteOf(service)
  }

  async #say(name: string, { available, reason, message }: Checked): Promise<void> {
    const { api, clock } = this.#options
    const service = api.get(APIServices, '', name) as APIService
    const known = findCondition(service.status?.conditions, 'Available')
    const status = available ? 'True' : 'False'
    if (known?.status === status && known.reason === reason && known.message === message) return
    const conditions = withCondition(service.status?.conditions, { type: 'Available', status, reason, message, lastTransitionTime: timestamp(clock.now()) })
    try {
      await api.updateStatus(APIServices, '', name, { ...service, status: { ...service.status, conditions } }, SYSTEM)
    } catch (error) {
      // Changed meanwhile: that is looked at anew. Or another desk leads, and says it.
      if (!hasReason(error, 'Conflict', 'NotFound', 'Forbidden')) throw error
    }
  }

  #publishSoon(): void {
    void this.#publish().catch((error: unknown) => {
      if (!this.#stopped) console.error(`who is trusted as the front proxy: ${messageOf(error)}`)
    })
  }

  /** Once; again where another desk led then. */
  async #publish(): Promise<void> {
    if (this.#published) return
    try {
      await publishAuthentication(this.#options.api, this.#clientCa, this.#options.link.frontProxy, SYSTEM)
      this.#published = true
    } catch (error) {
      // Another desk leads, and says it; or somebody says it at this moment.
      if (!hasReason(error, 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict')) throw error
    }
  }
}
