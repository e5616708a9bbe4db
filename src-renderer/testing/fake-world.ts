import { fakeRelease } from './fake-release.ts'
import type { AppDetail, Endpoint, EventEntry, Explanation, Instance, InstanceContainer, NodeSummary, ObjectRef, Release, Revision } from '../../src-main/common/contract/index.ts'

/** An app of the fake cluster, as it is kept; its pods are kept apart. */
export interface FakeApp {
  ref: ObjectRef
  desired: number
  containers: AppDetail['containers']
  endpoints: Endpoint[]
  revisions: Revision[]
  paused: boolean
  labels: Record<string, string>
  createdAt: number
  /** How new versions of it come in. */
  release?: Release
  /** What every new pod of it does. */
  fate: 'runs' | 'crashes' | 'no-image' | 'unschedulable' | 'oom'
}

const MIN = 60_000
const HOUR = 60 * MIN
const GI = 1024 ** 3

/** A small cluster's state, with the troubles that real ones have. Everything that changes calls `onChange`. */
export class FakeWorld {
  apps: FakeApp[] = []
  pods: Instance[] = []
  nodes: NodeSummary[] = []
  events: EventEntry[] = []
  onChange: () => void = () => undefined
  readonly #start: number
  #serial = 0

  constructor(start: number, filled: boolean, nodes = true) {
    this.#start = start
    this.nodes = !nodes ? [] : filled
      ? [node('kitchen-1', '192.168.0.11', 4000, 16 * GI), node('kitchen-2', '192.168.0.12', 4000, 8 * GI), node('pantry', '192.168.0.20', 2000, 4 * GI, true)]
      : [node('kitchen-1', '192.168.0.11', 4000, 16 * GI)]
    if (filled) this.#fill()
  }

