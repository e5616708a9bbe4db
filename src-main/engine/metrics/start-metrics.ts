import type { Clock, Timer } from '../../common/clock.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Pods, ReplicaSets } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Host } from '../../hosts/host.ts'
import type { Informers } from '../client/informer.ts'
import { containerFiles, nodeFiles } from './cgroup-files.ts'
import type { CgroupLayout, UsageFiles } from './cgroup-files.ts'
import { countersFrom, linesByPath } from './counters.ts'
import { MetricHistory } from './history.ts'
import type { RecordedPod, Workload } from './history.ts'
import { ROOM_FILES, roomFrom } from './room.ts'
import type { Room } from './room.ts'
import { UsageBook } from './usage-book.ts'
import type { CounterRound, PodUsage, Reading, Usage } from './usage-book.ts'
import { workloadOf } from './workload-of.ts'

export type { RecordedPod, Recording, Workload } from './history.ts'
export type { Room } from './room.ts'
export type { CounterRound, PodUsage, Usage } from './usage-book.ts'

/** What the sampler needs. */
export interface MetricsOptions {
  informers: Informers
  clock: Clock
}

/** A node that is sampled. */
export interface MetricsNode {
  name: string
  host: Host
  /** Reads files on the node: the network's. */
  readFiles(paths: readonly string[]): Promise<string>
  /** Told in each round what the node has left. */
  onRoom?(room: Room): void
}

/** CPU and memory of the nodes and their pods, read from cgroups. All nodes are read in one round, whose points have the same time. */
export interface Metrics {
  /** Begins to sample a node. Returns a function that ends it. */
  addNode(node: MetricsNode): () => void
  /** The newest usage of a pod; undefined while it is not known (it needs two readings). */
  latest(podUid: string): PodUsage | undefined
  latestNode(name: string): Usage | undefined
  /** The last hour, oldest first. */
  history(podUid: string): readonly Usage[]
  historyNode(name: string): readonly Usage[]
  /** The newest points, one a round, oldest first. */
  recent(podUid: string): readonly PodUsage[]
  recentNode(name: string): readonly Usage[]
  /** The newest counters of a node and of its containers, as they were read. */
  counters(node: string): CounterRound | undefined
  /** Names of the nodes that are sampled. */
  nodes(): readonly string[]
  /** What is recorded of all pods of a workload, also of those that ended, for a day. */
  recorded(workload: Workload): readonly RecordedPod[]
  /** Called after each round of readings, which come as often as the most eager subscriber wants (2 s unless it says). Returns a function that ends it. */
  subscribe(onSample: () => void, everyMs?: number): () => void
  stop(): Promise<void>
}

const AT_REST_MS = 10_000
const WATCHED_MS = 2_000
/** A server that takes longer to answer is left out of the round. */
const PATIENCE_MS = 1_500

interface Sampled extends MetricsNode {
  book: UsageBook
  layout: CgroupLayout | undefined
}

