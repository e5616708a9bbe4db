import { join } from 'node:path'
import { homedir, hostname } from 'node:os'
import { sleep, systemClock } from './common/clock.ts'
import type { Clock } from './common/clock.ts'
import { errorText } from './common/error-text.ts'
import type { Contract, EngineState } from './common/contract/index.ts'
import { Namespaces } from './common/kube/kinds.ts'
import { Servers } from './common/kube/server.ts'
import type { NodeAccess } from './common/kube/node-access.ts'
import { LiveValue } from './common/rpc/live-value.ts'
import { ApiServer } from './engine/api/api-server.ts'
import { Api } from './engine/api/api.ts'
import { bootstrap } from './engine/api/bootstrap.ts'
import { kubernetesSchemas } from './engine/api/openapi/schemas.ts'
import { streamUpgrades } from './engine/api/streaming/upgrade-handler.ts'
import { SharedInformers } from './engine/client/informers.ts'
import { LocalClient } from './engine/client/local-client.ts'
import { LocalManifests } from './engine/client/local-manifests.ts'
import { EventBroadcaster } from './engine/client/recorder.ts'
import { startControllers } from './engine/controllers/index.ts'
import { startMetrics } from './engine/metrics/start-metrics.ts'
import { clusterAccess } from './engine/nodes/cluster-access.ts'
import { ServerManager } from './engine/nodes/server-manager.ts'
import { startNetwork } from './engine/network/start-network.ts'
import { startScheduler } from './engine/scheduler/index.ts'
import { Cipher } from './engine/store/cipher.ts'
import { openStore } from './engine/store/open.ts'
import { tellingFailures } from './engine/store/telling-failures.ts'
import { localDockerSocket } from './hosts/local-host.ts'
import { HandshakeGate } from './hosts/ssh/handshake-gate.ts'
import { HostKeyStore } from './hosts/ssh/host-key-store.ts'
import { LiveCluster } from './services/cluster/live-cluster.ts'
import { ToqueCluster } from './services/cluster/toque-cluster.ts'
import { SampledUsage } from './services/cluster/usage.ts'
import { makeDataDir } from './services/data-dir.ts'
import { fileKey } from './services/key-file.ts'
import { Desk } from './services/servers/desk.ts'
import { userKeys } from './services/servers/desk-keys.ts'
import { LocalServer } from './services/servers/local-server.ts'
import { LoginBook } from './services/servers/login-book.ts'
import { ServersService } from './services/servers/servers-service.ts'

/** What an engine is started with. */
export interface AppOptions {
  /** The cluster's state and its keys. One engine at a time may use it. */
  readonly dataDir: string
  /** The build's `resources` folder. */
  readonly resourcesDir: string
  /** Encrypts secrets at rest; undefined: the key file in the data directory. */
  readonly secretKey: Uint8Array | undefined
  /** Undefined: where this machine's Docker usually is. */
  readonly dockerSocket: string | undefined
  /** The server's address to others; undefined: this machine's. */
  readonly nodeAddress: string | undefined
  /** A cluster that has no servers yet begins with this machine's Docker. */
  readonly useLocal: boolean
}

/** A running engine. */
export interface App {
  readonly services: Pick<Contract, 'cluster' | 'clusters' | 'servers'>
  readonly state: LiveValue<EngineState>
  /** The file that kubectl reads. */
  readonly kubeconfig: string
  /** Ends every part, writes what waits, and leaves the containers running. */
  stop(): Promise<void>
}

/** The user in whose name the screens write, as the journal shows it. */
const DESK = { caller: { user: 'desk', groups: ['system:masters'] } }
const VERSION = '0.1.0'
/** The usual port of a Kubernetes API; any other when it is taken. */
const API_PORT = 6443
/** With TOQUE_DEBUG set, what goes wrong is told with its stack. */
const DEBUG = process.env['TOQUE_DEBUG'] !== undefined
/** How long a part may take to end. The desktop ends an engine that takes longer than 8 s for all of them. */
const STOP_PATIENCE_MS = 2_500

type Stop = () => Promise<void> | void

/**
 * The composition root: makes every part of the engine and hands each what it needs. Resolves when the API answers; Docker may come later.
 * Rejects with a sentence for people when it cannot run at all (the data directory is in use, the disk is full).
 */
