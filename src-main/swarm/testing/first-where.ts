import type { Batch } from '../../common/contract/index.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'

/** The first value of a stream for which `check` gives something, as what it gave. Rejects with the last value seen when none came in time. */
export async function firstWhere<T, R>(what: string, stream: Stream<T>, check: (value: T) => R | undefined | false, deadlineMs = 120_000): Promise<R> {
  let last: T | undefined
  const iterator = stream[Symbol.asyncIterator]()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${String(deadlineMs / 1000)} s; the last was ${JSON.stringify(last)?.slice(0, 3_000) ?? 'nothing'}`)), deadlineMs)
  })
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), late])
      if (next.done === true) throw new Error(`${what} did not come before the stream ended; the last was ${JSON.stringify(last)?.slice(0, 3_000) ?? 'nothing'}`)
      last = next.value
      const found = check(next.value)
      if (found !== undefined && found !== false) return found
    }
  } finally {
    clearTimeout(timer)
    void iterator.return?.()
  }
}

/** A stream of changes as a stream of whole lists. Unlike a generator it can be left while it waits. */
export function wholeLists<T extends { id: string }>(stream: Stream<Batch<T>>): Stream<T[]> {
  return makeStream(async (push, signal) => {
    const iterator = stream[Symbol.asyncIterator]()
    signal.addEventListener('abort', () => void iterator.return?.())
    let items = new Map<string, T>()
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      const { reset, upserted, removed } = next.value
      if (reset) items = new Map()
      for (const item of upserted) items.set(item.id, item)
      for (const id of removed) items.delete(id)
      await push([...items.values()])
    }
  })
}
