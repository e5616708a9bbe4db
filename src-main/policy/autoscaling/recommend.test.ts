import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedStep } from './recommend.ts'
import { recommend } from './recommend.ts'

const NOW = Date.UTC(2026, 0, 2)
const MINUTE = 60_000
const MIB = 2 ** 20
/** Steps of a minute, the last of them just over. */
const steps = (cpu: readonly number[], memory: readonly number[] = cpu.map(() => 100 * MIB)): RecordedStep[] =>
  cpu.map((cpuMilli, i) => ({ time: NOW - (cpu.length - i) * MINUTE, windowMs: MINUTE, cpuMilli, memoryBytes: memory[i] ?? 0 }))
const day = (value: (minute: number) => number): number[] => Array.from({ length: 1440 }, (_, i) => value(i))

test('steady use: that much and a margin; with a day of it the upper bound is twice', () => {
  expect(recommend(steps(day(() => 200)), NOW)).toEqual({
    spanMs: 1440 * MINUTE, cpuMilli: { lower: 230, target: 230, upper: 460 }, memoryBytes: { lower: 115 * MIB, target: 115 * MIB, upper: 230 * MIB },
  })
})

test('CPU is enough nine times in ten: a spike of an hour a day is not asked for, two hours and a half are', () => {
  const busy = (minutes: number): number | undefined => recommend(steps(day((m) => (m < minutes ? 1000 : 100))), NOW)?.cpuMilli.target
  expect([busy(60), busy(300)]).toEqual([115, 1150])
})

test('memory is the highest peak, however short: without it the program is killed', () => {
  const memory = day((m) => (m === 700 ? 900 * MIB : 300 * MIB))
  expect(recommend(steps(day(() => 10), memory), NOW)?.memoryBytes).toEqual({ lower: 345 * MIB, target: 1035 * MIB, upper: 2070 * MIB })
})

test('what was used lately counts more', () => {
  const rising = recommend(steps(day((m) => (m < 720 ? 100 : 200))), NOW)
  const falling = recommend(steps(day((m) => (m < 720 ? 200 : 100))), NOW)
  expect([rising?.cpuMilli.lower, falling?.cpuMilli.lower]).toEqual([230, 115])
})

test('the less is known the wider the bounds; of less than ten minutes nothing is said; and never less than a little', () => {
  const hour = recommend(steps(Array<number>(60).fill(200)), NOW)
  expect(hour?.cpuMilli).toEqual({ lower: 220, target: 230, upper: 5750 })
  expect([recommend(steps(Array<number>(9).fill(200)), NOW), recommend([], NOW)]).toEqual([undefined, undefined])
  expect(recommend(steps(day(() => 0), day(() => 0)), NOW)).toMatchObject({ cpuMilli: { target: 10 }, memoryBytes: { target: 16 * MIB } })
})

test('whatever was used, the bounds hold the target, and more use never means less', () => {
  const record = fc.array(fc.tuple(fc.nat(4000), fc.nat(4000)), { minLength: 10, maxLength: 200 })
  fc.assert(fc.property(record, fc.nat(500), (values, more) => {
    const of = (extra: number): ReturnType<typeof recommend> => recommend(steps(values.map(([cpu]) => cpu + extra), values.map(([, memory]) => (memory + extra) * MIB)), NOW)
    const [less, greater] = [of(0), of(more)]
    for (const kind of ['cpuMilli', 'memoryBytes'] as const) {
      const { lower = 0, target = 0, upper = 0 } = less?.[kind] ?? {}
      expect(lower).toBeLessThanOrEqual(target)
      expect(target).toBeLessThanOrEqual(upper)
      expect(greater?.[kind].target).toBeGreaterThanOrEqual(target)
    }
  }))
})
