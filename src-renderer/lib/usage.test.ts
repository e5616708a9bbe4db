import { expect, test } from 'vitest'
import { appendUsage, EMPTY_USAGE } from './usage.ts'

const point = (second: number): { time: number; cpuMilli: number; memoryBytes: number } => ({ time: second * 1000, cpuMilli: second, memoryBytes: second })

test('history that comes again is not added twice, and old points go', () => {
  const first = appendUsage(EMPTY_USAGE, [point(1), point(2)])
  const again = appendUsage(first, [point(1), point(2), point(3)])
  expect(again.time).toEqual([1, 2, 3])
  expect(appendUsage(again, [point(700)]).cpu).toEqual([700])
  expect(appendUsage(again, []).time).toEqual([1, 2, 3])
})
