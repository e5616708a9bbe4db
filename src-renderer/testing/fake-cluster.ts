import type {
  Action, AppDetail, AppSummary, Batch, Cluster, ClusterInfo, Contract, DrainPlan, DrainProgress, EngineState, ExecQuery, Explanation, Health, Instance, LogLine, LogQuery, NodeSummary, ObjectRef, Overview, Plan, Preferences, RegistryLogin, ReleaseOrder, TerminalInput, TerminalOutput, UsagePoint,
} from '../../src-main/common/contract/index.ts'
import type { Channel, Stream } from '../../src-main/common/rpc/stream.ts'
import { StatusError, notFound } from '../../src-main/common/errors.ts'
import { compareHealth } from '../lib/health.ts'
import { FakeTerminal, fakeLogs, fakeUsage } from './fake-io.ts'
import { fakeCordon, fakeDrain, fakeDrainPlan, fakeStartWithoutData } from './fake-maintenance.ts'
import { FakeAutoscaling } from './fake-autoscaling.ts'
import { FakeDoctor } from './fake-doctor.ts'
import { FakeDriving } from './fake-driving.ts'
import { FakeGuide } from './fake-guide.ts'
import { FakeModes } from './fake-modes.ts'
import { FakeMoves } from './fake-moves.ts'
import { FakeJobs } from './fake-jobs.ts'
import { FakePlacement } from './fake-placement.ts'
import { FakeRebalance } from './fake-rebalance.ts'
import { FakeResources } from './fake-resources.ts'
import { FakeServers } from './fake-servers.ts'
import { FakeStacks } from './fake-stacks.ts'
import { FakeSwarm, SWARM_INFO, type FakeSwarmScenario } from './fake-swarm.ts'
import { FakeVolumes } from './fake-volumes.ts'
import { batches, Signal, values } from './fake-streams.ts'
import { fakeSteer } from './fake-release.ts'
import { FakeWorld, type FakeApp } from './fake-world.ts'
import { deploymentOf, fakePlan, stringify } from './fake-yaml.ts'

/** How the fake behaves: as a lively cluster, an empty one, one without a node, one that never answers, one that fails, one whose Docker is stopped, a big one, one with servers in trouble, one that another desk drives, or a swarm. */
export type Scenario = 'lively' | 'empty' | 'bare' | 'loading' | 'error' | 'offline' | 'big' | 'servers' | 'looks-on' | FakeSwarmScenario

/** A cluster in memory, for developing the screens and for their tests. It answers to all of `Cluster`; call `stop()` at the end. */
export class FakeCluster implements Cluster {
  readonly world: FakeWorld
  readonly volumes: FakeVolumes
  readonly swarm: FakeSwarm
  readonly #scenario: Scenario
  readonly #signal = new Signal()
  readonly #timer: ReturnType<typeof setInterval>

