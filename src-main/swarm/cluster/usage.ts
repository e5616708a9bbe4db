import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { ObjectRef, UsagePoint } from '../../common/contract/index.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Host } from '../../hosts/host.ts'
import type { SwarmTask } from '../docker/types.ts'
import type { SwarmState } from '../state/swarm-state.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { usageOf } from './usage-sample.ts'
import type { ContainerStats } from './usage-sample.ts'

/** Docker gives a sample a second. */
const SECOND_MS = 1_000
/** Kept of a container: while somebody looks, and for those who look next. */
const KEPT_POINTS = 900
/** A container whose last sample is older is not counted: it ended, or its node is silent. */
const FRESH_MS = 5_000

/** Usage of a swarm's tasks by `docker stats` of the nodes whose own Docker is reached; measured only while somebody looks. */
export class SwarmUsage {
  readonly #state: SwarmState
  readonly #clock: Clock
  readonly #meters = new Map<string, Meter>()

  constructor(state: SwarmState, clock: Clock) {
    this.#state = state
    this.#clock = clock
  }

  /** What is kept, then a sum each second over the tasks that match; without a name those of the whole swarm. */
  watch(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]> {
    return makeStream(async (push, signal) => {
      await this.#state.synced
      const held = new Map<string, Meter>()
      // Who looks is who the swarm's timed looks are for, too.
      const stopListening = this.#state.onChange(() => undefined)
      try {
        this.#hold(held, this.#members(of))
        await push(sumBySecond([...held.values()].map(({ points }) => points)))
        while (!signal.aborted) {
          await sleep(this.#clock, SECOND_MS, signal).catch(() => undefined)
          if (signal.aborted) return
          this.#hold(held, this.#members(of))
          const now = this.#clock.now()
          const last = [...held.values()].flatMap(({ points }) => points.at(-1) ?? []).filter(({ time }) => now - time < FRESH_MS)
          if (last.length > 0 || held.size === 0) await push([{ time: now, cpuMilli: sum(last.map(({ cpuMilli }) => cpuMilli)), memoryBytes: sum(last.map(({ memoryBytes }) => memoryBytes)) }])
        }
      } finally {
        stopListening()
        for (const meter of held.values()) this.#release(meter)
      }
    })
  }

  /** The running tasks' containers by ID, with the way to each. */
  #members({ node, app, instance }: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Map<string, Host> {
    const snapshot = new SwarmSnapshot(this.#state.now)
    const service = app === undefined ? undefined : snapshot.service(app)
    const task = instance === undefined ? undefined : snapshot.task(instance)
    const wanted = (one: SwarmTask): boolean => (
      one.Status.State === 'running' && (node === undefined || snapshot.nodeName(one.NodeID ?? '') === node) && (app === undefined || (service !== undefined && one.ServiceID === service.ID)) && (instance === undefined || one === task)
    )
    return new Map(snapshot.picture.tasks.filter(wanted).flatMap(({ NodeID = '', Status }) => {
      const id = Status.ContainerStatus?.ContainerID
      const host = this.#state.hostOf(NodeID)
      return id === undefined || host === undefined ? [] : [[id, host] as const]
    }))
  }

  #hold(held: Map<string, Meter>, members: ReadonlyMap<string, Host>): void {
    for (const [id, host] of members) {
      if (held.has(id)) continue
      const meter = this.#meters.get(id) ?? new Meter(id, host, this.#clock)
      this.#meters.set(id, meter)
      meter.users += 1
      held.set(id, meter)
    }
    for (const [id, meter] of held) {
      if (members.has(id)) continue
      held.delete(id)
      this.#release(meter)
    }
  }

  #release(meter: Meter): void {
    meter.users -= 1
    if (meter.users > 0) return
    meter.stop()
    this.#meters.delete(meter.id)
  }
}

/** One container's samples, as they come. */
class Meter {
  readonly id: string
  readonly points: UsagePoint[] = []
  users = 0
  readonly #abort = new AbortController()

  constructor(id: string, host: Host, clock: Clock) {
    this.id = id
    void this.#read(host, clock)
  }

  stop(): void {
    this.#abort.abort()
  }

  async #read(host: Host, clock: Clock): Promise<void> {
    try {
      const stream = await host.docker.getContainer(this.id).stats({ stream: true, abortSignal: this.#abort.signal } as { stream: true }) as unknown as AsyncIterable<Buffer>
      let rest = ''
      for await (const chunk of stream) {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const point = line === '' ? undefined : usageOf(JSON.parse(line) as ContainerStats, clock.now())
          if (point !== undefined) this.points.push(point)
        }
        this.points.splice(0, Math.max(0, this.points.length - KEPT_POINTS))
      }
    } catch {
      // It ended, or its node is silent: its points get old and count no more.
    }
  }
}

/** The sum of several histories, second by second. Oldest first. */
export function sumBySecond(histories: readonly (readonly UsagePoint[])[]): UsagePoint[] {
  const sums = new Map<number, UsagePoint>()
  for (const history of histories) {
    // One container counts once a second, however its samples fall.
    const bySecond = new Map(history.map((point) => [Math.floor(point.time / SECOND_MS), point]))
    for (const [second, { cpuMilli, memoryBytes }] of bySecond) {
      const before = sums.get(second) ?? { time: second * SECOND_MS, cpuMilli: 0, memoryBytes: 0 }
      sums.set(second, { time: before.time, cpuMilli: before.cpuMilli + cpuMilli, memoryBytes: before.memoryBytes + memoryBytes })
    }
  }
  return [...sums.values()].sort((a, b) => a.time - b.time)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