  #fill(): void {
    const at = this.#start
    const http = (name: string, nodePort?: number): Endpoint[] => [
      { kind: 'ClusterIP', name, protocol: 'TCP', address: `10.96.${String(40 + this.apps.length)}.7`, port: 80 },
      ...(nodePort === undefined ? [] : [{ kind: 'NodePort' as const, name, protocol: 'TCP' as const, address: '192.168.0.11', port: nodePort, url: `http://192.168.0.11:${String(nodePort)}` }]),
    ]
    this.add('my-website-deployment', 'default', 3, 'nginx', 'runs', http('my-website', 30080), at - 26 * MIN, 80)
    this.add('menu-api', 'default', 4, 'registry.local/menu-api:2.4.1', 'runs', http('menu-api'), at - 9 * 24 * HOUR, 8080, ['registry.local/menu-api:2.3.0', 'registry.local/menu-api:2.4.0'])
    this.add('reservations', 'default', 2, 'registry.local/reservations:1.9.0', 'crashes', http('reservations'), at - 3 * HOUR, 3000, ['registry.local/reservations:1.8.2'])
    this.add('orders-db', 'data', 1, 'postgres:16.4', 'runs', [{ kind: 'ClusterIP', name: 'orders-db', protocol: 'TCP', address: '10.96.12.4', port: 5432 }], at - 31 * 24 * HOUR, 5432)
    this.add('image-resizer', 'media', 2, 'registry.local/resizer:latest-typo', 'no-image', [], at - 14 * MIN, 9000, ['registry.local/resizer:0.7'])
    this.add('recommender', 'ml', 1, 'registry.local/recommender:0.3', 'unschedulable', http('recommender'), at - 42 * MIN, 8000)
    this.add('pdf-export', 'media', 1, 'registry.local/pdf-export:5.1', 'oom', [], at - 2 * 24 * HOUR, 7000)
    this.add('cache', 'data', 2, 'redis:7.4-alpine', 'runs', [{ kind: 'ClusterIP', name: 'cache', protocol: 'TCP', address: '10.96.12.9', port: 6379 }], at - 31 * 24 * HOUR, 6379)
    this.add('queue', 'data', 3, 'rabbitmq:4.0', 'runs', [{ kind: 'ClusterIP', name: 'queue', protocol: 'TCP', address: '', port: 5672 }], at - 31 * 24 * HOUR, 5672, ['rabbitmq:3.13'], 'StatefulSet')
    this.add('log-agent', 'monitoring', 2, 'fluent-bit:3.2', 'runs', [], at - 31 * 24 * HOUR, 2020, [], 'DaemonSet')
    this.add('newsletter', 'default', 0, 'registry.local/newsletter:1.0', 'runs', [], at - 60 * 24 * HOUR, 8080)
    const [table, checkout] = [this.app('cache'), this.app('orders-db')]
    if (table !== undefined) table.release = fakeRelease(table, 'paused', at)
    if (checkout !== undefined) checkout.release = fakeRelease(checkout, 'aborted', at)
    const api = this.app('menu-api')
    if (api !== undefined) this.roll(api, 'registry.local/menu-api:2.5.0')
    const said = (ago: number, type: EventEntry['type'], reason: string, message: string, about: ObjectRef, count = 1): void => {
      this.events.push({ id: `seed-${String(this.events.length)}`, time: at - ago, type, reason, message, about, count })
    }
    const pod = (app: string): ObjectRef => this.pods.find((p) => p.app?.name === app)?.ref ?? ref('Pod', app)
    said(9_000, 'Warning', 'BackOff', 'Back-off restarting failed container reservations', pod('reservations'), 14)
    said(48_000, 'Warning', 'Failed', 'Failed to pull image "registry.local/resizer:latest-typo": manifest unknown', pod('image-resizer'), 6)
    said(3 * MIN, 'Warning', 'OOMKilling', 'Memory limit of 256Mi reached; the kernel ended the process', pod('pdf-export'), 3)
    said(5 * MIN, 'Warning', 'FailedScheduling', '0/3 nodes are available: 2 Insufficient memory, 1 node was unschedulable', pod('recommender'), 8)
    said(26 * MIN, 'Normal', 'ScalingReplicaSet', 'Scaled up replica set my-website-deployment-7d5b9c to 3', ref('Deployment', 'my-website-deployment'))
    this.#failure(at - 8 * MIN)
    this.events.sort((a, b) => b.time - a.time)
  }

  /** What was told of a server that lost its power and came back. */
  #failure(at: number): void {
    const steps: [number, EventEntry['type'], string, string][] = [
      [3_100, 'Warning', 'NodeNotResponding', 'Server kitchen-2 has not answered for 1.1 s. Nothing is sent to its pods meanwhile'],
      [3_300, 'Normal', 'EndpointsRemoved', 'Its 3 endpoints left the Services\' rules on kitchen-1, pantry, 140 ms after it was found silent'],
      [5_900, 'Warning', 'NodeLost', 'Server kitchen-2 is lost: Neither we nor kitchen-1, pantry get an answer from it. Its pods are made elsewhere, but for those whose data is there and those of StatefulSets.'],
      [6_700, 'Normal', 'PodRecreated', 'default/my-website-deployment-7d5b9c1f-2xk4p runs on kitchen-1, in place of default/my-website-deployment-7d5b9c1f-8fk2s'],
      [6_900, 'Normal', 'PodRecreated', 'default/menu-api-21d5b9c3f-q7w2m runs on pantry, in place of default/menu-api-21d5b9c3f-5gz8d'],
      [180_000, 'Normal', 'NodeResponding', 'Server kitchen-2 answers again, after 178.0 s'],
      [180_200, 'Normal', 'NodeReady', 'Server kitchen-2 is ready again: new pods start on it'],
      [181_000, 'Normal', 'StalePodRemoved', 'default/my-website-deployment-7d5b9c1f-8fk2s, which was left here, is removed'],
    ]
    for (const [after, type, reason, message] of steps) this.events.push({ id: `failure-${String(after)}`, time: at + after, type, reason, message, about: ref('Node', 'kitchen-2', ''), count: 1 })
  }

  app(name: string): FakeApp | undefined {
    return this.apps.find((a) => a.ref.name === name)
  }

  add(name: string, namespace: string, desired: number, image: string, fate: FakeApp['fate'], endpoints: Endpoint[], createdAt: number, port: number, older: string[] = [], kind = 'Deployment'): FakeApp {
    const images = [...older, image]
    const revisions = images.map((img, i): Revision => ({
      revision: i + 1, images: [img], cause: i === 0 ? 'kubectl apply --filename my-website.yaml' : `image set to ${img}`,
      createdAt: createdAt + (i * (this.#start - createdAt)) / images.length, current: i === images.length - 1,
    }))
    const app: FakeApp = {
      ref: ref(kind, name, namespace, 'apps/v1'), desired, endpoints, fate, createdAt, paused: false, revisions: revisions.reverse(),
      containers: [{ name, image, ports: [port] }], labels: { app: name },
    }
    this.apps.push(app)
    for (let i = 0; i < desired; i++) this.pods.push(this.#settled(app, createdAt + i * 900))
    return app
  }

  /** A pod as it is long after its start. */
  #settled(app: FakeApp, createdAt: number): Instance {
    const pod = this.#newPod(app, createdAt)
    return app.fate === 'runs' ? this.#running(pod, createdAt + 1800) : this.#doomed(pod, app)
  }

  #newPod(app: FakeApp, createdAt: number): Instance {
    const serial = this.#serial++
    const suffix = (serial * 7919 + 104_729).toString(36).slice(-5).padStart(5, 'x')
    const hash = `${(app.revisions[0]?.revision ?? 1) * 7}d5b9c${String(app.revisions[0]?.revision ?? 1)}f`
    const open = this.nodes.filter((n) => n.schedulable)
    const there = new Set(this.podsOf(app).map((p) => p.ref.name))
    const ordinal = Array.from({ length: there.size + 1 }, (_, i) => `${app.ref.name}-${String(i)}`).find((n) => !there.has(n))
    const name = app.ref.kind === 'StatefulSet' ? (ordinal ?? '') : app.ref.kind === 'DaemonSet' ? `${app.ref.name}-${suffix}` : `${app.ref.name}-${hash}-${suffix}`
    const target = app.fate === 'unschedulable' ? '' : (open[(app.ref.kind === 'DaemonSet' ? there.size : serial) % Math.max(1, open.length)]?.ref.name ?? '')
    return {
      id: `pod-${String(serial)}`, ref: ref('Pod', name, app.ref.namespace), app: app.ref, node: target,
      ip: target === '' ? '' : `10.244.${target === 'kitchen-1' ? '1' : '2'}.${String(10 + serial)}`, health: 'progressing', status: target === '' ? 'Pending' : 'ContainerCreating', perNode: [], createdAt,
      containers: app.containers.map((c): InstanceContainer => ({ name: c.name, image: c.image, kind: 'app', state: 'waiting', ready: false, restarts: 0, why: { reason: 'ContainerCreating', message: '' } })),
    }
  }

  #running(pod: Instance, since: number): Instance {
    const { why: _, ...rest } = pod
    return { ...rest, status: 'Running', health: 'healthy', containers: pod.containers.map(({ why: _w, ...c }) => ({ ...c, state: 'running', ready: true, since })) }
  }

  #doomed(pod: Instance, app: FakeApp): Instance {
    const one = (status: string, health: Instance['health'], why: Explanation, container: Partial<InstanceContainer>, perNode: Instance['perNode'] = []): Instance => ({
      ...pod, status, health, why, perNode, containers: pod.containers.map((c) => ({ ...c, ...container })),
    })
    switch (app.fate) {
      case 'crashes':
        return one('CrashLoopBackOff', 'failed', { reason: 'CrashLoopBackOff', message: 'The program in "reservations" ends again and again, so it is started less and less often. "reservations" ended with exit code 1: connect ECONNREFUSED 10.96.12.4:5433' },
          { state: 'waiting', restarts: 6, exitCode: 1, why: { reason: 'CrashLoopBackOff', message: 'exit code 1; back-off 2m40s' } })
      case 'no-image':
        return one('ImagePullBackOff', 'failed', { reason: 'ImagePullBackOff', message: 'The image "registry.local/resizer:latest-typo" cannot be pulled. There is no image "registry.local/resizer:latest-typo" in its registry: check the name and the tag. Check the image\'s name and tag, and that the server can reach the registry.' },
          { state: 'waiting', why: { reason: 'ImagePullBackOff', message: 'manifest unknown' } })
      case 'unschedulable':
        return one('Pending', 'degraded', { reason: 'Unschedulable', message: 'No server can take this pod: 0/3 nodes are available: 2 Insufficient memory, 1 node(s) were unschedulable.' }, { state: 'waiting', why: { reason: 'PodInitializing', message: '' } }, [
          { node: 'kitchen-1', reason: 'Insufficient memory' },
          { node: 'kitchen-2', reason: 'Insufficient memory' },
          { node: 'pantry', reason: 'node(s) were unschedulable' },
        ])
      case 'oom':
        return one('Running', 'degraded', { reason: 'OOMKilled', message: '"pdf-export" used more memory than it may (256Mi) and was ended. Raise its memory limit, or find out what needs so much.' },
          { state: 'running', ready: true, restarts: 3, exitCode: 137, since: this.#start - 3 * MIN, why: { reason: 'OOMKilled', message: 'exit code 137' } })
      case 'runs':
        return pod
    }
  }

  /** A node leaves, and its pods with it; their apps start others elsewhere. */
  removeNode(name: string): void {
    this.nodes = this.nodes.filter((n) => n.ref.name !== name)
    this.pods = this.pods.filter((p) => p.node !== name)
    this.onChange()
  }

  podsOf(app: FakeApp): Instance[] {
    return this.pods.filter((p) => p.app?.name === app.ref.name && p.app.namespace === app.ref.namespace)
  }

  isNew(app: FakeApp, pod: Instance): boolean {
    return pod.containers[0]?.image === app.containers[0]?.image
  }

  /** Starts a rolling update to another image. */
  roll(app: FakeApp, image: string, cause = `image set to ${image}`): void {
    const revision = Math.max(...app.revisions.map((r) => r.revision)) + 1
    app.revisions = [{ revision, images: [image], cause, createdAt: Date.now(), current: true }, ...app.revisions.map((r) => ({ ...r, current: false }))]
    app.containers = app.containers.map((c, i) => (i === 0 ? { ...c, image } : c))
    app.fate = image.includes('typo') ? 'no-image' : 'runs'
    this.onChange()
  }

  say(type: EventEntry['type'], reason: string, message: string, about: ObjectRef): void {
    this.events = [{ id: `e-${String(this.#serial++)}`, time: Date.now(), type, reason, message, about, count: 1 }, ...this.events].slice(0, 500)
  }

  /** One step of the cluster's life: at most one pod of each app starts, becomes ready or goes. */
  step(now: number): void {
    for (const app of this.apps) this.#stepApp(app, now)
    this.onChange()
  }

  #stepApp(app: FakeApp, now: number): void {
    const waiting = this.podsOf(app).find((p) => p.status === 'Pending' && app.fate !== 'unschedulable')
    const room = this.nodes.find((n) => n.schedulable)
    if (waiting !== undefined && room !== undefined) this.#swap(waiting, { ...waiting, node: room.ref.name, status: 'ContainerCreating' })
    const pods = this.podsOf(app)
    const starting = pods.find((p) => p.status === 'ContainerCreating')
    if (starting !== undefined) {
      if (now - starting.createdAt > 1500) this.#swap(starting, app.fate === 'runs' ? this.#running(starting, now) : this.#doomed(starting, app))
      return
    }
    const ending = pods.find((p) => p.status === 'Terminating')
    if (ending !== undefined) {
      this.pods = this.pods.filter((p) => p !== ending)
      return
    }
    const old = pods.find((p) => !this.isNew(app, p))
    if (pods.length < app.desired || (old !== undefined && pods.length === app.desired && !app.paused && pods.every((p) => p.health === 'healthy'))) {
      const pod = this.#newPod(app, now)
      this.pods = [...this.pods, pod]
      this.say('Normal', 'Scheduled', `Assigned to ${pod.node}`, pod.ref)
    } else if (pods.length > app.desired) {
      const victim = old ?? pods[pods.length - 1]
      if (victim !== undefined) this.end(victim)
    }
  }

  end(pod: Instance): void {
    this.#swap(pod, { ...pod, status: 'Terminating', health: 'progressing' })
    this.say('Normal', 'Killing', 'Stopping the container', pod.ref)
  }

  #swap(before: Instance, after: Instance): void {
    this.pods = this.pods.map((p) => (p === before ? after : p))
  }
}

