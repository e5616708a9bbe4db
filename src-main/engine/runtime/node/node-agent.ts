import type { Clock, Timer } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { milliCpu } from '../../../common/kube/quantity.ts'
import { ConfigMaps, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, RuntimeClasses, Secrets, Services } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { Host } from '../../../hosts/host.ts'
import { machinePlace } from '../../../hosts/machine-networks.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { NodeRuntime } from '../container-runtime.ts'
import type { ContainerHolds } from '../container-holds.ts'
import { dockerRuntime } from '../docker/docker-runtime.ts'
import { noSupply } from '../pod/image-supply.ts'
import type { ImageSupply } from '../pod/image-supply.ts'
import type { NodeContext } from '../pod/node-context.ts'
import { AddressPool } from './address-pool.ts'
import { declaresGpus, devicesOf, GpuPool } from './gpu-pool.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Answer } from './heartbeat.ts'
import { nodeAccess } from './node-access.ts'
import { NodeImages } from './node-images.ts'
import { NodePods } from './node-pods.ts'
import { NodeRegistration } from './node-registration.ts'
import { choosePodNetwork } from './choose-pod-network.ts'
import { NodeVolumes } from './node-volumes.ts'
import { cachedClaims, cachedSources, inService } from './pod-sources.ts'
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
  /** Where the node is. Default: on this machine. Asked when Docker answers. */
  place?: () => Promise<NodePlace>
  /** Runs one node's choice of addresses at a time, where several agents share a cluster. Default: at once. */
  oneByOne?: <T>(choose: () => Promise<T>) => Promise<T>
  /** Is it a server of its own, whose silence is to be noticed at once? Default: this machine, which is silent only together with us. */
  remote?: boolean
  /** Where images come from that no registry gives. Default: nowhere. */
  supply?: ImageSupply
  /** Removes from a full disk what nothing needs; true when something was removed. Default: there is nothing to remove. */
  makeRoom?: () => Promise<boolean>
  /** Which of its containers are held still; absent: none ever are. */
  holds?: ContainerHolds
  /** Default: Docker on the host. */
  runtime?: NodeRuntime
}

/** Where a node is among networks. */
export interface NodePlace {
  /** Its address to others. */
  address: string
  /** Its server's own networks, which pods' addresses must not meet (CIDRs), besides Docker's. */
  networks: readonly string[]
  /** The largest packet that reaches other nodes, bytes; undefined: Docker's default. */
  mtu?: number
  /** Further labels: its zone. */
  labels?: Readonly<Record<string, string>>
}

/** A running node agent. */
export interface NodeAgent {
  readonly nodeAccess: NodeAccess
  /** Resolves when the node is registered and has taken over what runs on it. Waits as long as Docker is away. */
  readonly ready: Promise<void>
  /** The node's disk has room again: pods that wait for that are tried at once. */
  roomMade(): void
  /** Ends a pod of the node for good: Failed, with the reason Evicted. Does nothing where it is not (any more). */
  evict(podUid: string, message: string): void
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
  readonly #heartbeat: Heartbeat
  #images: NodeImages | undefined
  #volumes: NodeVolumes | undefined
  readonly #pods: NodePods
  readonly #abort = new AbortController()
  readonly #following: Promise<void>
  #context: NodeContext | undefined
  /** Changes between answering and silence, and those after which everything on the server was looked at: nothing is said of its pods between. */
  #turns = 0
  #seenAfter = 0
  #relistTimer: Timer | undefined
  #relisting: Promise<void> = Promise.resolve()
  #becameReady: () => void = () => undefined

