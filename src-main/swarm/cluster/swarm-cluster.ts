import type { Clock } from '../../common/clock.ts'
import type {
  Action, AppDetail, AppSummary, Batch, Cluster, ClusterInfo, DrainPlan, DrainProgress, EventEntry, ExecQuery, Instance, LogLine, LogQuery, NodeSummary, ObjectRef, Overview, Plan, RegistryLogin, ReleaseOrder,
  TerminalInput, TerminalOutput, UsagePoint,
} from '../../common/contract/index.ts'
import { toStatusError } from '../../common/errors.ts'
import { logStream } from '../../common/instances/log-stream.ts'
import { openTerminal } from '../../common/instances/terminal.ts'
import type { Channel, Stream } from '../../common/rpc/stream.ts'
import { watchList, watchValue } from '../../common/rpc/watches.ts'
import { asking } from '../docker/status-error.ts'
import { ALL_LISTS } from '../state/picture.ts'
import type { SwarmState } from '../state/swarm-state.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { gone, readService } from './change-service.ts'
import { swarmDrainPlan } from './drain-plan.ts'
import { drainStream } from './drain.ts'
import { serviceYaml, toYaml } from './manifest.ts'
import { setAvailability } from './node-actions.ts'
import type { RegistryLogins } from './registry-logins.ts'
import { previewRemoval, removeObject } from './removals.ts'
import { notInSwarm, ServiceActions } from './service-actions.ts'
import { taskAccess } from './task-access.ts'
import { SwarmUsage } from './usage.ts'

/** What a Compose text would do to the swarm, and the doing: the stacks' own part. As `plan` and `apply` of `Cluster`. */
export interface StackTexts {
  plan(text: string): Promise<Plan>
  apply(text: string): Promise<Plan>
  /** The stack of a service as such a text; the service alone where it is in none. */
  read(service: string): Promise<string>
}

export interface SwarmClusterParts {
  readonly state: SwarmState
  readonly clock: Clock
  readonly logins: RegistryLogins
  readonly stacks: StackTexts
  /** What the screens call it, and Toque's version. */
  readonly name: string
  readonly version: string
  /** Optional interfaces of the screens that are offered beside this one: `stacks` where texts can be deployed. */
  readonly capabilities: readonly string[]
}

/** Lists follow a change at once, then at most this often; milliseconds. */
const LIST_MS = 100
const OVERVIEW_MS = 250

/** The screens' cluster, on a real Docker Swarm. What Swarm has no word for is refused with a sentence (MethodNotAllowed). */
export class SwarmCluster implements Cluster {
  readonly #parts: SwarmClusterParts
  readonly #services: ServiceActions
  readonly #access: ReturnType<typeof taskAccess>
  readonly #usage: SwarmUsage
  #snapshot: SwarmSnapshot | undefined

  constructor(parts: SwarmClusterParts) {
    this.#parts = parts
    this.#services = new ServiceActions(parts.state, parts.logins)
    this.#access = taskAccess(parts.state)
    this.#usage = new SwarmUsage(parts.state, parts.clock)
  }

  info(): Promise<ClusterInfo> {
    const { name, version, capabilities } = this.#parts
    return Promise.resolve({ kind: 'swarm', name, version, capabilities: [...capabilities] })
  }

