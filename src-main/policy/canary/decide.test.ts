import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { RolloutSpec, RolloutStatus } from '../../common/kube/rollout.ts'
import { decideRollout } from './decide.ts'
import type { RevisionSeen, RolloutSeen } from './decide.ts'

const T0 = Date.parse('2026-01-01T00:00:00Z')
const canary: RolloutSpec = { deployment: 'web', strategy: { canary: { steps: [{ weight: 10 }, { pause: { seconds: 60 } }, { weight: 50 }, { pause: {} }], analysis: {} } } }
const blueGreen: RolloutSpec = { deployment: 'web', strategy: { blueGreen: { scaleDownDelaySeconds: 20 } } }
const revision = (hash: string, available: number, wanted = available): RevisionSeen => ({ hash, replicaSet: `web-${hash}`, wanted, pods: wanted, available })
const seen = (current: RevisionSeen | undefined, others: RevisionSeen[] = [], more: Partial<RolloutSeen> = {}): RolloutSeen =>
  ({ replicas: 4, paused: false, complete: false, current, others, ingress: true, deadlineSeconds: 600, since: 0, order: undefined, ...more })
const bad = { verdict: { failure: '12.5 % of 240 requests to revision web-b failed (limit 1 %)', message: 'bad', judged: true }, counts: {} }
const good = { verdict: { failure: undefined, message: 'good', judged: true }, counts: { canary: { requests: 20, errors: 0 } } }
const shares = ({ traffic = [] }: RolloutStatus): string[] => traffic.map(({ hash, weight, replicas }) => `${hash} ${String(weight)} % ${replicas === undefined ? 'all' : String(replicas)}`)
const A: RolloutStatus = { phase: 'Healthy', stable: 'a' }

/** A story: what is seen, when (seconds), and what it comes to. */
function tell(spec: RolloutSpec, before: RolloutStatus, chapters: readonly (readonly [seconds: number, what: RolloutSeen, phase: string, traffic: string[], events?: string[]])[]): RolloutStatus {
  return chapters.reduce((status, [seconds, what, phase, traffic, events]) => {
    const decision = decideRollout('web', spec, status, what, T0 + seconds * 1000)
    expect([decision.status.phase, shares(decision.status)]).toEqual([phase, traffic])
    if (events !== undefined) expect(decision.events.map(({ reason }) => reason)).toEqual(events)
    return decision.status
  }, before)
}

