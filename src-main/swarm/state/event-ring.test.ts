import { expect, test } from 'vitest'
import type { EventEntry } from '../../common/contract/index.ts'
import { EventRing } from './event-ring.ts'

const entry = (id: string, time: number): EventEntry => ({ id, time, type: 'Normal', reason: 'Started', message: '', about: { apiVersion: 'swarm', kind: 'Task', namespace: 'default', name: id }, count: 1 })

test('keeps the newest, newest first, and counts what comes again', () => {
  const ring = new EventRing(2)
  for (const [id, time] of [['a', 1], ['b', 2], ['a', 3], ['c', 4]] as const) ring.add(entry(id, time))
  expect(ring.list().map(({ id, count }) => [id, count])).toEqual([['c', 1], ['a', 2]])
})
