import type { Clock } from '../../common/clock.ts'
import { timestamp } from '../../common/clock.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps, EndpointSlices, Nodes, Pods, Services } from '../../common/kube/kinds.ts'
import { MTU_ANNOTATION, NETWORKS_ANNOTATION, PEERS_REACH, POD_NETWORK, RESPONDING, WIREGUARD_KEY_ANNOTATION } from '../../common/kube/node-conditions.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { LAST_MODE_ANNOTATION, NETWORK_CONFIG } from '../../common/kube/pod-network.ts'
import type { ServerCounters, TrafficSource } from '../../common/kube/traffic.ts'
import { HELPER_IMAGE } from '../../hosts/helper-image.ts'
import type { Host } from '../../hosts/host.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventRecorder } from '../client/recorder.ts'
import { apiCondition } from './api-service.ts'
import type { LiveApiWay } from './api-service.ts'
import { AppliedServices } from './applied-services.ts'
import { annotate, markDrained, writeCondition } from './api-writes.ts'
import { newlyDrained } from './drained.ts'
import type { Applied } from './drained.ts'
import { HelperError } from './helper-session.ts'
import type { HelperVerb } from './helper-session.ts'
import { IngressFollower } from './ingress/ingress-follow.ts'
import type { NodeIngressState } from './ingress/node-ingress.ts'
import { tellIngress } from './ingress/node-report.ts'
import { LatestWrite } from './latest-write.ts'
import { NodeNetwork } from './node-network.ts'
import type { DrivingRight } from './node-network.ts'
import { silentNodes } from './silent-nodes.ts'
import { SilenceWatch } from './silence-news.ts'
import { PeerWitness } from './peer-witness.ts'
import { followMode } from './network-mode.ts'
import type { ModeFollower } from './network-mode.ts'
import type { PathReport } from './path-report.ts'
import { followPolicies } from './policy-follow.ts'
import type { PolicyFollower } from './policy-follow.ts'
import { readSizes } from './volume-sizes.ts'

export { HELPER_IMAGE } from '../../hosts/helper-image.ts'
export { helperContainers, removeHelper } from './helper-container.ts'
export type { DrivingRight } from './node-network.ts'
export type { HelperSession } from './helper-session.ts'

/** Wait before a write that failed is tried again. */
const RETRY_MS = 500
/** A helper away for less (it restarts, dockerd restarts) is nobody's concern: the rules stay. */
const PATIENCE_MS = 3_000

/** What the network of a cluster needs. */
export interface NetworkOptions {
  client: Client
  informers: Informers
  clock: Clock
  clusterId: string
  /** The folder resources/node-helper of this build. */
  helperRecipe: string
  /** Default: `HELPER_IMAGE`. */
  helperImage?: string
  /** All nodes' pods; default 10.244.0.0/16. */
  clusterCidr?: string
  /** Cluster IPs; default 10.96.0.0/12. */
  serviceCidr?: string
  /** Writes Events: about what is wrong, and on a node when its endpoints have left the others' rules. Default: nobody is told. */
  recorder?: EventRecorder
  /** Told of what failed and is not shown on an object. */
  onError?: (error: unknown) => void
}

/** One node of the network. */
export interface NetworkNode {
  name: string
  host: Host
  /** The way to the engine's API, for pods that call the Service `kubernetes`. */
  apiWay: LiveApiWay
  right: DrivingRight
}