describe('a canary', () => {
  test('that is good goes all its steps, waits for its pods, for the time and for a person, and has everything', () => {
    const last = tell(canary, A, [
      [0, seen(revision('b', 0, 0), [revision('a', 4)]), 'Progressing', ['a 100 % 4', 'b 0 % 1'], ['RolloutStarted']],
      [5, seen(revision('b', 0, 1), [revision('a', 4)]), 'Progressing', ['a 100 % 4', 'b 0 % 1'], []],
      [9, seen(revision('b', 1), [revision('a', 4)]), 'Paused', ['a 90 % 4', 'b 10 % 1'], ['RolloutStep']],
      [68, seen(revision('b', 1), [revision('a', 4)], { look: good }), 'Paused', ['a 90 % 4', 'b 10 % 1'], []],
      [69, seen(revision('b', 1), [revision('a', 4)]), 'Progressing', ['a 90 % 4', 'b 10 % 2'], []],
      [70, seen(revision('b', 2), [revision('a', 4)]), 'Paused', ['a 50 % 4', 'b 50 % 2'], ['RolloutStep']],
      [9000, seen(revision('b', 2), [revision('a', 4)]), 'Paused', ['a 50 % 4', 'b 50 % 2'], []],
      [9001, seen(revision('b', 2), [revision('a', 4)], { order: 'promote 1' }), 'Progressing', ['a 50 % 4', 'b 50 % 4']],
      [9002, seen(revision('b', 4), [revision('a', 4)], { order: 'promote 1' }), 'Healthy', ['b 100 % all', 'a 0 % 0'], ['RolloutStep', 'RolloutPromoted']],
      [9003, seen(revision('b', 4), [revision('a', 0)], { order: 'promote 1' }), 'Healthy', ['b 100 % all'], []],
    ])
    expect(last).toMatchObject({ stable: 'b', order: 'promote 1' })
    expect(last.canary).toBeUndefined()
  })

  test('without an ingress shares by the numbers of pods, and the old revision shrinks only as the new one is there', () => void tell(canary, A, [
    [0, seen(revision('b', 0, 0), [revision('a', 4)], { ingress: false }), 'Progressing', ['a 100 % 4', 'b 0 % 1']],
    [1, seen(revision('b', 1), [revision('a', 4)], { ingress: false }), 'Paused', ['a 80 % 4', 'b 20 % 1']],
    [99, seen(revision('b', 1), [revision('a', 4)], { ingress: false }), 'Progressing', ['a 80 % 3', 'b 20 % 2']],
    [100, seen(revision('b', 2), [revision('a', 3)], { ingress: false }), 'Paused', ['a 60 % 2', 'b 40 % 2']],
    [101, seen(revision('b', 2), [revision('a', 2)], { ingress: false }), 'Paused', ['a 50 % 2', 'b 50 % 2']],
  ]))

  const began: [number, RolloutSeen, string, string[]][] = [[0, seen(revision('b', 0, 0), [revision('a', 4)]), 'Progressing', ['a 100 % 4', 'b 0 % 1']], [1, seen(revision('b', 1), [revision('a', 4)]), 'Paused', ['a 90 % 4', 'b 10 % 1']]]
  test('that fails its analysis is aborted, stays so, and begins anew by "retry" or with another template', () => {
    const aborted = tell(canary, A, [
      ...began,
      [2, seen(revision('b', 1), [revision('a', 4)], { look: bad }), 'Aborted', ['a 100 % 4', 'b 0 % 0'], ['RolloutAborted']],
      [9999, seen(revision('b', 0), [revision('a', 4)], { look: good }), 'Aborted', ['a 100 % 4', 'b 0 % 0'], []],
      [9999, seen(revision('b', 0), [revision('a', 4)], { order: 'promote x' }), 'Aborted', ['a 100 % 4', 'b 0 % 0'], ['OrderIgnored']],
    ])
    expect(aborted.message).toBe('aborted: 12.5 % of 240 requests to revision web-b failed (limit 1 %). All requests go to revision web-a; a new template, or the order "retry", begins anew')
    tell(canary, aborted, [
      [10_000, seen(revision('b', 0), [revision('a', 4)], { order: 'retry 1' }), 'Progressing', ['a 100 % 4', 'b 0 % 1'], ['RolloutStarted']],
      [10_001, seen(revision('b', 0), [revision('a', 4)], { order: 'retry 1' }), 'Progressing', ['a 100 % 4', 'b 0 % 1'], []],
    ])
    tell(canary, aborted, [[10_000, seen(revision('c', 0), [revision('a', 4), revision('b', 0)], { order: 'promote x' }), 'Progressing', ['a 100 % 4', 'c 0 % 1'], ['RolloutStarted']]])
  })

  test.each([[1, 2], [0, 1], [2, 3]])('with a failureLimit of %d is aborted at failure %d', (failureLimit, at) => {
    const spec: RolloutSpec = { deployment: 'web', strategy: { canary: { steps: [{ weight: 10 }, { pause: {} }], analysis: { failureLimit } } } }
    let status = tell(spec, A, began)
    for (let i = 1; i <= at; i++) ({ status } = decideRollout('web', spec, status, seen(revision('b', 1), [revision('a', 4)], { look: bad }), T0 + i * 1000))
    expect([status.phase, status.analysis?.failures]).toEqual(['Aborted', at])
  })

  test('whose pods do not come is aborted after the deadline, which runs from the engine\'s start where that is later', () => {
    const waits = tell(canary, A, began.slice(0, 1))
    expect(decideRollout('web', canary, waits, seen(revision('b', 0, 1), [revision('a', 4)]), T0 + 599_000)).toMatchObject({ status: { phase: 'Progressing' }, lookAgainMs: 1000 })
    expect(decideRollout('web', canary, waits, seen(revision('b', 0, 1), [revision('a', 4)]), T0 + 600_000).status.message).toMatch(/^aborted: 0 of 1 pods of revision web-b were available after 600 s/)
    expect(decideRollout('web', canary, waits, seen(revision('b', 0, 1), [revision('a', 4)], { since: T0 + 500_000 }), T0 + 700_000).status.phase).toBe('Progressing')
  })

  test('is over at once when the template is the stable one\'s again', () => void tell(canary, A, [
    ...began, [2, seen(revision('a', 4), [revision('b', 1)]), 'Healthy', ['a 100 % all', 'b 0 % 0'], ['RolledBack']], [3, seen(revision('a', 4), [revision('b', 0)]), 'Healthy', ['a 100 % all'], []],
  ]))

  test('begins anew with a template that changes on the way; the one before gets nothing any more', () => void tell(canary, A, [
    ...began, [2, seen(undefined, [revision('a', 4), revision('b', 1)]), 'Paused', ['a 90 % 4', 'b 10 % 1'], []], [3, seen(revision('c', 0, 0), [revision('a', 4), revision('b', 1)]), 'Progressing', ['a 100 % 4', 'c 0 % 1', 'b 0 % 0'], ['RolloutStarted']],
  ]))

  test.each<[string, RolloutSeen, string, string[]]>([
    ['scaled on the way keeps its weight with more pods', seen(revision('b', 1), [revision('a', 4)], { replicas: 30 }), 'Paused', ['a 90 % 30', 'b 10 % 3']],
    ['scaled to zero on the way is over', seen(revision('b', 1), [revision('a', 4)], { replicas: 0 }), 'Healthy', ['b 100 % all', 'a 0 % 0']],
    ['of a paused Deployment stands still', seen(revision('b', 1), [revision('a', 4)], { paused: true }), 'Paused', ['a 90 % 4', 'b 10 % 1']],
    ['ordered to do what it cannot', seen(revision('b', 1), [revision('a', 4)], { order: 'retry' }), 'Paused', ['a 90 % 4', 'b 10 % 1']],
    ['aborted by hand', seen(revision('b', 1), [revision('a', 4)], { order: 'abort looks odd' }), 'Aborted', ['a 100 % 4', 'b 0 % 0']],
    ['promoted through all', seen(revision('b', 1), [revision('a', 4)], { order: 'promote-all' }), 'Progressing', ['a 90 % 4', 'b 10 % 4']],
    ['whose stable ReplicaSet was deleted', seen(revision('b', 1), []), 'Waiting', []],
  ])('%s', (_, what, phase, traffic) => { tell(canary, A, [...began, [2, what, phase, traffic]]) })

  test.each<[string, RolloutSpec, string[]]>([
    ['fewer steps', { deployment: 'web', strategy: { canary: { steps: [{ weight: 50 }] } } }, ['a 90 % 4', 'b 10 % 4']],
    ['another strategy', blueGreen, ['a 90 % 4', 'b 10 % 4']],
  ])('that is given %s on the way still waits for the pods that all requests take', (_, spec, traffic) => {
    const status = tell(canary, A, [...began, [99, seen(revision('b', 1), [revision('a', 4)]), 'Progressing', ['a 90 % 4', 'b 10 % 2']]])
    tell(spec, { ...status, step: 3 }, [[100, seen(revision('b', 2), [revision('a', 4)]), 'Progressing', traffic]])
  })

  test('that has begun knows no older order', () => {
    const first = decideRollout('web', canary, A, seen(revision('b', 0, 0), [revision('a', 4)], { order: 'abort the last one' }), T0)
    expect(first.status).toMatchObject({ phase: 'Progressing', order: 'abort the last one' })
    expect(decideRollout('web', canary, first.status, seen(revision('b', 1), [revision('a', 4)], { order: 'abort the last one' }), T0).status.phase).toBe('Paused')
  })
})

