import type { Clock, Timer } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { messageOf } from '../../../common/errors.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { milliCpu } from '../../../common/kube/quantity.ts'
import { ConfigMaps, Nodes, Pods, Secrets, Services } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { Host } from '../../../hosts/host.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ListedContainer, NodeRuntime, ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { dockerRuntime } from '../docker/docker-runtime.ts'
import type { NodeContext } from '../pod/node-context.ts'
import { PodWorker } from '../pod/pod-worker.ts'
import { AddressPool } from './address-pool.ts'
import { machineAddress, machineNetworks } from './host-networks.ts'
import { removeLeftovers, removeOrphans } from './housekeeping.ts'
import { nodeAccess } from './node-access.ts'
import { NodeRegistration } from './node-registration.ts'
import { choosePodCidr } from './pod-cidr.ts'
import { cachedSources, inService, watchSources } from './pod-sources.ts'
import { StatusWriter } from './status-writer.ts'

/** The guard behind the event stream: everything is listed this often. */
const RELIST_MS = 60_000
const RETRY_MS = 1_000

export interface NodeAgentOptions {
  client: Client
  informers: Informers
  host: Host
  clock: Clock
  /** The Node object's name. */
  nodeName: string
  /** The UID of the kube-system namespace: containers of other clusters are never touched. */
  clusterId: string
  recorder: EventRecorder
  /** What went wrong inside and is tried again. Docker being away is not told here: the Node says it. */
  onError: (error: unknown) => void
  /** The node's address to others. Default: this machine's. */
  hostIP?: string
  /** Networks that the pods' must not meet, besides Docker's. Default: this machine's. */
  takenNetworks?: readonly string[]
  /** Default: Docker on the host. */
  runtime?: NodeRuntime
}

/** A running node agent. */
export interface NodeAgent {
  readonly nodeAccess: NodeAccess
  /** Resolves when the node is registered and has taken over what runs on it. Waits as long as Docker is away. */
  readonly ready: Promise<void>
  /** Stops watching; every container stays as it is. */
  stop(): Promise<void>
}

/** Starts the agent of one node: registers it and keeps the pods that are bound to it. */
export function startNodeAgent(options: NodeAgentOptions): NodeAgent {
  return new Agent(options)
}

class Agent implements NodeAgent {
  readonly nodeAccess: NodeAccess
  readonly ready: Promise<void>
  readonly #options: NodeAgentOptions
  readonly #runtime: NodeRuntime
  readonly #statuses: StatusWriter
  readonly #registration: NodeRegistration
  readonly #workers = new Map<string, PodWorker>()
  readonly #abort = new AbortController()
  readonly #following: Promise<void>
  readonly #ends: (() => void)[] = []
  #context: NodeContext | undefined
  /** Events that came before the workers were there. */
  #early: RuntimeEvent[] | undefined = []
  #relistTimer: Timer | undefined
  #relisting: Promise<void> = Promise.resolve()
  #becameReady: () => void = () => undefined