/** A running network. */
export interface Network extends TrafficSource {
  /** Begins to keep a node. Returns at once. */
  addNode(node: NetworkNode): NodeHandle
  /** Resolves when the kernels of all nodes that answer have rules of these Services (`namespace/name`) at these revisions or later, and lead new connections to these addresses. */
  rulesHave(services: ReadonlyMap<string, string>, addresses: readonly string[], signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** A node while the network keeps it. */
export interface NodeHandle {
  /**
   * Reads files on the node through its helper (paths under /host/cgroup and /proc): `path:line` for each line that holds a
   * number the metrics can use. Rejects with HelperError while the helper cannot be reached.
   */
  readFiles(paths: readonly string[]): Promise<string>
  /** What the node is made of, as the helper's script prints it: its disk, and devices of these PCI vendors (`0x10de`). */
  facts(pciVendors: readonly string[]): Promise<string>
  /** Docker volumes of the node by name, with the bytes that each takes on the disk, as they were counted after the last such request; those not counted yet are left out. */
  volumeSizes(names: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Leaves it as it is. */
  stop(): Promise<void>
}

/** Keeps Services, DNS, routes and the drained condition of pods true on all nodes. Returns at once; waits for the informers by itself. */
export function startNetwork(options: NetworkOptions): Network {
  return new ClusterNetwork(options)
}

class ClusterNetwork implements Network {
  readonly #o: NetworkOptions
  readonly #ending = new Map<string, Frozen<Pod>>()
  readonly #told = new Set<string>()
  readonly #nodes = new Map<string, KeptNode>()
  readonly #stopping = new AbortController()
  readonly #removers: (() => void)[]
  readonly #synced: Promise<unknown>
  readonly #witness: PeerWitness
  readonly #silence = new SilenceWatch()
  readonly #policies: PolicyFollower
  readonly #mode: ModeFollower
  readonly #ingress: IngressFollower
  readonly #appliedServices = new AppliedServices()

  constructor(options: NetworkOptions) {
    this.#o = options
    const { informers, client, clock } = options
    const services = informers.for(Services)
    const slices = informers.for(EndpointSlices)
    const pods = informers.for(Pods)
    const nodes = informers.for(Nodes)
    const changed = (): void => this.#each((node) => node.changed())
    this.#witness = new PeerWitness({
      clock, nodes: () => nodes.lister.list(), session: (name) => this.#nodes.get(name)?.network.session,
      write: (name, condition) => this.#until(() => writeCondition(client, name, condition)),
    })
    // Handlers may be called at once: what they use is made before.
    this.#policies = followPolicies(informers, changed)
    this.#mode = followMode(informers, {
      changed: () => this.#each((node) => node.nodesChanged()),
      good: (mode) => this.#until(() => annotate(client, ConfigMaps, NETWORK_CONFIG, { [LAST_MODE_ANNOTATION]: mode })),
      bad: (map, problem) => options.recorder?.event(map, 'Warning', 'BadMode', problem),
    })
    this.#ingress = new IngressFollower({
      client, informers, clock, recorder: options.recorder,
      changed: () => this.#each((node) => node.ingressChanged()),
      serving: () => new Set([...this.#nodes].flatMap(([name, { ingress }]) => ((ingress?.ports.length ?? 0) > 0 ? [name] : []))),
      answering: () => {
        const silent = silentNodes(nodes.lister.list())
        return [...this.#nodes].flatMap(([name, { ingress, tokens }]) => (silent.has(name) ? [] : [{ state: ingress, tokens }]))
      },
      onError: (error) => options.onError?.(error),
    })
    this.#removers = [
      this.#policies.stop,
      this.#mode.stop,
      () => this.#ingress.stop(),
      services.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed }),
      slices.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed }),
      pods.addHandler({
        onAdd: (pod) => this.#noteEnding(pod),
        onUpdate: (pod) => this.#noteEnding(pod),
        onDelete: (pod) => {
          this.#ending.delete(pod.metadata.uid)
          this.#told.delete(pod.metadata.uid)
          this.#each((node) => node.podsGone())
        },
      }),
      nodes.addHandler({
        onAdd: ({ metadata: { name } }) => {
          this.#nodes.get(name)?.added()
          this.#nodesChanged()
        },
        onUpdate: (node, old) => { if (!semanticEqual(wayTo(node), wayTo(old))) this.#nodesChanged() },
        onDelete: () => this.#nodesChanged(),
      }),
    ]
    this.#synced = Promise.all([services.synced, slices.synced, pods.synced, nodes.synced, this.#policies.synced, this.#mode.synced, this.#ingress.synced])
  }

  addNode({ name, host, apiWay, right }: NetworkNode): NodeHandle {
    const { informers, clock, clusterId } = this.#o
    // A node that is not registered yet is an error, too: it is tried again, as long as it is kept.
    const report = new LatestWrite<string | undefined>({ write: (problem) => this.#reportHealth(name, problem), clock, retryMs: RETRY_MS, onError: (error) => this.#o.onError?.(error) })
    const network = new NodeNetwork({
      docker: host.docker, clock, clusterId, nodeName: name, right,
      ready: this.#synced,
      recipe: this.#o.helperRecipe,
      image: this.#o.helperImage ?? HELPER_IMAGE,
      clusterCidr: this.#o.clusterCidr ?? '10.244.0.0/16',
      serviceCidr: this.#o.serviceCidr ?? '10.96.0.0/12',
      apiWay,
      view: () => ({
        services: informers.for(Services).lister.list(), slices: informers.for(EndpointSlices).lister.list(), ending: [...this.#ending.values()],
        nodes: informers.for(Nodes).lister.list(), policy: this.#policies.view(), choice: this.#mode.choice(),
      }),
      podAddresses: () => new Set(informers.for(Pods).lister.list().flatMap(({ status }) => status?.podIP ?? [])),
      onApplied: (view, serving) => {
        state.applied = { ending: new Set(view.ending.map((pod) => pod.metadata.uid)), serving }
        state.silent = silentNodes(view.nodes)
        this.#appliedServices.applied(name, view.services, serving)
        this.#tellDrained()
        this.#tellSilence()
      },
      ingress: (input) => this.#ingress.model(input),
      onIngress: (ingress, applied) => {
        state.proxied = applied === undefined ? undefined : { ending: new Set(applied.view.ending.map((pod) => pod.metadata.uid)), serving: applied.serving }
        state.tokens = new Set(applied?.model.challenges?.map(({ token }) => token))
        if (!semanticEqual(state.ingress, ingress)) {
          state.ingress = ingress
          this.#ingress.servingChanged()
          void tellIngress({ name, docker: host.docker, informers, clock, recorder: this.#o.recorder, write: (condition) => this.#until(() => (this.#nodes.get(name) === state && state.ingress === ingress ? writeCondition(this.#o.client, name, condition) : Promise.resolve())) }, ingress)
        }
        this.#tellDrained()
        this.#ingress.answeringChanged()
      },
      onHealth: (problem) => {
        state.health = problem
        if (problem === undefined) report.tell(problem)
        else clock.setTimeout(() => { if (state.health === problem) report.tell(problem) }, PATIENCE_MS)
      },
      onKey: (key) => this.#until(() => (this.#nodes.get(name) === state ? annotate(this.#o.client, Nodes, { namespace: '', name }, { [WIREGUARD_KEY_ANNOTATION]: key }) : Promise.resolve())),
      onPaths: (report) => this.#tellPaths(name, state, report),
    })
    const state: KeptNode = { network, applied: undefined, proxied: undefined, ingress: undefined, tokens: new Set(), silent: undefined, health: undefined, paths: undefined, added: () => {
      state.paths = undefined
      state.ingress = undefined
      network.ingressChanged()
      tellApiWay()
    } }
    this.#nodes.set(name, state)
    const tellApiWay = (): void => {
      network.changed()
      const condition = apiCondition(apiWay.get(), clock.now())
      if (condition !== undefined && informers.for(Nodes).lister.get('', name) !== undefined) this.#until(() => (this.#nodes.get(name) === state ? writeCondition(this.#o.client, name, condition) : Promise.resolve()))
    }
    const unfollow = apiWay.onChange(tellApiWay)
    tellApiWay()
    const ask = (verb: HelperVerb, lines: readonly string[]): Promise<string> =>
      network.session?.request(verb, lines.map((line) => `${line}\n`).join('')) ?? Promise.reject(new HelperError('the node helper is not connected'))
    return {
      readFiles: (paths) => ask('read', paths),
      facts: (pciVendors) => ask('facts', pciVendors),
      volumeSizes: async (names) => readSizes(await ask('used', names)),
      stop: async () => {
        unfollow()
        if (this.#nodes.get(name) === state) this.#nodes.delete(name)
        this.#ingress.servingChanged()
        this.#ingress.answeringChanged()
        if (!this.#nodes.has(name)) this.#appliedServices.forget(name)
        report.stop()
        await network.stop()
        // Nobody waits for it any more.
        this.#tellDrained()
      },
    }
  }

  async counters(addresses: ReadonlySet<string>): Promise<ServerCounters[]> {
    const asked = [...this.#nodes.values()].filter(({ ingress }) => (ingress?.ports.length ?? 0) > 0)
    const answers = await Promise.allSettled(asked.map(({ network }) => network.counters(addresses)))
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }

  rulesHave(services: ReadonlyMap<string, string>, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const answering = (): string[] => {
      const silent = silentNodes(this.#o.informers.for(Nodes).lister.list())
      return [...this.#nodes.keys()].filter((name) => !silent.has(name))
    }
    return this.#appliedServices.until(answering, services, addresses, signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    for (const remove of this.#removers) remove()
    this.#witness.stop()
    await Promise.all([...this.#nodes.values()].map(({ network }) => network.stop()))
  }

  #each(act: (node: NodeNetwork) => void): void {
    for (const { network } of this.#nodes.values()) act(network)
  }

  #noteEnding(pod: Frozen<Pod>): void {
    if (pod.metadata.deletionTimestamp === undefined) return
    const news = !this.#ending.has(pod.metadata.uid)
    this.#ending.set(pod.metadata.uid, pod)
    if (news) this.#each((node) => node.changed())
  }

  #nodesChanged(): void {
    this.#silence.changed(silentNodes(this.#o.informers.for(Nodes).lister.list()), this.#o.clock.monotonic())
    this.#each((node) => node.nodesChanged())
    this.#witness.look()
    this.#ingress.servingChanged()
    this.#ingress.answeringChanged()
    this.#appliedServices.look()
    this.#tellDrained()
  }

  /** Nobody waits for a node that does not answer: what it sends meanwhile, it sends in vain or to what still runs. */
  #tellDrained(): void {
    const silent = silentNodes(this.#o.informers.for(Nodes).lister.list())
    const applied = [...this.#nodes].filter(([name]) => !silent.has(name)).flatMap(([, node]) => (isProxying(node) ? [node.applied, node.proxied] : [node.applied]))
    if (applied.length === 0) return
    for (const pod of newlyDrained([...this.#ending.values()], applied)) {
      if (this.#told.has(pod.metadata.uid)) continue
      this.#told.add(pod.metadata.uid)
      this.#until(() => markDrained(this.#o, pod))
    }
  }

  #tellSilence(): void {
    const { informers, clock, recorder } = this.#o
    const silent = silentNodes(informers.for(Nodes).lister.list())
    const others = [...this.#nodes].filter(([name]) => !silent.has(name))
    for (const { node: name, afterMs } of this.#silence.news(others.map(([, state]) => state.silent), clock.monotonic())) {
      const count = informers.for(EndpointSlices).lister.list().flatMap((slice) => slice.endpoints).filter((endpoint) => endpoint.nodeName === name).length
      const node = informers.for(Nodes).lister.get('', name)
      if (count > 0 && node !== undefined) recorder?.event(node, 'Normal', 'EndpointsRemoved', `Its ${String(count)} endpoints left the Services' rules on ${others.map(([other]) => other).join(', ')}, ${afterMs.toFixed(0)} ms after it was found silent`)
    }
  }

  /** Writes to the API, again and again until it is written. */
  #until(write: () => Promise<void>): void {
    if (this.#stopping.signal.aborted) return
    write().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return
      this.#o.onError?.(error)
      this.#o.clock.setTimeout(() => this.#until(write), RETRY_MS)
    })
  }

  #tellPaths(name: string, state: KeptNode, { status, reason, message }: PathReport): void {
    const told = `${status} ${reason} ${message}`
    if (state.paths === told) return
    state.paths = told
    const condition = { type: POD_NETWORK, status, reason, message, lastTransitionTime: timestamp(this.#o.clock.now()) }
    this.#until(() => (this.#nodes.get(name) === state && state.paths === told ? writeCondition(this.#o.client, name, condition) : Promise.resolve()))
    const node = this.#o.informers.for(Nodes).lister.get('', name)
    if (status === 'False' && node !== undefined) this.#o.recorder?.event(node, 'Warning', 'PodNetwork', message)
  }

  async #reportHealth(name: string, problem: string | undefined): Promise<void> {
    await writeCondition(this.#o.client, name, {
      type: 'NetworkUnavailable', status: problem === undefined ? 'False' : 'True', reason: problem === undefined ? 'HelperConnected' : 'HelperUnavailable',
      message: problem ?? 'Services and DNS are in place on this node', lastTransitionTime: timestamp(this.#o.clock.now()),
    })
  }
}

/** A node that is kept, and what was last heard of it. */
interface KeptNode {
  network: NodeNetwork
  applied: Applied | undefined
  /** What its proxy serves, if that is known. */
  proxied: Applied | undefined
  ingress: NodeIngressState | undefined
  /** The challenges of CAs that it answers. */
  tokens: ReadonlySet<string>
  silent: ReadonlySet<string> | undefined
  health: string | undefined
  /** The condition `PodNetwork` as it was last told. */
  paths: string | undefined
  /** Its object is there, perhaps anew, and has heard of nothing. */
  added(): void
}

/** Is something sent to pods by its proxy, or is that not known yet? */
function isProxying({ ingress }: KeptNode): boolean {
  return ingress === undefined || ingress.ports.length > 0
}

/** What of a node decides how others reach its pods. */
function wayTo({ metadata: { annotations = {} }, spec, status }: Frozen<Node>): unknown {
  const said = [NETWORKS_ANNOTATION, MTU_ANNOTATION, WIREGUARD_KEY_ANNOTATION].map((name) => annotations[name])
  return [spec.podCIDR, status?.addresses, said, status?.conditions?.filter((c) => c.type === RESPONDING || c.type === PEERS_REACH).map((c) => c.status)]
}
