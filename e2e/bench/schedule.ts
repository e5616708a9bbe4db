// The scheduler's pace. Deciding alone, on memory: 1,000 nodes and 30,000 pods; what a pod costs in a big cluster against a small one; and whole, through the API
// over HTTPS with durable writes. For comparison, kube-scheduler on a machine like this: a median of 215 pods/s for 2,000 pods on 100 nodes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src-main/common/clock.ts'
import type { Node, Pod, PodSpec } from '../../src-main/common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../src-main/common/kube/kinds.ts'
import { seededRandom } from '../../src-main/common/seeded-random.ts'
import { ApiServer } from '../../src-main/engine/api/api-server.ts'
import { Api } from '../../src-main/engine/api/api.ts'
import { bootstrap } from '../../src-main/engine/api/bootstrap.ts'
import { kubernetesSchemas } from '../../src-main/engine/api/openapi/schemas.ts'
import { SharedInformers } from '../../src-main/engine/client/informers.ts'
import { LocalClient } from '../../src-main/engine/client/local-client.ts'
import { EventBroadcaster } from '../../src-main/engine/client/recorder.ts'
import { SchedulerCache } from '../../src-main/engine/scheduler/cache.ts'
import { schedule } from '../../src-main/engine/scheduler/framework.ts'
import { startScheduler } from '../../src-main/engine/scheduler/index.ts'
import { defaultPlugins } from '../../src-main/engine/scheduler/plugins/index.ts'
import { podInfo } from '../../src-main/engine/scheduler/pod-info.ts'
import { openStore } from '../../src-main/engine/store/open.ts'
import { LoadClient } from './api-load/client.ts'
import { atLeast, atMost, figure, percentile, type BenchContext, type Row } from './bench.ts'

const AT = '2026-01-01T00:00:00Z'
const APPS = 100

