// Size: a hundred nodes and five thousand pods in one process. Everything is the engine's own but the containers, which are only remembered.
// For comparison, a real Kubernetes control plane with simulated kubelets on a machine like this: 25.7 to 29.4 s from 0 to 2,000 pods on 100 nodes.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src-main/common/clock.ts'
import { Pods } from '../../src-main/common/kube/kinds.ts'
import { NodeActions } from '../../src-main/services/cluster/node-actions.ts'
import { Replicas } from '../scale/replicas.ts'
import { SimulatedCluster } from '../scale/simulated-cluster.ts'
import { atMost, figure, type BenchContext, type Row } from './bench.ts'

const NODES = 100
const PODS = 5_000
const LOST = 10
/** Nodes say that they are there every 10 s. */
const GRACE_MS = 15_000
const LIMIT_S = 300

/** The worst that the event loop was held up in each part, milliseconds. */
class Delays {
  readonly #histogram = monitorEventLoopDelay({ resolution: 5 })

  constructor() {
    this.#histogram.enable()
  }

  /** Since it was last asked. */
  take(): number {
    const worst = this.#histogram.max / 1e6
    this.#histogram.reset()
    return worst
  }
}

export default async function scale({ say, signal }: BenchContext): Promise<Row[]> {
  const cluster = await SimulatedCluster.start({ nodes: NODES, clock: systemClock, nodeGraceMs: GRACE_MS })
  const replicas = new Replicas(cluster)
  const delays = new Delays()
  const rows: Row[] = []
  try {
    say(`${String(NODES)} nodes are ready`)
    const empty = process.memoryUsage().rss
    delays.take()

    const creating = replicas.create(PODS)
    const up = await replicas.until('all pods ready', () => replicas.ready === PODS, LIMIT_S)
    await creating
    say(`${String(PODS)} pods ready after ${up.toFixed(1)} s`)
    rows.push(
      atMost('up.s', up, 's', 30), figure('up.rate', PODS / up, 'pods/s'), atMost('up.delay.max.ms', delays.take(), 'ms', 200),
      figure('up.mib', process.memoryUsage().rss / 2 ** 20, 'MiB'), figure('empty.mib', empty / 2 ** 20, 'MiB'),
    )

    signal.throwIfAborted()
    const [first = '', ...others] = cluster.nodes
    const moved = replicas.readyOn(first)
    const begin = performance.now()
    for await (const _ of new NodeActions({ client: cluster.client, live: cluster.live, clock: systemClock }).drain({ apiVersion: 'v1', kind: 'Node', namespace: '', name: first }));
    await replicas.until('all pods ready elsewhere', () => replicas.ready === PODS && replicas.readyOn(first) === 0, LIMIT_S)
    const drained = (performance.now() - begin) / 1000
    say(`a node with ${String(moved)} pods was drained in ${drained.toFixed(1)} s`)
    rows.push(figure('drain.s', drained, 's'), figure('drain.pods', moved, 'pods'), figure('drain.delay.max.ms', delays.take(), 'ms'))

    signal.throwIfAborted()
    const lost = others.slice(0, LOST)
    const gone = lost.reduce((sum, node) => sum + replicas.readyOn(node), 0)
    await cluster.lose(lost)
    const noticed = await replicas.until('the loss to be noticed', () => lost.every((node) => replicas.readyOn(node) === 0), LIMIT_S)
    const healed = await replicas.until('all pods ready elsewhere', () => replicas.ready === PODS, LIMIT_S)
    say(`${String(LOST)} nodes with ${String(gone)} pods lost: noticed after ${noticed.toFixed(1)} s, all ready elsewhere ${healed.toFixed(1)} s later`)
    rows.push(figure('lost.pods', gone, 'pods'), figure('lost.noticed.s', noticed, 's'), figure('lost.healed.s', healed, 's'), figure('lost.delay.max.ms', delays.take(), 'ms'))

    signal.throwIfAborted()
    const returning = performance.now()
    await cluster.bringBack(lost)
    while (cluster.informers.for(Pods).lister.list().some((p) => p.metadata.deletionTimestamp !== undefined) && performance.now() - returning < LIMIT_S * 1000) await sleep(50, undefined, { signal })
    const back = (performance.now() - returning) / 1000
    const delay = delays.take()
    const wrong = await replicas.wrong()
    for (const line of wrong.slice(0, 5)) say(line)
    say(`the lost nodes are back, and rid of their old pods after ${back.toFixed(1)} s`)
    rows.push(figure('back.s', back, 's'), atMost('wrong', wrong.length, 'pods', 0), figure('back.delay.max.ms', delay, 'ms'), figure('end.mib', process.memoryUsage().rss / 2 ** 20, 'MiB'))
    if (cluster.errors.length > 0) say(`${String(cluster.errors.length)} errors, such as: ${JSON.stringify(cluster.errors[0])} ${String(cluster.errors[0])}`)
    rows.push(figure('errors', cluster.errors.length, 'errors'))
    return rows
  } finally {
    replicas.stop()
    await cluster.stop()
  }
}
