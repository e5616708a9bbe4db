const FIRST_MS = 500
const LAST_MS = 15_000

/** Milliseconds to wait before try number `attempt` (from 1): doubling from half a second to 15 s, each shortened by up to half, so that desks do not knock in step. */
export function backoff(attempt: number, random: () => number): number {
  const whole = Math.min(FIRST_MS * 2 ** Math.min(attempt - 1, 16), LAST_MS)
  return Math.round(whole * (1 - random() / 2))
}