/** Samples until stopped. A node that fails (no helper, Docker away) is left out; until a node's first point is there, rounds come faster. */
export function startMetrics({ informers, clock }: MetricsOptions): Metrics {
  const pods = informers.for(Pods)
  const nodes = new Map<string, Sampled>()
  const history = new MetricHistory()
  const sets = informers.for(ReplicaSets).lister
  const listeners = new Map<() => void, number>()
  const remove = pods.addHandler({ onDelete: (pod) => {
    nodes.get(pod.spec.nodeName ?? '')?.book.forget(pod.metadata.uid)
    history.ended(pod.metadata.uid, clock.now())
  } })
  let timer: Timer | undefined
  let stopped = false
  let lastAt = -Infinity
  let round: Promise<void> = Promise.resolve()

  function schedule(ms: number): void {
    timer?.cancel()
    if (stopped) return
    timer = clock.setTimeout(() => {
      round = sampleAll().then(() => {
        const isNew = [...nodes.values()].some(({ book }) => book.node.length === 0)
        schedule(Math.min(isNew ? WATCHED_MS : AT_REST_MS, ...listeners.values()))
      })
    }, ms)
  }

  async function sampleAll(): Promise<void> {
    lastAt = clock.monotonic()
    const time = clock.now()
    await Promise.all([...nodes.values()].map((node) => inTime(clock, sample(node, time)).catch(() => undefined)))
    for (const listener of [...listeners.keys()]) listener()
  }

  async function sample(of: Sampled, time: number): Promise<void> {
    of.layout ??= await cgroupLayout(of.host)
    const wanted = containersOf(pods.lister.onNode(of.name), of.layout)
    const node = nodeFiles(of.layout.version)
    const paths = [node, ...wanted.map((w) => w.files)].flatMap((f) => [f.cpu, f.memory, f.memoryStat])
    const lines = linesByPath(await of.readFiles([...new Set([...paths, ...ROOM_FILES])]))
    const at = clock.monotonic()
    // Pods that ended while the files were read are forgotten already.
    const alive = new Set(pods.lister.onNode(of.name).map((pod) => pod.metadata.uid))
    const readings = wanted.filter((w) => alive.has(w.podUid)).flatMap(({ files, ...whose }): Reading[] => {
      const counters = countersFrom(lines, files, at)
      return counters === undefined ? [] : [{ ...whose, counters }]
    })
    of.book.take(time, readings, countersFrom(lines, node, at))
    record(of, time)
    of.onRoom?.(roomFrom(lines))
  }

  function record(of: Sampled, time: number): void {
    const last = of.book.node.at(-1)
    if (last?.time === time) history.takeNode(of.name, last)
    for (const pod of pods.lister.onNode(of.name)) {
      const point = of.book.pod(pod.metadata.uid).at(-1)
      if (point?.time === time) history.take(pod, workloadOf(pod, sets), point.containers)
    }
  }

  /** The record, and from where the points begin the points themselves. */
  function joined<T extends Usage>(before: readonly Usage[], points: readonly T[]): (Usage | T)[] {
    const begin = points[0]?.time ?? Infinity
    return [...before.filter(({ time }) => time < begin), ...points]
  }

  const bookOf = (podUid: string): UsageBook | undefined => [...nodes.values()].find(({ book }) => book.pod(podUid).length > 0)?.book
  return {
    addNode(node) {
      const sampled: Sampled = { ...node, book: new UsageBook(), layout: undefined }
      nodes.set(node.name, sampled)
      schedule(0)
      return () => {
        if (nodes.get(node.name) === sampled) nodes.delete(node.name)
      }
    },
    latest: (uid) => bookOf(uid)?.pod(uid).at(-1),
    latestNode: (name) => nodes.get(name)?.book.node.at(-1),
    history: (uid) => joined(history.pod(uid), bookOf(uid)?.pod(uid) ?? []),
    historyNode: (name) => joined(history.node(name), nodes.get(name)?.book.node ?? []),
    recent: (uid) => bookOf(uid)?.pod(uid) ?? [],
    recentNode: (name) => nodes.get(name)?.book.node ?? [],
    counters: (name) => nodes.get(name)?.book.round,
    recorded: (workload) => history.of(workload),
    nodes: () => [...nodes.keys()],
    subscribe(onSample, everyMs = WATCHED_MS) {
      const before = Math.min(AT_REST_MS, ...listeners.values())
      listeners.set(onSample, everyMs)
      // Not sooner after the last round than any other: over a moment too short, a rate is noise.
      if (everyMs < before) schedule(Math.max(0, lastAt + everyMs - clock.monotonic()))
      return () => void listeners.delete(onSample)
    },
    async stop() {
      stopped = true
      timer?.cancel()
      remove()
      await round
    },
  }
}

/** Resolves when the work is done, or when it is too late for this round; what comes later is taken all the same. */
function inTime(clock: Clock, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = clock.setTimeout(resolve, PATIENCE_MS)
    work.then(resolve, reject).finally(() => late.cancel())
  })
}

async function cgroupLayout(host: Host): Promise<CgroupLayout> {
  const info = await host.docker.info() as { CgroupDriver?: string; CgroupVersion?: string }
  return { version: info.CgroupVersion === '2' ? 2 : 1, driver: info.CgroupDriver === 'systemd' ? 'systemd' : 'cgroupfs' }
}

/** The running containers of a node's pods. */
function containersOf(pods: readonly Frozen<Pod>[], layout: CgroupLayout): (Omit<Reading, 'counters'> & { files: UsageFiles })[] {
  return pods.flatMap((pod) => {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])]
    return statuses.filter((s) => s.state?.running !== undefined && s.containerID?.startsWith('docker://') === true).map((s) => {
      const id = (s.containerID ?? '').slice('docker://'.length)
      return { podUid: pod.metadata.uid, container: s.name, id, files: containerFiles(layout, id) }
    })
  })
}
