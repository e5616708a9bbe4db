import { SCALE_TO_ZERO_AFTER, secondsOf, WAKE_REQUESTED_AT } from '../../common/kube/autoscaling.ts'
import type { Memory } from './behavior.ts'

/** When an autoscaler may go to zero and has to come back. Times are milliseconds. */
export interface ZeroOptions {
  readonly idleAfterMs: number
  readonly wakeAt: number | undefined
  /** When it last scaled. */
  readonly lastScaleAt: number | undefined
}

/** As its annotations say; undefined where it did not ask for it. */
export function zeroOptions(annotations: Readonly<Record<string, string>> | undefined, lastScaleTime: string | undefined): ZeroOptions | undefined {
  const seconds = secondsOf(annotations, SCALE_TO_ZERO_AFTER)
  if (seconds === undefined) return undefined
  const time = (text: string | undefined): number | undefined => (Number.isNaN(Date.parse(text ?? '')) ? undefined : Date.parse(text ?? ''))
  return { idleAfterMs: seconds * 1000, wakeAt: time(annotations?.[WAKE_REQUESTED_AT]), lastScaleAt: time(lastScaleTime) }
}

/** Nothing was to do all through the time that it takes: all of what is remembered says zero, and reaches back that far. */
export function isIdle(desired: number, memory: Memory, { idleAfterMs, wakeAt }: ZeroOptions, now: number): boolean {
  const since = now - idleAfterMs
  const [oldest] = memory.recommendations
  return desired === 0 && oldest !== undefined && oldest.at <= since && (wakeAt ?? -Infinity) <= since
    && memory.recommendations.every((r) => r.at < since || r.replicas === 0)
}

/** At zero, and asked to come back since. */
export function isWoken({ wakeAt, lastScaleAt }: ZeroOptions): boolean {
  return wakeAt !== undefined && wakeAt >= (lastScaleAt ?? -Infinity)
}
