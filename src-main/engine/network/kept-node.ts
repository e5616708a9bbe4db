import { timestamp } from '../../common/clock.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { NodeCondition, Pod } from '../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import { POD_NETWORK, WIREGUARD_KEY_ANNOTATION } from '../../common/kube/node-conditions.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { HELPER_IMAGE } from '../../hosts/helper-image.ts'
import { apiCondition } from './api-service.ts'
import type { LiveApiWay } from './api-service.ts'
import { annotate, writeCondition } from './api-writes.ts'
import type { ClusterView } from './cluster-view.ts'
import type { Applied } from './drained.ts'
import { HelperError } from './helper-session.ts'
import type { HelperVerb } from './helper-session.ts'
import type { IngressFollower } from './ingress/ingress-follow.ts'
import type { IngressModel } from './ingress/ingress-model.ts'
import type { NodeIngressState } from './ingress/node-ingress.ts'
import { tellIngress } from './ingress/node-report.ts'
import { LatestWrite } from './latest-write.ts'
import { lines } from './lines.ts'
import type { NetworkNode, NetworkOptions, NodeHandle } from './network.ts'
import { NodeNetwork } from './node-network.ts'
import type { PathReport } from './path-report.ts'
import { silentNodes } from './silent-nodes.ts'
import { readSizes } from './volume-sizes.ts'

/** Wait before a write that failed is tried again. */
export const RETRY_MS = 500
/** A helper away for less (it restarts, dockerd restarts) is nobody's concern: the rules stay. */
const PATIENCE_MS = 3_000

/** The network that a node is a part of. */
export interface WholeNetwork {
  options: NetworkOptions
  ingress: IngressFollower
  /** Resolves when `view` shows everything. */
  synced: Promise<unknown>
  view(): ClusterView
  /** Is this the node of its name that is kept now? */
  keeps(node: KeptNode): boolean
  /** Writes to the API, again and again until it is written. */
  until(write: () => Promise<void>): void
  /** The node's kernel has the rules of `view`. */
  onApplied(node: KeptNode, view: ClusterView, serving: ReadonlySet<string>): void
  /** What the node's proxy does is another. */
  onProxied(): void
  /** The node is not kept any more; what it has stays there. */
  onLeft(node: KeptNode): void
  /** Nobody waits for it any more. */
  onStopped(): void
}

/** A node that is kept: runs its part of the network, remembers what was last heard of it, and says that on the node's object. */
export class KeptNode implements NodeHandle {
  readonly name: string
  readonly network: NodeNetwork
  /** The rules of its kernel. */
  applied: Applied | undefined
  /** What its proxy serves, if that is known. */
  proxied: Applied | undefined
  ingress: NodeIngressState | undefined
  /** The challenges of CAs that it answers. */
  tokens: ReadonlySet<string> = new Set()
  /** Who is silent by its rules. */
  silent: ReadonlySet<string> | undefined
  readonly #whole: WholeNetwork
  readonly #host: NetworkNode['host']
  readonly #apiWay: LiveApiWay
  readonly #report: LatestWrite<string | undefined>
  #health: string | undefined
  /** The condition `PodNetwork` as it was last told. */
  #paths: string | undefined
  #unfollow: () => void = () => undefined

  constructor(whole: WholeNetwork, { name, host, apiWay, right }: NetworkNode) {
    this.name = name
    this.#whole = whole
    this.#host = host
    this.#apiWay = apiWay
    const { informers, clock, clusterId, helperRecipe, helperImage = HELPER_IMAGE, clusterCidr = '10.244.0.0/16', serviceCidr = '10.96.0.0/12', onError } = whole.options
    // A node that is not registered yet is an error, too: it is tried again, as long as it is kept.
    this.#report = new LatestWrite<string | undefined>({ write: (problem) => this.#writeHealth(problem), clock, retryMs: RETRY_MS, onError: (error) => onError?.(error) })
    this.network = new NodeNetwork({
      docker: host.docker, clock, clusterId, nodeName: name, right, ready: whole.synced, recipe: helperRecipe, image: helperImage, clusterCidr, serviceCidr, apiWay,
      view: () => whole.view(),
      podAddresses: () => new Set(informers.for(Pods).lister.list().flatMap(({ status }) => status?.podIP ?? [])),
      onApplied: (view, serving) => {
        this.applied = { ending: uidsOf(view.ending), serving }
        this.silent = silentNodes(view.nodes)
        whole.onApplied(this, view, serving)
      },
      ingress: (input) => whole.ingress.model(input),
      onIngress: (ingress, applied) => this.#hearIngress(ingress, applied),
      onHealth: (problem) => this.#hearHealth(problem),
      onKey: (key) => this.#untilKept(() => annotate(whole.options.client, Nodes, { namespace: '', name }, { [WIREGUARD_KEY_ANNOTATION]: key })),
      onPaths: (report) => this.#hearPaths(report),
    })
  }

