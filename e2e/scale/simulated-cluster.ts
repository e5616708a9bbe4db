import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src-main/common/clock.ts'
import type { Host } from '../../src-main/hosts/host.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { Namespaces, Nodes, Pods } from '../../src-main/common/kube/kinds.ts'
import { Api } from '../../src-main/engine/api/api.ts'
import { signingKeyOf } from '../../src-main/engine/api/authentication/signing-key.ts'
import { bootstrap } from '../../src-main/engine/api/bootstrap.ts'
import { kubernetesSchemas } from '../../src-main/engine/api/openapi/schemas.ts'
import { builtinKinds } from '../../src-main/engine/api/registry/builtin.ts'
import { usageMetricsKinds } from '../../src-main/engine/api/registry/usage-metrics.ts'
import type { NodeAccess } from '../../src-main/common/kube/node-access.ts'
import type { UsageSource } from '../../src-main/common/kube/usage.ts'
import type { Lister } from '../../src-main/engine/client/informer.ts'
import { SharedInformers } from '../../src-main/engine/client/informers.ts'
import { LocalClient } from '../../src-main/engine/client/local-client.ts'
import { EventBroadcaster } from '../../src-main/engine/client/recorder.ts'
import { startControllers } from '../../src-main/engine/controllers/index.ts'
import { startNodeAgent, type NodeAgent } from '../../src-main/engine/runtime/node/node-agent.ts'
import type { Behaviour } from '../../src-main/engine/runtime/simulated/simulated-containers.ts'
import { simulatedRuntime } from '../../src-main/engine/runtime/simulated/simulated-runtime.ts'
import { startScheduler } from '../../src-main/engine/scheduler/index.ts'
import { openStore } from '../../src-main/engine/store/open.ts'
import type { Store } from '../../src-main/engine/store/store.ts'
import { clusterAccess } from '../../src-main/engine/nodes/cluster-access.ts'
import { LiveCluster } from '../../src-main/services/cluster/live-cluster.ts'

/** What a simulated cluster is made with. */
export interface SimulatedOptions {
  nodes: number
  clock: Clock
  /** How long a node may be silent before it counts as lost. It says that it is there every 10 s. */
  nodeGraceMs: number
  /** What its autoscalers measure by, and `kubectl top` shows: nothing here uses anything by itself. */
  usage?: (pods: Lister<Pod>) => UsageSource
  /** How containers of an image behave that do not simply run. */
  behaviours?: Readonly<Record<string, Behaviour>>
  /** Where connections to pods' ports end (probes, port-forward). Default: nowhere, a simulated pod has no network. */
  dial?: Host['dial']
}

/** A node whose containers are only remembered; its agent is the real one, and may be away while they run on. */
interface SimulatedServer {
  name: string
  runtime: ReturnType<typeof simulatedRuntime>
  agent: NodeAgent | undefined
}

const CPUS = 16
const MEMORY_BYTES = 64 * 2 ** 30

/** The engine as the app composes it (the real store on a real disk, API, informers, controllers, scheduler, node agents), on servers that are simulated. */
export class SimulatedCluster {
  readonly client: LocalClient
  readonly informers: SharedInformers
  readonly live: LiveCluster
  readonly api: Api
  readonly store: Store
  /** What went wrong inside and was tried again. */
  readonly errors: unknown[] = []
  readonly #clock: Clock
  readonly #behaviours: Readonly<Record<string, Behaviour>>
  readonly #host: Host
  readonly #events: EventBroadcaster
  readonly #servers: SimulatedServer[] = []
  /** The last started ends first. */
  readonly #stops: (() => Promise<void>)[] = []
  #clusterId = ''