function node(i: number): Node {
  const name = `node-${String(i).padStart(5, '0')}`
  return {
    apiVersion: 'v1', kind: 'Node', spec: {}, metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: AT, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${String(i % 3)}` } },
    status: { allocatable: { cpu: '32', memory: '128Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

function pod(i: number, spec: (app: string) => Partial<PodSpec>): Pod {
  const app = `app-${String(i % APPS)}`
  const name = `${app}-${String(i)}`
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: AT, labels: { app }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app, uid: app, controller: true }] },
    spec: { containers: [{ name: 'c', image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '128Mi' } } }], ...spec(app) },
  }
}

/** Apart from its like by zone (a rule) and by node (a rule and a wish). */
function spread(app: string): Partial<PodSpec> {
  const labelSelector = { matchLabels: { app } }
  return {
    topologySpreadConstraints: [{ topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector }, { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector }],
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector }] } },
  }
}

interface Pace {
  perSecond: number
  /** Milliseconds of each decision, the pod's place taken. */
  decisions: number[]
}

/** Places pods one after another, each seen by the next, as the scheduler's own loop does; then each is seen bound, as the watch says a moment later. */
function decide(nodes: number, pods: number, spec: (app: string) => Partial<PodSpec>): Pace {
  const cache = SchedulerCache.of(Array.from({ length: nodes }, (_, i) => node(i)), [])
  const all = Array.from({ length: pods }, (_, i) => pod(i, spec))
  const random = seededRandom(1)
  const decisions: number[] = []
  let next = 0
  const begin = performance.now()
  for (const one of all) {
    const from = performance.now()
    const info = podInfo(one)
    const verdict = schedule(info, cache, defaultPlugins, random, next)
    if (verdict.node === undefined) throw new Error(`${one.metadata.name} found no node: ${JSON.stringify([...verdict.noes][0])}`)
    next = (next + verdict.visited) % nodes
    cache.assume(info, verdict.node)
    decisions.push(performance.now() - from)
    cache.setPod({ ...one, spec: { ...one.spec, nodeName: verdict.node } })
  }
  return { perSecond: pods / ((performance.now() - begin) / 1000), decisions }
}

/** Milliseconds a pod costs among so many nodes, in the middle of a run: the first ones pay for the compiler. */
function cost(nodes: number): number {
  const { decisions } = decide(nodes, 3_000, () => ({}))
  return percentile(decisions.slice(1_000), 0.5)
}

/** What a pod costs in each of two clusters, measured in turns: what disturbs the machine for a second falls on both. */
function costs(few: number, many: number): [number, number] {
  const rounds = Array.from({ length: 5 }, () => [cost(few), cost(many)] as const)
  return [percentile(rounds.map(([small]) => small), 0.5), percentile(rounds.map(([, big]) => big), 0.5)]
}

/** Creates pods over HTTPS, 32 at a time, and waits until each has a node. Everything that is acknowledged is on the disk. */
async function endToEnd(nodes: number, pods: number, signal: AbortSignal): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'toque-schedule-'))
  const store = await openStore({ dir: join(dir, 'store'), encryptionKey: new Uint8Array(32), clock: systemClock })
  const api = new Api({ store, schemas: kubernetesSchemas, clock: systemClock })
  await bootstrap(api)
  const server = await ApiServer.start({ api, dataDir: dir, port: 0, nodes: { logs: () => { throw new Error('there are no containers') } } })
  const client = new LocalClient(api)
  const poster = new LoadClient(server.kubeconfig, 32)
  const errors: unknown[] = []
  const onError = (error: unknown): void => void errors.push(error)
  const informers = new SharedInformers({ client, clock: systemClock, onError })
  const events = new EventBroadcaster({ client, clock: systemClock, onError })
  const scheduler = await startScheduler({ client: new LocalClient(api, 'system:kube-scheduler'), informers, clock: systemClock, recorder: (c) => events.recorder(c), onError })
  try {
    for (let i = 0; i < nodes; i++) {
      const { metadata: { name, labels }, status } = node(i)
      const made = await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, ...(labels === undefined ? {} : { labels }) }, spec: {} })
      await client.updateStatus(Nodes, { ...made, ...(status === undefined ? {} : { status }) })
    }
    let bound = 0
    const done = new Promise<void>((resolve) => {
      const seen = (p: Readonly<Pod>): void => {
        if (p.spec.nodeName && ++bound === pods) resolve()
      }
      informers.for(Pods).addHandler({ onAdd: seen, onUpdate: (p, old) => (old.spec.nodeName ? undefined : seen(p)) })
    })
    const begin = performance.now()
    let i = 0
    await Promise.all(Array.from({ length: 32 }, async () => {
      while (i < pods) {
        signal.throwIfAborted()
        const { metadata: { name, labels, ownerReferences }, spec } = pod(i++, () => ({}))
        await poster.must({ method: 'POST', path: '/api/v1/namespaces/default/pods', body: { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, ownerReferences }, spec } })
      }
    }))
    await done
    const seconds = (performance.now() - begin) / 1000
    if (errors.length > 0) throw new Error(`${String(errors.length)} errors, such as ${String(errors[0])}`)
    return pods / seconds
  } finally {
    poster.close()
    await scheduler.stop()
    await events.stop()
    await informers.stop()
    await server.stop()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

export default async function bench({ say, signal }: BenchContext): Promise<Row[]> {
  const plain = decide(1_000, 30_000, () => ({}))
  say(`30,000 plain pods on 1,000 nodes: ${plain.perSecond.toFixed(0)} a second`)
  signal.throwIfAborted()
  const apart = decide(1_000, 30_000, spread)
  say(`30,000 pods with spread and anti-affinity: ${apart.perSecond.toFixed(0)} a second`)
  signal.throwIfAborted()
  const [small, big] = costs(100, 5_000)
  say(`a pod costs ${small.toFixed(3)} ms among 100 nodes, ${big.toFixed(3)} ms among 5,000`)
  signal.throwIfAborted()
  const whole = await endToEnd(100, 2_000, signal)
  say(`2,000 pods on 100 nodes over HTTPS: ${whole.toFixed(0)} a second`)
  return [
    atLeast('plain.pods.per.s', plain.perSecond, 'pods/s', 2_000), figure('plain.p99.ms', percentile(plain.decisions, 0.99), 'ms'),
    atLeast('spread.pods.per.s', apart.perSecond, 'pods/s', 500), figure('spread.p99.ms', percentile(apart.decisions, 0.99), 'ms'),
    atMost('growth.ratio', big / small, 'x', 3), figure('e2e.pods.per.s', whole, 'pods/s'),
  ]
}
