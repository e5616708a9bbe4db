import type { Explanation, ObjectRef } from '../../common/contract/objects.ts'

/** Something that the extras did, or would not do. */
export interface ExtraEvent {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for machines. */
  readonly reason: string
  /** For people: what happened and why, or what is wrong and what to do. */
  readonly message: string
  readonly about: ObjectRef
}

/** Where events go. Never throws, never waits. */
export interface EventSink {
  event(event: ExtraEvent): void
}

/** What is wrong with services at present, by their IDs: those that asked to be told. Never throws, never waits. */
export interface AlertBoard {
  raised(alerts: ReadonlyMap<string, readonly Explanation[]>): void
}

/** What would be done if it were looked at now: shown before anything is. */
export interface Intent {
  readonly about: ObjectRef
  readonly extra: 'autoscale' | 'rebalance' | 'schedule' | 'canary' | 'alert'
  /** `nothing`: all is as it should be. `wait`: it comes later, or once something else is over. `refused`: its labels cannot be followed. */
  readonly what: 'scale' | 'rebalance' | 'run' | 'canary' | 'nothing' | 'wait' | 'refused'
  readonly message: string
}
