import type { Action, AppDetail, AppSummary, Batch, Cluster, ClusterInfo, DrainPlan, DrainProgress, ExecQuery, Instance, LogLine, LogQuery, NodeSummary, ObjectRef, Overview, Plan, RegistryLogin, ReleaseOrder, TerminalInput, TerminalOutput, UsagePoint } from '../../src-main/common/contract/index.ts'
import type { Channel, Stream } from '../../src-main/common/rpc/stream.ts'
import { StatusError, notFound } from '../../src-main/common/errors.ts'
import { FakeTerminal, fakeLogs, fakeUsage } from './fake-io.ts'
import { fakeCordon, fakeDrain, fakeDrainPlan, fakeStartWithoutData } from './fake-maintenance.ts'
import { fakePreview } from './fake-preview.ts'
import { FakeSwarm, SWARM_INFO } from './fake-swarm.ts'
import { detailOf, overviewOf, summaryOf } from './fake-views.ts'
import { FakeVolumes } from './fake-volumes.ts'
import { batches, Signal, values } from './fake-streams.ts'
import { fakeSteer } from './fake-release.ts'
import { FakeWorld, type FakeApp } from './fake-world.ts'
import { deploymentOf, fakePlan, stringify } from './fake-yaml.ts'
import { isFilled, isSwarm } from './scenario.ts'
import type { Scenario } from './scenario.ts'

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
      if (scenario === 'error') throw new StatusError('InternalError', 'The disk that holds /home/chef/.toque is full. Nothing was changed; make room there and try again.')
      if (scenario === 'offline') throw new StatusError('ServiceUnavailable', 'Docker is not running here: there is no socket at /var/run/docker.sock. Start Docker (or Docker Desktop), or install it.')
      yield* open()
    })()
  }

  info(): Promise<ClusterInfo> {
    if (isSwarm(this.#scenario)) return Promise.resolve(SWARM_INFO)
    return Promise.resolve({ kind: 'toque', name: 'Bistro', version: '0.1.0', capabilities: ['resources', 'servers', 'jobs', 'autoscaling', 'placement', 'volumes'], kubeconfig: '/home/chef/.toque/kubeconfig' })
  }

  watchOverview(): Stream<Overview> {
    return this.through(() => values(this.#signal, () => overviewOf(this.world, this.#scenario === 'swarm-empty' || this.#scenario === 'swarm-lost')))
  }

  watchApps(): Stream<Batch<AppSummary>> {
    return this.through(() => batches(this.#signal, () => this.world.apps.map((a) => summaryOf(this.world, a))))
  }

  watchApp(ref: ObjectRef): Stream<AppDetail> {
    return this.through(() => values(this.#signal, () => detailOf(this.world, this.#find(ref))))
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
    if (image === undefined) throw new StatusError('NotFound', `Revision ${String(revision)} of ${ref.name} is not kept any more. Choose one of its history.`)
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
    return fakePreview(this.world, action, (ref) => this.#find(ref))
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
}

async function* mapped<T, U>(stream: Stream<T>, map: (item: T) => U): Stream<U> & AsyncGenerator<U> {
  for await (const item of stream) yield map(item)
}
