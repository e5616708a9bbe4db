import type { Clock, Timer } from '../../../common/clock.ts'
import { Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Node } from '../../../common/kube/generated/core-v1.ts'
import type { Ingress } from '../../../common/kube/generated/networking-v1.ts'
import { DEFAULT_CLASS_ANNOTATION, INGRESS_CONTROLLER, TOQUE_INGRESS_CLASS } from '../../../common/kube/ingress.ts'
import { EndpointSlices, IngressClasses, Ingresses, Nodes, Pods, Secrets, Services } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { Rollouts, sharesByAddress } from '../../../common/kube/rollout.ts'
import { hasReason } from '../../../common/errors.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ServiceInput } from '../service-model.ts'
import { repeat, Signal } from '../signal.ts'
import { pendingChallenges, tellAnswered } from './challenges.ts'
import type { AnsweringNode } from './challenges.ts'
import { GatewayFollower } from './gateway/gateway-follow.ts'
import { ingressModel, ourIngresses } from './ingress-model.ts'
import type { IngressModel } from './ingress-model.ts'

export interface IngressFollowerOptions {
  client: Client
  informers: Informers
  clock: Clock
  recorder?: EventRecorder | undefined
  /** What proxies serve may have changed. */
  changed(): void
  /** Names of the nodes whose proxies serve. */
  serving(): ReadonlySet<string>
  /** The proxies of all nodes that are not silent. */
  answering(): readonly AnsweringNode[]
  onError(error: unknown): void
}

/** What is wrong is told when it has been so for a while: a Service often comes right after its Ingress. */
const PATIENCE_MS = 2_000
const RETRY_MS = 1_000

/** Follows Ingresses and what they speak of, for all nodes together: the model, what is wrong with them, their addresses, and the class that is there from the beginning. */
export class IngressFollower {
  readonly synced: Promise<unknown>
  readonly #o: IngressFollowerOptions
  readonly #removers: (() => void)[]
  readonly #ended = new AbortController()
  readonly #gateways: GatewayFollower
  readonly #addressesDue = new Signal()
  readonly #answersDue = new Signal()
  /** What each Ingress was told last, by UID. */
  readonly #told = new Map<string, string>()
  #look: Timer | undefined

