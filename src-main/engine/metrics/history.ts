import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { Series } from './series.ts'
import type { RecordedPoint } from './series.ts'
import type { Usage } from './usage-book.ts'

/** What pods are of. */
export interface Workload {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** What is known of one container or node: the last hour finely, a day by the minute. */
export interface Recording {
  readonly hour: readonly RecordedPoint[]
  readonly day: readonly RecordedPoint[]
}

/** A pod's record. */
export interface RecordedPod {
  readonly name: string
  readonly containers: Readonly<Record<string, Recording>>
  /** Milliseconds since the epoch; undefined while it is there. */
  readonly endedAt: number | undefined
}

interface Tiers {
  readonly hour: Series
  readonly day: Series
}

interface Kept {
  readonly name: string
  workload: string
  readonly containers: Map<string, Tiers>
  endedAt: number | undefined
}

const FINE_MS = 10_000
const FINE_POINTS = 360
const MINUTE_MS = 60_000
const DAY_MINUTES = 1440
/** Records of ended pods that are kept; the longest ended goes first. A whole day of one container takes 35 KiB. */
const MOST_ENDED = 200

/** Records what is sampled, in memory: an hour in steps of 10 s, a day in steps of a minute. */
export class MetricHistory {
  readonly #pods = new Map<string, Kept>()
  readonly #nodes = new Map<string, Tiers>()

  /** Takes a pod's newest point, by container. */
  take({ metadata: { uid, name } }: Frozen<Pod>, workload: Workload, containers: Readonly<Record<string, Usage>>): void {
    const kept = this.#pods.get(uid) ?? { name, workload: '', containers: new Map<string, Tiers>(), endedAt: undefined }
    this.#pods.set(uid, kept)
    // A ReplicaSet may be told of later than its pods.
    kept.workload = idOf(workload)
    for (const [container, usage] of Object.entries(containers)) {
      const tiers = kept.containers.get(container) ?? newTiers()
      kept.containers.set(container, tiers)
      add(tiers, usage)
    }
  }

  takeNode(name: string, usage: Usage): void {
    const tiers = this.#nodes.get(name) ?? newTiers()
    this.#nodes.set(name, tiers)
    add(tiers, usage)
  }

  /** The pod is no more. Its record stays for a day, as long as there are not too many. */
  ended(uid: string, now: number): void {
    const kept = this.#pods.get(uid)
    if (kept === undefined || kept.endedAt !== undefined) return
    kept.endedAt = now
    const ended = [...this.#pods].filter(([, p]) => p.endedAt !== undefined).sort(([, a], [, b]) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
    const old = ended.filter(([, p], i) => (p.endedAt ?? 0) < now - DAY_MINUTES * MINUTE_MS || i < ended.length - MOST_ENDED)
    for (const [gone] of old) this.#pods.delete(gone)
  }

  /** The last hour of a pod, its containers together. */
  pod(uid: string): RecordedPoint[] {
    const all = [...(this.#pods.get(uid)?.containers.values() ?? [])].map(({ hour }) => hour.points())
    const [only] = all
    if (only === undefined || all.length === 1) return only ?? []
    const sums = new Map<number, RecordedPoint>()
    for (const point of all.flat()) {
      const sum = sums.get(point.time)
      sums.set(point.time, sum === undefined ? point : { ...sum, cpuMilli: sum.cpuMilli + point.cpuMilli, memoryBytes: sum.memoryBytes + point.memoryBytes })
    }
    return [...sums.values()].sort((a, b) => a.time - b.time)
  }

  /** The last hour of a node. */
  node(name: string): RecordedPoint[] {
    return this.#nodes.get(name)?.hour.points() ?? []
  }

  of(workload: Workload): RecordedPod[] {
    const id = idOf(workload)
    return [...this.#pods.values()].filter((kept) => kept.workload === id).map(({ name, containers, endedAt }) => ({
      name, endedAt, containers: Object.fromEntries([...containers].map(([container, { hour, day }]) => [container, { hour: hour.points(), day: day.points() }])),
    }))
  }
}

function idOf({ kind, namespace, name }: Workload): string {
  return `${kind}/${namespace}/${name}`
}

function newTiers(): Tiers {
  return { hour: new Series(FINE_MS, FINE_POINTS), day: new Series(MINUTE_MS, DAY_MINUTES) }
}

function add({ hour, day }: Tiers, { time, windowMs, cpuMilli, memoryBytes }: Usage): void {
  hour.add(time, windowMs, cpuMilli, memoryBytes)
  day.add(time, windowMs, cpuMilli, memoryBytes)
}
