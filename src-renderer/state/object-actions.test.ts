import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ObjectRef } from '../../src-main/common/contract/index.ts'
import { FakeResources } from '../testing/fake-resources.ts'
import { ObjectActions, readReplicas } from './object-actions.ts'
import { toasts } from './toasts.svelte.ts'

const queue: ObjectRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'data', name: 'queue' }
const report: ObjectRef = { apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'default', name: 'nightly-report' }
let resources: FakeResources
let removed: ObjectRef[]
let actions: ObjectActions
beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  removed = []
  resources = new FakeResources((open) => open(), false)
  actions = new ObjectActions(resources, (ref) => Promise.resolve(void removed.push(ref)))
})
afterEach(() => {
  for (const toast of toasts.list) toasts.dismiss(toast.id)
  vi.useRealTimers()
})

test.each([
  ['scaling', () => actions.scale(queue, 3, 5), ['scale 5 queue', 'scale 3 queue']],
  ['pausing', () => actions.pause(queue, true), ['pause true queue', 'pause false queue']],
  ['suspending', () => actions.suspend(report, true), ['suspend true nightly-report', 'suspend false nightly-report']],
])('%s is taken back', async (_, act, done) => {
  expect(await act()).toBe(true)
  await toasts.list.at(-1)?.undo?.()
  expect(resources.done).toEqual(done)
})

test('a Job that was started by hand is deleted when that is taken back', async () => {
  const job = await actions.runNow(report)
  await toasts.list.at(-1)?.undo?.()
  expect(removed).toEqual([job])
})

test('a restart cannot be taken back', async () => {
  await actions.restart(queue)
  expect(toasts.list.at(-1)?.undo).toBeUndefined()
})

test('why not is told as a sentence', async () => {
  expect(await actions.runNow(queue)).toBeUndefined()
  expect(toasts.list.at(-1)).toMatchObject({ tone: 'bad', text: 'A StatefulSet cannot be run by hand: only a Job and a CronJob can.' })
  expect(await actions.scale({ ...queue, name: 'gone' }, 1, 2)).toBe(false)
})

test.each([['3', 3], [' 0 ', 0], ['1000', 1000], ['1001', undefined], ['many', undefined], ['-1', undefined], ['1.5', undefined], ['', undefined]])('"%s" replicas: %s', (text, count) => expect(readReplicas(text)).toBe(count))