  private constructor(api: Api, store: Store, { clock, behaviours = {}, dial }: SimulatedOptions) {
    this.#behaviours = behaviours
    this.#host = dial === undefined ? NO_HOST : { ...NO_HOST, dial }
    this.api = api
    this.store = store
    this.#clock = clock
    this.client = new LocalClient(api)
    this.informers = new SharedInformers({ client: this.client, clock, onError: this.#onError })
    this.#events = new EventBroadcaster({ client: this.client, clock, onError: this.#onError })
    this.live = new LiveCluster(this.informers)
  }

  /** Resolves when every node is registered. */
  static async start(options: SimulatedOptions): Promise<SimulatedCluster> {
    const { nodes, clock, nodeGraceMs, usage } = options
    const dir = await mkdtemp(join(tmpdir(), 'toque-scale-'))
    const store = await openStore({ dir, encryptionKey: new Uint8Array(32), clock })
    const measured = usageMetricsKinds({ clock, usage: () => source, nodes: () => cluster.informers.for(Nodes).lister.list(), pods: (namespace) => cluster.informers.for(Pods).lister.list({ namespace }) })
    const api = new Api({ store, schemas: kubernetesSchemas, clock, kinds: [...builtinKinds(store), ...(usage === undefined ? [] : measured)] })
    await bootstrap(api)
    api.core.tokens.use(signingKeyOf('simulated'))
    const cluster = new SimulatedCluster(api, store, options)
    const source: UsageSource | undefined = usage?.(cluster.informers.for(Pods).lister)
    const stops = cluster.#stops
    stops.push(() => rm(dir, { recursive: true, force: true }), () => store.close(), () => cluster.informers.stop(), () => cluster.#events.stop())
    const parts = (user: string): Parameters<typeof startScheduler>[0] => ({
      client: new LocalClient(api, user), informers: cluster.informers, clock, recorder: (component) => cluster.#events.recorder(component), onError: cluster.#onError,
    })
    const controllers = await startControllers({ ...parts('system:kube-controller-manager'), nodeGraceMs, ca: 'simulated', resources: api.registry.all().map((kind) => kind.resource), onError: cluster.#onError, autoscaling: { usage: source } })
    stops.push(() => controllers.stop())
    const scheduler = await startScheduler(parts('system:kube-scheduler'))
    stops.push(() => scheduler.stop())
    cluster.#clusterId = (await cluster.client.get(Namespaces, '', 'kube-system')).metadata.uid
    for (let i = 1; i <= nodes; i++) await cluster.#addServer(`node-${String(i).padStart(3, '0')}`)
    return cluster
  }

  get nodes(): string[] {
    return this.#servers.map((s) => s.name)
  }

  /** Logs and ports of every pod, by the agent of its node. */
  get access(): NodeAccess {
    return clusterAccess(this.informers, (node) => this.#servers.find((s) => s.name === node)?.agent?.nodeAccess)
  }

  /** The agents of these nodes are gone without a word; what they started runs on. */
  async lose(names: readonly string[]): Promise<void> {
    await Promise.all(this.#named(names).map(async (server) => {
      await server.agent?.stop()
      server.agent = undefined
    }))
  }

  /** The agents are there again, and find on their nodes what they left. */
  async bringBack(names: readonly string[]): Promise<void> {
    await Promise.all(this.#named(names).map((server) => this.#startAgent(server)))
  }

  /** UIDs of the pods whose containers run, each as often as it has running ones, on all servers. */
  async running(): Promise<string[]> {
    const lists = await Promise.all(this.#servers.map((s) => s.runtime.containers.list()))
    return lists.flat().filter((c) => c.state === 'running' && c.labels['toque.dev/role'] === 'app').map((c) => c.labels['toque.dev/pod-uid'] ?? '')
  }

  async stop(): Promise<void> {
    await this.lose(this.nodes)
    for (const end of this.#stops.splice(0).reverse()) await end()
  }

  #onError = (error: unknown): void => void this.errors.push(error)

  #named(names: readonly string[]): SimulatedServer[] {
    return this.#servers.filter((s) => names.includes(s.name))
  }

  async #addServer(name: string): Promise<void> {
    const runtime = simulatedRuntime({ clusterId: this.#clusterId, clock: this.#clock, hostname: name, cpus: CPUS, memoryBytes: MEMORY_BYTES, behaviours: this.#behaviours })
    const server: SimulatedServer = { name, runtime, agent: undefined }
    this.#servers.push(server)
    // One after the other: each takes a pod network that no other has.
    await this.#startAgent(server)
  }

  async #startAgent(server: SimulatedServer): Promise<void> {
    const { name, runtime } = server
    server.agent = startNodeAgent({
      client: this.client, informers: this.informers, clock: this.#clock, clusterId: this.#clusterId, nodeName: name, runtime, host: this.#host, place: () => Promise.resolve({ address: '192.0.2.1', networks: [] }),
      recorder: this.#events.recorder('kubelet', name), onError: this.#onError,
    })
    await server.agent.ready
  }
}

const NO_HOST: Host = { description: 'simulated', docker: {} as never, another: () => NO_HOST, dial: () => Promise.reject(new Error('a simulated pod has no network')), close: () => Promise.resolve() }
