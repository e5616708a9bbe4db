import { beforeEach, expect, test } from 'vitest'
import type { ObjectRef, Plan, ScalingTrial } from '../../src-main/common/contract/index.ts'
import { FakeClock, settle } from '../../src-main/common/fake-clock.ts'
import { FakeAutoscaling } from '../testing/fake-autoscaling.ts'
import { AutoscalerEdit } from './autoscaler-edit.svelte.ts'

const web: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }
let clock: FakeClock
let autoscaling: FakeAutoscaling
let planned: string[]
let edit: AutoscalerEdit
const well: Plan = { changes: [], problems: [] }
const bad: Plan = { changes: [], problems: [{ severity: 'error', message: 'No.' }] }
beforeEach(() => {
  clock = new FakeClock()
  autoscaling = new FakeAutoscaling((open) => open())
  planned = []
  edit = new AutoscalerEdit(web, { autoscaling, cluster: { plan: (text) => Promise.resolve((planned.push(text), well)) } }, clock)
  edit.begin(undefined, 2)
})

test('bad input is told at its field when somebody goes on, nothing is asked, and nothing that was typed is lost', async () => {
  edit.form.max = '1'
  edit.form.cpu = 'much'
  expect(edit.problems).toEqual({})
  expect(await edit.review()).toBe(false)
  expect(edit.problems).toEqual({ max: 'under_min', cpu: 'percent' })
  expect([edit.form.max, edit.form.cpu, planned]).toEqual(['1', 'much', []])
  edit.form.max = '8'
  expect(edit.problems).toEqual({ cpu: 'percent' })
})

test('a form is tried once the hand rests, and only the last one', async () => {
  edit.tryOut()
  await clock.advance(300)
  edit.form.max = '9'
  edit.tryOut()
  await clock.advance(400)
  await settle()
  expect(autoscaling.tried.map((s) => s.max)).toEqual([9])
  expect(edit.trial?.most).toBe(9)
  edit.form.max = 'x'
  edit.tryOut()
  expect(edit.trial).toBeUndefined()
})

test('an answer that comes too late is not shown', async () => {
  const answers: ((most: number) => void)[] = []
  const slow = { draft: autoscaling.draft.bind(autoscaling), tryOut: () => new Promise<ScalingTrial>((resolve) => answers.push((most) => resolve({ steps: [], least: 1, most, mean: 1, changes: 0, cappedShare: 0 }))) }
  edit = new AutoscalerEdit(web, { autoscaling: slow, cluster: { plan: () => Promise.resolve(well) } }, clock)
  for (const max of ['5', '6']) {
    edit.form.max = max
    edit.tryOut()
    await clock.advance(400)
  }
  answers[1]?.(6)
  await settle()
  answers[0]?.(5)
  await settle()
  expect(edit.trial?.most).toBe(6)
})

test('what it would have done cannot be told: the sentence why', async () => {
  autoscaling.failure = 'The record cannot be read.'
  edit.tryOut()
  await clock.advance(400)
  await settle()
  expect(edit.trialError).toBe('The record cannot be read.')
})

test('it is planned, then applied; back to the form keeps what was typed', async () => {
  edit.form.max = '7'
  expect(await edit.review()).toBe(true)
  expect(planned[0]).toContain('maxReplicas: 7')
  edit.back()
  expect([edit.plan, edit.form.max]).toEqual([undefined, '7'])
  await edit.review()
  const applied: string[] = []
  expect(await edit.apply((text) => Promise.resolve((applied.push(text), bad)))).toBe(false)
  expect(edit.plan).toBe(bad)
  expect(await edit.apply((text) => Promise.resolve((applied.push(text), well)))).toBe(true)
  expect(await edit.apply(() => Promise.resolve(undefined))).toBe(false)
  expect(applied).toEqual([planned[1], planned[1]])
})
