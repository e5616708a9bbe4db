import type { Step } from '../../common/kube/rollout-plan.ts'

/** Where a canary is on its way: the step that it is at, since when (milliseconds since the epoch), and the percentage that it has. */
export interface Position {
  readonly step: number
  readonly startedAt: number
  readonly weight: number
}

/** The percentage that its step is for: the one it goes to, else the one that there is. */
export function aimOf(plan: readonly Step[], { step, weight }: Position): number {
  const at = plan[step]
  return at?.kind === 'weight' ? at.weight : weight
}

/** Milliseconds until a pause is over; undefined: the step is none, or one that waits for somebody. */
export function leftOf(plan: readonly Step[], { step, startedAt }: Position, now: number): number | undefined {
  const at = plan[step]
  return at?.kind === 'pause' && at.seconds !== undefined ? startedAt + at.seconds * 1000 - now : undefined
}

/** Milliseconds until those that a step waits for are late; undefined: it waits for none. `since`: before that nobody looked after them. */
export function lateOf(plan: readonly Step[], { step, startedAt }: Position, { deadlineSeconds, since }: { deadlineSeconds: number; since: number }, now: number): number | undefined {
  return plan[step]?.kind === 'weight' ? Math.max(startedAt, since) + deadlineSeconds * 1000 - now : undefined
}

/** Goes as many steps as are done at this moment. `isReached`: are there as many as a percentage needs? `passed`: the steps that were left behind, in order. */
export function walk(plan: readonly Step[], from: Position, isReached: (weight: number) => boolean, now: number): { readonly position: Position; readonly passed: readonly number[] } {
  const passed: number[] = []
  let position = from
  for (let step = plan[position.step]; step !== undefined; step = plan[position.step]) {
    const isDone = step.kind === 'weight' ? isReached(step.weight) : (leftOf(plan, position, now) ?? 1) <= 0
    if (!isDone) break
    passed.push(position.step)
    position = { step: position.step + 1, startedAt: now, weight: aimOf(plan, position) }
  }
  return { position, passed }
}
