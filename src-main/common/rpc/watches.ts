import type { Clock } from '../clock.ts'
import type { Batch } from '../contract/index.ts'
import { makeStream } from './make-stream.ts'
import type { Stream } from './stream.ts'

/** Where a watch looks again. */
export interface Changes {
  readonly synced: Promise<void>
  onChange(listener: () => void): () => void
}

/** Computes a value now and after changes, at most once an interval (milliseconds), and gives it on when it differs from the last. What `compute` throws ends the stream. */
export function watchValue<T>(changes: Changes, clock: Clock, intervalMs: number, compute: () => T): Stream<T> {
  return makeStream(async (push, signal) => {
    let last: string | undefined
    for await (const _ of ticks(changes, clock, intervalMs, signal)) {
      const value = compute()
      const text = JSON.stringify(value)
      if (text === last) continue
      last = text
      await push(value)
    }
  })
}

/** As `watchValue`, for a list: everything first, then what differs, by `id`. */
export function watchList<T extends { id: string }>(changes: Changes, clock: Clock, intervalMs: number, compute: () => readonly T[]): Stream<Batch<T>> {
  return makeStream(async (push, signal) => {
    let known: Map<string, string> | undefined
    for await (const _ of ticks(changes, clock, intervalMs, signal)) {
      const { batch, next } = difference(known, compute())
      const first = known === undefined
      known = next
      if (first || batch.upserted.length > 0 || batch.removed.length > 0) await push(batch)
    }
  })
}

/** The change from what is known (item texts by id; undefined: nothing was sent yet) to `items`. */
export function difference<T extends { id: string }>(known: ReadonlyMap<string, string> | undefined, items: readonly T[]): { batch: Batch<T>; next: Map<string, string> } {
  const next = new Map<string, string>()
  const upserted: T[] = []
  for (const item of items) {
    const text = JSON.stringify(item)
    next.set(item.id, text)
    if (known?.get(item.id) !== text) upserted.push(item)
  }
  return { batch: { reset: known === undefined, upserted, removed: [...(known?.keys() ?? [])].filter((id) => !next.has(id)) }, next }
}

/** Once at the start, then after changes; changes that come while the interval runs make one tick. */
async function* ticks(changes: Changes, clock: Clock, intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
  let dirty = true
  let wake = (): void => undefined
  const stopListening = changes.onChange(() => {
    dirty = true
    wake()
  })
  const onAbort = (): void => wake()
  signal.addEventListener('abort', onAbort)
  try {
    await changes.synced
    while (!signal.aborted) {
      if (!dirty) await new Promise<void>((resolve) => { wake = resolve })
      if (signal.aborted) return
      dirty = false
      yield
      await new Promise<void>((resolve) => {
        wake = () => {
          if (signal.aborted) resolve()
        }
        clock.setTimeout(resolve, intervalMs)
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stopListening()
  }
}