test('blue/green: all of it first, then the switch, then the way back stays open for a time', () => {
  const switched = tell(blueGreen, A, [
    [0, seen(revision('b', 0, 0), [revision('a', 4)]), 'Progressing', ['a 100 % 4', 'b 0 % 4']],
    [1, seen(revision('b', 3, 4), [revision('a', 4)]), 'Progressing', ['a 100 % 4', 'b 0 % 4']],
    [2, seen(revision('b', 4), [revision('a', 4)]), 'Paused', ['a 0 % 4', 'b 100 % 4']],
  ])
  tell(blueGreen, switched, [[10, seen(revision('b', 4), [revision('a', 4)], { look: bad }), 'Aborted', ['a 100 % 4', 'b 0 % 0']]])
  tell(blueGreen, switched, [[22, seen(revision('b', 4), [revision('a', 4)]), 'Healthy', ['b 100 % all', 'a 0 % 0']]])
})

test('the first roll of a Deployment is no canary, nor one that was under way before', () => void tell(canary, {}, [
  [0, seen(undefined), 'Waiting', []], [1, seen(revision('a', 1, 4)), 'Waiting', []], [2, seen(revision('a', 4), [], { complete: true }), 'Healthy', ['a 100 % all']],
]))

test('whatever happens: weights are 100 together, aborted is 0, the stable one is whole whenever it is needed, and a second look at the same changes nothing', () => {
  const hash = fc.constantFrom('a', 'b', 'c')
  const moment = fc.record({
    current: hash, available: fc.nat(6), replicas: fc.integer({ min: 1, max: 6 }), ingress: fc.boolean(), paused: fc.boolean(), after: fc.nat(90), failed: fc.option(fc.boolean(), { nil: undefined }),
    order: fc.option(fc.constantFrom('promote 1', 'promote 2', 'promote-all', 'abort', 'retry 1', 'retry 2'), { nil: undefined }),
  })
  fc.assert(fc.property(fc.constantFrom(canary, blueGreen), fc.array(moment, { maxLength: 25 }), (spec, moments) => {
    let status: RolloutStatus = A
    let now = T0
    for (const m of moments) {
      now += m.after * 1000
      const what = seen(revision(m.current, m.available), ['a', 'b', 'c'].filter((h) => h !== m.current).map((h) => revision(h, 4)), {
        replicas: m.replicas, ingress: m.ingress, paused: m.paused, order: m.order, look: m.failed === undefined ? undefined : m.failed ? bad : good,
      })
      const { status: next } = decideRollout('web', spec, status, what, now)
      const traffic = next.traffic ?? []
      expect(traffic.reduce((sum, { weight }) => sum + weight, 0)).toBe(100)
      expect(new Set(traffic.map(({ hash: h }) => h)).size).toBe(traffic.length)
      const stable = traffic.find(({ hash: h }) => h === next.stable)
      if (next.phase === 'Aborted' || next.phase === 'Healthy') expect(stable).toMatchObject({ weight: 100 })
      const share = traffic.find(({ hash: h }) => h === next.canary)
      if (next.phase !== 'Healthy' && m.current === next.canary) expect((stable?.replicas ?? m.replicas) + Math.min(m.available, share?.replicas ?? 0)).toBeGreaterThanOrEqual(m.replicas)
      const again = decideRollout('web', spec, next, { ...what, look: undefined }, now)
      expect(semanticEqual(again.status, next)).toBe(true)
      status = next
    }
  }))
})
