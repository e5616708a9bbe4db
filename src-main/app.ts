import { statSync } from 'node:fs'
import { join } from 'node:path'
import { homedir, hostname } from 'node:os'
import { sleep, systemClock } from './common/clock.ts'
import type { Clock } from './common/clock.ts'
import { errorText } from './common/error-text.ts'
import { StatusError } from './common/errors.ts'
import type { Contract, EngineState } from './common/contract/index.ts'
import { HorizontalPodAutoscalers, Nodes, Pods } from './common/kube/kinds.ts'
import { secretsOfImage } from './common/kube/image-notes.ts'
import type { Frozen } from './common/kube/object.ts'
import { Servers } from './common/kube/server.ts'
import type { Server } from './common/kube/server.ts'
import type { NodeAccess } from './common/kube/node-access.ts'
import type { UsageSource } from './common/kube/usage.ts'
import { LiveValue } from './common/rpc/live-value.ts'
import { startDriving } from './drive.ts'
import type { DriveContext, RunningDrive } from './drive.ts'
import { ApiServer, pkiDir } from './engine/api/api-server.ts'
import type { ApiServerOptions } from './engine/api/api-server.ts'
import { Api } from './engine/api/api.ts'
import { bootstrap } from './engine/api/bootstrap.ts'
import { builtinKinds } from './engine/api/registry/builtin.ts'
import { usageMetricsKinds } from './engine/api/registry/usage-metrics.ts'
import { kubernetesSchemas } from './engine/api/openapi/schemas.ts'
import { adoptAuthority, readAuthority } from './engine/api/pki/pki.ts'
import type { Identity } from './engine/api/pki/pki.ts'
import { streamUpgrades } from './engine/api/streaming/upgrade-handler.ts'
import { SharedInformers } from './engine/client/informers.ts'
import { LocalClient } from './engine/client/local-client.ts'
import { LocalManifests } from './engine/client/local-manifests.ts'
import { LocalResources } from './engine/client/local-resources.ts'
import { EventBroadcaster } from './engine/client/recorder.ts'
import { MetricsPagesSource } from './engine/metrics/exposition/metrics-pages.ts'
import { startMetrics } from './engine/metrics/start-metrics.ts'
import { usageSource } from './engine/metrics/usage-source.ts'
import { clusterAccess } from './engine/nodes/cluster-access.ts'
import { ClusterImages } from './engine/nodes/images/cluster-images.ts'
import { dockerImagePlace } from './engine/nodes/images/docker-image-place.ts'
import { podPages } from './engine/nodes/pod-pages.ts'
import { Cipher } from './engine/store/cipher.ts'
import { DATA_FILE } from './engine/store/disk.ts'
import { openStore } from './engine/store/open.ts'
import { tellingFailures } from './engine/store/telling-failures.ts'
import { HELPER_IMAGE } from './hosts/helper-image.ts'
import type { Host } from './hosts/host.ts'
import { localDockerSocket, openLocalHost } from './hosts/local-host.ts'
import { HandshakeGate } from './hosts/ssh/handshake-gate.ts'
import { HostKeyStore } from './hosts/ssh/host-key-store.ts'
import { AutoscalingService } from './services/autoscaling/autoscaling-service.ts'
import { LiveCluster } from './services/cluster/live-cluster.ts'
import { ToqueCluster } from './services/cluster/toque-cluster.ts'
import { SampledUsage } from './services/cluster/usage.ts'
import { makeDataDir } from './services/data-dir.ts'
import { deskIdentity, machineId } from './services/driving/desk-identity.ts'
import { DrivingService } from './services/driving/driving-service.ts'
import { kubernetesFacts, swarmFacts } from './services/guide/cluster-facts.ts'
import { GuideService } from './services/guide/guide-service.ts'
import { fileKey } from './services/key-file.ts'
import { JobsService } from './services/jobs/jobs-service.ts'
import { keptMode } from './services/mode/kept-mode.ts'
import { ModeService, switched } from './services/mode/mode-service.ts'
import { MoveService } from './services/move/move-service.ts'
import { Desk } from './services/servers/desk.ts'
import { userKeys } from './services/servers/desk-keys.ts'
import { PlacementService } from './services/placement/placement-service.ts'
import { LocalServer } from './services/servers/local-server.ts'
import { LoginBook } from './services/servers/login-book.ts'
import { RebalanceService } from './services/rebalance/rebalance-service.ts'
import { ResourcesService } from './services/resources/resources-service.ts'
import { ServersService } from './services/servers/servers-service.ts'
import { sealedLogins } from './services/swarm/sealed-logins.ts'
import { sealedUnlockKeys } from './services/swarm/sealed-unlock-keys.ts'
import { SwarmDesk } from './services/swarm/swarm-desk.ts'
import { volumeWork } from './services/volumes/volume-work.ts'
import { VolumesService } from './services/volumes/volumes-service.ts'

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
  readonly services: Omit<Contract, 'settings' | 'desktop'>
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
/** How long a part may take to end, and one of those that change servers. The desktop ends an engine that takes longer than 8 s for all of them. */
const STOP_PATIENCE_MS = 6_000
const DRIVE_PATIENCE_MS = 2_500

