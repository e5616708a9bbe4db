import type { Clock } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'

/** Tells a person how far it is. */
export type Tell = (message: string) => void

/** What does not go away by waiting. */
export interface Hopeless {
  readonly hopeless: string
}

export interface UntilOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Calls `wake` when it may be otherwise; returns what ends that. */
  listen(wake: () => void): () => void
  /** What there still is to wait for, as a sentence; undefined: nothing any more. */
  missing(): Promise<string | Hopeless | undefined>
  readonly tell: Tell
  readonly deadlineMs: number
}

/** Docker tells of no volume that is let go, and a program tells nobody that it listens: while something is missing it is looked again after so long. */
const LOOK_MS = 300
/** What is hopeless for so long without a break is not waited for any more. */
const GIVE_UP_MS = 20_000

/** Looks at each event, and now and then, until nothing is missing. Rejects with what was still missing when the time is over, or with the signal's reason. */
export async function until({ clock, signal, listen, missing, tell, deadlineMs }: UntilOptions): Promise<void> {
  const end = clock.monotonic() + deadlineMs
  let wake: () => void = () => undefined
  let hopelessSince: number | undefined
  const deafen = listen(() => wake())
  try {
    for (let last = ''; ;) {
      signal.throwIfAborted()
      const woken = new Promise<void>((resolve) => (wake = resolve))
      const found = await missing()
      if (found === undefined) return
      const still = typeof found === 'string' ? found : found.hopeless
      hopelessSince = typeof found === 'string' ? undefined : hopelessSince ?? clock.monotonic()
      if (hopelessSince !== undefined && clock.monotonic() - hopelessSince > GIVE_UP_MS) throw new Error(still)
      if (clock.monotonic() > end) throw new Error(`${still} (That was waited for ${String(Math.round(deadlineMs / 1000))} seconds.)`)
      if (still !== last) tell(still)
      last = still
      const over = new AbortController()
      await Promise.race([woken, sleep(clock, LOOK_MS, AbortSignal.any([over.signal, signal]))]).finally(() => over.abort(new Error('woken')))
    }
  } finally {
    deafen()
  }
}