  constructor(options: NodeAgentOptions) {
    this.#options = options
    const { client, clock, host, nodeName: name, onError } = options
    this.#runtime = options.runtime ?? dockerRuntime(host, options.clusterId, clock)
    this.#statuses = new StatusWriter(client, clock, onError)
    this.#registration = new NodeRegistration({ client, clock, name, resources: this.#runtime.resources, onError })
    this.nodeAccess = nodeAccess(this.#runtime, (address, port, signal) => host.dial(address, port, signal), clock, (namespace, pod) => this.#find(namespace, pod))
    this.ready = new Promise((resolve) => (this.#becameReady = resolve))
    this.#following = this.#runtime.containers.follow({
      onConnected: () => this.#relist(),
      onEvent: (event) => this.#onEvent(event),
      onDisconnected: (error) => this.#registration.unreachable(whyAway(error)),
    }, this.#abort.signal)
    this.#following.catch(onError)
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the node agent stops'))
    // First whatever could still make workers and handlers: a take-over may be under way.
    await Promise.all([this.#following, this.#relisting])
    this.#relistTimer?.cancel()
    for (const end of this.#ends) end()
    await Promise.all([this.#registration.stop(), ...[...this.#workers.values()].map((w) => w.stop())])
    await this.#statuses.stop()
  }

  #find(namespace: string, name: string): PodWorker | undefined {
    const pod = this.#options.informers.for(Pods).lister.get(namespace, name)
    return pod === undefined ? undefined : this.#workers.get(pod.metadata.uid)
  }

  #onEvent(event: RuntimeEvent): void {
    if (this.#early !== undefined) this.#early.push(event)
    else this.#workers.get(event.labels[DockerLabel.podUid] ?? '')?.onEvent(event)
  }

  /** Lists everything: the first time to take over, later as a guard. One at a time; again by itself when Docker is away. */
  #relist(): void {
    this.#relisting = this.#relisting.then(async () => {
      this.#relistTimer?.cancel()
      let next = RELIST_MS
      try {
        if (this.#abort.signal.aborted) return
        this.#context ??= await this.#setUp()
        await this.#compare()
      } catch (error) {
        if (!(error instanceof DockerUnreachableError)) this.#options.onError(error)
        next = RETRY_MS
      }
      if (!this.#abort.signal.aborted) this.#relistTimer = this.#options.clock.setTimeout(() => this.#relist(), next)
    })
  }

  async #compare(): Promise<void> {
    const listed = await this.#runtime.containers.list()
    const byPod = new Map<string, ListedContainer[]>()
    for (const c of listed) {
      const uid = c.labels[DockerLabel.podUid] ?? ''
      byPod.set(uid, [...(byPod.get(uid) ?? []), c])
    }
    for (const [uid, worker] of this.#workers) worker.relist(byPod.get(uid) ?? [])
    const orphans = listed.filter((c) => !this.#isAlive(c.labels[DockerLabel.podUid] ?? ''))
    if (orphans.length > 0) await removeOrphans(this.#runtime, orphans)
    await removeLeftovers(this.#runtime, (uid) => this.#isAlive(uid))
  }

  #isAlive(uid: string): boolean {
    return this.#workers.has(uid)
  }

  /** The first time that Docker answers. */
  async #setUp(): Promise<NodeContext> {
    const { client, clock, informers, host, nodeName, clusterId, recorder, onError } = this.#options
    const { resources, images, streams } = this.#runtime
    await Promise.all([informers.for(Pods).synced, informers.for(ConfigMaps).synced, informers.for(Secrets).synced, informers.for(Services).synced])
    const info = await resources.info()
    const network = await resources.podNetwork() ?? await resources.createPodNetwork(await this.#chooseCidr())
    const [sandboxImage, listedImages, listed] = await Promise.all([images.ensureSandbox(), images.list(), this.#runtime.containers.list()])
    const hostIP = this.#options.hostIP ?? machineAddress()
    await this.#registration.register(hostIP, info, network, listedImages)
    const node = await client.get(Nodes, '', nodeName)
    const { cpu, memory } = node.status?.allocatable ?? {}
    const context: NodeContext = {
      facts: {
        name: nodeName, clusterId, hostIP, sandboxImage, network: { name: network.name, gateway: network.gateway },
        volumesRoot: `${info.rootDir}/volumes`, allocatable: { cpuMilli: milliCpu(cpu), memoryBytes: memory === undefined ? 0 : info.memoryBytes },
      },
      runtime: this.#runtime,
      tools: { dial: (address, port, signal) => host.dial(address, port, signal), exec: (id, o) => streams.exec(id, o) },
      sources: cachedSources(informers),
      addresses: new AddressPool(network.cidr),
      clock, recorder, onError,
      inService: (pod) => inService(informers, pod),
      writeStatus: (pod, status) => this.#statuses.write(pod, status),
      confirmDeleted: async (pod) => {
        await deleteIfThere(client, Pods, pod, { gracePeriodSeconds: 0 })
      },
      forget: (uid) => this.#workers.delete(uid),
    }
    await this.#takeOver(context, listed)
    this.#becameReady()
    return context
  }

  async #chooseCidr(): Promise<string> {
    const { client, nodeName, takenNetworks } = this.#options
    const nodes = (await client.list(Nodes)).items
    const before = nodes.find((n) => n.metadata.name === nodeName)?.spec.podCIDR
    const taken = [
      ...await this.#runtime.resources.takenNetworks(), ...(takenNetworks ?? machineNetworks()),
      ...nodes.filter((n) => n.metadata.name !== nodeName).flatMap((n) => n.spec.podCIDR ?? []),
    ]
    // A node that lost its network gets the same one again where it still can.
    return before !== undefined && !taken.includes(before) ? before : choosePodCidr(taken)
  }

  /** Adopts what runs, then follows the pods of this node. */
  async #takeOver(context: NodeContext, listed: readonly ListedContainer[]): Promise<void> {
    const { informers, nodeName } = this.#options
    const found = new Map<string, ObservedContainer[]>()
    await Promise.all(listed.map(async (c) => {
      const seen = await this.#runtime.containers.inspect(c.id)
      const uid = seen?.labels[DockerLabel.podUid]
      if (seen === undefined || uid === undefined) return
      found.set(uid, [...(found.get(uid) ?? []), seen])
      if (seen.address !== undefined) context.addresses.take(uid, seen.address)
    }))
    const add = (pod: Frozen<Pod>): void => {
      const { uid } = pod.metadata
      if (this.#workers.has(uid)) return
      this.#workers.set(uid, new PodWorker(context, pod, found.get(uid) ?? []))
      found.delete(uid)
    }
    const end = informers.for(Pods).addNodeHandler(nodeName, {
      onAdd: add,
      onUpdate: (pod) => {
        const worker = this.#workers.get(pod.metadata.uid)
        if (worker === undefined) add(pod)
        else worker.update(pod)
      },
      onDelete: (pod) => this.#workers.get(pod.metadata.uid)?.abandon(),
    })
    this.#ends.push(end, watchSources(informers, () => [...this.#workers.values()].map((w) => w.pod), (uid) => this.#workers.get(uid)?.sourcesChanged()))
    const early = this.#early ?? []
    this.#early = undefined
    for (const event of early) this.#onEvent(event)
  }
}

/** Why Docker's events ended, as a sentence: a connection that breaks only says "aborted". */
function whyAway(error: unknown): string {
  if (error instanceof DockerUnreachableError) return error.message
  return `The connection to Docker broke off (${messageOf(error)}): it stopped, or is being started again. Its containers are looked at as soon as it answers.`
}
