import { timestamp } from '../../../../common/clock.ts'
import { hasReason } from '../../../../common/errors.ts'
import { semanticEqual } from '../../../../common/kube/equal.ts'
import { GATEWAY_CONTROLLER, GatewayClasses, Gateways, HTTPRoutes, ReferenceGrants, TOQUE_GATEWAY_CLASS } from '../../../../common/kube/gateway.ts'
import { EndpointSlices, Namespaces, Pods, Secrets, Services } from '../../../../common/kube/kinds.ts'
import type { EndpointSlice } from '../../../../common/kube/generated/discovery-v1.ts'
import { keyOf } from '../../../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../../../common/kube/object.ts'
import { Rollouts, sharesByAddress } from '../../../../common/kube/rollout.ts'
import type { Resource } from '../../../../common/kube/resource.ts'
import type { Clock } from '../../../../common/clock.ts'
import type { Client } from '../../../client/client.ts'
import type { Informers } from '../../../client/informer.ts'
import { replaceStatus } from '../../../client/retry.ts'
import { slicesByService } from '../../service-model.ts'
import type { ServiceInput } from '../../service-model.ts'
import { repeat, Signal } from '../../signal.ts'
import { gatewayModel, ourGateways } from './gateway-model.ts'
import type { GatewayModel } from './gateway-model.ts'
import { conditionsOf, gatewayStatus, routeStatus } from './gateway-status.ts'
import { yes } from './listeners.ts'

export interface GatewayFollowerOptions {
  client: Client
  informers: Informers
  clock: Clock
  /** What proxies serve may have changed. */
  changed(): void
  /** Addresses of the servers whose proxies serve, in a fixed order. */
  addresses(): string[]
  onError(error: unknown): void
}

const RETRY_MS = 1_000

/** Follows Gateways, their routes and what these speak of, for all nodes together; writes their status, and the class that is there from the beginning. */
export class GatewayFollower {
  readonly synced: Promise<unknown>
  readonly #o: GatewayFollowerOptions
  readonly #removers: (() => void)[]
  readonly #ended = new AbortController()
  readonly #statusDue = new Signal()

