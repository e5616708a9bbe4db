import type Docker from 'dockerode'
import type { Clock } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { ServerCounters } from '../../common/kube/traffic.ts'
import { dnsRecords } from './dns-records.ts'
import type { DnsFiles } from './dns-records.ts'
import { ensureHelper } from './helper-container.ts'
import type { HelperOptions } from './helper-container.ts'
import { HelperError, HelperSession } from './helper-session.ts'
import type { LiveApiWay } from './api-service.ts'
import { serviceInput } from './cluster-view.ts'
import type { ClusterView } from './cluster-view.ts'
import { servedAddresses } from './ingress/ingress-model.ts'
import type { IngressModel } from './ingress/ingress-model.ts'
import { NodeIngress } from './ingress/node-ingress.ts'
import type { NodeIngressState } from './ingress/node-ingress.ts'
import { counterCommands, parseCounters } from './ingress/proxy-counters.ts'
import { lines } from './lines.ts'
import type { NodeNet } from './nft-rules.ts'
import { PathKeeper } from './path-follow.ts'
import type { PathReport } from './path-report.ts'
import { findPodBridge } from './pod-network.ts'
import type { PodBridge } from './pod-network.ts'
import { RulesKeeper } from './rules-follow.ts'
import type { ServiceInput } from './service-model.ts'
import { repeat, Signal } from './signal.ts'
import { deadFlows } from './stale-flows.ts'

/** An engine's right to change a node, against other engines. See engine/lease. */
export interface DrivingRight {
  /** Of the engine's term. */
  readonly epoch: number
  /** Before anything is touched. Rejects when the node is another engine's. */
  look(docker: Docker): Promise<void>
  /** Takes the node, on a new session that it is renewed on until that ends; resolves when it may be changed. Rejects when it is another engine's. */
  take(session: HelperSession): Promise<void>
}

/** What one node's network is told, and whom it tells. */
export interface NodeNetworkOptions extends HelperOptions {
  docker: Docker
  clock: Clock
  nodeName: string
  right: DrivingRight
  /** Resolves when `view` shows everything. */
  ready: Promise<unknown>
  clusterCidr: string
  serviceCidr: string
  /** See `NetworkNode`. */
  apiWay: LiveApiWay
  /** Reads the informers' caches. */
  view(): ClusterView
  /** Of all pods, also of those that end. */
  podAddresses(): ReadonlySet<string>
  /** The kernel of this node now has the rules of `view`; new connections go to `serving` only. */
  onApplied(view: ClusterView, serving: ReadonlySet<string>): void
  /** What the node's proxy has to serve; undefined: nothing, it need not run. */
  ingress(input: ServiceInput): IngressModel | undefined
  /** What the node's proxy does now, and with which rules (undefined: it does not run, or does not do what it should). */
  onIngress(state: NodeIngressState, applied: { view: ClusterView; serving: ReadonlySet<string>; model: IngressModel } | undefined): void
  /** The network works (undefined), or a sentence why it does not. Told at each change. */
  onHealth(problem: string | undefined): void
  /** See `PathKeeperOptions`. */
  onKey(key: string): void
  onPaths(report: PathReport): void
}

const BRIDGE_POLL_MS = 250
const FIRST_RETRY_MS = 100
// The helper waits 3 s after its start for an engine before it brings pods back by itself.
const MAX_RETRY_MS = 1_000
/** A session that lasted this long was no failure to connect. */
const STABLE_MS = 5_000

/** Keeps one node's rules and DNS as the cluster wants them: connects to its helper, sends what changed, and connects again. */
export class NodeNetwork {
  readonly #o: NodeNetworkOptions
  readonly #rulesDue = new Signal()
  readonly #dnsDue = new Signal()
  readonly #pathsDue = new Signal()
  readonly #flowsDue = new Signal()
  readonly #ingressDue = new Signal()
  readonly #rules: RulesKeeper
  readonly #paths: PathKeeper
  readonly #ingress: NodeIngress<{ model: IngressModel; seen: ClusterView }>
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  #side: HelperSession | undefined
  #problem: string | undefined | null = null

