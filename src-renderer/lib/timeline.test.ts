import { expect, test } from 'vitest'
import type { EventEntry } from '../../src-main/common/contract/index.ts'
import { incidentsOf } from './timeline.ts'

const AT = Date.UTC(2026, 0, 1, 12)
let serial = 0
const event = (seconds: number, reason: string, message = reason): EventEntry => ({
  id: `e${String(serial++)}`, time: AT + seconds * 1000, type: /Lost|NotResponding/.test(reason) ? 'Warning' : 'Normal', reason, message, count: 1, about: { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'b' },
})

test('a failure is told in its order, pods together, and what is not part of it is left out', () => {
  const told = incidentsOf([
    event(180, 'NodeReady'), event(3.1, 'NodeNotResponding'), event(181, 'StalePodRemoved', 'web-1'), event(7.5, 'PodRecreated', 'web-8 on c'), event(5.9, 'NodeLost'), event(4, 'EndpointsRemoved'),
    event(7, 'PodRecreated', 'web-7 on a'), event(6, 'Scheduled'), event(8, 'PodRecreated', 'web-9 on a'),
  ])
  expect(told.map(({ steps }) => steps.map((s) => [s.reason, (s.time - AT) / 1000, s.messages]))).toEqual([[
    ['NodeNotResponding', 3.1, ['NodeNotResponding']], ['EndpointsRemoved', 4, ['EndpointsRemoved']], ['NodeLost', 5.9, ['NodeLost']],
    ['PodRecreated', 7, ['web-7 on a', 'web-8 on c', 'web-9 on a']], ['NodeReady', 180, ['NodeReady']], ['StalePodRemoved', 181, ['web-1']],
  ]])
  expect(told[0]?.steps.map((s) => s.bad)).toEqual([true, false, true, false, false, false])
})

test('a new silence, or a long calm, begins another; the newest is first', () => {
  const told = incidentsOf([event(0, 'NodeNotResponding'), event(2, 'NodeResponding'), event(60, 'NodeNotResponding'), event(62, 'NodeResponding'), event(900, 'NodeHasDiskPressure')])
  expect(told.map(({ steps }) => steps.map((s) => s.reason))).toEqual([['NodeHasDiskPressure'], ['NodeNotResponding', 'NodeResponding'], ['NodeNotResponding', 'NodeResponding']])
})

test('nothing happened', () => expect(incidentsOf([])).toEqual([]))
