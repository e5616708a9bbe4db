import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quorumHealth, quorumOf, survivesRemoval } from './quorum.ts'

const managersAndReachable = fc.integer({ min: 1, max: 15 }).chain((managers) => fc.tuple(fc.constant(managers), fc.integer({ min: 0, max: managers })))

describe('quorum arithmetic', () => {
  test('two halves never have a quorum each, and all managers together always do', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 99 }), (managers, part) => {
      const one = Math.min(part, managers)
      expect(one >= quorumOf(managers) && managers - one >= quorumOf(managers)).toBe(false)
      expect(quorumOf(managers)).toBeLessThanOrEqual(managers)
    }))
  })

  test('so many may be lost as it says, and not one more', () => {
    fc.assert(fc.property(managersAndReachable, ([managers, reachable]) => {
      const { mayLose, needed, state } = quorumHealth(managers, reachable)
      expect(state === 'lost').toBe(reachable < needed)
      if (state === 'lost') return void expect(mayLose).toBe(0)
      expect(quorumHealth(managers, reachable - mayLose).state).not.toBe('lost')
      expect(quorumHealth(managers, reachable - mayLose - 1).state).toBe('lost')
    }))
  })

  test('an even number bears no more than the odd one below it', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), (half) => {
      expect(quorumHealth(2 * half, 2 * half).mayLose).toBe(quorumHealth(2 * half - 1, 2 * half - 1).mayLose)
    }))
  })

  test('who may go: what is left has its quorum, as if it had never been more', () => {
    fc.assert(fc.property(managersAndReachable, fc.boolean(), ([managers, reachable], wanted) => {
      const isReachable = reachable === 0 ? false : reachable === managers ? true : wanted
      const left = quorumHealth(Math.max(1, managers - 1), Math.max(0, reachable - (isReachable ? 1 : 0)))
      expect(survivesRemoval(managers, reachable, isReachable)).toBe(managers > 1 && left.state !== 'lost')
    }))
  })

  test.each([
    [1, 1, 'fragile', 0, 'OneManager'], [2, 2, 'fragile', 0, 'TwoManagers'], [3, 3, 'healthy', 1, undefined], [4, 4, 'healthy', 1, 'EvenManagers'], [5, 5, 'healthy', 2, undefined],
    [3, 2, 'fragile', 0, 'AtTheLimit'], [3, 1, 'lost', 0, 'QuorumLost'], [2, 1, 'lost', 0, 'QuorumLost'], [5, 4, 'healthy', 1, undefined], [9, 9, 'healthy', 4, 'ManyManagers'],
  ] as const)('%i managers, of which %i answer: %s, %i may be lost, %s', (managers, reachable, state, mayLose, advice) => {
    expect(quorumHealth(managers, reachable)).toMatchObject({ state, mayLose })
    expect(quorumHealth(managers, reachable).advice?.reason).toBe(advice)
  })
})