type Stop = () => Promise<void> | void

/**
 * The composition root: makes every part of the engine and hands each what it needs. Resolves when the API answers; Docker may come later.
 * Rejects with a sentence for people when it cannot run at all (the data directory is in use, the disk is full).
 */
export async function startApp(options: AppOptions): Promise<App> {
  const stops: Stop[] = []
  const stop = (): Promise<void> => {
    const [store] = stops
    return endAll(stops.splice(0), STOP_PATIENCE_MS, store)
  }
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
  let driver: DrivingService | undefined
  let usage: UsageSource | undefined
  const measured = usageMetricsKinds({ clock, usage: () => usage, nodes: () => informers.for(Nodes).lister.list(), pods: (namespace) => informers.for(Pods).lister.list({ namespace }) })
  const api = new Api({ store: told, schemas: kubernetesSchemas, clock, readOnly: () => driver?.readOnly, kinds: [...builtinKinds(told), ...measured], nodes: () => access })
  await bootstrap(api)
  const client = new LocalClient(api)
  const informers = new SharedInformers({ client, clock, onError })
  stops.push(() => informers.stop())
  const events = new EventBroadcaster({ client, clock, onError })
  stops.push(() => events.stop())

  let drive: RunningDrive | undefined
  const access = clusterAccess(informers, (node) => drive?.access(node))
  const metrics = startMetrics({ informers, clock })
  stops.push(() => metrics.stop())
  const pages = new MetricsPagesSource({ informers, metrics, revision: () => store.revision, storeBytes: () => fileBytes(join(dataDir, 'cluster', DATA_FILE)) })
  stops.push(() => pages.stop())
  const server = await listen({ api, dataDir, clock, nodes: access, metrics: pages })
  stops.push(() => server.stop())
  const source = usage = usageSource(metrics, clock)
  const apiPort = Number(new URL(server.url).port)
  const identity = deskIdentity(dataDir)
  const socketPath = options.dockerSocket ?? (await localDockerSocket())
  const images = new ClusterImages({
    clock, desk: dockerImagePlace('this computer\'s Docker', openLocalHost({ socketPath })),
    secretsOf: (imageId) => secretsOfImage(informers.for(Nodes).lister.list(), imageId),
  })
  const local = new LocalServer({ socketPath, address: options.nodeAddress, apiPort, machine: machineId(), clock })
  local.docker.onChange(() => state.set({ ...state.get(), docker: local.docker.get() }))
  stops.push(() => local.stop())
  const desk = new Desk({
    book: new LoginBook(join(dataDir, 'logins.json'), new Cipher(secretKey)), keys: userKeys(), gate: new HandshakeGate(), apiPort,
    hostKeys: new HostKeyStore([join(dataDir, 'known_hosts'), join(homedir(), '.ssh', 'known_hosts')]),
  })
  const look = (found: Frozen<Server>): Host => (found.spec.local === true ? local.look(found) : desk.look(found.metadata.name, found.spec))
  const helperRecipe = join(options.resourcesDir, 'node-helper')
  const context: DriveContext = {
    api, store, client, informers, clock, events, metrics, usage: source, pages: podPages(access), logs: access, images, onError, helperRecipe,
    open: (found) => (found.spec.local === true ? local.open(found) : desk.open(found.metadata.name, found.spec)),
    volumeWork: (files) => volumeWork({ client: new LocalClient(api, 'system:kube-controller-manager'), informers, clock, recorder: events.recorder('toque-volumes'), files }),
    joinLocal: async () => { if (options.useLocal) await local.join(client) },
  }
  const driving: DrivingService = driver = new DrivingService({
    desk: identity, store, client, clock, onError,
    authority: {
      read: async () => (await readAuthority(pkiDir(dataDir))) as Identity,
      adopt: async (ca) => {
        await adoptAuthority(pkiDir(dataDir), ca)
        await server.renew()
      },
    },
    drive: async (about) => (drive = await startDriving(context, about, (parts) => endAll(parts, DRIVE_PATIENCE_MS))),
    open: look,
  })
  stops.push(() => driving.stop())
  const live = new LiveCluster(informers)
  await driving.start()

  const deskClient = new LocalClient(api, DESK.caller.user, true)
  const manifests = new LocalManifests(api, DESK)
  const toque = new ToqueCluster({
    info: { kind: 'toque', name: hostname(), version: VERSION, capabilities: ['resources', 'servers', 'jobs', 'autoscaling', 'placement', 'volumes'], kubeconfig: server.kubeconfig },
    client: deskClient, live, manifests, access, usage: new SampledUsage(metrics, live), clock,
  })
  const swarm = new SwarmDesk({
    informers, clock, open: (found) => (found.spec.local === true ? local.reach(found) : desk.reach(found.metadata.name, found.spec)), name: hostname(), version: VERSION, onError,
    logins: sealedLogins(join(dataDir, 'swarm-logins'), new Cipher(secretKey)), unlockKeys: sealedUnlockKeys(join(dataDir, 'swarm-unlock-key'), new Cipher(secretKey)),
    helper: { image: HELPER_IMAGE, recipe: helperRecipe }, recorder: events.recorder('toque-swarm'),
  })
  stops.push(() => swarm.stop())
  const modes = new ModeService({ kubernetes: toque, swarm: () => swarm.cluster, kept: keptMode(join(dataDir, 'mode')) })
  const cluster = switched(() => modes.current)
  const stacks = switched(() => swarm.stacks)
  const guide = new GuideService(async () => {
    if (modes.current !== toque) return { mode: 'swarm', facts: await swarm.state.synced.then(() => swarmFacts(swarm.state.now)) }
    await live.synced
    return { mode: 'toque', facts: kubernetesFacts({ nodes: informers.for(Nodes).lister.list(), apps: live.now.apps, autoscalers: informers.for(HorizontalPodAutoscalers).lister.list().length }) }
  })
  const resources = new ResourcesService({ api: new LocalResources(api), client: deskClient, informers, clock })
  const hasLocal = (await client.list(Servers)).items.some(({ spec }) => spec.local === true)
  state.set({ ...state.get(), state: 'running', ...(hasLocal ? {} : { docker: local.docker.get() }) })
  const servers = new ServersService({ desk, driving, reopen: async (name) => {
      swarm.reopen(name)
      await drive?.reopen(name)
    }, client: deskClient, informers, live, clock })
  const volumes = new VolumesService({ client: deskClient, informers, clock, recorder: events.recorder('toque-volumes'), files: (node) => drive?.volumes(node) })
  const placement = new PlacementService(deskClient, manifests)
  const rebalance = new RebalanceService({ client: deskClient, informers, clock })
  const jobs = new JobsService(informers, clock)
  const autoscaling = new AutoscalingService({ informers, metrics, clock, client: deskClient })
  const moves = new MoveService({
    client: deskClient, informers, clock, manifests, swarm: () => swarm,
    rulesHave: (services, addresses, signal) => drive?.rulesHave(services, addresses, signal) ?? Promise.reject(new StatusError('ServiceUnavailable', 'This desk does not drive the cluster at the moment: take it over first.')),
  })
  return { services: { cluster, modes, resources, clusters: { watchEngine: () => state.stream() }, servers, driving, volumes, placement, rebalance, jobs, autoscaling, stacks, moves, guide, swarm: switched(() => swarm.membership), doctor: switched(() => swarm.doctor) }, state, kubeconfig: server.kubeconfig }
}

function withoutMessage({ state, docker }: EngineState): EngineState {
  return { state, docker }
}

/**
 * Ends the parts, the last started first: nothing loses what it stands on. One that fails or hangs (a pull, a Docker that does not answer)
 * keeps none of the others from ending; only `toItsEnd` is waited for however long it takes.
 */
async function endAll(stops: readonly Stop[], patienceMs: number, toItsEnd?: Stop): Promise<void> {
  for (const end of [...stops].reverse()) {
    const over = new AbortController()
    const ended = Promise.resolve().then(end).catch((error: unknown) => console.error('stopping:', error)).finally(() => over.abort())
    await (end === toItsEnd ? ended : Promise.race([ended, sleep(systemClock, patienceMs, over.signal).catch(() => undefined)]))
  }
}

async function listen(about: Pick<ApiServerOptions, 'api' | 'dataDir' | 'metrics'> & { clock: Clock; nodes: NodeAccess }): Promise<ApiServer> {
  const options = { ...about, upgrade: streamUpgrades(about.nodes, about.clock) }
  try {
    return await ApiServer.start({ ...options, port: API_PORT })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return ApiServer.start({ ...options, port: 0 })
  }
}

function fileBytes(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}
