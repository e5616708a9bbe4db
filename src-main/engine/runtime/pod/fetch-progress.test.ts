import { expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { copyingWords, FetchProgress, pullingWords } from './fetch-progress.ts'

test('the newest message, at most once a second, and none after the end', async () => {
  const clock = new FakeClock()
  const said: string[] = []
  const progress = new FetchProgress(clock, (message) => said.push(message))
  progress.tell('1')
  for (let i = 2; i <= 9; i++) {
    progress.tell(String(i))
    await clock.advance(300)
  }
  expect(said).toEqual(['1', '5', '8'])
  await clock.advance(5_000)
  expect(said).toEqual(['1', '5', '8', '9'])
  progress.tell('9')
  await clock.advance(5_000)
  expect(said.length).toBe(4)
  progress.tell('10')
  progress.tell('11')
  progress.stop()
  await clock.advance(5_000)
  expect(said).toEqual(['1', '5', '8', '9', '10'])
})

test('the words', () => {
  expect(pullingWords('nginx', { doneBytes: 1_234_567, totalBytes: 40_400_000 })).toBe('pulling nginx: 1.2 of 40 MB')
  expect(copyingWords('myapp:dev', { from: 'server b', doneBytes: 12_000_000, totalBytes: 40_000_000 })).toBe('copying myapp:dev from server b: 12 of 40 MB')
  expect(copyingWords('myapp:dev', { from: 'server b', doneBytes: 41_000_000, totalBytes: 40_000_000 })).toBe('copying myapp:dev from server b: 41 of 41 MB')
  expect(copyingWords('myapp:dev', { from: undefined, doneBytes: 0, totalBytes: 0 })).toMatch(/^waiting until/)
})
