import { expect, test } from 'vitest'
import { FakeClock, settle } from '../../src-main/common/fake-clock.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { listFeed, valueFeed } from './feed.svelte.ts'

/** Streams that a test drives: one entry in `opened` for each opening. */
function source<T>(): { open: () => Stream<T>; opened: { push: (item: T) => Promise<void>; fail: (error: unknown) => Promise<void>; closed: boolean }[] } {
  const opened: { push: (item: T) => Promise<void>; fail: (error: unknown) => Promise<void>; closed: boolean }[] = []
  return {
    opened,
    open: () => ({
      [Symbol.asyncIterator]() {
        let wait: { resolve: (r: IteratorResult<T>) => void; reject: (e: unknown) => void } | undefined
        const handle = {
          closed: false,
          push: (item: T) => { wait?.resolve({ done: false, value: item }); return settle() },
          fail: (error: unknown) => { wait?.reject(error); return settle() },
        }
        opened.push(handle)
        return {
          next: () => new Promise<IteratorResult<T>>((resolve, reject) => (wait = { resolve, reject })),
          return: () => { handle.closed = true; return Promise.resolve({ done: true as const, value: undefined }) },
        }
      },
    }),
  }
}

test('one stream serves all users and closes with the last', () => {
  const { open, opened } = source<number>()
  const feed = valueFeed(open)
  const [a, b] = [feed.use(), feed.use()]
  a()
  a()
  expect(opened).toHaveLength(1)
  expect(opened[0]?.closed).toBe(false)
  b()
  expect(opened[0]?.closed).toBe(true)
})

test('a broken stream keeps its value and is opened again, more slowly each time', async () => {
  const clock = new FakeClock()
  const { open, opened } = source<number>()
  const feed = valueFeed(open, clock)
  feed.use()
  await opened[0]?.push(7)
  expect([feed.status, feed.value]).toEqual(['live', 7])
  await opened[0]?.fail(new Error('cable pulled'))
  expect([feed.status, feed.value, feed.error]).toEqual(['stale', 7, 'cable pulled'])
  await clock.advance(500)
  expect(opened).toHaveLength(2)
  await opened[1]?.fail(new Error('still'))
  await clock.advance(999)
  expect(opened).toHaveLength(2)
  await clock.advance(1)
  await opened[2]?.push(8)
  expect([feed.status, feed.value, feed.error]).toEqual(['live', 8, undefined])
})

test.each([
  [new StatusError('NotFound', 'no such app'), 'gone'], [new StatusError('ServiceUnavailable', 'Docker is stopped'), 'waiting'], [new Error('disk full'), 'failed'],
])('without a value, %s is %s', async (error, status) => {
  const { open, opened } = source<number>()
  const feed = valueFeed(open, new FakeClock())
  feed.use()
  await opened[0]?.fail(error)
  expect(feed.status).toBe(status)
})

test('what is gone is not asked for again', async () => {
  const clock = new FakeClock()
  const { open, opened } = source<number>()
  valueFeed(open, clock).use()
  await opened[0]?.fail(new StatusError('NotFound', 'x'))
  await clock.advance(60_000)
  expect(opened).toHaveLength(1)
})

test('batches fold into a new sorted list; a reset forgets what was', async () => {
  const { open, opened } = source<{ reset: boolean; upserted: { id: string; n: number }[]; removed: string[] }>()
  const feed = listFeed(open, (a: { id: string; n: number }, b) => a.n - b.n)
  feed.use()
  await opened[0]?.push({ reset: true, upserted: [{ id: 'b', n: 2 }, { id: 'a', n: 1 }], removed: [] })
  const before = feed.value
  await opened[0]?.push({ reset: false, upserted: [{ id: 'a', n: 3 }], removed: [] })
  expect(feed.value?.map((i) => i.id)).toEqual(['b', 'a'])
  expect(before?.map((i) => i.id)).toEqual(['a', 'b'])
  await opened[0]?.push({ reset: true, upserted: [{ id: 'c', n: 0 }], removed: [] })
  expect(feed.value?.map((i) => i.id)).toEqual(['c'])
})
