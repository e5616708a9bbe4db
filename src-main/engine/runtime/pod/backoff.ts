import type { Trouble } from './pod-view.ts'

/** A run this long wipes the slate: the next restart is at once. Docker's own rule. */
export const WELL_MS = 10_000
const FIRST_MS = 100
const LAST_MS = 60_000

/** How long after a death the engine waits before it starts a container that has died young `times` times in a row: Docker's own back-off. */
export function crashDelay(times: number): number {
  return times === 0 ? 0 : Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(times - 1, 20))
}

/** The next try of something that failed: after 1 s, 2 s, 4 s ... one minute. */
export function troubled(previous: Trouble | undefined, now: number, reason: string, message: string): Trouble {
  const attempts = (previous?.attempts ?? 0) + 1
  return { reason, message, attempts, retryAt: now + Math.min(LAST_MS, 1000 * 2 ** Math.min(attempts - 1, 10)) }
}
