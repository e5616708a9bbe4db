import { expect, test } from 'vitest'
import { cpuMilli } from './cpu-milli.ts'

test.each<[string, number, number, number | undefined]>([
  ['half a core for a second', 1000, 5e8, 500], ['nothing', 1000, 0, 0], ['two cores', 1000, 2e9, 2000],
  ['no time between', 0, 5e8, undefined], ['a counter that began anew', 1000, -1, undefined],
])('%s', (_, ms, nanos, milli) => expect(cpuMilli({ at: 0, cpuNanos: 0 }, { at: ms, cpuNanos: nanos })).toBe(milli))
