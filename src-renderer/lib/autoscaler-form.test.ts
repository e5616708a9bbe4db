import { expect, test } from 'vitest'
import type { AutoscalerForm } from './autoscaler-form.ts'
import { formOf, problemsOf, settingsFrom } from './autoscaler-form.ts'

const good: AutoscalerForm = { min: '2', max: '6', cpu: '70', toZero: false, zeroMinutes: '10' }

test.each<[Partial<AutoscalerForm>, object]>([
  [{ min: '0' }, { min: 'whole' }], [{ min: '' }, { min: 'whole' }], [{ min: 'two' }, { min: 'whole' }], [{ min: '1.5' }, { min: 'whole' }], [{ min: '-1' }, { min: 'whole' }], [{ max: '1001' }, { max: 'whole' }],
  [{ max: '1' }, { max: 'under_min' }], [{ min: '7' }, { max: 'under_min' }], [{ min: 'x', max: '0' }, { min: 'whole', max: 'whole' }],
  [{ cpu: '0' }, { cpu: 'percent' }], [{ cpu: '70%' }, { cpu: 'percent' }], [{ cpu: '' }, { cpu: 'percent' }], [{ cpu: '1001' }, { cpu: 'percent' }],
  [{ toZero: true, zeroMinutes: '0' }, { zeroMinutes: 'minutes' }], [{ toZero: true, zeroMinutes: '1441' }, { zeroMinutes: 'minutes' }], [{ zeroMinutes: 'never' }, {}],
])('%j', (change, problems) => {
  expect(problemsOf({ ...good, ...change })).toEqual(problems)
  expect(settingsFrom({ ...good, ...change }) === undefined).toBe(Object.keys(problems).length > 0)
})

test('what is set now comes back as it was; a new one begins around the replicas there are', () => {
  const settings = { min: 2, max: 6, cpuPercent: 70, toZeroAfterSeconds: 600 }
  expect(settingsFrom(formOf(settings, 9))).toEqual(settings)
  expect(settingsFrom(formOf(undefined, 3))).toEqual({ min: 3, max: 9, cpuPercent: 70 })
  expect(settingsFrom(formOf(undefined, 0))).toEqual({ min: 1, max: 3, cpuPercent: 70 })
  expect(settingsFrom({ ...good, min: ' 2 ' })).toEqual({ min: 2, max: 6, cpuPercent: 70 })
})