  constructor(options: NodeNetworkOptions) {
    this.#o = options
    const { clock, nodeName, apiWay, view, onKey, onPaths } = options
    this.#rules = new RulesKeeper({ nodeName, apiWay, view, onApplied: (seen, serving) => options.onApplied(seen, serving), onReport: (problem) => this.#report(problem) })
    this.#paths = new PathKeeper({ clock, nodeName, view, onKey, onReport: onPaths })
    this.#ingress = new NodeIngress({
      clock,
      look: () => {
        const seen = view()
        const model = this.#o.ingress(serviceInput(seen, nodeName))
        return model === undefined ? undefined : { model, seen }
      },
      onState: (state, looked) => this.#o.onIngress(state, looked === undefined ? undefined : { view: looked.seen, serving: servedAddresses(looked.model), model: looked.model }),
    })
    this.#done = this.#run()
  }

  /** The cluster changed in a way that rules or DNS may show. */
  changed(): void {
    this.#rulesDue.raise()
    this.#dnsDue.raise()
    this.#ingressDue.raise()
  }

  /** What the proxy serves may have changed, and nothing else. */
  ingressChanged(): void {
    this.#ingressDue.raise()
  }

  /** Pods are gone: what was sent to them is to be forgotten. */
  podsGone(): void {
    this.#flowsDue.raise()
  }

  /** Nodes came, went, fell silent or have other addresses, or shall be reached in another way. */
  nodesChanged(): void {
    this.changed()
    this.#pathsDue.raise()
  }

  /** What the node's proxy has counted of the places where these addresses are known. Nothing while the helper is away; rejects with HelperError where the proxy does not answer. */
  async counters(addresses: ReadonlySet<string>): Promise<ServerCounters[]> {
    const commands = counterCommands(this.#ingress.backends, addresses)
    if (commands === '' || this.#side === undefined) return []
    return parseCounters(this.#o.nodeName, await this.#side.request('counters', commands))
  }

  /** An open session with the node's helper, if there is one, for requests that may wait. */
  get session(): HelperSession | undefined {
    return this.#side
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    await this.#done
  }

  async #run(): Promise<void> {
    const { clock } = this.#o
    const { signal } = this.#stopping
    let retryMs = FIRST_RETRY_MS
    await Promise.race([this.#o.ready, aborted(signal)])
    while (!signal.aborted) {
      const began = clock.monotonic()
      try {
        await this.#serve(signal)
      } catch (error) {
        if (signal.aborted) return
        this.#report(messageOf(error))
      }
      if (clock.monotonic() - began > STABLE_MS) retryMs = FIRST_RETRY_MS
      await sleep(clock, retryMs, signal).catch(() => undefined)
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
    }
  }

  /** One session from its opening to its end, which is always an error. */
  async #serve(signal: AbortSignal): Promise<void> {
    const { docker, clock, clusterCidr, serviceCidr, right } = this.#o
    await right.look(docker)
    const helper = await ensureHelper(docker, this.#o)
    // Two sessions: a new DNS configuration takes half a second, and rules must not wait for it.
    const session = await HelperSession.open(docker, helper, clock, right.epoch)
    const side = await HelperSession.open(docker, helper, clock, right.epoch).catch((error: unknown) => {
      session.close()
      throw error
    })
    this.#side = side
    const others: HelperSession[] = []
    const ended = new AbortController()
    const end = (): void => ended.abort(new HelperError('the connection to the node helper has ended'))
    void session.closed.then(end)
    void side.closed.then(end)
    signal.addEventListener('abort', end, { once: true })
    const openAnother = async (): Promise<HelperSession> => {
      const another = await HelperSession.open(docker, helper, clock, right.epoch)
      others.push(another)
      void another.closed.then(end)
      return another
    }
    try {
      signal.throwIfAborted()
      await right.take(side)
      const bridge = await this.#podBridge(ended.signal)
      const node: NodeNet = { ...bridge, clusterCidr, serviceCidr, bridgeNetfilter: session.bridgeNetfilter }
      await session.request('node', `BRIDGE=${node.bridge}\nGATEWAY=${node.gateway}\nCLUSTER=${clusterCidr}\nSERVICES=${serviceCidr}\n`)
      await Promise.all([repeat(this.#rulesDue, ended, this.#rules.session(session, node)), this.#followDns(side, node, ended), this.#followPaths(side, node, ended), this.#followFlows(side, node, ended), this.#followIngress(side, openAnother, ended)])
    } finally {
      signal.removeEventListener('abort', end)
      this.#side = undefined
      for (const each of [session, side, ...others]) each.close()
    }
  }

  /** The agent makes it, once the node may be changed. */
  async #podBridge(signal: AbortSignal): Promise<PodBridge> {
    const { docker, clock, clusterId } = this.#o
    for (;;) {
      const bridge = await findPodBridge(docker, clusterId)
      if (bridge !== undefined) return bridge
      await sleep(clock, BRIDGE_POLL_MS, signal)
    }
  }

  async #followDns(side: HelperSession, node: NodeNet, ended: AbortController): Promise<void> {
    let sent: Partial<DnsFiles> = {}
    await repeat(this.#dnsDue, ended, async () => {
      const files = dnsRecords(serviceInput(this.#o.view(), this.#o.nodeName), node.gateway)
      if (files.hosts !== sent.hosts) await side.request('hosts', files.hosts)
      if (files.config !== sent.config) await side.request('dns', files.config)
      sent = files
    })
  }

  async #followPaths(side: HelperSession, node: NodeNet, ended: AbortController): Promise<void> {
    await repeat(this.#pathsDue, ended, this.#paths.session(side, node.gateway, ended.signal, () => this.#pathsDue.raise()))
  }

  /** At the beginning of a session, and when pods are gone. */
  async #followFlows(side: HelperSession, node: NodeNet, ended: AbortController): Promise<void> {
    await repeat(this.#flowsDue, ended, async () => {
      const backends = (await side.request('backends')).split('\n').filter((line) => line !== '')
      const dead = backends.length === 0 ? [] : deadFlows(backends, this.#o.podAddresses(), node)
      if (dead.length > 0) await side.request('flows', lines(dead))
    })
  }

  async #followIngress(side: HelperSession, open: () => Promise<HelperSession>, ended: AbortController): Promise<void> {
    await repeat(this.#ingressDue, ended, this.#ingress.session(side, open, ended.signal, () => this.#ingressDue.raise()))
  }

  #report(problem: string | undefined): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#o.onHealth(problem)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
}
