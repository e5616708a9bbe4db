import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { swarmError } from './swarm-error.ts'

const AGAIN_MS = 250

/**
 * Waits until `check` gives true, and rejects with `late` as the sentence after `deadlineMs`. Docker has no events for what is waited for here on every
 * manager (tasks have none at all; a new leader's begin anew), so it is asked a few times a second, as long as the step lasts. A check that throws is no yes.
 */
export async function until(clock: Clock, deadlineMs: number, signal: AbortSignal, late: (last: unknown) => string, check: () => Promise<boolean>): Promise<void> {
  const end = clock.monotonic() + deadlineMs
  for (let last: unknown; ;) {
    signal.throwIfAborted()
    try {
      if (await check()) return
      last = undefined
    } catch (error) {
      last = error
    }
    if (clock.monotonic() >= end) throw swarmError('Timeout', late(last))
    await sleep(clock, AGAIN_MS, signal)
  }
}