  watchOverview(): Stream<Overview> {
    return watchValue(this.#parts.state, this.#parts.clock, OVERVIEW_MS, () => this.#now.overview)
  }

  watchApps(): Stream<Batch<AppSummary>> {
    return this.#list(() => this.#now.apps)
  }

  watchApp(ref: ObjectRef): Stream<AppDetail> {
    return this.#value(() => this.#now.app(ref) ?? missing(ref))
  }

  watchInstances(filter: { namespace?: string; app?: ObjectRef; node?: string }): Stream<Batch<Instance>> {
    return this.#list(() => this.#now.instances(filter))
  }

  watchInstance(ref: ObjectRef): Stream<Instance> {
    return this.#value(() => this.#now.instance(ref) ?? missing(ref))
  }

  watchNodes(): Stream<Batch<NodeSummary>> {
    return this.#list(() => this.#now.nodes)
  }

  watchEvents({ about, limit }: { about?: ObjectRef; limit: number }): Stream<Batch<EventEntry>> {
    return this.#list(() => this.#now.events(this.#parts.state.events.list(), about, limit))
  }

  async namespaces(): Promise<string[]> {
    await this.#parts.state.synced
    return this.#now.namespaces
  }

  scale(app: ObjectRef, replicas: number): Promise<void> {
    return this.#looked(this.#services.scale(app, replicas))
  }

  setImage(app: ObjectRef, container: string, image: string): Promise<void> {
    return this.#looked(this.#services.setImage(app, container, image))
  }

  restart(app: ObjectRef): Promise<void> {
    return this.#looked(this.#services.restart(app))
  }

  pause(app: ObjectRef, paused: boolean): Promise<void> {
    return this.#looked(this.#services.pause(app, paused))
  }

  rollback(app: ObjectRef, revision: number): Promise<void> {
    return this.#looked(this.#services.rollback(app, revision))
  }

  steer(_release: ObjectRef, _order: ReleaseOrder): Promise<void> {
    return Promise.reject(notInSwarm('Swarm brings a new version in by itself, with its update policy: there is no release by steps to steer.'))
  }

  async cordon(node: ObjectRef, cordoned: boolean): Promise<void> {
    await this.#parts.state.synced
    await this.#looked(setAvailability(this.#parts.state, this.#now.nodeId(node.name), node, cordoned ? 'pause' : 'active'))
  }

  async drainPlan(node: ObjectRef): Promise<DrainPlan> {
    await this.#parts.state.synced
    const id = this.#now.nodeId(node.name)
    if (id === undefined) throw gone(node)
    return swarmDrainPlan(this.#now, id)
  }

  drain(node: ObjectRef): Stream<DrainProgress> {
    return drainStream(this.#parts.state, this.#parts.clock, node)
  }

  async saveRegistryLogin(login: RegistryLogin): Promise<void> {
    await this.#parts.state.synced
    await this.#services.saveLogin(login, this.#parts.state.now.services)
  }

  startWithoutData(_instance: ObjectRef): Promise<void> {
    return Promise.reject(notInSwarm('Swarm waits for no data: it starts a task elsewhere at once, with an empty volume. Keep a service with its data by a placement constraint.'))
  }

  async remove(ref: ObjectRef): Promise<void> {
    await this.#parts.state.synced
    await this.#looked(removeObject(this.#parts.state, ref))
  }

  async preview(action: Action): Promise<Plan> {
    await this.#parts.state.synced
    try {
      switch (action.type) {
        case 'setImage':
        case 'rollback': return await this.#services.preview(action)
        case 'remove': return previewRemoval(this.#parts.state, action.ref)
        case 'steer': throw notInSwarm('Swarm has no releases by steps.')
        case 'run': throw notInSwarm('To run a job once more, restart its service.')
      }
    } catch (error) {
      return { changes: [], problems: [{ severity: 'error', message: toStatusError(error).message }] }
    }
  }

  async manifest(ref: ObjectRef, scope: 'editable' | 'whole'): Promise<string> {
    await this.#parts.state.synced
    // What can be applied again is a Compose text.
    if (ref.kind === 'Service') return scope === 'editable' ? this.#parts.stacks.read(ref.name) : serviceYaml(await readService(this.#parts.state, ref))
    const task = this.#now.task(ref)
    if (task !== undefined) return toYaml(scope === 'editable' ? task.Spec : task)
    const id = ref.kind === 'Node' ? this.#now.nodeId(ref.name) : undefined
    if (id === undefined) throw gone(ref)
    const node = await asking(this.#parts.state.api.node(id))
    return toYaml(scope === 'editable' ? node.Spec : node)
  }

  plan(text: string): Promise<Plan> {
    return this.#parts.stacks.plan(text)
  }

  apply(text: string): Promise<Plan> {
    return this.#looked(this.#parts.stacks.apply(text))
  }

  logs(query: LogQuery): Stream<LogLine[]> {
    return logStream(this.#access, this.#parts.clock, query)
  }

  exec(query: ExecQuery): Channel<TerminalInput, TerminalOutput> {
    return openTerminal(this.#access, query)
  }

  watchUsage(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]> {
    return this.#usage.watch(of)
  }

  /** The present moment: the same one until something changes. */
  get #now(): SwarmSnapshot {
    const picture = this.#parts.state.now
    if (this.#snapshot?.picture !== picture) this.#snapshot = new SwarmSnapshot(picture)
    return this.#snapshot
  }

  /** What was changed from here is in the picture when the change resolves: a screen that opens then finds it. */
  async #looked<T>(change: Promise<T>): Promise<T> {
    const result = await change
    await this.#parts.state.looked(ALL_LISTS)
    return result
  }

  #list<T extends { id: string }>(compute: () => readonly T[]): Stream<Batch<T>> {
    return watchList(this.#parts.state, this.#parts.clock, LIST_MS, compute)
  }

  #value<T>(compute: () => T): Stream<T> {
    return watchValue(this.#parts.state, this.#parts.clock, LIST_MS, compute)
  }
}

function missing(ref: ObjectRef): never {
  throw gone(ref)
}
