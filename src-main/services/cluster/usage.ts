import type { ObjectRef, UsagePoint } from '../../common/contract/index.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Metrics } from '../../engine/metrics/start-metrics.ts'
import { sameRef } from '../../common/views/same-ref.ts'
import type { LiveCluster } from './live-cluster.ts'
import type { UsageSource } from './toque-cluster.ts'

/** Usage out of the engine's own samples. An app's is the sum over its instances; without a name it is the whole cluster's. */
export class SampledUsage implements UsageSource {
  readonly #metrics: Metrics
  readonly #live: LiveCluster

  constructor(metrics: Metrics, live: LiveCluster) {
    this.#metrics = metrics
    this.#live = live
  }

  /** All kept points first, then each new one as it is sampled. */
  watch(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]> {
    return makeStream(async (push, signal) => {
      await this.#live.synced
      let seen = -Infinity
      let wake = (): void => undefined
      const stopListening = this.#metrics.subscribe(() => wake())
      const onAbort = (): void => wake()
      signal.addEventListener('abort', onAbort)
      try {
        while (!signal.aborted) {
          const next = new Promise<void>((resolve) => { wake = resolve })
          const points = this.#points(of, seen === -Infinity).filter(({ time }) => time > seen)
          if (points.length > 0 || seen === -Infinity) await push(points)
          seen = points.at(-1)?.time ?? Math.max(seen, 0)
          if (!signal.aborted) await next
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
        stopListening()
      }
    })
  }

  /** All that is kept, or the newest only. */
  #points({ node, app, instance }: { node?: string; app?: ObjectRef; instance?: ObjectRef }, all: boolean): UsagePoint[] {
    const ofNode = (name: string): readonly UsagePoint[] => (all ? this.#metrics.historyNode(name) : this.#metrics.recentNode(name))
    if (node !== undefined) return sumByTime([ofNode(node)])
    if (app === undefined && instance === undefined) return sumByTime(this.#metrics.nodes().map(ofNode))
    const members = this.#live.now.instances.filter((i) => (instance === undefined ? i.app !== undefined && app !== undefined && sameRef(i.app, app) : sameRef(i.ref, instance)))
    return sumByTime(members.map(({ id }) => (all ? this.#metrics.history(id) : this.#metrics.recent(id))))
  }
}

/** The sum of several histories, whose points of one round of samples have the same time. Oldest first. */
function sumByTime(histories: readonly (readonly UsagePoint[])[]): UsagePoint[] {
  const sums = new Map<number, UsagePoint>()
  for (const { time, cpuMilli, memoryBytes } of histories.flat()) {
    const sum = sums.get(time) ?? { time, cpuMilli: 0, memoryBytes: 0 }
    sum.cpuMilli += cpuMilli
    sum.memoryBytes += memoryBytes
    sums.set(time, sum)
  }
  return [...sums.values()].sort((a, b) => a.time - b.time)
}