  constructor(scenario: Scenario = 'lively', stepMs = 900) {
    this.#scenario = scenario
    this.world = new FakeWorld(Date.now(), isFilled(scenario), scenario !== 'bare')
    if (scenario === 'big') {
      for (let i = 0; i < 1500; i++) this.world.add(`service-${String(i).padStart(4, '0')}`, `team-${String(i % 12)}`, 1, 'nginx', 'runs', [], Date.now() - i * 60_000, 80)
    }
    this.swarm = new FakeSwarm(isSwarm(scenario) ? scenario : 'swarm')
    this.volumes = new FakeVolumes({ through: (open) => this.through(open), filled: scenario !== 'empty' && scenario !== 'bare', lost: scenario === 'servers' })
    this.world.onChange = () => this.#signal.fire()
    this.#timer = setInterval(() => this.world.step(Date.now()), stepMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The stream, or what the scenario makes of it. */
  through<T>(open: () => Stream<T>): Stream<T> {
    const scenario = this.#scenario
    return (async function* () {
      await new Promise((resolve) => setTimeout(resolve, 30))
      if (scenario === 'loading') await new Promise(() => undefined)
      if (scenario === 'error') throw new StatusError('InternalError', 'The store cannot be read: the disk is full. Free some space, then try again.')
      if (scenario === 'offline') throw new StatusError('ServiceUnavailable', 'The engine waits for Docker.')
      yield* open()
    })()
  }

  info(): Promise<ClusterInfo> {
    if (isSwarm(this.#scenario)) return Promise.resolve(SWARM_INFO)
    return Promise.resolve({ kind: 'toque', name: 'Bistro', version: '0.1.0', capabilities: ['resources', 'servers', 'jobs', 'autoscaling', 'placement', 'volumes'], kubeconfig: '/home/chef/.toque/kubeconfig' })
  }

  watchOverview(): Stream<Overview> {
    return this.through(() => values(this.#signal, () => this.#overview()))
  }

  watchApps(): Stream<Batch<AppSummary>> {
    return this.through(() => batches(this.#signal, () => this.world.apps.map((a) => this.#summary(a))))
  }

  watchApp(ref: ObjectRef): Stream<AppDetail> {
    return this.through(() => values(this.#signal, () => this.#detail(this.#find(ref))))
  }

  watchInstances(filter: { namespace?: string; app?: ObjectRef; node?: string }): ReturnType<Cluster['watchInstances']> {
    return this.through(() => batches(this.#signal, () => this.world.pods.filter((p) =>
      (filter.namespace === undefined || p.ref.namespace === filter.namespace) && (filter.node === undefined || p.node === filter.node) &&
      (filter.app === undefined || (p.app?.name === filter.app.name && p.app.namespace === filter.app.namespace)))))
  }

  watchInstance(ref: ObjectRef): Stream<Instance> {
    return this.through(() => values(this.#signal, () => {
      const pod = this.world.pods.find((p) => p.ref.name === ref.name && p.ref.namespace === ref.namespace)
      if (pod === undefined) throw notFound('pods', ref.name)
      return pod
    }))
  }

  watchNodes(): ReturnType<Cluster['watchNodes']> {
    if (isSwarm(this.#scenario)) return mapped(this.swarm.watch(), () => ({ reset: true, upserted: this.swarm.nodes, removed: [] }))
    return this.through(() => batches(this.#signal, () => this.world.nodes.map((n): NodeSummary => ({ ...n, pods: this.world.pods.filter((p) => p.node === n.ref.name).length }))))
  }

  watchEvents(filter: { about?: ObjectRef; limit: number }): ReturnType<Cluster['watchEvents']> {
    const about = filter.about?.name
    return this.through(() => batches(this.#signal, () => this.world.events.filter((e) => about === undefined || e.about.name.startsWith(about)).slice(0, filter.limit)))
  }

  namespaces(): Promise<string[]> {
    return Promise.resolve([...new Set(['default', ...this.world.apps.map((a) => a.ref.namespace), 'kube-system'])].sort())
  }

  async scale(ref: ObjectRef, replicas: number): Promise<void> {
    const app = this.#find(ref)
    await Promise.resolve()
    app.desired = replicas
    this.world.say('Normal', 'ScalingReplicaSet', `Scaled to ${String(replicas)}`, ref)
    this.#signal.fire()
  }

  async setImage(ref: ObjectRef, _container: string, image: string): Promise<void> {
    await Promise.resolve()
    this.world.roll(this.#find(ref), image)
  }

  async restart(ref: ObjectRef): Promise<void> {
    const app = this.#find(ref)
    await Promise.resolve()
    for (const pod of this.world.podsOf(app).slice(0, 1)) this.world.end(pod)
  }

  async pause(ref: ObjectRef, paused: boolean): Promise<void> {
    await Promise.resolve()
    this.#find(ref).paused = paused
    this.#signal.fire()
  }

  async saveRegistryLogin({ server, password }: RegistryLogin): Promise<void> {
    await Promise.resolve()
    if (password === '') throw new StatusError('BadRequest', 'Give the password, or a token that the registry has made for you.')
    this.world.say('Normal', 'Saved', `Credentials of ${server}`, { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'registry' })
    this.#signal.fire()
  }

  async rollback(ref: ObjectRef, revision: number): Promise<void> {
    const app = this.#find(ref)
    await Promise.resolve()
    const image = app.revisions.find((r) => r.revision === revision)?.images[0]
    if (image === undefined) throw new StatusError('NotFound', `${ref.name} has no revision ${String(revision)} any more.`)
    this.world.roll(app, image, `rolled back to revision ${String(revision)}`)
  }

  async steer(release: ObjectRef, order: ReleaseOrder): Promise<void> {
    await Promise.resolve()
    const app = this.world.apps.find((a) => a.release?.ref.name === release.name && a.ref.namespace === release.namespace)
    if (app?.release === undefined) throw notFound('rollouts.toque.dev', release.name)
    app.release = fakeSteer(app.release, order)
    this.#signal.fire()
  }

  async cordon(node: ObjectRef, cordoned: boolean): Promise<void> {
    await Promise.resolve()
    fakeCordon(this.world, node.name, cordoned)
  }

  async startWithoutData(instance: ObjectRef): Promise<void> {
    await Promise.resolve()
    fakeStartWithoutData(this.world, instance.name)
  }

  async drainPlan(node: ObjectRef): Promise<DrainPlan> {
    await new Promise((resolve) => setTimeout(resolve, 150))
    return fakeDrainPlan(this.world, node.name)
  }

  drain(node: ObjectRef): Stream<DrainProgress> {
    return this.through(() => fakeDrain(this.world, this.#signal, node.name))
  }

  async remove(ref: ObjectRef): Promise<void> {
    await Promise.resolve()
    const { world } = this
    if (this.volumes.removed(ref)) return
    if (ref.kind === 'Pod') {
      const pod = world.pods.find((p) => p.ref.name === ref.name)
      if (pod === undefined) throw notFound('pods', ref.name)
      world.end(pod)
    } else {
      const app = this.#find(ref)
      world.pods = world.pods.filter((p) => !world.podsOf(app).includes(p))
      world.apps = world.apps.filter((a) => a !== app)
    }
    this.#signal.fire()
  }

  async preview(action: Action): Promise<Plan> {
    await new Promise((resolve) => setTimeout(resolve, 150))
    if (action.type === 'remove') {
      const app = this.world.app(action.ref.name)
      const owned = app === undefined ? [] : this.world.podsOf(app).map((p) => p.ref)
      const rs = app === undefined ? [] : [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: action.ref.namespace, name: `${action.ref.name}-7d5b9c1f` }]
      return { changes: [action.ref, ...rs, ...owned].map((ref) => ({ ref, action: 'delete', before: '', after: '' })), problems: [] }
    }
    if (action.type === 'run') {
      const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: action.ref.namespace, name: `${action.ref.name}-x2k9f` }
      return { changes: [{ ref: job, action: 'create', before: '', after: stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: `${action.ref.name}-`, namespace: job.namespace }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.local/reports:3.1' }] } } } }) }], problems: [] }
    }
    if (action.type === 'steer') {
      const text = (order: string): string => stringify({ apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { name: action.release.name, annotations: { 'toque.dev/order': order } } })
      return { changes: [{ ref: action.release, action: 'update', before: text('promote'), after: text(action.order) }], problems: [] }
    }
    const app = this.#find(action.app)
    const image = action.type === 'setImage' ? action.image : (app.revisions.find((r) => r.revision === action.revision)?.images[0] ?? '')
    if (!/^[a-z0-9][\w./:@-]*$/.test(image)) return { changes: [], problems: [{ severity: 'error', message: `"${image}" is not an image name. One looks like nginx:1.27 or registry.example.com/team/app:2.0.` }] }
    const after = { ...app, containers: app.containers.map((c, i) => (i === 0 ? { ...c, image } : c)) }
    return { changes: [{ ref: app.ref, action: 'update', before: stringify(deploymentOf(app)), after: stringify(deploymentOf(after)) }], problems: [] }
  }

  async manifest(ref: ObjectRef, scope: 'editable' | 'whole'): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 60))
    if (ref.kind === 'Pod') {
      const pod = this.world.pods.find((p) => p.ref.name === ref.name)
      if (pod === undefined) throw notFound('pods', ref.name)
      return stringify({
        apiVersion: 'v1', kind: 'Pod', metadata: { name: ref.name, namespace: ref.namespace, labels: { app: pod.app?.name } }, spec: { nodeName: pod.node, containers: pod.containers.map((c) => ({ name: c.name, image: c.image })) },
        ...(scope === 'whole' ? { status: { phase: pod.status, podIP: pod.ip, containerStatuses: pod.containers.map((c) => ({ name: c.name, ready: c.ready, restartCount: c.restarts })) } } : {}),
      })
    }
    return stringify(deploymentOf(this.#find(ref)))
  }

  async plan(yaml: string): Promise<Plan> {
    await new Promise((resolve) => setTimeout(resolve, 120))
    const { changes, problems } = this.#plan(yaml)
    return { changes, problems }
  }

  #plan(yaml: string): ReturnType<typeof fakePlan> {
    return fakePlan(yaml, (ref) => {
      const app = ref.kind === 'Deployment' ? this.world.app(ref.name) : undefined
      return app === undefined ? undefined : deploymentOf(app)
    })
  }

  async apply(yaml: string): Promise<Plan> {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { changes, problems, objects } = this.#plan(yaml)
    for (const object of problems.length > 0 ? [] : objects) {
      const { kind, metadata, spec } = object as { kind: string; metadata: { name: string; namespace?: string }; spec: { replicas?: number; template: { spec: { containers: { image: string; ports?: { containerPort: number }[] }[] } } } }
      this.volumes.applied(object)
      if (kind !== 'Deployment') continue
      const app = this.world.app(metadata.name)
      const container = spec.template.spec.containers[0]
      if (app === undefined) {
        const made = this.world.add(metadata.name, metadata.namespace ?? 'default', 0, container?.image ?? '', 'runs', [], Date.now(), container?.ports?.[0]?.containerPort ?? 80)
        made.desired = spec.replicas ?? 1
      } else {
        app.desired = spec.replicas ?? 1
        if (container !== undefined && container.image !== app.containers[0]?.image) this.world.roll(app, container.image)
      }
    }
    this.#signal.fire()
    return { changes, problems }
  }

  logs(query: LogQuery): Stream<LogLine[]> {
    return this.through(() => fakeLogs(query))
  }

  exec(_query: ExecQuery): Channel<TerminalInput, TerminalOutput> {
    return new FakeTerminal()
  }

  watchUsage(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]> {
    const whole = of.node === undefined && of.app === undefined && of.instance === undefined
    return this.through(() => (whole ? fakeUsage(8000, 24 * 1024 ** 3) : fakeUsage(600, 700 * 1024 ** 2)))
  }

  #find(ref: ObjectRef): FakeApp {
    const app = this.world.apps.find((a) => a.ref.name === ref.name && a.ref.namespace === ref.namespace)
    if (app === undefined) throw notFound('deployments.apps', ref.name)
    return app
  }

  #summary(app: FakeApp): AppSummary {
    const pods = this.world.podsOf(app).filter((p) => p.status !== 'Terminating')
    const ready = pods.filter((p) => p.containers.every((c) => c.ready)).length
    const updated = pods.filter((p) => this.world.isNew(app, p)).length
    const why: Explanation | undefined = pods.find((p) => p.why !== undefined)?.why
    const worst = [...pods].sort((a, b) => compareHealth(a.health, b.health))[0]?.health
    const health: Health = app.desired === 0 ? 'stopped' : worst === 'failed' && ready > 0 ? 'degraded' : updated < app.desired || ready < app.desired ? (worst === 'failed' ? 'failed' : why !== undefined ? 'degraded' : 'progressing') : (worst ?? 'unknown')
    return {
      id: `${app.ref.namespace}/${app.ref.name}`, ref: app.ref, health, ...(why === undefined ? {} : { why }), replicas: { desired: app.desired, ready, updated },
      images: app.containers.map((c) => c.image), abilities: ABILITIES[app.ref.kind] ?? [], endpoints: app.endpoints, createdAt: app.createdAt,
    }
  }

  #detail(app: FakeApp): AppDetail {
    const summary = this.#summary(app)
    const pods = this.world.podsOf(app)
    const old = pods.filter((p) => !this.world.isNew(app, p)).length
    const complete = old === 0 && summary.replicas.ready === app.desired && pods.length === app.desired
    return {
      ...summary, ...this.#placesOf(app, pods), containers: app.containers, strategy: 'RollingUpdate', paused: app.paused, revisions: app.revisions, labels: app.labels, ...(app.release === undefined ? {} : { release: app.release }),
      rollout: {
        state: complete ? 'complete' : app.paused ? 'paused' : app.fate === 'runs' ? 'progressing' : 'stuck', updated: pods.length - old, ready: summary.replicas.ready, desired: app.desired, old,
        ...(summary.why === undefined ? {} : { why: summary.why }),
      },
    }
  }

  #placesOf(app: FakeApp, pods: readonly Instance[]): Pick<AppDetail, 'places' | 'onNodes'> {
    const { kind, namespace, name } = app.ref
    if (kind === 'StatefulSet') {
      return { places: Array.from({ length: app.desired }, (_, ordinal) => {
        const instance = pods.find((p) => p.ref.name === `${name}-${String(ordinal)}`)
        return { ordinal, ...(instance === undefined ? {} : { instance: instance.ref }), claims: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `data-${name}-${String(ordinal)}` }] }
      }) }
    }
    if (kind !== 'DaemonSet') return {}
    const why = { reason: 'DoesNotFit', message: 'Its labels do not match the node selector or affinity of the template.' }
    return { onNodes: this.world.nodes.map((n) => {
      const instance = pods.find((p) => p.node === n.ref.name)
      return { node: n.ref.name, ...(instance === undefined ? { why } : { instance: instance.ref }) }
    }) }
  }

  #overview(): Overview {
    const { world } = this
    const apps = world.apps.map((a) => this.#summary(a))
    const count: Record<Health, number> = { healthy: 0, progressing: 0, degraded: 0, failed: 0, stopped: 0, unknown: 0 }
    for (const app of apps) count[app.health]++
    const problems = apps.filter((a) => a.why !== undefined).sort((a, b) => compareHealth(a.health, b.health)).map((a) => ({ reason: '', message: '', ...a.why, about: a.ref }))
    const sum = (pick: (n: NodeSummary) => number): number => world.nodes.reduce((all, n) => all + pick(n), 0)
    // A swarm that cannot be asked is nothing that is well.
    const isUntold = this.#scenario === 'swarm-empty' || this.#scenario === 'swarm-lost'
    return {
      health: isUntold ? 'unknown' : count.failed > 0 ? 'failed' : count.degraded > 0 ? 'degraded' : count.progressing > 0 ? 'progressing' : 'healthy', problems, apps: count,
      instances: {
        running: world.pods.filter((p) => p.status === 'Running').length, pending: world.pods.filter((p) => ['Pending', 'ContainerCreating', 'ImagePullBackOff'].includes(p.status)).length,
        failed: world.pods.filter((p) => p.status === 'CrashLoopBackOff').length, succeeded: 0, terminating: world.pods.filter((p) => p.status === 'Terminating').length,
      },
      nodes: { ready: world.nodes.filter((n) => n.health !== 'unknown').length, total: world.nodes.length },
      capacity: { cpuMilli: sum((n) => n.capacity.cpuMilli), memoryBytes: sum((n) => n.capacity.memoryBytes), pods: sum((n) => n.capacity.pods) },
      requested: { cpuMilli: sum((n) => n.requested.cpuMilli), memoryBytes: sum((n) => n.requested.memoryBytes) },
    }
  }
}

function isSwarm(scenario: Scenario): scenario is FakeSwarmScenario {
  return scenario.startsWith('swarm')
}

function isFilled(scenario: Scenario): boolean {
  return !['empty', 'bare', 'swarm-new', 'swarm-empty', 'swarm-lost'].includes(scenario)
}

async function* mapped<T, U>(stream: Stream<T>, map: (item: T) => U): Stream<U> & AsyncGenerator<U> {
  for await (const item of stream) yield map(item)
}

const ABILITIES: Readonly<Record<string, AppSummary['abilities']>> = {
  Deployment: ['scale', 'image', 'restart', 'pause', 'history', 'autoscale'], StatefulSet: ['scale', 'image', 'restart', 'history', 'autoscale'], DaemonSet: ['image', 'restart', 'history'],
}

/** All of the contract in memory. */
export function fakeContract(scenario: Scenario = 'lively'): Contract & { cluster: FakeCluster } {
  let preferences: Preferences = { language: 'system', theme: 'system' }
  const engine: EngineState = scenario === 'offline'
    ? { state: 'running', docker: { state: 'unreachable', message: 'Docker does not answer at /var/run/docker.sock. Start Docker, then this goes on by itself.' } }
    : scenario === 'loading' ? { state: 'starting', message: 'Reading the store', docker: { state: 'connecting' } } : { state: 'running', docker: { state: 'connected' } }
  const cluster = new FakeCluster(scenario)
  return {
    cluster,
    resources: new FakeResources((open) => cluster.through(open), scenario === 'big'),
    servers: new FakeServers(cluster.world, scenario),
    driving: new FakeDriving(scenario),
    volumes: cluster.volumes,
    jobs: new FakeJobs((open) => cluster.through(open), scenario !== 'empty' && scenario !== 'bare'),
    autoscaling: new FakeAutoscaling((open) => cluster.through(open)),
    modes: new FakeModes(isSwarm(scenario) ? 'swarm' : 'kubernetes'),
    stacks: new FakeStacks((open) => cluster.through(open), scenario === 'swarm'),
    moves: new FakeMoves(),
    swarm: cluster.swarm,
    doctor: new FakeDoctor({ well: scenario === 'swarm-empty', fails: scenario === 'swarm-lost' }),
    guide: new FakeGuide(scenario === 'big' ? 8 : 3),
    placement: new FakePlacement(cluster.world, scenario === 'error'),
    rebalance: new FakeRebalance(cluster.world, { fails: scenario === 'error' }),
    clusters: {
      watchEngine: async function* () {
        yield engine
        await new Promise(() => undefined)
      },
    },
    settings: {
      read: () => Promise.resolve(preferences),
      write: (change) => Promise.resolve((preferences = { ...preferences, ...change })),
    },
    desktop: { abilities: () => Promise.resolve([]), openExternal: () => Promise.resolve(), saveFile: () => Promise.resolve(false), openFile: () => Promise.resolve(undefined) },
  }
}
