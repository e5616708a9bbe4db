import { expect, test } from 'vitest'
import { linesByPath } from './counters.ts'
import { roomFrom } from './room.ts'

test('what the kernel says is left', () => {
  const text = '/proc/meminfo:MemTotal:       2048 kB\n/proc/meminfo:MemAvailable:    512 kB\n/proc/loadavg:0.52 0.58 0.59 3/733 81234\n/proc/sys/kernel/pid_max:32768\n/proc/sys/kernel/threads-max:15000'
  expect(roomFrom(linesByPath(text))).toEqual({ memoryAvailableBytes: 512 * 1024, processes: { used: 733, limit: 15000 } })
})

test.each([['nothing', ''], ['nonsense', '/proc/meminfo:MemAvailable: many kB\n/proc/loadavg:high\n/proc/sys/kernel/pid_max:']])('of %s nothing is said', (_, text) => {
  expect(roomFrom(linesByPath(text))).toEqual({ memoryAvailableBytes: undefined, processes: undefined })
})
