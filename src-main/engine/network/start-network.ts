import { semanticEqual } from '../../common/kube/equal.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps, EndpointSlices, Nodes, Pods, Services } from '../../common/kube/kinds.ts'
import { MTU_ANNOTATION, NETWORKS_ANNOTATION, PEERS_REACH, RESPONDING, WIREGUARD_KEY_ANNOTATION } from '../../common/kube/node-conditions.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { LAST_MODE_ANNOTATION, NETWORK_CONFIG } from '../../common/kube/pod-network.ts'
import type { ServerCounters } from '../../common/kube/traffic.ts'
import { AppliedServices } from './applied-services.ts'
import { annotate, markDrained, writeCondition } from './api-writes.ts'
import type { ClusterView } from './cluster-view.ts'
import { EndingPods } from './ending-pods.ts'
import { IngressFollower } from './ingress/ingress-follow.ts'
import { KeptNode, RETRY_MS } from './kept-node.ts'
import type { WholeNetwork } from './kept-node.ts'
import type { Network, NetworkNode, NetworkOptions, NodeHandle } from './network.ts'
import type { NodeNetwork } from './node-network.ts'
import { silentNodes } from './silent-nodes.ts'
import { SilenceWatch } from './silence-news.ts'
import { PeerWitness } from './peer-witness.ts'
import { followMode } from './network-mode.ts'
import type { ModeFollower } from './network-mode.ts'
import { followPolicies } from './policy-follow.ts'
import type { PolicyFollower } from './policy-follow.ts'

export { HELPER_IMAGE } from '../../hosts/helper-image.ts'
export { helperContainers, removeHelper } from './helper-container.ts'
export type { DrivingRight } from './node-network.ts'
export type { HelperSession } from './helper-session.ts'
export type { Network, NetworkNode, NetworkOptions, NodeHandle } from './network.ts'

/** Keeps Services, DNS, routes and the drained condition of pods true on all nodes. Returns at once; waits for the informers by itself. */
export function startNetwork(options: NetworkOptions): Network {
  return new ClusterNetwork(options)
}

class ClusterNetwork implements Network {
  readonly #o: NetworkOptions
  readonly #ending = new EndingPods()
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
          this.#ending.forget(pod)
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

  addNode(node: NetworkNode): NodeHandle {
    const kept = new KeptNode(this.#whole(), node)
    this.#nodes.set(node.name, kept)
    kept.begin()
    return kept
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

  /** What its nodes see of it. */
  #whole(): WholeNetwork {
    return {
      options: this.#o, ingress: this.#ingress, synced: this.#synced,
      view: () => this.#view(),
      keeps: (node) => this.#nodes.get(node.name) === node,
      until: (write) => this.#until(write),
      onApplied: (node, view, serving) => {
        this.#appliedServices.applied(node.name, view.services, serving)
        this.#tellDrained()
        this.#tellSilence()
      },
      onProxied: () => {
        this.#tellDrained()
        this.#ingress.answeringChanged()
      },
      onLeft: (node) => {
        if (this.#nodes.get(node.name) === node) this.#nodes.delete(node.name)
        this.#ingress.servingChanged()
        this.#ingress.answeringChanged()
        if (!this.#nodes.has(node.name)) this.#appliedServices.forget(node.name)
      },
      onStopped: () => this.#tellDrained(),
    }
  }

  #view(): ClusterView {
    const { informers } = this.#o
    return {
      services: informers.for(Services).lister.list(), slices: informers.for(EndpointSlices).lister.list(), ending: this.#ending.list(),
      nodes: informers.for(Nodes).lister.list(), policy: this.#policies.view(), choice: this.#mode.choice(),
    }
  }

  #noteEnding(pod: Frozen<Pod>): void {
    if (this.#ending.note(pod)) this.#each((node) => node.changed())
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
    const applied = [...this.#nodes].filter(([name]) => !silent.has(name)).flatMap(([, node]) => (node.isProxying ? [node.applied, node.proxied] : [node.applied]))
    for (const pod of this.#ending.drained(applied)) this.#until(() => markDrained(this.#o, pod))
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
}

/** What of a node decides how others reach its pods. */
function wayTo({ metadata: { annotations = {} }, spec, status }: Frozen<Node>): unknown {
  const said = [NETWORKS_ANNOTATION, MTU_ANNOTATION, WIREGUARD_KEY_ANNOTATION].map((name) => annotations[name])
  return [spec.podCIDR, status?.addresses, said, status?.conditions?.filter((c) => c.type === RESPONDING || c.type === PEERS_REACH).map((c) => c.status)]
}
