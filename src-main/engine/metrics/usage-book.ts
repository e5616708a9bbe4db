import { cpuMilli } from '../../policy/usage/cpu-milli.ts'
import type { Counters } from './counters.ts'

/** CPU and memory at one moment. */
export interface Usage {
  /** Milliseconds since the epoch. */
  time: number
  /** Since the point before. */
  windowMs: number
  /** Millicores, on average over the window. */
  cpuMilli: number
  /** Working set. */
  memoryBytes: number
}

/** A pod's usage: its containers' together, and each by name. */
export interface PodUsage extends Usage {
  containers: Readonly<Record<string, Usage>>
}

/** One container's reading. */
export interface Reading {
  podUid: string
  container: string
  /** Docker's ID: another container's counters are not comparable. */
  id: string
  counters: Counters
}

/** The counters of one round, as they were read. */
export interface CounterRound {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly readings: readonly Reading[]
  readonly node: Counters | undefined
}

/** Points kept of each pod and of the node: half an hour at rest, three minutes while an autoscaler looks. What is older is in the history. */
const KEEP = 180

/** Turns readings into usage and keeps a short history. */
export class UsageBook {
  #previous = new Map<string, Counters>()
  #nodeBefore: Counters | undefined
  readonly #pods = new Map<string, PodUsage[]>()
  readonly #node: Usage[] = []
  #round: CounterRound | undefined

  /** Takes one round of readings; what is not in it has ended. `time` in milliseconds since the epoch. */
  take(time: number, readings: readonly Reading[], node: Counters | undefined): void {
    this.#round = { time, readings, node }
    const previous = new Map<string, Counters>()
    const containers = new Map<string, Record<string, Usage>>()
    for (const { podUid, container, id, counters } of readings) {
      previous.set(id, counters)
      const before = this.#previous.get(id)
      const used = before === undefined ? undefined : cpuMilli(before, counters)
      if (before === undefined || used === undefined) continue
      const pod = containers.get(podUid) ?? {}
      pod[container] = { time, windowMs: counters.at - before.at, cpuMilli: used, memoryBytes: counters.memoryBytes }
      containers.set(podUid, pod)
    }
    this.#previous = previous
    for (const [uid, byName] of containers) {
      const all = Object.values(byName)
      const sum = (pick: (u: Usage) => number): number => all.reduce((n, u) => n + pick(u), 0)
      const points = this.#pods.get(uid) ?? []
      keep(points, { time, windowMs: Math.max(...all.map((u) => u.windowMs)), cpuMilli: sum((u) => u.cpuMilli), memoryBytes: sum((u) => u.memoryBytes), containers: byName })
      this.#pods.set(uid, points)
    }
    const before = this.#nodeBefore
    const used = before === undefined || node === undefined ? undefined : cpuMilli(before, node)
    if (before !== undefined && node !== undefined && used !== undefined) keep(this.#node, { time, windowMs: node.at - before.at, cpuMilli: used, memoryBytes: node.memoryBytes })
    this.#nodeBefore = node
  }

  /** Oldest first. */
  pod(uid: string): readonly PodUsage[] {
    return this.#pods.get(uid) ?? []
  }

  /** Oldest first. */
  get node(): readonly Usage[] {
    return this.#node
  }

  /** The newest round's counters. */
  get round(): CounterRound | undefined {
    return this.#round
  }

  /** Forgets a pod that is gone. */
  forget(uid: string): void {
    this.#pods.delete(uid)
  }
}

function keep<T>(points: T[], point: T): void {
  points.push(point)
  if (points.length > KEEP) points.shift()
}
