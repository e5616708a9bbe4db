import { expect, test } from 'vitest'
import { usageOf } from './usage-sample.ts'
import { sumBySecond } from './usage.ts'

test('a share of two processors between two samples, and memory without the page cache', () => {
  const stats = (total: number, system: number): { cpu_usage: { total_usage: number }; system_cpu_usage: number; online_cpus: number } => ({ cpu_usage: { total_usage: total }, system_cpu_usage: system, online_cpus: 2 })
  const sample = { read: '', cpu_stats: stats(1_500e6, 12e9), precpu_stats: stats(1_000e6, 10e9), memory_stats: { usage: 100, stats: { inactive_file: 30 } } }
  expect(usageOf(sample, 7)).toEqual({ time: 7, cpuMilli: 500, memoryBytes: 70 })
  expect(usageOf({ ...sample, precpu_stats: {} }, 7)).toBeUndefined()
})

test('containers are summed second by second, each once', () => {
  const at = (time: number, cpuMilli: number): { time: number; cpuMilli: number; memoryBytes: number } => ({ time, cpuMilli, memoryBytes: 1 })
  expect(sumBySecond([[at(1_100, 5), at(1_900, 7), at(2_100, 1)], [at(1_500, 10)]])).toEqual([at(1_000, 17), at(2_000, 1)].map((point, i) => ({ ...point, memoryBytes: i === 0 ? 2 : 1 })))
})
