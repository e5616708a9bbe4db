import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultBehavior } from '../../common/kube/autoscaling.ts'
import type { HPAScalingRules } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Memory, ScalingRules } from './behavior.ts'
import { limited, limitedBy, NO_MEMORY, stabilized, stabilizedBy } from './behavior.ts'

const NOW = 10_000_000
type Ago = readonly (readonly [secondsAgo: number, replicas: number])[]
const ago = (changes: Ago = []): Memory['ups'] => changes.map(([seconds, replicas]) => ({ at: NOW - seconds * 1000, replicas }))
const rules = (text: string, windowS = 0): ScalingRules => {
  // `Max Pods 4 15, Percent 100 15`
  const [, selectPolicy = 'Max', rest = ''] = /^(\w+) ?(.*)$/.exec(text) ?? []
  const policies = rest === '' ? [] : rest.split(', ').map((p) => p.split(' ')).map(([type = '', value, periodSeconds]) => ({ type, value: Number(value), periodSeconds: Number(periodSeconds) }))
  return { selectPolicy, policies, stabilizationWindowSeconds: windowS }
}

describe('without a behavior', () => {
  test.each([
    ['in range', 3, 4, 1, 10, 4, 'DesiredWithinRange'], ['below the least', 3, 1, 2, 10, 2, 'TooFewReplicas'], ['above the most', 8, 12, 1, 10, 10, 'TooManyReplicas'],
    ['faster than twice', 3, 9, 1, 10, 6, 'ScaleUpLimit'], ['from one up to four', 1, 9, 1, 10, 4, 'ScaleUpLimit'], ['the most comes before the rate', 6, 20, 1, 12, 12, 'TooManyReplicas'],
    ['down as far as it goes', 10, 2, 1, 10, 2, 'DesiredWithinRange'],
  ] as const)('%s', (_name, current, desired, min, max, to, reason) => expect(limited(current, desired, { min, max })).toMatchObject({ replicas: to, reason }))

  test.each<[string, number, Ago, number, string]>([
    ['nothing remembered', 5, [], 5, 'ReadyForNewScale'],
    ['a higher one within five minutes', 3, [[299, 8], [100, 5]], 8, 'ScaleDownStabilized'],
    ['one of exactly five minutes ago counts', 3, [[300, 8]], 8, 'ScaleDownStabilized'],
    ['older ones do not', 3, [[301, 8], [100, 2]], 3, 'ReadyForNewScale'],
    ['up at once', 9, [[100, 5]], 9, 'ReadyForNewScale'],
  ])('%s', (_name, desired, recommendations, to, reason) => {
    expect(stabilized(desired, { ...NO_MEMORY, recommendations: ago(recommendations) }, NOW)).toMatchObject({ replicas: to, reason })
  })
})

describe('stabilization windows', () => {
  test.each<[string, { up: number; down: number; now: number; desired: number; past: Ago; to: number; reason: string }]>([
    ['up at once', { up: 0, down: 300, now: 3, desired: 6, past: [[60, 3]], to: 6, reason: 'ReadyForNewScale' }],
    ['up only to the lowest of the window', { up: 120, down: 300, now: 3, desired: 6, past: [[100, 4], [50, 8]], to: 4, reason: 'ScaleUpStabilized' }],
    ['up not at all while it was lower', { up: 120, down: 300, now: 3, desired: 6, past: [[100, 2]], to: 3, reason: 'ScaleUpStabilized' }],
    ['one at the window\'s very edge is out', { up: 120, down: 300, now: 3, desired: 6, past: [[120, 2]], to: 6, reason: 'ReadyForNewScale' }],
    ['down only to the highest of the window', { up: 0, down: 300, now: 9, desired: 2, past: [[200, 5], [100, 3]], to: 5, reason: 'ScaleDownStabilized' }],
    ['down not at all while it was higher', { up: 0, down: 300, now: 4, desired: 2, past: [[200, 9]], to: 4, reason: 'ScaleDownStabilized' }],
    ['down at once with no window', { up: 0, down: 0, now: 9, desired: 2, past: [[1, 9]], to: 2, reason: 'ReadyForNewScale' }],
    ['a swing in both windows stays', { up: 300, down: 300, now: 5, desired: 5, past: [[200, 9], [100, 2]], to: 5, reason: 'ReadyForNewScale' }],
  ])('%s', (_name, { up, down, now, desired, past, to, reason }) => {
    expect(stabilizedBy(rules('Max', up), rules('Max', down), now, desired, { ...NO_MEMORY, recommendations: ago(past) }, NOW)).toMatchObject({ replicas: to, reason })
  })
})