export async function startApp(options: AppOptions): Promise<App> {
  const stops: Stop[] = []
  const stop = (): Promise<void> => endAll(stops.splice(0))
  try {
    return { ...(await start(options, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(options: AppOptions, stops: Stop[]): Promise<Omit<App, 'stop'>> {
  const clock = systemClock
  const { dataDir } = options
  makeDataDir(dataDir)
  const state = new LiveValue<EngineState>({ state: 'starting', docker: { state: 'connecting' } })
  const onError = (error: unknown, what?: unknown): void => console.error([what, errorText(error, DEBUG)].filter((part) => part !== undefined).join(': '))

  const secretKey = options.secretKey ?? fileKey(dataDir)
  const store = await openStore({ dir: join(dataDir, 'cluster'), encryptionKey: secretKey, clock })
  stops.push(() => store.close())
  // What keeps changes from being saved is told on every screen, as long as it lasts.
  const told = tellingFailures(store, (message) => state.set({ ...withoutMessage(state.get()), ...(message === undefined ? {} : { message }) }))
  const api = new Api({ store: told, schemas: kubernetesSchemas, clock })
  await bootstrap(api)
  const client = new LocalClient(api)
  const informers = new SharedInformers({ client, clock, onError })
  stops.push(() => informers.stop())
  const events = new EventBroadcaster({ client, clock, onError })
  stops.push(() => events.stop())

  const clusterId = (await client.get(Namespaces, '', 'kube-system')).metadata.uid
  let manager: ServerManager | undefined
  const access = clusterAccess(informers, (node) => manager?.access(node))
  const server = await listen(api, dataDir, clock, access)
  stops.push(() => server.stop())
  const network = startNetwork({ client, informers, clock, clusterId, helperRecipe: join(options.resourcesDir, 'node-helper'), recorder: events.recorder('toque-network'), onError })
  stops.push(() => network.stop())
  const metrics = startMetrics({ informers, clock })
  stops.push(() => metrics.stop())
  const local = new LocalServer({ socketPath: options.dockerSocket ?? (await localDockerSocket()), address: options.nodeAddress, apiPort: Number(new URL(server.url).port), clock })
  local.docker.onChange(() => state.set({ ...state.get(), docker: local.docker.get() }))
  stops.push(() => local.stop())
  const desk = new Desk({
    book: new LoginBook(join(dataDir, 'logins.json'), new Cipher(secretKey)), keys: userKeys(), gate: new HandshakeGate(),
    hostKeys: new HostKeyStore([join(dataDir, 'known_hosts'), join(homedir(), '.ssh', 'known_hosts')]),
  })
  if (options.useLocal) await local.join(client)
  const servers = manager = new ServerManager({
    client, informers, clock, clusterId, events, network, metrics, onError,
    open: ({ metadata: { name }, spec }) => (spec.local === true ? local.open() : desk.open(name, spec)),
  })
  stops.push(() => servers.stop())
  const live = new LiveCluster(informers)

  const recorder = (component: string): ReturnType<EventBroadcaster['recorder']> => events.recorder(component)
  const controllers = await startControllers({ client: new LocalClient(api, 'system:kube-controller-manager'), informers, clock, recorder, resources: api.registry.all().map((kind) => kind.resource), ca: server.ca, onError })
  stops.push(() => controllers.stop())
  const scheduler = await startScheduler({ client: new LocalClient(api, 'system:kube-scheduler'), informers, clock, recorder, onError })
  stops.push(() => scheduler.stop())

  const deskClient = new LocalClient(api, DESK.caller.user)
  const cluster = new ToqueCluster({
    info: { kind: 'toque', name: hostname(), version: VERSION, capabilities: ['servers'], kubeconfig: server.kubeconfig },
    client: deskClient, live, manifests: new LocalManifests(api, DESK), access, usage: new SampledUsage(metrics, live), clock,
  })
  const hasLocal = (await client.list(Servers)).items.some(({ spec }) => spec.local === true)
  state.set({ ...state.get(), state: 'running', ...(hasLocal ? {} : { docker: local.docker.get() }) })
  const serversService = new ServersService({ desk, manager: servers, client: deskClient, informers, live, clock })
  return { services: { cluster, clusters: { watchEngine: () => state.stream() }, servers: serversService }, state, kubeconfig: server.kubeconfig }
}

function withoutMessage({ state, docker }: EngineState): EngineState {
  return { state, docker }
}

/**
 * Ends the parts, the last started first: nothing loses what it stands on. One that fails or hangs (a pull, a Docker that does not answer)
 * keeps none of the others from ending; only the first, the store, is waited for to its end.
 */
async function endAll(stops: readonly Stop[]): Promise<void> {
  for (const [i, end] of [...stops.entries()].reverse()) {
    const over = new AbortController()
    const ended = Promise.resolve().then(end).catch((error: unknown) => console.error('stopping:', error)).finally(() => over.abort())
    await (i === 0 ? ended : Promise.race([ended, sleep(systemClock, STOP_PATIENCE_MS, over.signal).catch(() => undefined)]))
  }
}

async function listen(api: Api, dataDir: string, clock: Clock, nodes: NodeAccess): Promise<ApiServer> {
  const options = { api, dataDir, clock, nodes, upgrade: streamUpgrades(nodes, clock) }
  try {
    return await ApiServer.start({ ...options, port: API_PORT })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return ApiServer.start({ ...options, port: 0 })
  }
}