/** A reference, in the core group and the default namespace unless said otherwise. */
export function ref(kind: string, name: string, namespace = 'default', apiVersion = 'v1'): ObjectRef {
  return { apiVersion, kind, namespace, name }
}

/** A node that is ready, and empty as far as it knows. */
export function node(name: string, address: string, cpuMilli: number, memoryBytes: number, cordoned = false, zone = 'office'): NodeSummary {
  return {
    id: name, ref: ref('Node', name, ''), health: cordoned ? 'degraded' : 'healthy', address, os: 'Debian GNU/Linux 12', architecture: 'amd64', dockerVersion: '28.0.4', schedulable: !cordoned,
    ...(cordoned ? { why: { reason: 'KubeletHasDiskPressure', message: `The disk of server ${name} is 94 % full: no new pods start on it. Free space there, or remove unused images (docker image prune --all).` } } : {}),
    capacity: { cpuMilli, memoryBytes, pods: 110 }, requested: { cpuMilli: Math.round(cpuMilli * (cordoned ? 0 : 0.43)), memoryBytes: Math.round(memoryBytes * (cordoned ? 0 : 0.58)) }, pods: 0,
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/arch': 'amd64', ...(zone === '' ? {} : { 'topology.kubernetes.io/zone': zone }) }, createdAt: Date.now() - 31 * 24 * HOUR,
    podPaths: ['routes'],
    conditions: [{ type: 'Ready', ok: true, message: 'Docker answers' }, { type: 'MemoryPressure', ok: true, message: 'The server has memory left' }, { type: 'DiskPressure', ok: !cordoned, message: cordoned ? `The disk of server ${name} is 94 % full: no new pods start on it. Free space there, or remove unused images (docker image prune --all).` : 'The disk has room' }],
  }
}