describe('policies', () => {
  interface Row { up?: string; down?: string; now: number; desired: number; to: number; reason: string; ups?: Ago; downs?: Ago; min?: number; max?: number }
  const DEFAULT_UP = 'Max Pods 4 15, Percent 100 15'
  const DEFAULT_DOWN = 'Max Percent 100 15'
  test.each<[string, Row]>([
    ['nothing to do', { now: 3, desired: 3, to: 3, reason: 'DesiredWithinRange' }],
    ['the default upwards: four', { now: 1, desired: 20, to: 5, reason: 'ScaleUpLimit' }],
    ['the default upwards: or twice', { now: 10, desired: 50, to: 20, reason: 'ScaleUpLimit' }],
    ['the default upwards: the period is used up', { now: 20, desired: 50, to: 20, reason: 'ScaleUpLimit', ups: [[10, 10]] }],
    ['the default upwards: the period is over', { now: 20, desired: 50, to: 40, reason: 'ScaleUpLimit', ups: [[15, 10]] }],
    ['the default downwards: all at once', { now: 50, desired: 1, to: 1, reason: 'DesiredWithinRange' }],
    ['pods a minute', { up: 'Max Pods 2 60', now: 5, desired: 20, to: 7, reason: 'ScaleUpLimit' }],
    ['pods a minute, some of them added', { up: 'Max Pods 5 60', now: 5, desired: 20, to: 8, reason: 'ScaleUpLimit', ups: [[50, 2]] }],
    ['pods a minute, some taken away since', { up: 'Max Pods 5 60', now: 5, desired: 20, to: 12, reason: 'ScaleUpLimit', downs: [[30, 2]] }],
    ['a share is rounded up', { up: 'Max Percent 10 60', now: 5, desired: 20, to: 6, reason: 'ScaleUpLimit' }],
    ['the least of several', { up: 'Min Pods 4 60, Percent 10 60', now: 100, desired: 200, to: 104, reason: 'ScaleUpLimit' }],
    ['the most of several', { up: 'Max Pods 4 60, Percent 10 60', now: 100, desired: 200, to: 111, reason: 'ScaleUpLimit' }],
    ['never up', { up: 'Disabled Pods 4 60', now: 3, desired: 9, to: 3, reason: 'ScaleUpLimit' }],
    ['the most is the least of the limits', { now: 8, desired: 50, to: 10, max: 10, reason: 'TooManyReplicas' }],
    ['more was added than the policy has: it does not go back', { up: 'Max Pods 2 60', now: 10, desired: 20, to: 10, reason: 'ScaleUpLimit', ups: [[5, 6]] }],
    ['down by pods', { down: 'Max Pods 1 60', now: 10, desired: 2, to: 9, reason: 'ScaleDownLimit' }],
    ['down by pods, the period is used up', { down: 'Max Pods 1 60', now: 9, desired: 2, to: 9, reason: 'ScaleDownLimit', downs: [[30, 1]] }],
    ['down by a share, cut', { down: 'Max Percent 10 60', now: 15, desired: 2, to: 13, reason: 'ScaleDownLimit' }],
    ['down by the most of several', { down: 'Max Pods 4 60, Percent 50 60', now: 20, desired: 2, to: 10, reason: 'ScaleDownLimit' }],
    ['down by the least of several', { down: 'Min Pods 4 60, Percent 50 60', now: 20, desired: 2, to: 16, reason: 'ScaleDownLimit' }],
    ['never down', { down: 'Disabled Percent 100 15', now: 9, desired: 3, to: 9, reason: 'ScaleDownLimit' }],
    ['the least is the most of the limits', { now: 9, desired: 1, to: 3, min: 3, reason: 'TooFewReplicas' }],
    ['more was taken than the policy has: it does not go back', { down: 'Max Pods 2 60', now: 10, desired: 2, to: 10, reason: 'ScaleDownLimit', downs: [[5, 6]] }],
  ])('%s', (_name, { up = DEFAULT_UP, down = DEFAULT_DOWN, now, desired, to, reason, ups, downs, min = 1, max = 1000 }) => {
    expect(limitedBy(rules(up), rules(down), now, desired, { min, max }, { recommendations: [], ups: ago(ups), downs: ago(downs) }, NOW)).toMatchObject({ replicas: to, reason })
  })

  const anyRules = fc.record({
    selectPolicy: fc.constantFrom('Max', 'Min', 'Disabled'), stabilizationWindowSeconds: fc.nat(600),
    policies: fc.array(fc.record({ type: fc.constantFrom('Pods', 'Percent'), value: fc.integer({ min: 1, max: 200 }), periodSeconds: fc.integer({ min: 1, max: 1800 }) }), { minLength: 1, maxLength: 3 }),
  })
  const anyPast = fc.array(fc.record({ at: fc.integer({ min: NOW - 2_000_000, max: NOW }), replicas: fc.nat(50) }), { maxLength: 8 })

  test('whatever the rules and the past: between where it is and what is wanted, within the bounds, and more wanted is never less given', () => {
    fc.assert(fc.property(anyRules, anyRules, anyPast, anyPast, anyPast, fc.integer({ min: 1, max: 40 }), fc.nat(80), fc.nat(20), (up, down, recommendations, ups, downs, current, desired, more) => {
      const bounds = { min: 1, max: 40 }
      const memory = { recommendations, ups, downs }
      const go = (wanted: number): number => limitedBy(up, down, current, stabilizedBy(up, down, current, wanted, memory, NOW).replicas, bounds, memory, NOW).replicas
      const to = go(desired)
      expect(to).toBeGreaterThanOrEqual(Math.min(current, Math.max(desired, bounds.min)))
      expect(to).toBeLessThanOrEqual(Math.max(current, desired))
      expect(to).toBeLessThanOrEqual(bounds.max)
      expect(to).toBeGreaterThanOrEqual(bounds.min)
      expect(go(desired + more)).toBeGreaterThanOrEqual(to)
    }), { numRuns: 500 })
  })
})

test('the defaults fill both directions, and leave the window down to the controller', () => {
  const scaleUp: HPAScalingRules = { stabilizationWindowSeconds: 30 }
  const behavior = { scaleUp }
  defaultBehavior(behavior)
  expect(behavior).toEqual({
    scaleUp: { stabilizationWindowSeconds: 30, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }] },
    scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  })
  const again = structuredClone(behavior)
  defaultBehavior(again)
  expect(again).toEqual(behavior)
})
