import type { Clock } from '../../common/clock.ts'
import type {
  Action, AppDetail, AppSummary, Batch, Cluster, ClusterInfo, DrainPlan, DrainProgress, EventEntry, ExecQuery, Instance, LogLine, LogQuery, NodeSummary, ObjectRef, Overview, Plan, RegistryLogin, ReleaseOrder,
  TerminalInput, TerminalOutput, UsagePoint,
} from '../../common/contract/index.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import type { Channel, Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import { applyText } from '../manifests/apply.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import { planText, resourceFor } from '../manifests/planner.ts'
import { toYaml } from '../manifests/text.ts'
import { sameRef } from '../../common/views/same-ref.ts'
import { gone } from '../views/refs.ts'
import { AppActions } from './actions.ts'
import type { LiveCluster } from './live-cluster.ts'
import { logStream } from '../../common/instances/log-stream.ts'
import { NodeActions } from './node-actions.ts'
import { previewAction } from './preview.ts'
import { steerRelease } from './steer-release.ts'
import { saveRegistryLogin } from './registry-login.ts'
import { startWithoutData } from './start-without-data.ts'
import { openTerminal } from '../../common/instances/terminal.ts'
import { watchList, watchValue } from '../../common/rpc/watches.ts'

/** Where usage comes from. */
export interface UsageSource {
  /** The history that is kept, then live points. */
  watch(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]>
}

/** What the cluster of the Toque engine is made of. */
export interface ToqueClusterParts {
  readonly info: ClusterInfo
  readonly client: Client
  readonly live: LiveCluster
  readonly manifests: ManifestApi
  readonly access: NodeAccess
  readonly usage: UsageSource
  readonly clock: Clock
}

/** Lists follow a change at once, then at most this often; milliseconds. */
const LIST_MS = 100
const OVERVIEW_MS = 250

/** The screens' cluster, on the Toque engine. */
export class ToqueCluster implements Cluster {
  readonly #parts: ToqueClusterParts
  readonly #actions: AppActions
  readonly #nodeActions: NodeActions

  constructor(parts: ToqueClusterParts) {
    this.#parts = parts
    this.#actions = new AppActions(parts.client, parts.clock)
    this.#nodeActions = new NodeActions(parts)
  }

  info(): Promise<ClusterInfo> {
    return Promise.resolve(this.#parts.info)
  }

  watchOverview(): Stream<Overview> {
    return watchValue(this.#parts.live, this.#parts.clock, OVERVIEW_MS, () => this.#parts.live.now.overview)
  }

  watchApps(): Stream<Batch<AppSummary>> {
    return this.#list(() => this.#parts.live.now.apps)
  }

  watchApp(ref: ObjectRef): Stream<AppDetail> {
    return this.#value(() => this.#parts.live.now.app(ref) ?? gone(ref))
  }

  watchInstances(filter: { namespace?: string; app?: ObjectRef; node?: string }): Stream<Batch<Instance>> {
    const { namespace, app, node } = filter
    const wanted = (i: Instance): boolean => (namespace === undefined || i.ref.namespace === namespace) && (node === undefined || i.node === node) && (app === undefined || (i.app !== undefined && sameRef(i.app, app)))
    return this.#list(() => this.#parts.live.now.instances.filter(wanted))
  }

  watchInstance(ref: ObjectRef): Stream<Instance> {
    return this.#value(() => this.#parts.live.now.instances.find((i) => sameRef(i.ref, ref)) ?? gone(ref))
  }

  watchNodes(): Stream<Batch<NodeSummary>> {
    return this.#list(() => this.#parts.live.now.nodes)
  }

  watchEvents({ about, limit }: { about?: ObjectRef; limit: number }): Stream<Batch<EventEntry>> {
    return this.#list(() => this.#parts.live.now.events(about, limit))
  }

  async namespaces(): Promise<string[]> {
    await this.#parts.live.synced
    return this.#parts.live.now.namespaces
  }

  scale(app: ObjectRef, replicas: number): Promise<void> {
    return this.#actions.scale(app, replicas)
  }

  setImage(app: ObjectRef, container: string, image: string): Promise<void> {
    return this.#actions.setImage(app, container, image)
  }

  restart(app: ObjectRef): Promise<void> {
    return this.#actions.restart(app)
  }

  pause(app: ObjectRef, paused: boolean): Promise<void> {
    return this.#actions.pause(app, paused)
  }

  rollback(app: ObjectRef, revision: number): Promise<void> {
    return this.#actions.rollback(app, revision)
  }

  steer(release: ObjectRef, order: ReleaseOrder): Promise<void> {
    return steerRelease(this.#parts.client, this.#parts.clock, release, order)
  }

  cordon(node: ObjectRef, cordoned: boolean): Promise<void> {
    return this.#nodeActions.cordon(node, cordoned)
  }

  startWithoutData(instance: ObjectRef): Promise<void> {
    return startWithoutData(this.#parts.client, instance)
  }

  drainPlan(node: ObjectRef): Promise<DrainPlan> {
    return this.#nodeActions.drainPlan(node)
  }

  drain(node: ObjectRef): Stream<DrainProgress> {
    return this.#nodeActions.drain(node)
  }

  saveRegistryLogin(login: RegistryLogin): Promise<void> {
    return saveRegistryLogin(this.#parts.client, login)
  }

  async remove(ref: ObjectRef): Promise<void> {
    await this.#parts.client.delete(resourceFor(this.#parts.manifests, ref), ref.namespace, ref.name, { propagationPolicy: 'Background' })
  }

  preview(action: Action): Promise<Plan> {
    return previewAction(this.#parts, this.#actions, action)
  }

  async manifest(ref: ObjectRef, scope: 'editable' | 'whole'): Promise<string> {
    const object = await this.#parts.manifests.get(resourceFor(this.#parts.manifests, ref), ref.namespace, ref.name)
    return object === undefined ? gone(ref) : toYaml(object, scope)
  }

  async plan(yaml: string): Promise<Plan> {
    return (await planText(this.#parts.manifests, yaml)).plan
  }

  apply(yaml: string): Promise<Plan> {
    return applyText(this.#parts.manifests, yaml)
  }

  logs(query: LogQuery): Stream<LogLine[]> {
    return logStream(this.#parts.access, this.#parts.clock, query)
  }

  exec(query: ExecQuery): Channel<TerminalInput, TerminalOutput> {
    return openTerminal(this.#parts.access, query)
  }

  watchUsage(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]> {
    return this.#parts.usage.watch(of)
  }

  #list<T extends { id: string }>(compute: () => readonly T[]): Stream<Batch<T>> {
    return watchList(this.#parts.live, this.#parts.clock, LIST_MS, compute)
  }

  #value<T>(compute: () => T): Stream<T> {
    return watchValue(this.#parts.live, this.#parts.clock, LIST_MS, compute)
  }
}