  constructor(options: IngressFollowerOptions) {
    this.#o = options
    const { informers, client, changed } = options
    const [ingresses, classes, secrets, services, rollouts] = [informers.for(Ingresses), informers.for(IngressClasses), informers.for(Secrets), informers.for(Services), informers.for(Rollouts)]
    const all = (): void => {
      changed()
      this.#lookLater()
      this.#addressesDue.raise()
    }
    const ifAny = (): void => {
      if (ingresses.lister.list().length > 0) all()
    }
    const onSecret = (secret: { type?: string | undefined }): void => {
      if (secret.type === 'kubernetes.io/tls' || secret.type === 'Opaque') ifAny()
    }
    this.#gateways = new GatewayFollower({ client, informers, clock: options.clock, changed, addresses: () => this.#addresses(), onError: (error) => options.onError(error) })
    // Nodes follow Services by themselves; here they matter for what is wrong.
    const onService = (): void => this.#lookLater()
    const certificates = informers.for(Certificates)
    const challenges = pendingChallenges
    this.#removers = [
      certificates.addHandler({
        onAdd: (one) => { if (challenges([one]).length > 0) changed() },
        onUpdate: (now, was) => { if (!semanticEqual(challenges([now]), challenges([was]))) changed() },
        onDelete: (one) => { if (challenges([one]).length > 0) changed() },
      }),
      ingresses.addHandler({
        onAdd: all,
        onUpdate: (now, was) => (semanticEqual(now.spec, was.spec) && semanticEqual(now.metadata.annotations, was.metadata.annotations) ? this.#addressesDue.raise() : all()),
        onDelete: ({ metadata }) => {
          this.#told.delete(metadata.uid)
          all()
        },
      }),
      classes.addHandler({ onAdd: ifAny, onUpdate: ifAny, onDelete: ifAny }),
      secrets.addHandler({ onAdd: onSecret, onUpdate: onSecret, onDelete: onSecret }),
      rollouts.addHandler({ onUpdate: (now, was) => { if (!semanticEqual(now.status?.traffic, was.status?.traffic)) ifAny() }, onDelete: ifAny }),
      services.addHandler({ onAdd: onService, onUpdate: onService, onDelete: onService }),
    ]
    this.synced = Promise.all([ingresses.synced, classes.synced, secrets.synced, services.synced, rollouts.synced, certificates.synced, this.#gateways.synced])
    void this.synced.then(() => this.#keep(() => makeClass(client, informers)))
    void this.synced.then(() => repeat(this.#addressesDue, this.#ended, () => this.#writeAddresses())).catch(() => undefined)
    void this.synced.then(() => repeat(this.#answersDue, this.#ended, () => this.#tellAnswered())).catch(() => undefined)
  }

  /** What a node's proxy has to serve; undefined: nothing at all. */
  model(node: Omit<ServiceInput, 'services' | 'slices'>): IngressModel | undefined {
    return this.#mine().length === 0 && !this.#gateways.isAny() && pendingChallenges(this.#certificates()).length === 0 ? undefined : this.#read(node).model
  }

  /** Other nodes serve than before. */
  servingChanged(): void {
    this.#addressesDue.raise()
    this.#gateways.servingChanged()
  }

  /** A proxy answers other challenges than before. */
  answeringChanged(): void {
    this.#answersDue.raise()
  }

  stop(): void {
    this.#look?.cancel()
    this.#gateways.stop()
    this.#ended.abort(new Error('stopped'))
    for (const remove of this.#removers) remove()
  }

  #certificates(): Frozen<Certificate>[] {
    return this.#o.informers.for(Certificates).lister.list()
  }

  async #tellAnswered(): Promise<void> {
    const { client, clock, answering, onError } = this.#o
    try {
      await tellAnswered(client, this.#certificates(), answering())
    } catch (error) {
      onError(error)
      clock.setTimeout(() => this.#answersDue.raise(), RETRY_MS)
    }
  }

  #mine(): Frozen<Ingress>[] {
    const { informers } = this.#o
    const ingresses = informers.for(Ingresses).lister.list()
    return ingresses.length === 0 ? [] : ourIngresses(ingresses, informers.for(IngressClasses).lister.list())
  }

  #read(node: Omit<ServiceInput, 'services' | 'slices'>): ReturnType<typeof ingressModel> {
    const { informers, clock } = this.#o
    return ingressModel({
      ...node, ingresses: informers.for(Ingresses).lister.list(), classes: informers.for(IngressClasses).lister.list(), services: informers.for(Services).lister.list(),
      slices: informers.for(EndpointSlices).lister.list(), secret: (namespace, name) => informers.for(Secrets).lister.get(namespace, name), certificates: this.#certificates(), gateways: this.#gateways.isAny() ? this.#gateways.model(node) : undefined, now: clock.now(),
      revisions: sharesByAddress(informers.for(Rollouts).lister.list(), (namespace) => informers.for(Pods).lister.list({ namespace })),
    })
  }

  #lookLater(): void {
    if (this.#ended.signal.aborted || this.#look !== undefined || this.#o.informers.for(Ingresses).lister.list().length === 0) return
    this.#look = this.#o.clock.setTimeout(() => {
      this.#look = undefined
      this.#tellProblems()
    }, PATIENCE_MS)
  }

  /** Each Ingress is told when what is wrong with it changes. */
  #tellProblems(): void {
    const byIngress = new Map<string, ReturnType<typeof ingressModel>['problems']>()
    for (const problem of this.#read({ nodeName: '', endingPods: new Set(), avoidedNodes: new Set() }).problems) {
      const { uid } = problem.ingress.metadata
      byIngress.set(uid, [...(byIngress.get(uid) ?? []), problem])
    }
    for (const uid of this.#told.keys()) if (!byIngress.has(uid)) this.#told.delete(uid)
    for (const [uid, problems] of byIngress) {
      const text = problems.map(({ message }) => message).join('\n')
      if (this.#told.get(uid) === text) continue
      this.#told.set(uid, text)
      for (const { ingress, reason, message } of problems) this.#o.recorder?.event(ingress, 'Warning', reason, message)
    }
  }

  /** Of the nodes that serve. */
  #addresses(): string[] {
    const nodes = this.#o.informers.for(Nodes).lister
    return [...this.#o.serving()].sort().flatMap((name) => nodes.get('', name) ?? []).flatMap((node) => addressOf(node) ?? [])
  }

  /** Where each Ingress is served, in its status. */
  async #writeAddresses(): Promise<void> {
    const { client, clock, onError } = this.#o
    const addresses = this.#addresses()
    for (const { metadata: { namespace = '', name }, status } of this.#mine()) {
      const ingress = addresses.map((ip) => ({ ip }))
      if (semanticEqual(status?.loadBalancer?.ingress ?? [], ingress)) continue
      try {
        await client.patch(Ingresses, namespace, name, 'application/merge-patch+json', { status: { loadBalancer: { ingress } } }, 'status')
      } catch (error) {
        if (hasReason(error, 'NotFound')) continue
        onError(error)
        clock.setTimeout(() => this.#addressesDue.raise(), RETRY_MS)
      }
    }
  }

  #keep(write: () => Promise<void>): void {
    if (this.#ended.signal.aborted) return
    write().catch((error: unknown) => {
      this.#o.onError(error)
      this.#o.clock.setTimeout(() => this.#keep(write), RETRY_MS)
    })
  }
}

/** The address that clients outside use. */
function addressOf(node: Frozen<Node>): string | undefined {
  const of = (type: string): string | undefined => node.status?.addresses?.find((address) => address.type === type)?.address
  return of('ExternalIP') ?? of('InternalIP')
}

/** Of a cluster that has no class of ours yet, or lost it. */
async function makeClass(client: Client, informers: Informers): Promise<void> {
  const classes = informers.for(IngressClasses).lister.list()
  if (classes.some(({ spec }) => spec?.controller === INGRESS_CONTROLLER)) return
  const isDefault = !classes.some(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true')
  try {
    await client.create(IngressClasses, {
      apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', spec: { controller: INGRESS_CONTROLLER },
      metadata: { name: TOQUE_INGRESS_CLASS, annotations: { [DEFAULT_CLASS_ANNOTATION]: String(isDefault) } },
    })
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error
  }
}
