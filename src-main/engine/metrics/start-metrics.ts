import type { Clock, Timer } from '../../common/clock.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Host } from '../../hosts/host.ts'
import type { Informers } from '../client/informer.ts'
import { containerFiles, nodeFiles } from './cgroup-files.ts'
import type { CgroupLayout, UsageFiles } from './cgroup-files.ts'
import { countersFrom, linesByPath } from './counters.ts'
import { UsageBook } from './usage-book.ts'
import type { PodUsage, Reading, Usage } from './usage-book.ts'

export type { PodUsage, Usage } from './usage-book.ts'

/** What the sampler needs. */
export interface MetricsOptions {
  informers: Informers
  host: Host
  clock: Clock
  nodeName: string
  /** Reads files on the node: the network's. */
  readFiles(paths: readonly string[]): Promise<string>
}

/** CPU and memory of the node and its pods, read from cgroups. */
export interface Metrics {
  /** The newest usage of a pod; undefined while it is not known (it needs two readings). */
  latest(podUid: string): PodUsage | undefined
  latestNode(): Usage | undefined
  /** What is kept, oldest first. */
  history(podUid: string): readonly PodUsage[]
  historyNode(): readonly Usage[]
  /** Called after each round of readings, which come faster while somebody subscribes. Returns a function that ends it. */
  subscribe(onSample: () => void): () => void
  stop(): Promise<void>
}

const AT_REST_MS = 10_000
const WATCHED_MS = 2_000

/** Samples until stopped. A round that fails (no helper, Docker away) is left out; until the first point is there, rounds come faster. */
export function startMetrics(options: MetricsOptions): Metrics {
  const { informers, clock, nodeName, host, readFiles } = options
  const pods = informers.for(Pods)
  const book = new UsageBook()
  const listeners = new Set<() => void>()
  const remove = pods.addHandler({ onDelete: (pod) => book.forget(pod.metadata.uid) })
  let layout: CgroupLayout | undefined
  let timer: Timer | undefined
  let stopped = false
  let lastAt = -Infinity
  let round: Promise<void> = Promise.resolve()

  function schedule(ms: number): void {
    timer?.cancel()
    if (stopped) return
    timer = clock.setTimeout(() => {
      round = sample().catch(() => undefined).then(() => schedule(listeners.size > 0 || book.node.length === 0 ? WATCHED_MS : AT_REST_MS))
    }, ms)
  }

  async function sample(): Promise<void> {
    lastAt = clock.monotonic()
    layout ??= await cgroupLayout(host)
    const wanted = containersOf(pods.lister.list(), nodeName, layout)
    const node = nodeFiles(layout.version)
    const paths = [node, ...wanted.map((w) => w.files)].flatMap((f) => [f.cpu, f.memory, f.memoryStat])
    const lines = linesByPath(await readFiles([...new Set(paths)]))
    const at = clock.monotonic()
    // Pods that ended while the files were read are forgotten already.
    const alive = new Set(pods.lister.list().map((pod) => pod.metadata.uid))
    const readings = wanted.filter((w) => alive.has(w.podUid)).flatMap(({ files, ...of }): Reading[] => {
      const counters = countersFrom(lines, files, at)
      return counters === undefined ? [] : [{ ...of, counters }]
    })
    book.take(clock.now(), readings, countersFrom(lines, node, at))
    for (const listener of [...listeners]) listener()
  }

  schedule(0)
  return {
    latest: (uid) => book.pod(uid).at(-1),
    latestNode: () => book.node.at(-1),
    history: (uid) => book.pod(uid),
    historyNode: () => book.node,
    subscribe(onSample) {
      listeners.add(onSample)
      // Not sooner after the last round than any other: over a moment too short, a rate is noise.
      if (listeners.size === 1) schedule(Math.max(0, lastAt + WATCHED_MS - clock.monotonic()))
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

async function cgroupLayout(host: Host): Promise<CgroupLayout> {
  const info = await host.docker.info() as { CgroupDriver?: string; CgroupVersion?: string }
  return { version: info.CgroupVersion === '2' ? 2 : 1, driver: info.CgroupDriver === 'systemd' ? 'systemd' : 'cgroupfs' }
}

/** The running containers of a node's pods. */
function containersOf(pods: readonly Frozen<Pod>[], nodeName: string, layout: CgroupLayout): (Omit<Reading, 'counters'> & { files: UsageFiles })[] {
  return pods.filter((pod) => pod.spec?.nodeName === nodeName).flatMap((pod) => {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])]
    return statuses.filter((s) => s.state?.running !== undefined && s.containerID?.startsWith('docker://') === true).map((s) => {
      const id = (s.containerID ?? '').slice('docker://'.length)
      return { podUid: pod.metadata.uid, container: s.name, id, files: containerFiles(layout, id) }
    })
  })
}
