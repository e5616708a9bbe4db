import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Step } from '../../common/kube/rollout-plan.ts'
import { aimOf, lateOf, leftOf, walk } from './progress.ts'
import { sizesFor } from './sizes.ts'

const PLAN: readonly Step[] = [{ kind: 'weight', weight: 10 }, { kind: 'pause', seconds: 60 }, { kind: 'weight', weight: 50 }, { kind: 'pause', seconds: undefined }]
const at = (step: number, weight = 0, startedAt = 0): Parameters<typeof walk>[1] => ({ step, startedAt, weight })

describe('steps of a canary', () => {
  test.each<[string, number, number, boolean, number, number[], number]>([
    ['not there yet', 0, 0, false, 0, [], 0], ['there: the pause begins', 0, 0, true, 5_000, [0], 10], ['the pause is not over', 1, 10, true, 59_999, [], 10], ['it is: the next', 1, 10, false, 60_000, [1], 10],
    ['and at once there', 1, 10, true, 60_000, [1, 2], 50], ['it waits for somebody', 3, 50, true, 9e9, [], 50], ['the end', 4, 50, true, 9e9, [], 50],
  ])('%s', (_, step, weight, reached, now, passed, then) => {
    const walked = walk(PLAN, at(step, weight), () => reached, now)
    expect([walked.passed, walked.position.weight, walked.position.step]).toEqual([passed, then, step + passed.length])
    expect(walked.position.startedAt).toBe(passed.length === 0 ? 0 : now)
  })

  test('what a step is for, when it is over, and when it is late', () => {
    expect([aimOf(PLAN, at(0)), aimOf(PLAN, at(1, 10)), aimOf(PLAN, at(2, 10)), aimOf(PLAN, at(9, 50))]).toEqual([10, 10, 50, 50])
    expect([leftOf(PLAN, at(1), 20_000), leftOf(PLAN, at(0), 0), leftOf(PLAN, at(3), 0)]).toEqual([40_000, undefined, undefined])
    // Nobody is late for the time in which nobody looked after it.
    expect([lateOf(PLAN, at(0), { deadlineSeconds: 30, since: 0 }, 40_000), lateOf(PLAN, at(0), { deadlineSeconds: 30, since: 35_000 }, 40_000), lateOf(PLAN, at(1), { deadlineSeconds: 30, since: 0 }, 0)]).toEqual([-10_000, 25_000, undefined])
  })

  test('however often it is looked at, no step is left out and none is gone twice', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.boolean()), { maxLength: 30 }), (looks) => {
      let position = at(0)
      const gone: number[] = []
      let now = 0
      for (const [ms, reached] of looks) {
        now += ms
        const walked = walk(PLAN, position, () => reached, now)
        gone.push(...walked.passed)
        position = walked.position
      }
      expect(gone).toEqual(gone.map((_, i) => i))
      expect(gone.length).toBeLessThanOrEqual(3)
    }))
  })
})

describe('beside what is left as it is', () => {
  test.each([[9, 10, 1], [3, 10, 1], [3, 50, 3], [10, 25, 3], [10, 50, 10], [100, 1, 1], [1, 5, 1], [4, 40, 3], [5, 100, 5], [0, 50, 0]])('%d tasks, %d %%: %d new', (replicas, weight, canary) => {
    expect(sizesFor('beside', replicas, weight)).toEqual({ canary, stable: replicas })
  })

  test('no other number is nearer to the share', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 60 }), (replicas, weight, other) => {
      const miss = (canary: number): number => Math.abs(canary / (canary + replicas) - weight / 100)
      expect(miss(sizesFor('beside', replicas, weight).canary)).toBeLessThanOrEqual(miss(other) + 1e-9)
    }))
  })
})