  constructor(options: NodeAgentOptions) {
    this.#options = options
    const { client, clock, host, nodeName: name, onError } = options
    this.#runtime = options.runtime ?? dockerRuntime(host, options.clusterId, clock, options.holds)
    this.#pods = new NodePods({ runtime: this.#runtime, informers: options.informers, nodeName: name, recorder: options.recorder })
    this.#statuses = new StatusWriter(client, clock, onError)
    this.#registration = new NodeRegistration({ client, clock, name, resources: this.#runtime.resources, recorder: options.recorder, onError })
    this.#heartbeat = new Heartbeat({ clock, ping: () => this.#runtime.resources.ping(), isSilence: (error) => error instanceof DockerUnreachableError && error.silent, say: (answer) => this.#hear(answer) })
    this.nodeAccess = nodeAccess(this.#runtime, (address, port, signal) => host.dial(address, port, signal), clock, (namespace, pod) => this.#pods.find(namespace, pod))
    this.ready = new Promise((resolve) => (this.#becameReady = resolve))
    this.#following = this.#runtime.containers.follow({
      onConnected: () => this.#relist(),
      onEvent: (event) => this.#pods.onEvent(event),
      onDisconnected: (error) => this.#registration.unreachable(whyAway(error)),
    }, this.#abort.signal)
    this.#following.catch(onError)
    // Not only once Docker has answered: a server that was lost while no engine ran never will.
    if (options.remote === true) this.#heartbeat.start()
  }

  roomMade(): void {
    this.#pods.roomMade()
  }

  evict(podUid: string, message: string): void {
    this.#pods.evict(podUid, message)
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the node agent stops'))
    // First whatever could still make workers and handlers: a take-over may be under way.
    await Promise.all([this.#following, this.#relisting])
    this.#relistTimer?.cancel()
    this.#pods.unfollow()
    this.#heartbeat.stop()
    await Promise.all([this.#registration.stop(), this.#images?.stop(), this.#volumes?.stop(), this.#pods.stop()])
    await this.#statuses.stop()
  }

  #hear(answer: Answer): void {
    this.#turns += 1
    this.#registration.responding(answer)
    if (answer.heard) this.#relist()
  }

  /** Lists everything: the first time to take over, later as a guard. One at a time; again by itself when Docker is away. */
  #relist(): void {
    this.#relisting = this.#relisting.then(async () => {
      this.#relistTimer?.cancel()
      let next = RELIST_MS
      try {
        if (this.#abort.signal.aborted) return
        const turns = this.#turns
        const isNew = this.#context === undefined
        if (this.#context === undefined) this.#context = await this.#setUp()
        else {
          await this.#standAgain()
          this.#volumes?.again()
        }
        await this.#pods.compare(!isNew && turns !== this.#seenAfter)
        await this.#seen(turns)
      } catch (error) {
        if (!(error instanceof DockerUnreachableError)) this.#options.onError(error)
        next = RETRY_MS
      }
      if (!this.#abort.signal.aborted) this.#relistTimer = this.#options.clock.setTimeout(() => this.#relist(), next)
    })
  }

  /** After a silence: first what became of the pods, then that the server is back. Not when it fell silent meanwhile. */
  async #seen(turns: number): Promise<void> {
    if (turns === this.#seenAfter || turns !== this.#turns) return
    this.#seenAfter = turns
    this.#pods.sayStatuses()
    await this.#statuses.written()
    await this.#registration.seen()
  }

  /** The first time that Docker answers. */
  async #setUp(): Promise<NodeContext> {
    const { client, clock, informers, host, nodeName, clusterId, recorder, onError } = this.#options
    const { resources, images, streams } = this.#runtime
    await Promise.all([informers.for(Pods).synced, informers.for(ConfigMaps).synced, informers.for(Secrets).synced, informers.for(Services).synced,
      informers.for(PersistentVolumeClaims).synced, informers.for(PersistentVolumes).synced, informers.for(RuntimeClasses).synced])
    const info = await resources.info()
    const place = await this.#place()
    const [sandboxImage, listedImages, listed] = await Promise.all([images.ensureSandbox(), images.list(), this.#runtime.containers.list()])
    const network = await this.#choose(async () => {
      const chosen = await choosePodNetwork({ client, nodeName, resources }, place)
      await this.#registration.register(place, info, chosen, listedImages)
      return chosen
    })
    const hostIP = place.address
    this.#images ??= new NodeImages({ client, clock, name: nodeName, images, onError: (error) => { if (!(error instanceof DockerUnreachableError)) onError(error) } })
    this.#volumes ??= new NodeVolumes({ client, informers, clock, recorder, runtime: this.#runtime, node: nodeName, clusterId, sandboxImage, onError })
    const node = await client.get(Nodes, '', nodeName)
    const { cpu, memory } = node.status?.allocatable ?? {}
    const own = (): Frozen<Node> | undefined => informers.for(Nodes).lister.get('', nodeName)
    const context: NodeContext = {
      facts: {
        name: nodeName, clusterId, hostIP, sandboxImage, network: { name: network.name, gateway: network.gateway },
        volumesRoot: `${info.rootDir}/volumes`, allocatable: { cpuMilli: milliCpu(cpu), memoryBytes: memory === undefined ? 0 : info.memoryBytes },
      },
      runtime: this.#runtime,
      tools: { dial: (address, port, signal) => host.dial(address, port, signal), exec: (id, o) => streams.exec(id, o) },
      sources: cachedSources(informers),
      token: ({ metadata: { namespace = '', name, uid }, spec }, wanted) => client.requestToken(namespace, spec.serviceAccountName ?? 'default', { ...wanted, boundTo: { kind: 'Pod', name, uid } }),
      claims: cachedClaims(informers),
      supply: this.#options.supply ?? noSupply,
      imageNotes: this.#images,
      makeRoom: this.#options.makeRoom ?? (() => Promise.resolve(false)),
      addresses: new AddressPool(network.cidr),
      gpus: new GpuPool({ devices: () => devicesOf(own()), declaredOnly: () => declaresGpus(own()), isOver: (uid) => this.#pods.isOver(uid) }),
      clock, recorder, onError,
      inService: (pod) => inService(informers, pod),
      writeStatus: (pod, status) => { if (this.#turns === this.#seenAfter) this.#statuses.write(pod, status) },
      confirmDeleted: async (pod) => {
        await deleteIfThere(client, Pods, pod, { gracePeriodSeconds: 0 })
      },
      forget: (uid) => this.#pods.forget(uid),
    }
    await this.#pods.takeOver(context, listed)
    this.#becameReady()
    return context
  }

  /** A Docker that was emptied under us (a new disk, another data directory) gets again what pods stand on. */
  async #standAgain(): Promise<void> {
    const { resources, images } = this.#runtime
    const [network] = await Promise.all([resources.podNetwork(), images.ensureSandbox()])
    if (network === undefined) await this.#choose(async () => choosePodNetwork({ client: this.#options.client, nodeName: this.#options.nodeName, resources }, await this.#place()))
  }

  #place(): Promise<NodePlace> {
    return this.#options.place === undefined ? Promise.resolve(machinePlace()) : this.#options.place()
  }

  /** Addresses are chosen for one node at a time. */
  #choose<T>(choose: () => Promise<T>): Promise<T> {
    return this.#options.oneByOne === undefined ? choose() : this.#options.oneByOne(choose)
  }
}

/** Why Docker's events ended, as a sentence: a connection that breaks only says "aborted". */
function whyAway(error: unknown): string {
  if (error instanceof DockerUnreachableError) return error.message
  return `The connection to Docker broke off (${messageOf(error)}): it stopped, or is being started again. Its containers are looked at as soon as it answers.`
}
