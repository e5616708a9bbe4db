import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { LatestWrite } from './latest-write.ts'

let clock: FakeClock
let begun: string[]
let errors: unknown[]
let ends: ((error?: Error) => void)[]
let latest: LatestWrite<string>

beforeEach(() => {
  clock = new FakeClock()
  begun = []
  errors = []
  ends = []
  latest = new LatestWrite({
    clock, retryMs: 1000, onError: (error) => void errors.push(error),
    write: (value) => {
      begun.push(value)
      return new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error))))
    },
  })
})

test('a write waits for the one before, and only the latest is written', async () => {
  for (const value of ['broken', 'still broken', 'fine']) latest.tell(value)
  await clock.advance(0)
  expect(begun).toEqual(['broken'])
  ends[0]?.()
  await clock.advance(0)
  expect(begun).toEqual(['broken', 'fine'])
  ends[1]?.()
  await clock.advance(60_000)
  expect(begun).toEqual(['broken', 'fine'])
})

test('one that fails is tried again, as the latest then is; not once it is stopped', async () => {
  latest.tell('broken')
  ends[0]?.(new Error('not registered yet'))
  await clock.advance(999)
  expect(begun).toEqual(['broken'])
  await clock.advance(1)
  expect(begun).toEqual(['broken', 'broken'])
  latest.tell('fine')
  ends[1]?.(new Error('again'))
  await clock.advance(1000)
  expect(begun.at(-1)).toBe('fine')
  expect(errors).toHaveLength(2)
  latest.stop()
  ends[2]?.(new Error('too late'))
  await clock.advance(10_000)
  expect(begun).toHaveLength(3)
  expect(clock.pending).toBe(0)
})
