import type { Clock } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodActive, isPodReady } from '../../../common/kube/pods.ts'
import type { AnalysisSpec, AnalysisStatus, RequestCounts } from '../../../common/kube/rollout.ts'
import type { TrafficSource } from '../../../common/kube/traffic.ts'
import { ANALYSIS_DEFAULTS, judge } from '../../../policy/canary/analysis.ts'
import type { RolloutSeen } from '../../../policy/canary/decide.ts'
import { add, growth, meanOf, NO_REQUESTS } from '../../../policy/canary/traffic-sums.ts'
import type { Readings, Sum } from '../../../policy/canary/traffic-sums.ts'

type Side = 'stable' | 'canary'

/** The pods of the two revisions, and the new one's name. */
export interface Examinees {
  stable: readonly Frozen<Pod>[]
  canary: readonly Frozen<Pod>[]
  name: string
}

/** Looks at one canary while it is under way. What it remembers between looks an engine that starts anew can do without: it begins to count there. */
export class Examination {
  readonly #clock: Clock
  readonly #traffic: TrafficSource | undefined
  #readings: Readings = new Map()
  /** Whose an address is, or was: what was sent there just before a pod ended counts, too. */
  readonly #sides = new Map<string, Side>()
  readonly #onceReady = new Set<string>()
  /** Requests of the canary that were not judged yet. */
  #unjudged: Sum = NO_REQUESTS
  #lookedAt: number | undefined

  constructor(clock: Clock, traffic: TrafficSource | undefined) {
    this.#clock = clock
    this.#traffic = traffic
  }

  /** Milliseconds until it is time to look; 0 or less: it is. */
  dueMs({ intervalSeconds = ANALYSIS_DEFAULTS.intervalSeconds }: AnalysisSpec): number {
    return this.#lookedAt === undefined ? 0 : this.#lookedAt + intervalSeconds * 1000 - this.#clock.monotonic()
  }

  async look(spec: AnalysisSpec, { stable, canary, name }: Examinees, before: AnalysisStatus | undefined): Promise<NonNullable<RolloutSeen['look']>> {
    for (const [side, pods] of [['stable', stable], ['canary', canary]] as const) for (const { status } of pods) if (status?.podIP !== undefined) this.#sides.set(status.podIP, side)
    const reading = (await this.#traffic?.counters(new Set(this.#sides.keys()))) ?? []
    const { readings, sums } = growth(this.#readings, reading)
    this.#readings = readings
    this.#lookedAt = this.#clock.monotonic()
    const latest: Record<Side, Sum> = { stable: NO_REQUESTS, canary: NO_REQUESTS }
    for (const [address, sum] of sums) {
      const side = this.#sides.get(address)
      if (side !== undefined) latest[side] = add(latest[side], sum)
    }
    this.#unjudged = add(this.#unjudged, latest.canary)
    const verdict = judge(spec, { name, unready: this.#unready(canary), restarts: restartsOf(canary), requests: this.#unjudged })
    if (verdict.judged) this.#unjudged = NO_REQUESTS
    return { verdict, counts: { stable: counted(before?.stable, latest.stable), canary: counted(before?.canary, latest.canary) } }
  }

  #unready(pods: readonly Frozen<Pod>[]): number {
    const active = pods.filter(isPodActive)
    for (const pod of active) if (isPodReady(pod)) this.#onceReady.add(pod.metadata.uid)
    return active.filter((pod) => !isPodReady(pod) && !isServerSilent(pod) && this.#onceReady.has(pod.metadata.uid)).length
  }
}

/** Not ready because its server does not answer: that says nothing of the revision. */
function isServerSilent(pod: Frozen<Pod>): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.reason === 'NodeNotReporting'
}

function restartsOf(pods: readonly Frozen<Pod>[]): number {
  return pods.flatMap(({ status }) => status?.containerStatuses ?? []).reduce((n, { restartCount }) => n + restartCount, 0)
}

function counted(before: RequestCounts | undefined, latest: Sum): RequestCounts {
  const mean = meanOf(latest)
  return { requests: (before?.requests ?? 0) + latest.requests, errors: (before?.errors ?? 0) + latest.errors, ...(mean === undefined ? {} : { meanMs: Math.round(mean) }) }
}
