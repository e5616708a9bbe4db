import { afterAll, beforeAll, expect, test } from 'vitest'
import { Events, EventsV1 } from '../../../common/kube/kinds.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
beforeAll(async () => { t = await startTestApi() })
afterAll(() => t.close())

const event = { metadata: { name: 'e' }, regarding: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Tried', action: 'Trying', note: 'it was', type: 'Normal', reportingController: 'example.com/c', reportingInstance: 'c-0', eventTime: '2026-01-01T00:00:00.123456Z' }

test('an Event is one object in both groups', async () => {
  await t.api.create(EventsV1, 'default', event, AS_TESTER)
  expect(t.api.get(Events, 'default', 'e')).toMatchObject({ apiVersion: 'v1', involvedObject: { name: 'p' }, message: 'it was', reportingComponent: 'example.com/c' })
  await t.api.patch(Events, 'default', 'e', 'application/merge-patch+json', { message: 'it is', count: 2 }, 'main', AS_TESTER)
  expect(t.api.get(EventsV1, 'default', 'e')).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'it is', deprecatedCount: 2, regarding: { name: 'p' } })
})

test('each group has its own words in field selectors', () => {
  const names = (resource: typeof Events | typeof EventsV1, fieldSelector: string): string[] => t.api.list(resource, { namespace: 'default', fieldSelector }).items.map((o) => o.metadata.name)
  expect(names(EventsV1, 'regarding.name=p,reportingController=example.com/c')).toEqual(['e'])
  expect(names(EventsV1, 'regarding.name!=p')).toEqual([])
  expect(names(Events, 'involvedObject.name=p')).toEqual(['e'])
  expect(() => names(EventsV1, 'involvedObject.name=p')).toThrow('field label not supported: involvedObject.name')
})

test('the newer group wants to know who did what, and when', async () => {
  const { action: _a, eventTime: _t, ...less } = event
  await expect(t.api.create(EventsV1, 'default', { ...less, deprecatedCount: 1, note: 'x'.repeat(1025), series: { count: 1 } }, AS_TESTER)).rejects.toMatchObject({
    reason: 'Invalid', details: { causes: [{ field: 'eventTime' }, { field: 'action' }, { field: 'message' }, { field: 'count' }, { field: 'series.count' }, { field: 'series.lastObservedTime' }] },
  })
})
