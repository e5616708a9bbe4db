import type { HorizontalPodAutoscalerSpec, MetricSpec } from '../../common/kube/generated/autoscaling-v2.ts'
import { NO_MEMORY } from './behavior.ts'
import { afterScaling, decide } from './decide.ts'
import type { Sample } from './group-pods.ts'
import { CALCULATOR_DEFAULTS } from './group-pods.ts'
import type { Reading } from './metrics.ts'
import type { RecordedStep } from './recommend.ts'
import type { ScaledPod } from './scaled-pod.ts'
import type { ZeroOptions } from './scale-to-zero.ts'

/** What a workload used in all, by container, from one moment on. */
export interface Load {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly containers: Readonly<Record<string, { readonly cpuMilli: number; readonly memoryBytes: number }>>
}

/** What is tried on a record. */
export interface ReplayInput {
  readonly spec: HorizontalPodAutoscalerSpec
  /** In the order of their times. */
  readonly loads: readonly Load[]
  /** What each pod's containers ask for, in thousandths, by container and resource. */
  readonly requests: ScaledPod['requests']
  readonly replicas: number
  /** How often it looks. Default 15 s. */
  readonly syncMs?: number
  readonly scaleToZeroAfterMs?: number
}

/** What an autoscaler would have decided at one moment. */
export interface ReplayStep {
  readonly time: number
  readonly replicas: number
  /** Of the first metric that is a share of the request, in percent. */
  readonly utilization: number | undefined
  /** Why it changed; '' where it did not. */
  readonly reason: string
  /** Why it could not go where it wanted: `TooManyReplicas`, `ScaleUpLimit`; '' where it could. */
  readonly limitedBy: string
}

/** A replay, and what it comes to. */
export interface Replay {
  readonly steps: readonly ReplayStep[]
  readonly least: number
  readonly most: number
  /** On average over time. */
  readonly mean: number
  readonly changes: number
}

const SYNC_MS = 15_000

/**
 * Runs an autoscaler's spec over a record and tells what it would have decided, by the very function that decides. It takes what was used for what would
 * have been used, shared evenly by however many pods there are, each of them ready at once: what was not served then is not in the record. Pure.
 */
export function replay({ spec, loads, requests, replicas: from, syncMs = SYNC_MS, scaleToZeroAfterMs }: ReplayInput): Replay {
  const steps: ReplayStep[] = []
  let [memory, replicas, at, lastScaleAt] = [NO_MEMORY, from, 0, undefined as number | undefined]
  const end = loads.at(-1)?.time ?? -Infinity
  for (let now = loads[0]?.time ?? Infinity; now <= end; now += syncMs) {
    while ((loads[at + 1]?.time ?? Infinity) <= now) at++
    const load = loads[at]?.containers ?? {}
    const zero: ZeroOptions | undefined = scaleToZeroAfterMs === undefined ? undefined : { idleAfterMs: scaleToZeroAfterMs, lastScaleAt, wakeAt: isUsed(load) ? now : undefined }
    const pods = Array.from({ length: replicas }, (_, i): ScaledPod => ({ name: String(i), phase: 'Running', isDeleting: false, startedAt: 0, ready: { status: 'True', since: 0 }, requests }))
    const readings = (spec.metrics ?? []).map((metric) => readingOf(metric, load, pods, now, syncMs))
    const decision = decide({ spec, scale: { replicas, observed: replicas }, pods, readings, memory, now, options: CALCULATOR_DEFAULTS, zero })
    memory = afterScaling(decision.memory, spec.behavior, replicas, decision.desired, now)
    if (decision.rescale) lastScaleAt = now
    replicas = decision.desired
    const limited = decision.conditions.find((c) => c.type === 'ScalingLimited' && c.status === 'True')
    const utilization = decision.metrics.map((m) => (m.resource ?? m.containerResource)?.current.averageUtilization).find((u) => u !== undefined)
    steps.push({ time: now, replicas, utilization, reason: decision.rescale ? decision.reason : '', limitedBy: limited?.reason ?? '' })
  }
  const counts = steps.map((s) => s.replicas)
  const sum = counts.reduce((n, c) => n + c, 0)
  return { steps, least: counts.reduce((a, b) => Math.min(a, b), from), most: counts.reduce((a, b) => Math.max(a, b), from), mean: counts.length === 0 ? from : sum / counts.length, changes: steps.filter((s) => s.reason !== '').length }
}

/** What the pods of a workload used together, step by step: `pods` are the recorded steps of each pod's containers. */
export function totalLoad(pods: readonly Readonly<Record<string, readonly RecordedStep[]>>[]): Load[] {
  const byTime = new Map<number, Record<string, { cpuMilli: number; memoryBytes: number }>>()
  for (const [container, steps] of pods.flatMap((containers) => Object.entries(containers))) {
    for (const { time, cpuMilli, memoryBytes } of steps) {
      const load = byTime.get(time) ?? {}
      const sum = (load[container] ??= { cpuMilli: 0, memoryBytes: 0 })
      sum.cpuMilli += cpuMilli
      sum.memoryBytes += memoryBytes
      byTime.set(time, load)
    }
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([time, containers]) => ({ time, containers }))
}

function isUsed(load: Load['containers']): boolean {
  return Object.values(load).some(({ cpuMilli }) => cpuMilli >= 1)
}

function readingOf({ resource, containerResource }: MetricSpec, load: Load['containers'], pods: readonly ScaledPod[], now: number, windowMs: number): Reading {
  const source = resource ?? containerResource
  if (source === undefined || (source.name !== 'cpu' && source.name !== 'memory')) return { error: 'only the use of cpu and memory is recorded' }
  const used = Object.entries(load).filter(([name]) => containerResource === undefined || name === containerResource.container).map(([, u]) => u)
  const total = used.reduce((sum, u) => sum + (source.name === 'cpu' ? u.cpuMilli : u.memoryBytes * 1000), 0)
  return { samples: new Map(pods.map(({ name }): [string, Sample] => [name, { value: Math.ceil(total / pods.length), time: now, windowMs }])) }
}
