import { expect } from 'vitest'
import type { Event as CoreEvent } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Event } from '../../../src-main/common/kube/generated/events-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'

const GROUP = 'events.k8s.io/v1'
const WHEN = '2026-01-01T10:00:00.123456Z'
const LATER = '2026-01-01T11:00:00.654321Z'

interface List<T> {
  items: T[]
}

const coreEvent = (f: Framework, name: string, labels: Record<string, string>): object => ({
  apiVersion: 'v1', kind: 'Event', metadata: { name, labels }, message: 'This is a test event', reason: 'Test', type: 'Normal', count: 1, involvedObject: { namespace: f.namespace },
})
const event = (f: Framework, name: string, labels: Record<string, string>): object => ({
  apiVersion: GROUP, kind: 'Event', metadata: { name, labels }, regarding: { namespace: f.namespace, kind: 'Pod', name: 'pod' }, eventTime: WHEN, note: `This is ${name}`, action: 'Do', reason: 'Test', type: 'Normal',
  reportingController: 'test-controller', reportingInstance: 'test-node',
})

conformance('[sig-instrumentation] Events should manage the lifecycle of an event', async (f) => {
  const label = f.unique('event')
  const selector = { labelSelector: `testevent-constant=${label}` }
  const all = async (): Promise<CoreEvent[]> => (await f.client.get<List<CoreEvent>>('/api/v1/events', selector)).items
  await f.client.create(f.core('events'), coreEvent(f, 'event-test', { 'testevent-constant': label }))
  expect(await all()).toHaveLength(1)
  await f.client.patch(f.core('events', 'event-test'), 'strategic', { message: 'This is a test event - patched' })
  const fetched = await f.client.get<CoreEvent>(f.core('events', 'event-test'))
  expect(fetched.message).toBe('This is a test event - patched')
  const put = await f.client.replace<CoreEvent>(f.core('events', 'event-test'), { ...fetched, series: { count: 100, lastObservedTime: LATER } })
  expect(put.series).toEqual({ count: 100, lastObservedTime: LATER })
  expect((await f.client.get<CoreEvent>(f.core('events', 'event-test'))).series).toEqual({ count: 100, lastObservedTime: LATER })
  await f.client.delete(f.core('events', 'event-test'))
  expect(await all()).toEqual([])
})

conformance('[sig-instrumentation] Events should delete a collection of events', async (f) => {
  const selector = { labelSelector: 'testevent-set=true' }
  for (const i of [1, 2, 3]) await f.client.create(f.core('events'), coreEvent(f, `test-event-${String(i)}`, { 'testevent-set': 'true' }))
  expect((await f.client.get<List<CoreEvent>>(f.core('events'), selector)).items).toHaveLength(3)
  await f.client.delete(f.core('events'), undefined, selector)
  expect((await f.client.get<List<CoreEvent>>(f.core('events'), selector)).items).toEqual([])
})

conformance('[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed', async (f) => {
  const name = 'event-test'
  const label = f.unique('event')
  const path = f.group(GROUP, 'events', name)
  await f.client.create(f.group(GROUP, 'events'), event(f, name, { 'testevent-constant': label }))
  const listed = async (where: string, query: Record<string, string>): Promise<Event[]> => (await f.client.get<List<Event>>(where, query)).items.filter(({ metadata }) => metadata.name === name && metadata.namespace === f.namespace)
  expect(await listed(`/apis/${GROUP}/events`, { labelSelector: `testevent-constant=${label}` })).toHaveLength(1)
  expect(await listed(f.group(GROUP, 'events'), {})).toHaveLength(1)
  expect(await listed(f.group(GROUP, 'events'), { fieldSelector: 'reportingController=test-controller' })).toHaveLength(1)
  expect((await f.client.get<List<CoreEvent>>(f.core('events'), { fieldSelector: 'source=test-controller' })).items.map(({ metadata }) => metadata.name)).toEqual([name])
  const got = await f.client.get<Event>(path)
  expect(got).toMatchObject({ note: 'This is event-test', eventTime: WHEN, reportingController: 'test-controller', reportingInstance: 'test-node', action: 'Do' })

  await f.client.patch(path, 'strategic', { series: { count: 2, lastObservedTime: LATER } })
  const patched = await f.client.get<Event>(path)
  const { series: _series, ...rest } = patched
  expect(patched.series).toEqual({ count: 2, lastObservedTime: LATER })
  expect({ ...rest, metadata: { ...rest.metadata, resourceVersion: '', managedFields: undefined } }).toEqual({ ...got, metadata: { ...got.metadata, resourceVersion: '', managedFields: undefined } })

  const put = await f.client.replace<Event>(path, { ...patched, metadata: { ...patched.metadata, resourceVersion: undefined, managedFields: undefined }, series: { count: 100, lastObservedTime: WHEN } })
  expect(put.series).toEqual({ count: 100, lastObservedTime: WHEN })
  expect((await f.client.get<Event>(path)).series).toEqual({ count: 100, lastObservedTime: WHEN })
  await f.client.delete(path)
  expect(await listed(`/apis/${GROUP}/events`, { labelSelector: `testevent-constant=${label}` })).toEqual([])
  expect((await f.client.ask('GET', path)).code).toBe(404)
})

conformance('[sig-instrumentation] Events API should delete a collection of events', async (f) => {
  const selector = { labelSelector: 'testevent-set=true' }
  const events = async (): Promise<Event[]> => (await f.client.get<List<Event>>(f.group(GROUP, 'events'), selector)).items
  for (const i of [1, 2, 3]) await f.client.create(f.group(GROUP, 'events'), event(f, `test-event-${String(i)}`, { 'testevent-set': 'true' }))
  expect(await events()).toHaveLength(3)
  await f.client.delete(f.group(GROUP, 'events'), undefined, selector)
  expect(await events()).toEqual([])
})
