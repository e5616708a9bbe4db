import type Docker from 'dockerode'
import type { Clock } from '../../../common/clock.ts'
import { orAborted } from '../../../common/or-aborted.ts'
import type { ContainerReading } from './usage-book.ts'

/** A node's Docker; undefined: the node is not known here, or out of reach. */
export type DockerOf = (nodeId: string) => Docker | undefined

/** A container and the node that it is on. */
export interface PlacedContainer {
  readonly nodeId: string
  readonly container: string
}

/** A node that does not answer by then has no metrics: its tasks count as those of which nothing is known. */
const PATIENCE_MS = 3_000
/** Containers of one node that are asked about at a time. */
const AT_ONCE = 4

/** Reads what containers have used, of all nodes at the same time. Those that could not be read are not in it. Never rejects. */
export async function readContainers(placed: readonly PlacedContainer[], dockerOf: DockerOf, clock: Clock, signal: AbortSignal): Promise<Map<string, ContainerReading>> {
  const found = new Map<string, ContainerReading>()
  const tooLate = new AbortController()
  const timer = clock.setTimeout(() => tooLate.abort(new Error('it does not answer')), PATIENCE_MS)
  const either = AbortSignal.any([signal, tooLate.signal])
  const work = [...new Set(placed.map((p) => p.nodeId))].flatMap((nodeId) => {
    const docker = dockerOf(nodeId)
    const queue = placed.filter((p) => p.nodeId === nodeId).map((p) => p.container)
    return docker === undefined ? [] : Array.from({ length: AT_ONCE }, () => drain(docker, queue, found, either))
  })
  try {
    await Promise.all(work)
  } finally {
    timer.cancel()
  }
  return found
}

async function drain(docker: Docker, queue: string[], found: Map<string, ContainerReading>, signal: AbortSignal): Promise<void> {
  for (let id = queue.shift(); id !== undefined && !signal.aborted; id = queue.shift()) {
    const reading = await readOne(docker, id, signal).catch(() => undefined)
    if (reading !== undefined && !signal.aborted) found.set(id, reading)
  }
}

async function readOne(docker: Docker, id: string, signal: AbortSignal): Promise<ContainerReading | undefined> {
  // One of its own: whoever listens to a signal that many share is one of too many.
  const own = AbortSignal.any([signal])
  // In one shot Docker answers at once; else it waits for a second reading of its own.
  return readingOf(await orAborted(docker.getContainer(id).stats({ stream: false, 'one-shot': true, abortSignal: own } as { stream: false }), own))
}

/** A container's reading out of Docker's stats; undefined where it does not run. Pure. */
export function readingOf(stats: StatsRead): ContainerReading | undefined {
  const { read, cpu_stats: { cpu_usage: { total_usage: cpuNanos } = {} } = {}, memory_stats: { usage, stats: { inactive_file, total_inactive_file } = {} } = {} } = stats
  const at = Date.parse(read)
  if (Number.isNaN(at) || cpuNanos === undefined || usage === undefined) return undefined
  // Version 1 of cgroups counts a cgroup's children only in the total. What the kernel can take back without pain does not count.
  return { at, cpuNanos, memoryBytes: Math.max(0, usage - (total_inactive_file ?? inactive_file ?? 0)) }
}

/** What is read of Docker's stats. */
export interface StatsRead {
  readonly read: string
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } }
  readonly memory_stats?: { readonly usage?: number; readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number } }
}