  constructor(options: GatewayFollowerOptions) {
    this.#o = options
    const { informers, changed } = options
    const all = (): void => {
      changed()
      this.#statusDue.raise()
    }
    const ifAny = (): void => { if (this.isAny()) all() }
    const onClass = (): void => {
      if (informers.for(Gateways).lister.list().length > 0) changed()
      this.#statusDue.raise()
    }
    const follow = <T extends KubeObject>(resource: Resource<T>, same: (now: Frozen<T>, was: Frozen<T>) => boolean, act: () => void): (() => void) =>
      informers.for(resource).addHandler({ onAdd: act, onUpdate: (now, was) => { if (!same(now, was)) act() }, onDelete: act })
    const sameSpec = (now: { spec: unknown }, was: { spec: unknown }): boolean => semanticEqual(now.spec, was.spec)
    this.#removers = [
      follow(Gateways, sameSpec, all), follow(GatewayClasses, sameSpec, onClass), follow(HTTPRoutes, sameSpec, all), follow(ReferenceGrants, sameSpec, ifAny),
      follow(Rollouts, (now, was) => semanticEqual(now.status?.traffic, was.status?.traffic), ifAny),
      follow(Namespaces, (now, was) => semanticEqual(now.metadata.labels, was.metadata.labels), ifAny),
      // Nodes follow Services by themselves; here they matter for what is wrong.
      follow(Services, sameSpec, () => this.#statusDue.raise()), follow(Secrets, (now, was) => semanticEqual(now.data, was.data), ifAny),
    ]
    this.synced = Promise.all([Gateways, GatewayClasses, HTTPRoutes, ReferenceGrants, Namespaces, Services, Secrets].map((resource) => informers.for(resource as Resource).synced))
    void this.synced.then(() => this.#keep(() => this.#makeClass()))
    void this.synced.then(() => repeat(this.#statusDue, this.#ended, () => this.#writeAll())).catch(() => undefined)
  }

  /** Is there a Gateway of ours? */
  isAny(): boolean {
    const { informers } = this.#o
    const gateways = informers.for(Gateways).lister.list()
    return gateways.length > 0 && ourGateways({ gateways, classes: informers.for(GatewayClasses).lister.list() }).length > 0
  }

  /** What the proxy of a node has to serve for Gateways, and what is told of the objects. */
  model(node: Omit<ServiceInput, 'services' | 'slices'>): GatewayModel {
    const { informers, clock } = this.#o
    const list = <T extends KubeObject>(resource: Resource<T>): Frozen<T>[] => informers.for(resource).lister.list()
    return gatewayModel({
      ...node, classes: list(GatewayClasses), gateways: list(Gateways), routes: list(HTTPRoutes), grants: list(ReferenceGrants),
      services: new Map(list(Services).map((service) => [keyOf(service), service])), slices: slicesByService(list(EndpointSlices) as EndpointSlice[]),
      secret: (namespace, name) => informers.for(Secrets).lister.get(namespace, name), revisions: sharesByAddress(list(Rollouts), (namespace) => informers.for(Pods).lister.list({ namespace })), namespaceLabels: (name) => informers.for(Namespaces).lister.get('', name)?.metadata.labels, now: clock.now(),
    })
  }

  /** Other servers serve than before. */
  servingChanged(): void {
    this.#statusDue.raise()
  }

  stop(): void {
    this.#ended.abort(new Error('stopped'))
    for (const remove of this.#removers) remove()
  }

  async #writeAll(): Promise<void> {
    const { informers, clock, addresses } = this.#o
    const at = timestamp(clock.now())
    for (const one of informers.for(GatewayClasses).lister.list()) {
      if (one.spec.controllerName !== GATEWAY_CONTROLLER) continue
      const conditions = conditionsOf(one.status?.conditions, [yes('Accepted', 'Accepted', "This cluster's servers serve its Gateways")], one.metadata.generation ?? 0, at)
      await this.#write(GatewayClasses, one, { ...one.status, conditions })
    }
    if (informers.for(Gateways).lister.list().length === 0 && informers.for(HTTPRoutes).lister.list().length === 0) return
    const model = this.model({ nodeName: '', endingPods: new Set(), avoidedNodes: new Set() })
    for (const gateway of ourGateways({ gateways: informers.for(Gateways).lister.list(), classes: informers.for(GatewayClasses).lister.list() })) {
      await this.#write(Gateways, gateway, gatewayStatus(gateway, model.listeners.get(keyOf(gateway)) ?? [], addresses(), at))
    }
    const told = new Map(model.parents.map(({ route, verdicts }) => [keyOf(route), verdicts]))
    for (const route of informers.for(HTTPRoutes).lister.list()) {
      const status = routeStatus(route, told.get(keyOf(route)) ?? [], at)
      if (status.parents.length > 0 || route.status !== undefined) await this.#write(HTTPRoutes, route, status)
    }
  }

  async #write<T extends KubeObject & { status?: unknown }>(resource: Resource<T>, object: Frozen<T>, status: NonNullable<T['status']>): Promise<void> {
    if (semanticEqual(object.status, status)) return
    try {
      await replaceStatus(this.#o.client, resource, object, () => status)
    } catch (error) {
      this.#o.onError(error)
      this.#o.clock.setTimeout(() => this.#statusDue.raise(), RETRY_MS)
    }
  }

  #keep(write: () => Promise<void>): void {
    if (this.#ended.signal.aborted) return
    write().catch((error: unknown) => {
      this.#o.onError(error)
      this.#o.clock.setTimeout(() => this.#keep(write), RETRY_MS)
    })
  }

  /** Of a cluster that has no class of ours yet, or lost it. */
  async #makeClass(): Promise<void> {
    const { client, informers } = this.#o
    if (informers.for(GatewayClasses).lister.list().some(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER)) return
    try {
      await client.create(GatewayClasses, { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: TOQUE_GATEWAY_CLASS }, spec: { controllerName: GATEWAY_CONTROLLER, description: "Served on ports 80 and 443 of this cluster's servers" } })
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error
    }
  }
}
