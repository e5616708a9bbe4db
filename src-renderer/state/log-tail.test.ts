import { expect, test } from 'vitest'
import type { Cluster, LogLine, LogQuery } from '../../src-main/common/contract/index.ts'
import { FakeClock, settle } from '../../src-main/common/fake-clock.ts'
import { LogTail } from './log-tail.svelte.ts'

const line = (time: number, text: string): LogLine => ({ instance: 'web-1', container: 'web', time, stream: 'stdout', text })

test('after a broken stream the log goes on: nothing lost, nothing twice', async () => {
  const asked: LogQuery[] = []
  const answers = [[line(1, 'a'), line(2, 'b')], [line(2, 'b'), line(2, 'c'), line(3, 'd')]]
  const logs = async function* (query: LogQuery): AsyncGenerator<LogLine[]> {
    asked.push(query)
    await settle()
    yield answers[asked.length - 1] ?? []
    throw new Error('connection lost')
  }
  const clock = new FakeClock()
  const tail = new LogTail({ logs } as unknown as Cluster, () => ({ instances: [], follow: true }), clock)
  const stop = tail.feed.use()
  await clock.advance(1)
  await settle()
  await clock.advance(500)
  await settle()
  await settle()
  expect(tail.feed.value?.map((l) => l.text)).toEqual(['a', 'b', 'c', 'd'])
  expect(asked.map((q) => [q.tailLines, q.since])).toEqual([[1000, undefined], [undefined, 2]])
  stop()
})
