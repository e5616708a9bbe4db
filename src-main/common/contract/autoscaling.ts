import type { Stream } from '../rpc/stream.ts'
import type { Explanation, ObjectRef } from './objects.ts'

/**
 * The autoscaler of an app, and what the record of its use says about both: what one would do, and what the containers should request. Offered by
 * clusters with the capability `autoscaling`. It changes nothing but by `wake`: `draft` gives YAML, which `Cluster.plan` shows and `Cluster.apply` applies.
 */
export interface Autoscaling {
  /** Ends with NotFound when the app is gone. */
  watch(app: ObjectRef): Stream<AppScaling>
  /** The record of an hour (finely) or a day, then what comes: each item is the whole chart. */
  watchChart(query: { app: ObjectRef; over: ScalingSpan }): Stream<ScalingPoint[]>
  /** What the containers request, and what they should. */
  advise(app: ObjectRef): Promise<ContainerAdvice[]>
  /** What an autoscaler with these settings would have decided over the record. */
  tryOut(app: ObjectRef, settings: AutoscalerSettings, over: ScalingSpan): Promise<ScalingTrial>
  /** The YAML that a change comes to. */
  draft(app: ObjectRef, change: ScalingChange): Promise<string>
  /** Asks an autoscaler that scaled to zero to come back. NotFound where there is none. */
  wake(app: ObjectRef): Promise<void>
}

export type ScalingSpan = 'hour' | 'day'

export type ScalingChange =
  | { type: 'autoscaler'; settings: AutoscalerSettings }
  | { type: 'requests'; requests: ContainerRequests[] }

/** What a person sets by clicking. */
export interface AutoscalerSettings {
  min: number
  max: number
  /** Of what the pods request, on average over them, in percent. */
  cpuPercent: number
  /** To zero when nothing was to do for so many seconds; absent: never. */
  toZeroAfterSeconds?: number
}

export interface ContainerRequests {
  container: string
  cpuMilli?: number
  memoryBytes?: number
}

export interface AppScaling {
  autoscaler?: AutoscalerView
  /** Containers that do not say how much CPU they need: without that there is no percentage of it. */
  withoutCpuRequest: string[]
}

export interface AutoscalerView {
  ref: ObjectRef
  settings: AutoscalerSettings
  current: number
  desired: number
  metrics: ScalingMetric[]
  /** `off`: at zero replicas because somebody scaled it so. `zero`: it scaled to zero itself, and comes back when asked. `waiting`: it has not looked yet. */
  state: 'working' | 'limited' | 'failing' | 'off' | 'zero' | 'waiting'
  why?: Explanation
  conditions: { type: string; ok: boolean; reason: string; message: string }[]
  /** Milliseconds since the epoch. */
  lastScaledAt?: number
}

/** One thing that an autoscaler watches, as it reads now and as it should. Percentages, or quantities as Kubernetes writes them. */
export interface ScalingMetric {
  /** `cpu`, `memory`, or the metric's own name. */
  name: string
  /** Of one container only. */
  container?: string
  /** Absent while it is not known. */
  current?: string
  target: string
  /** Current of target; 1 is right. Absent while it is not known. */
  share?: number
}

export interface ScalingPoint {
  /** Milliseconds since the epoch. */
  time: number
  /** All instances together. */
  cpuMilli: number
  /** How many were measured. */
  replicas: number
}

export interface ContainerAdvice {
  container: string
  /** What it requests. */
  now: { cpuMilli?: number; memoryBytes?: number }
  /** Absent while less than ten minutes are recorded. */
  advised?: { cpuMilli: AdvisedRange; memoryBytes: AdvisedRange; spanMs: number }
}

/** At least `lower`, best `target`; more than `upper` is waste. */
export interface AdvisedRange {
  lower: number
  target: number
  upper: number
}

export interface ScalingTrial {
  /** `utilization`: percent of the request. */
  steps: { time: number; replicas: number; utilization?: number }[]
  least: number
  most: number
  /** On average over time. */
  mean: number
  changes: number
  /** For so large a share of the time it wanted more than the most. */
  cappedShare: number
}
