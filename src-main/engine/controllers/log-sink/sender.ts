import type { Clock } from '../../../common/clock.ts'
import { sleep } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { DeliveryError } from '../outbound/explain.ts'
import type { LogEntry, LogOutput } from './entry.ts'
import type { LineQueue } from './line-queue.ts'

/** Lines that come within this time travel together. */
const LINGER_MS = 200
const BATCH_LINES = 1000
const BATCH_BYTES = 1 << 20
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000

/** How sending goes: undefined before the first word from the other side. */
export interface Delivery {
  readonly ok: boolean
  readonly reason: string
  readonly message: string
}

/** What a sender tells. */
export interface SenderHooks {
  /** The other side has them, or has refused `dropped` of them for good. Nothing more is sent before it resolves. */
  acknowledged(entries: readonly LogEntry[], dropped: number): Promise<void>
  delivery(state: Delivery): void
}

/** Sends what is in the queue, batch by batch in order, for ever again until each is acknowledged. Ends with the signal. */
export async function sendAll(queue: LineQueue, output: LogOutput, clock: Clock, hooks: SenderHooks, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await queue.some(signal)
    if (queue.length < BATCH_LINES) await sleep(clock, LINGER_MS, signal)
    const batch = queue.first(BATCH_LINES, BATCH_BYTES)
    const { dropped, why } = await persistently(clock, signal, hooks, () => output.send(batch, signal))
    // Where this cannot be written, going on would repeat more than one batch after a crash.
    await persistently(clock, signal, hooks, () => hooks.acknowledged(batch, dropped))
    queue.drop(batch.length)
    hooks.delivery(why === undefined ? { ok: true, reason: 'Delivered', message: '' } : { ok: true, reason: 'SomeRefused', message: why })
  }
}

async function persistently<T>(clock: Clock, signal: AbortSignal, hooks: SenderHooks, work: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const known = error instanceof DeliveryError ? error : undefined
      hooks.delivery({ ok: false, reason: known?.reason ?? 'Failed', message: `${messageOf(error)}. It is tried again by itself, and no line is lost meanwhile that the nodes still have.` })
      await sleep(clock, known?.retryAfterMs ?? Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), signal)
    }
  }
}
