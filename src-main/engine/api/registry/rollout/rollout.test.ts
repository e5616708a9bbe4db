import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StatusError } from '../../../../common/errors.ts'
import { ROLLOUT_ORDER, Rollouts } from '../../../../common/kube/rollout.ts'
import type { Rollout } from '../../../../common/kube/rollout.ts'
import { rowOf } from '../../table/table.ts'
import { AS_TESTER, startTestApi } from '../../testing/test-api.ts'
import type { TestApi } from '../../testing/test-api.ts'
import { rolloutKind } from '../rollout.ts'

let t: TestApi
beforeAll(async () => { t = await startTestApi() })
afterAll(() => t.close())

const steps = [{ weight: 5 }, { pause: { seconds: 60 } }, { pause: {} }]
const create = async (name: string, spec: object | undefined, annotations?: object): Promise<Rollout> =>
  (await t.api.create(Rollouts, 'default', { apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { name, annotations }, ...(spec === undefined ? {} : { spec }) }, AS_TESTER)) as Rollout
async function causes(attempt: Promise<unknown>): Promise<string[]> {
  const error = await attempt.then(() => undefined, (e: unknown) => e)
  expect(error).toBeInstanceOf(StatusError)
  return ((error as StatusError).details.causes ?? []).map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
}

test('what is left out is filled in, and a pause that says nothing stays one', async () => {
  const canary = await create('canary', { deployment: 'web', strategy: { canary: { steps, analysis: { maxErrorPercent: 0.5 } } } })
  expect(canary.spec.strategy.canary).toEqual({ steps, analysis: { intervalSeconds: 10, ready: true, maxRestarts: 0, maxErrorPercent: 0.5, minRequests: 20, failureLimit: 0 } })
  expect((await create('blue', { deployment: 'web', strategy: { blueGreen: {} } })).spec.strategy.blueGreen).toEqual({ autoPromote: true, autoPromoteSeconds: 0, scaleDownDelaySeconds: 30 })
  expect((await create('hand', { deployment: 'web', strategy: { blueGreen: { autoPromote: false } } })).spec.strategy.blueGreen).toEqual({ autoPromote: false, scaleDownDelaySeconds: 30 })
})

describe('refused', () => {
  const canary = (more: object): object => ({ deployment: 'web', strategy: { canary: { steps, ...more } } })
  const S = 'spec.strategy.canary.steps'
  test.each<[string, object | undefined, string[]]>([
    ['nothing at all', undefined, ['spec.deployment: Required value: the name of a Deployment in the same namespace', 'spec.strategy: Required value: one of canary and blueGreen']],
    ['no Deployment', { strategy: { canary: { steps } } }, ['spec.deployment: Required value: the name of a Deployment in the same namespace']],
    ['no strategy', { deployment: 'web' }, ['spec.strategy: Required value: one of canary and blueGreen']],
    ['both strategies', { deployment: 'web', strategy: { canary: { steps }, blueGreen: {} } }, ['spec.strategy.blueGreen: Forbidden: there is a canary already: a Rollout has one of the two']],
    ['no steps', canary({ steps: [] }), [`${S}: Required value: a canary has steps, such as [{weight: 5}, {pause: {seconds: 60}}]`]],
    ['a pause first', canary({ steps: [{ pause: {} }] }), [`${S}[0]: Invalid value: {"pause":{}}: the first step is a weight: before it there is nothing to wait for`]],
    ['a step of two things', canary({ steps: [{ weight: 5, pause: {} }] }), [`${S}[0]: Invalid value: {"weight":5,"pause":{}}: a step is either a weight or a pause`]],
    ['a step of nothing', canary({ steps: [{ weight: 5 }, {}] }), [`${S}[1]: Invalid value: {}: a step is either a weight or a pause`]],
    ['too much', canary({ steps: [{ weight: 101 }] }), [`${S}[0].weight: Invalid value: 101: must be a percentage from 0 to 100`]],
    ['back', canary({ steps: [{ weight: 50 }, { weight: 20 }] }), [`${S}[1].weight: Invalid value: 20: must be more than the weight before, 50: a canary only grows, and "abort" is the way back`]],
    ['a pause of years', canary({ steps: [{ weight: 5 }, { pause: { seconds: 1e8 } }] }), [`${S}[1].pause.seconds: Invalid value: 100000000: must be a number of seconds from 0 to 604800`]],
    ['too many steps', canary({ steps: Array.from({ length: 51 }, (_, i) => ({ weight: i })) }), [`${S}: Too many: 51: must have at most 50 items`]],
    ['an analysis that cannot be', canary({ analysis: { intervalSeconds: 0, maxErrorPercent: 101, maxMeanMs: 0, minRequests: 0, maxRestarts: -1, failureLimit: -1 } }), [
      'spec.strategy.canary.analysis.intervalSeconds: Invalid value: 0: must be a number of seconds from 1 to 3600', 'spec.strategy.canary.analysis.maxRestarts: Invalid value: -1: must be greater than or equal to 0',
      'spec.strategy.canary.analysis.failureLimit: Invalid value: -1: must be greater than or equal to 0', 'spec.strategy.canary.analysis.maxErrorPercent: Invalid value: 101: must be a percentage from 0 to 100',
      'spec.strategy.canary.analysis.maxMeanMs: Invalid value: 0: must be a number of milliseconds, at least 1', 'spec.strategy.canary.analysis.minRequests: Invalid value: 0: must be at least 1: of no requests nothing can be said']],
    ['a time for what waits for a person', { deployment: 'web', strategy: { blueGreen: { autoPromote: false, autoPromoteSeconds: 5 } } }, ['spec.strategy.blueGreen.autoPromoteSeconds: Forbidden: with autoPromote: false it waits for the order "promote"']],
  ])('%s', async (_, spec, expected) => {
    expect(await causes(create('refused', spec))).toEqual(expected)
  })

  test.each(['go', '', 'Promote', `abort ${'x'.repeat(300)}`])('the order "%.20s"', async (order) => {
    expect(await causes(create('ordered', canary({}), { [ROLLOUT_ORDER]: order }))).toEqual([expect.stringMatching(/must begin with one of promote, promote-all, abort, retry|at most 256 characters/)])
  })

  test('another Deployment', async () => {
    const there = await create('moved', canary({}))
    expect(await causes(t.api.update(Rollouts, 'default', 'moved', { ...there, spec: { ...there.spec, deployment: 'other' } }, AS_TESTER))).toEqual(['spec.deployment: Invalid value: "other": field is immutable'])
  })
})

test('the status is written through its subresource only, and the table shows how far it is', async () => {
  const made = await create('shown', { deployment: 'web', strategy: { canary: { steps } } })
  const status = { phase: 'Paused', step: 1, steps: 4, weight: 5, message: 'waits', order: 'promote 1' }
  await t.api.update(Rollouts, 'default', 'shown', { ...made, status }, AS_TESTER)
  const after = t.api.get(Rollouts, 'default', 'shown') as Rollout
  expect(after.status).toBeUndefined()
  expect(rowOf(rolloutKind, { ...after, status } as Rollout, 'None', 'v1', 0).cells.slice(0, 6)).toEqual(['shown', 'web', 'Canary', 'Paused', '2/4', '5 %'])
})