  /** Once it is one of the network's nodes. */
  begin(): void {
    this.#unfollow = this.#apiWay.onChange(() => this.#tellApiWay())
    this.#tellApiWay()
  }

  /** Its object is there, perhaps anew, and has heard of nothing. */
  added(): void {
    this.#paths = undefined
    this.ingress = undefined
    this.network.ingressChanged()
    this.#tellApiWay()
  }

  /** Is something sent to pods by its proxy, or is that not known yet? */
  get isProxying(): boolean {
    return this.ingress === undefined || this.ingress.ports.length > 0
  }

  readFiles(paths: readonly string[]): Promise<string> {
    return this.#ask('read', paths)
  }

  facts(pciVendors: readonly string[]): Promise<string> {
    return this.#ask('facts', pciVendors)
  }

  async volumeSizes(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return readSizes(await this.#ask('used', names))
  }

  async stop(): Promise<void> {
    this.#unfollow()
    this.#whole.onLeft(this)
    this.#report.stop()
    await this.network.stop()
    this.#whole.onStopped()
  }

  #ask(verb: HelperVerb, words: readonly string[]): Promise<string> {
    return this.network.session?.request(verb, lines(words)) ?? Promise.reject(new HelperError('the node helper is not connected'))
  }

  #hearIngress(ingress: NodeIngressState, applied: { view: ClusterView; serving: ReadonlySet<string>; model: IngressModel } | undefined): void {
    const { informers, clock, recorder } = this.#whole.options
    this.proxied = applied === undefined ? undefined : { ending: uidsOf(applied.view.ending), serving: applied.serving }
    this.tokens = new Set(applied?.model.challenges?.map(({ token }) => token))
    if (!semanticEqual(this.ingress, ingress)) {
      this.ingress = ingress
      this.#whole.ingress.servingChanged()
      const write = (condition: NodeCondition): void => this.#writeCondition(condition, () => this.ingress === ingress)
      void tellIngress({ name: this.name, docker: this.#host.docker, informers, clock, recorder, write }, ingress)
    }
    this.#whole.onProxied()
  }

  #hearHealth(problem: string | undefined): void {
    this.#health = problem
    if (problem === undefined) this.#report.tell(problem)
    else this.#whole.options.clock.setTimeout(() => { if (this.#health === problem) this.#report.tell(problem) }, PATIENCE_MS)
  }

  #hearPaths({ status, reason, message }: PathReport): void {
    const { informers, clock, recorder } = this.#whole.options
    const told = `${status} ${reason} ${message}`
    if (this.#paths === told) return
    this.#paths = told
    this.#writeCondition({ type: POD_NETWORK, status, reason, message, lastTransitionTime: timestamp(clock.now()) }, () => this.#paths === told)
    const node = informers.for(Nodes).lister.get('', this.name)
    if (status === 'False' && node !== undefined) recorder?.event(node, 'Warning', 'PodNetwork', message)
  }

  #tellApiWay(): void {
    const { informers, clock } = this.#whole.options
    this.network.changed()
    const condition = apiCondition(this.#apiWay.get(), clock.now())
    if (condition !== undefined && informers.for(Nodes).lister.get('', this.name) !== undefined) this.#writeCondition(condition)
  }

  async #writeHealth(problem: string | undefined): Promise<void> {
    const { client, clock } = this.#whole.options
    await writeCondition(client, this.name, {
      type: 'NetworkUnavailable', status: problem === undefined ? 'False' : 'True', reason: problem === undefined ? 'HelperConnected' : 'HelperUnavailable',
      message: problem ?? 'Services and DNS are in place on this node', lastTransitionTime: timestamp(clock.now()),
    })
  }

  /** Until it is written, or not true any more. */
  #writeCondition(condition: NodeCondition, isTrue: () => boolean = () => true): void {
    this.#untilKept(() => (isTrue() ? writeCondition(this.#whole.options.client, this.name, condition) : Promise.resolve()))
  }

  #untilKept(write: () => Promise<void>): void {
    this.#whole.until(() => (this.#whole.keeps(this) ? write() : Promise.resolve()))
  }
}

function uidsOf(pods: readonly Frozen<Pod>[]): Set<string> {
  return new Set(pods.map((pod) => pod.metadata.uid))
}
