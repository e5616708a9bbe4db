import { getContext, setContext } from 'svelte'
import type { AppSummary, ClaimSummary, Cluster, ClusterInfo, ClusterMode, Contract, DrivingState, EngineState, Instance, NodeSummary, ObjectRef, ResourceKind, Resources, ServerSummary, StackSummary, SwarmFileSummary, SwarmNetworkSummary, SwarmState } from '../../src-main/common/contract/index.ts'
import type { ConnectionState } from '../../src-main/common/rpc/reconnecting.ts'
import type { Connection } from '../connection/connect.ts'
import { sentenceOf } from '../lib/errors.ts'
import { Actions } from './actions.svelte.ts'
import { Checkup } from './checkup.svelte.ts'
import { listFeed, valueFeed } from './feed.svelte.ts'
import { ObjectActions } from './object-actions.ts'
import { toasts } from './toasts.svelte.ts'

function byName(a: { ref: ObjectRef }, b: { ref: ObjectRef }): number {
  return a.ref.name.localeCompare(b.ref.name) || a.ref.namespace.localeCompare(b.ref.namespace)
}

/** The conversation about a server that is open over the page: about a new one, or about one that needs somebody to connect again. */
export type ServerTask = { type: 'add' } | { type: 'reconnect'; name: string }

/** One connection to one cluster: its shared feeds, what someone has chosen to see, and what they can do. */
export class Session {
  readonly contract: Contract
  /** Which of the two worlds its words are of. */
  readonly mode: ClusterMode
  readonly cluster: Cluster
  readonly resources: Resources
  readonly actions: Actions
  readonly objectActions: ObjectActions
  readonly checkup: Checkup
  info = $state.raw<ClusterInfo>()
  /** Can the engine be reached? */
  link = $state<ConnectionState>('connecting')
  /** '' shows all. */
  namespace = $state('')
  namespaces = $state.raw<string[]>([])
  serverTask = $state.raw<ServerTask>()
  /** The dialog for taking the cluster over is open. */
  takingOver = $state(false)
  readonly engine
  readonly overview
  readonly apps
  readonly pods
  readonly nodes
  /** Only of a cluster that `can('volumes')`. */
  readonly claims
  /** Only of a cluster that `can('servers')`. */
  readonly servers
  /** The kinds that are served, with what there is of each in all namespaces. Only of a cluster that `can('resources')`. */
  readonly kinds
  /** Only of a cluster that `can('stacks')`. */
  readonly stacks
  readonly files
  readonly networks
  /** Who drives. */
  readonly driving
  /** Which servers are in the swarm, and as what. Only of a cluster that `can('swarmMembership')`. */
  readonly swarm

  constructor(connection: Connection, mode: ClusterMode = 'kubernetes') {
    const contract = connection.services
    this.mode = mode
    this.contract = contract
    this.link = connection.state
    connection.onState((state) => (this.link = state))
    this.cluster = contract.cluster
    this.resources = contract.resources
    this.actions = new Actions(contract.cluster)
    this.objectActions = new ObjectActions(contract.resources, (ref) => contract.cluster.remove(ref))
    this.checkup = new Checkup(contract.doctor)
    this.engine = valueFeed<EngineState>(() => contract.clusters.watchEngine())
    this.driving = valueFeed<DrivingState>(() => contract.driving.watch())
    this.swarm = valueFeed<SwarmState>(() => contract.swarm.watch())
    this.overview = valueFeed(() => this.cluster.watchOverview())
    this.apps = listFeed<AppSummary>(() => this.cluster.watchApps(), byName)
    this.pods = listFeed<Instance>(() => this.cluster.watchInstances({}), byName)
    this.nodes = listFeed<NodeSummary>(() => this.cluster.watchNodes(), byName)
    this.claims = listFeed<ClaimSummary>(() => contract.volumes.watchClaims(), byName)
    this.kinds = listFeed<ResourceKind>(() => this.resources.watchKinds({ namespace: '' }), (a, b) => a.kind.localeCompare(b.kind))
    this.stacks = listFeed<StackSummary>(() => contract.stacks.watch(), (a, b) => Number(a.name === '') - Number(b.name === '') || a.name.localeCompare(b.name))
    this.files = listFeed<SwarmFileSummary>(() => contract.stacks.watchFiles(), (a, b) => a.name.localeCompare(b.name) || a.kind.localeCompare(b.kind))
    this.networks = listFeed<SwarmNetworkSummary>(() => contract.stacks.watchNetworks(), (a, b) => a.name.localeCompare(b.name))
    this.servers = listFeed<ServerSummary>(() => contract.servers.watchServers(), (a, b) => a.name.localeCompare(b.name))
  }

  /** Does the cluster offer this optional interface? */
  can(capability: string): boolean {
    return this.info?.capabilities.includes(capability) ?? false
  }

  /** Is it in the chosen namespace? */
  shows(ref: ObjectRef): boolean {
    return this.namespace === '' || ref.namespace === '' || ref.namespace === this.namespace
  }

  /** Reads what does not stream: who the cluster is, and its namespaces. Failing is no matter: the engine's state says why. */
  async refresh(): Promise<void> {
    const [info, namespaces] = await Promise.allSettled([this.cluster.info(), this.cluster.namespaces()])
    if (info.status === 'fulfilled') this.info = info.value
    if (namespaces.status === 'fulfilled') this.namespaces = namespaces.value
  }

  /** Opens a link in the user's browser, wherever the screens run. */
  open(url: string): void {
    this.contract.desktop.openExternal(url).catch((error: unknown) => toasts.show({ tone: 'bad', text: sentenceOf(error) }))
  }

  /** Saves a text as a file; in a browser as a download. */
  save(name: string, text: string): void {
    this.contract.desktop.saveFile(name, text).catch((error: unknown) => toasts.show({ tone: 'bad', text: sentenceOf(error) }))
  }
}

const KEY = Symbol('session')

/** Puts the session where every component below finds it. */
export function provideSession(session: Session): Session {
  return setContext(KEY, session)
}

/** The session of the window; only while a component is made. */
export function useSession(): Session {
  return getContext<Session>(KEY)
}
