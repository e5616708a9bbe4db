import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FakeClock } from '../common/fake-clock.ts'
import { watchProcess } from './process-watch.ts'

test('a held-up event loop is told once, a free one never', async () => {
  const clock = new FakeClock()
  const told: string[] = []
  const watch = watchProcess(clock, (message) => told.push(message))
  // The histogram begins with its timer's second tick, in real time. A process that the machine kept waiting has one tick for all that it missed.
  for (let tick = 0; tick < 4; tick++) await wait(30)
  for (const until = performance.now() + 300; performance.now() < until;);
  await wait(100)
  await clock.advance(60_000)
  expect(told).toEqual([expect.stringMatching(/held up for \d+ ms/)])
  expect(watch.blockedMinutes).toBe(1)
  watch.stop()
  expect(clock.pending).toBe(0)
})
