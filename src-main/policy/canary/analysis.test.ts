import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ServerCounters } from '../../common/kube/traffic.ts'
import { SLIDING } from '../../common/kube/traffic.ts'
import { judge } from './analysis.ts'
import type { Examined } from './analysis.ts'
import { add, growth, meanOf, NO_REQUESTS } from './traffic-sums.ts'
import type { Readings } from './traffic-sums.ts'

const seen = (more: Partial<Examined> = {}): Examined => ({ name: 'web-b', unready: 0, restarts: 0, requests: NO_REQUESTS, ...more })
const requests = (n: number, errors: number, totalMs = 0): Examined['requests'] => ({ requests: n, errors, answers: n - errors, totalMs })

describe('verdict', () => {
  test.each([
    ['nothing', {}, seen(), undefined, false],
    ['too few requests', {}, seen({ requests: requests(19, 19) }), undefined, false],
    ['enough', {}, seen({ requests: requests(20, 1) }), undefined, true],
    ['one over', { maxErrorPercent: 1 }, seen({ requests: requests(240, 30) }), '12.5 % of 240 requests to revision web-b failed (limit 1 %)', true],
    ['at the limit', { maxErrorPercent: 12.5 }, seen({ requests: requests(240, 30) }), undefined, true],
    ['slow', { maxMeanMs: 100 }, seen({ requests: requests(20, 0, 4000) }), '20 answers of revision web-b took 200 ms on average (limit 100 ms)', true],
    ['restarts', {}, seen({ restarts: 1 }), 'the containers of revision web-b restarted 1 times (limit 0)', false],
    ['restarts that may be', { maxRestarts: 1 }, seen({ restarts: 1 }), undefined, false],
    ['not ready', {}, seen({ unready: 2 }), '2 pods of revision web-b are not ready any more', false],
    ['not ready, which does not count', { ready: false }, seen({ unready: 2 }), undefined, false],
    ['two things', { maxErrorPercent: 1 }, seen({ unready: 1, requests: requests(20, 20) }), '1 pod of revision web-b is not ready any more; 100 % of 20 requests to revision web-b failed (limit 1 %)', true],
  ])('%s', (_, spec, examined, failure, judged) => expect(judge(spec, examined)).toMatchObject({ failure, judged }))
})

describe('counters', () => {
  const at = (answers: number, more: Partial<ServerCounters> = {}): ServerCounters => ({ proxy: 'node-1', process: '7', place: 'b/s1', address: '10.0.0.1', answers, errors: 0, failed: 0, meanMs: 10, ...more })
  const run = (...readings: ServerCounters[][]): Map<string, { requests: number; errors: number }> => {
    let before: Readings = new Map()
    let total = new Map<string, { requests: number; errors: number; answers: number; totalMs: number }>()
    for (const reading of readings) {
      const { readings: next, sums } = growth(before, reading)
      before = next
      for (const [address, sum] of sums) total = new Map(total).set(address, add(total.get(address) ?? NO_REQUESTS, sum))
    }
    return total
  }
  test.each([
    ['counting begins at the first reading', [[at(100)]], []],
    ['then what came', [[at(100)], [at(130, { errors: 4, failed: 2 })]], [['10.0.0.1', 32, 6]]],
    ['a new process counts from 0', [[at(100, { errors: 50 })], [at(120, { process: '8', errors: 1 })]], [['10.0.0.1', 120, 1]]],
    ['a server that comes to a known backend counts from 0', [[at(5)], [at(5), at(9, { place: 'b/s2', address: '10.0.0.2', errors: 1 })]], [['10.0.0.2', 9, 1]]],
    ['one in a backend that was not asked for counts from then', [[at(5)], [at(5), at(90, { place: 'c/s1', address: '10.0.0.2' })], [at(5), at(91, { place: 'c/s1', address: '10.0.0.2' })]], [['10.0.0.2', 1, 0]]],
    ['a node that did not answer once', [[at(5)], [], [at(25)]], [['10.0.0.1', 20, 0]]],
    ['a node that comes later begins then', [[at(5)], [at(5), at(900, { proxy: 'node-2' })], [at(6), at(901, { proxy: 'node-2' })]], [['10.0.0.1', 2, 0]]],
    ['two places of one pod', [[at(0), at(0, { place: 'c/s1' })], [at(3), at(4, { place: 'c/s1', errors: 1 })]], [['10.0.0.1', 7, 1]]],
  ])('%s', (_, readings, expected) => {
    expect([...run(...readings)].filter(([, { requests: n }]) => n > 0).map(([address, { requests: n, errors }]) => [address, n, errors])).toEqual(expected)
  })

  test('the mean of a window comes out of a proxy\'s own means, which begin as means of all and then slide', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), fc.nat(900), fc.integer({ min: 50, max: 300 }), (slow, quick, before, count) => {
      let [mean, answers] = [0, 0]
      const answer = (ms: number): void => { answers++; mean += (ms - mean) / Math.min(answers, SLIDING) }
      for (let i = 0; i < before; i++) answer(quick)
      const first = at(answers, { meanMs: Math.round(mean) })
      for (let i = 0; i < count; i++) answer(slow)
      const { sums } = growth(growth(new Map(), [first]).readings, [at(answers, { meanMs: Math.round(mean) })])
      // Whole milliseconds of the mean are parts of a mean of few.
      const tolerance = 2 * (SLIDING / count) + 2
      expect(Math.abs((meanOf(sums.get('10.0.0.1') ?? NO_REQUESTS) ?? NaN) - slow)).toBeLessThan(tolerance)
    }))
  })
})
