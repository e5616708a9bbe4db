import type { Stream } from '../rpc/stream.ts'
import type { Explanation, ObjectRef } from './objects.ts'

/** Spreading instances anew, so that a server that came (back) is used. What is said here stands in objects of the cluster (`kubectl get rebalances`). */
export interface Rebalancing {
  /** What a rebalance would do if it began now. Nothing is changed. */
  plan(): Promise<RebalancePlan>
  /** Begins one. AlreadyExists while one is under way. */
  start(): Promise<void>
  /** Ends the one that is under way; what was asked to go goes, and its app starts another. */
  stop(): Promise<void>
  /** Whether it is done by itself whenever servers came or changed, and that has settled. */
  keep(on: boolean): Promise<void>
  /** How it is, now and at each change. */
  watch(): Stream<RebalanceState>
}

export interface RebalancePlan {
  /** In their order: one after the other. */
  moves: PlannedMove[]
  /** Would be better elsewhere too, and stay. */
  kept: (PlannedMove & { because: Explanation })[]
}

export interface PlannedMove {
  ref: ObjectRef
  from: string
  to: string
  /** `NotAllowed`, `Spread`, `Crowded`, `Uneven`. */
  why: Explanation
}

export interface RebalanceState {
  /** Servers that come (back) are used by themselves. */
  always: boolean
  /** The one that people began last. */
  run?: RebalanceRun
}

export interface RebalanceRun {
  phase: 'Pending' | 'Running' | 'Waiting' | 'Done' | 'Stopped'
  /** What it waits for, or how it ended. */
  message?: string
  /** Those that are over first, then those under way. `to` is absent where there is no replacement any more. */
  moves: { ref: ObjectRef; from: string; to?: string; over: boolean }[]
}
