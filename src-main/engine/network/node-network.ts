import type Docker from 'dockerode'
import type { Clock } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { Node, Pod, Service } from '../../common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../common/kube/generated/discovery-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { dnsRecords } from './dns-records.ts'
import type { DnsFiles } from './dns-records.ts'
import { ensureHelper } from './helper-container.ts'
import type { HelperOptions } from './helper-container.ts'
import { HelperError, HelperSession } from './helper-session.ts'
import { apiBackend, withApi } from './api-service.ts'
import { compileRules } from './nft-rules.ts'
import type { NodeNet } from './nft-rules.ts'
import { compileRoutes, peersOf, silentNodes } from './peers.ts'
import { findPodBridge } from './pod-network.ts'
import { policyModel } from './policy-model.ts'
import type { PolicyInput } from './policy-model.ts'
import { compilePolicies, policyProblem } from './policy-rules.ts'
import { servingAddresses, serviceModel } from './service-model.ts'
import type { ServiceInput, ServicePortModel } from './service-model.ts'
import { Signal } from './signal.ts'
import { staleFlows, unansweredFlows } from './stale-flows.ts'

/** The cluster as the network sees it, at one moment. */
export interface ClusterView {
  services: readonly Frozen<Service>[]
  slices: readonly Frozen<EndpointSlice>[]
  /** Pods whose deletion has begun. */
  ending: readonly Frozen<Pod>[]
  nodes: readonly Frozen<Node>[]
  policy: PolicyInput
}

/** What one node's network is told, and whom it tells. */
export interface NodeNetworkOptions extends HelperOptions {
  docker: Docker
  clock: Clock
  nodeName: string
  /** Resolves when `view` shows everything. */
  ready: Promise<unknown>
  clusterCidr: string
  serviceCidr: string
  /** The API's port on 127.0.0.1 of the machine this runs on; 0 for none. */
  apiPort: number
  /** Reads the informers' caches. */
  view(): ClusterView
  /** The kernel of this node now has the rules of `view`; new connections go to `serving` only. */
  onApplied(view: ClusterView, serving: ReadonlySet<string>): void
  /** The network works (undefined), or a sentence why it does not. Told at each change. */
  onHealth(problem: string | undefined): void
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
  readonly #routesDue = new Signal()
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  #side: HelperSession | undefined
  #problem: string | undefined | null = null

  constructor(options: NodeNetworkOptions) {
    this.#o = options
    this.#done = this.#run()
  }

  /** The cluster changed in a way that rules or DNS may show. */
  changed(): void {
    this.#rulesDue.raise()
    this.#dnsDue.raise()
  }

  /** Nodes came, went, fell silent or have other addresses. */
  nodesChanged(): void {
    this.changed()
    this.#routesDue.raise()
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
    const { docker, clock, clusterCidr, serviceCidr } = this.#o
    const helper = await ensureHelper(docker, this.#o)
    let bridge = await findPodBridge(docker, this.#o.clusterId)
    while (bridge === undefined) {
      await sleep(clock, BRIDGE_POLL_MS, signal)
      bridge = await findPodBridge(docker, this.#o.clusterId)
    }
    // Two sessions: a new DNS configuration takes half a second, and rules must not wait for it.
    const session = await HelperSession.open(docker, helper, clock)
    const side = await HelperSession.open(docker, helper, clock).catch((error: unknown) => {
      session.close()
      throw error
    })
    this.#side = side
    const ended = new AbortController()
    const end = (): void => ended.abort(new HelperError('the connection to the node helper has ended'))
    void session.closed.then(end)
    void side.closed.then(end)
    signal.addEventListener('abort', end, { once: true })
    try {
      signal.throwIfAborted()
      const node: NodeNet = { ...bridge, clusterCidr, serviceCidr, bridgeNetfilter: session.bridgeNetfilter }
      await session.request('node', `BRIDGE=${node.bridge}\nGATEWAY=${node.gateway}\nCLUSTER=${clusterCidr}\nSERVICES=${serviceCidr}\n`)
      await Promise.all([this.#followRules(session, node, ended), this.#followDns(side, node, ended), this.#followRoutes(side, node, ended)])
    } finally {
      signal.removeEventListener('abort', end)
      this.#side = undefined
      session.close()
      side.close()
    }
  }

  async #followRules(session: HelperSession, node: NodeNet, ended: AbortController): Promise<void> {
    let sent = ''
    let before: readonly ServicePortModel[] = []
    let knownSilent: ReadonlySet<string> = new Set()
    await repeat(this.#rulesDue, ended, async () => {
      const view = this.#o.view()
      const input = this.#input(view)
      const models = withApi(serviceModel(input), apiBackend(node.gateway, this.#o.apiPort))
      const policy = policyModel(view.policy, this.#o.nodeName, node.gateway)
      const policyNet = { ...node, bridgeFilter: session.bridgeFilter }
      // One text: both change in one transaction, and both come back after a reboot.
      const rules = compileRules(models, node) + compilePolicies(policy, policyNet)
      if (rules !== sent) {
        const stale = [...staleFlows(before, models), ...unansweredFlows(view.slices, input.silentNodes, knownSilent)]
        await session.request('rules', rules)
        if (stale.length > 0) await session.request('flows', stale.map((line) => `${line}\n`).join(''))
        sent = rules
      }
      before = models
      knownSilent = input.silentNodes
      this.#o.onApplied(view, servingAddresses(models))
      this.#report(policyProblem(policy, policyNet))
    })
  }

  async #followDns(side: HelperSession, node: NodeNet, ended: AbortController): Promise<void> {
    let sent: Partial<DnsFiles> = {}
    await repeat(this.#dnsDue, ended, async () => {
      const files = dnsRecords(this.#input(this.#o.view()), node.gateway)
      if (files.hosts !== sent.hosts) await side.request('hosts', files.hosts)
      if (files.config !== sent.config) await side.request('dns', files.config)
      sent = files
    })
  }

  async #followRoutes(side: HelperSession, node: NodeNet, ended: AbortController): Promise<void> {
    let sent: string | undefined
    await repeat(this.#routesDue, ended, async () => {
      const routes = compileRoutes(peersOf(this.#o.view().nodes, this.#o.nodeName), node.gateway)
      if (routes !== sent) await side.request('routes', routes)
      sent = routes
    })
  }

  #input(view: ClusterView): ServiceInput {
    const { services, slices, nodes, ending } = view
    return { services, slices, nodeName: this.#o.nodeName, endingPods: new Set(ending.map((pod) => pod.metadata.uid)), silentNodes: silentNodes(nodes) }
  }

  #report(problem: string | undefined): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#o.onHealth(problem)
  }
}

/** Does `work` now and whenever the signal is raised, until `ended` is aborted (by this, too, when it fails): then it throws the reason. */
async function repeat(due: Signal, ended: AbortController, work: () => Promise<void>): Promise<never> {
  ended.signal.addEventListener('abort', () => due.raise(), { once: true })
  due.raise()
  try {
    for (;;) {
      await due.wait()
      ended.signal.throwIfAborted()
      await work()
    }
  } catch (error) {
    ended.abort(error)
    throw ended.signal.reason
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
}
