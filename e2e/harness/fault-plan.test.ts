import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src-main/common/seeded-random.ts'
import { describeFaults, KINDS, planFaults } from './fault-plan.ts'

const plan = (seed: number, steps: number, hosts = 3): ReturnType<typeof planFaults> => planFaults(seededRandom(seed), steps, hosts)

test('the same seed is the same plan; whatever the seed, nobody is hit twice at once, never all, and every kind has its turn', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 3, max: 5 }), (seed, hosts) => {
    const steps = plan(seed, 12, hosts)
    expect(plan(seed, 12, hosts)).toEqual(steps)
    for (const faults of steps) {
      const victims = faults.map((f) => f.host)
      expect(new Set(victims).size).toBe(faults.length)
      expect(victims.filter((host) => host !== undefined).length).toBeLessThan(hosts)
      for (const { kind, host } of faults) {
        expect(host === undefined).toBe(kind === 'engine killed')
        if (host !== undefined) expect(host >= 1 && host <= hosts).toBe(true)
      }
    }
    expect(new Set(steps.flat().map((f) => f.kind)).size).toBe(KINDS.length)
  }), { numRuns: 200 })
})

test('some steps have two faults, most have one', () => {
  const twice = plan(1, 200).filter((faults) => faults.length === 2).length
  expect(twice).toBeGreaterThan(20)
  expect(twice).toBeLessThan(100)
})

test('in words', () => {
  expect(describeFaults([{ kind: 'link cut', host: 2, forMs: 1500, afterMs: 0 }, { kind: 'engine killed', host: undefined, forMs: 0, afterMs: 2000 }])).toBe('server 2 link cut for 1.5 s and engine killed after 2.0 s')
})
