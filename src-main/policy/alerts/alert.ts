/** How long something must be so before it is told, and how long it must be over; milliseconds. */
export interface AlertRule {
  readonly forMs: number
  readonly clearMs: number
}

/** What is remembered of an alert between looks; times by one steady clock, milliseconds. */
export interface AlertState {
  readonly isRaised: boolean
  /** Since when it is the other way round: over where it is not raised, over no more where it is. */
  readonly turningSince?: number
}

/** Nothing is known yet. */
export const QUIET: AlertState = { isRaised: false }

export interface AlertStep {
  readonly state: AlertState
  /** What is to be told now. */
  readonly turned: 'raised' | 'cleared' | undefined
  /** When it turns if it stays so; undefined: not by time alone. */
  readonly lookAgainMs: number | undefined
}

/**
 * One look at an alert. It is raised once it has been over its threshold without a break for so long, and cleared in the same way. What cannot be told (`isOver`
 * undefined) neither raises it nor clears it, and is a break.
 */
export function nextAlert(before: AlertState, isOver: boolean | undefined, { forMs, clearMs }: AlertRule, now: number): AlertStep {
  const { isRaised } = before
  if (isOver === undefined || isOver === isRaised) return { state: { isRaised }, turned: undefined, lookAgainMs: undefined }
  const since = before.turningSince ?? now
  const leftMs = since + (isRaised ? clearMs : forMs) - now
  if (leftMs > 0) return { state: { isRaised, turningSince: since }, turned: undefined, lookAgainMs: leftMs }
  return { state: { isRaised: !isRaised }, turned: isRaised ? 'cleared' : 'raised', lookAgainMs: undefined }
}

/** How many of some times lie within the window that ends now, and in how many milliseconds there is one less; times by the same clock as `now`. */
export function countWithin(times: readonly number[], windowMs: number, now: number): { readonly count: number; readonly lookAgainMs: number | undefined } {
  const within = times.filter((at) => at > now - windowMs)
  return { count: within.length, lookAgainMs: within.length === 0 ? undefined : Math.min(...within) + windowMs - now }
}
