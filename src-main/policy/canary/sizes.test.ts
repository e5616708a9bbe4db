import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lastWeight, planOf } from '../../common/kube/rollout-plan.ts'
import { sizesFor, sizesNow } from './sizes.ts'
import type { Sharing } from './sizes.ts'

describe('pods of both revisions', () => {
  test.each<[Sharing, number, number, number, number]>([
    ['ratio', 3, 5, 1, 3], ['ratio', 3, 50, 2, 2], ['ratio', 4, 50, 2, 2], ['ratio', 10, 10, 1, 9], ['ratio', 20, 5, 1, 19], ['ratio', 1, 50, 1, 1], ['ratio', 1, 5, 1, 1], ['ratio', 10, 100, 10, 0], ['ratio', 10, 0, 1, 10],
    ['exact', 3, 5, 1, 3], ['exact', 10, 25, 3, 10], ['exact', 10, 100, 10, 10], ['exact', 4, 0, 1, 4], ['switch', 3, 0, 3, 3], ['switch', 3, 100, 3, 3], ['ratio', 0, 50, 0, 0], ['exact', 0, 50, 0, 0],
  ])('%s, %d replicas, %d %%: %d new and %d old', (sharing, replicas, weight, canary, stable) => {
    expect(sizesFor(sharing, replicas, weight)).toEqual({ canary, stable })
  })

  test('by ratio: one pod more than asked for at most, none fewer, both there, and more weight is never fewer new pods', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), (replicas, a, b) => {
      const [low, high] = [sizesFor('ratio', replicas, Math.min(a, b)), sizesFor('ratio', replicas, Math.max(a, b))]
      for (const { canary, stable } of [low, high]) {
        expect(Math.min(canary, stable)).toBeGreaterThanOrEqual(1)
        expect([Math.max(2, replicas), replicas + 1]).toContain(canary + stable)
      }
      expect(high.canary).toBeGreaterThanOrEqual(low.canary)
      // No other pair of as many pods is nearer.
      const miss = ({ canary, stable }: { canary: number; stable: number }, weight: number): number => Math.abs(canary / (canary + stable) - weight / 100)
      for (let canary = 1; canary < replicas; canary++) expect(miss(low, Math.min(a, b))).toBeLessThanOrEqual(miss({ canary, stable: replicas - canary }, Math.min(a, b)) + 1e-9)
    }))
  })

  test('on the way, what is available is never fewer than asked for', () => {
    fc.assert(fc.property(fc.constantFrom<Sharing>('ratio', 'exact', 'switch'), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 100 }), fc.nat(40), (sharing, replicas, weight, available) => {
      const wanted = sizesFor(sharing, replicas, weight)
      const { canary, stable } = sizesNow(wanted, replicas, available)
      expect(canary).toBe(wanted.canary)
      expect(stable + Math.min(available, canary)).toBeGreaterThanOrEqual(replicas)
      expect(sizesNow(wanted, replicas, wanted.canary).stable).toBe(wanted.stable)
    }))
  })
})

describe('steps', () => {
  test.each([
    [{ canary: { steps: [{ weight: 5 }, { pause: { seconds: 60 } }, { pause: {} }] } }, ['5', '60 s', 'by hand', '100']],
    [{ canary: { steps: [{ weight: 50 }, { weight: 100 }, { pause: { seconds: 9 } }] } }, ['50', '100', '9 s']],
    [{ blueGreen: {} }, ['0', '0 s', '100', '30 s']],
    [{ blueGreen: { autoPromote: false, scaleDownDelaySeconds: 5 } }, ['0', 'by hand', '100', '5 s']],
  ])('%j', (strategy, steps) => {
    const plan = planOf(strategy)
    expect(plan.map((step) => (step.kind === 'weight' ? String(step.weight) : step.seconds === undefined ? 'by hand' : `${String(step.seconds)} s`))).toEqual(steps)
    expect(plan[lastWeight(plan)]).toEqual({ kind: 'weight', weight: 100 })
  })
})
