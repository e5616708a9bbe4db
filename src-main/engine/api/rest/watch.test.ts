import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../../common/fake-clock.ts'
import { ConfigMaps, Pods } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import type { ObjectEvent } from './watch.ts'

/** What one step of a random history does to one of four objects. */
type Step = { kind: 'put'; name: string; tier: string } | { kind: 'delete'; name: string }

const names = fc.constantFrom('a', 'b', 'c', 'd')
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ kind: fc.constant('put' as const), name: names, tier: fc.constantFrom('x', 'y', '') }), fc.record({ kind: fc.constant('delete' as const), name: names }),
), { minLength: 1, maxLength: 14 })

async function perform({ api }: TestApi, step: Step): Promise<void> {
  if (step.kind === 'delete') {
    await api.delete(ConfigMaps, 'default', step.name, {}, AS_TESTER).catch(() => undefined)
    return
  }
  const body = { metadata: { name: step.name, labels: step.tier === '' ? {} : { tier: step.tier } } }
  await api.create(ConfigMaps, 'default', body, AS_TESTER).catch(() => api.update(ConfigMaps, 'default', step.name, body, AS_TESTER))
}

/** Applies events to a state as an informer does, refusing what a correct watch never sends. */
function replay(state: Map<string, KubeObject>, events: readonly ObjectEvent[]): void {
  for (const { type, object } of events) {
    const { name } = object.metadata
    expect(state.has(name), `${type} ${name}`).toBe(type !== 'ADDED')
    if (type === 'DELETED') state.delete(name)
    else state.set(name, object)
  }
}

const stateOf = (items: readonly KubeObject[]): Map<string, KubeObject> => new Map(items.map((o) => [o.metadata.name, o]))

describe('watch', () => {
  test('from any revision it leads to what a fresh list shows, with and without a selector', async () => {
    const t = await startTestApi()
    try {
      await fc.assert(fc.asyncProperty(steps, fc.constantFrom(undefined, 'tier=x', 'tier', '!tier', 'tier in (x,y)', 'tier!=y'), async (history, labelSelector) => {
        const request = { namespace: 'default', ...(labelSelector === undefined ? {} : { labelSelector }) }
        const starts: { revision: string; state: Map<string, KubeObject>; live: Map<string, KubeObject> }[] = []
        const stops: (() => void)[] = []
        for (const step of history) {
          const { items, resourceVersion } = t.api.list(ConfigMaps, request)
          const live = stateOf(items)
          starts.push({ revision: resourceVersion, state: stateOf(items), live })
          stops.push(t.api.watch(ConfigMaps, { ...request, resourceVersion }, { onEvents: (events) => replay(live, events) }))
          await perform(t, step)
        }
        await settle()
        const final = stateOf(t.api.list(ConfigMaps, request).items)
        for (const { revision, state, live } of starts) {
          const stop = t.api.watch(ConfigMaps, { ...request, resourceVersion: revision }, { onEvents: (events) => replay(state, events) })
          await settle()
          stop()
          expect(state).toEqual(final)
          expect(live).toEqual(final)
        }
        for (const stop of stops) stop()
        await t.api.deleteCollection(ConfigMaps, { namespace: 'default' }, {}, AS_TESTER)
      }), { numRuns: 40 })
    } finally {
      await t.close()
    }
  })

  test('an object that leaves the selection is DELETED as it was, at the new revision', async () => {
    const t = await startTestApi(new FakeClock())
    const events: ObjectEvent[] = []
    t.api.watch(ConfigMaps, { namespace: 'default', labelSelector: 'in=yes', resourceVersion: String(t.store.revision) }, { onEvents: (e) => events.push(...e) })
    await t.api.create(ConfigMaps, 'default', { metadata: { name: 'm', labels: { in: 'yes' } } }, AS_TESTER)
    const left = await t.api.patch(ConfigMaps, 'default', 'm', 'application/merge-patch+json', { metadata: { labels: { in: 'no' } } }, 'main', AS_TESTER)
    await settle()
    expect(events.map((e) => e.type)).toEqual(['ADDED', 'DELETED'])
    expect(events[1]?.object.metadata).toMatchObject({ labels: { in: 'yes' }, resourceVersion: left.metadata.resourceVersion })
    await t.close()
  })

  test('sendInitialEvents tells what there is, then that it has', async () => {
    const t = await startTestApi(new FakeClock())
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await t.api.create(Pods, 'default', pod, AS_TESTER)
    const told: string[] = []
    t.api.watch(Pods, { sendInitialEvents: true }, { onEvents: (e) => told.push(...e.map(({ type, object }) => `${type} ${object.metadata.name}`)), onInitialEventsEnd: (rv) => told.push(`end ${rv}`) })
    const { resourceVersion } = t.api.list(Pods)
    await t.api.create(Pods, 'default', { ...pod, metadata: { name: 'q' } }, AS_TESTER)
    await settle()
    expect(told).toEqual(['ADDED p', `end ${resourceVersion}`, 'ADDED q'])
    await t.close()
  })

  test('a revision that is gone is Expired, one to come is too large', async () => {
    const t = await startTestApi(new FakeClock(), { revisions: 3 })
    for (let i = 0; i < 6; i++) await perform(t, { kind: 'put', name: 'a', tier: String(i) })
    expect(() => t.api.watch(Pods, { resourceVersion: '1' }, { onEvents: () => undefined })).toThrow(expect.objectContaining({ code: 410 }) as Error)
    expect(() => t.api.list(Pods, { resourceVersion: '1', resourceVersionMatch: 'Exact' })).toThrow('too old resource version: 1')
    expect(() => t.api.watch(Pods, { resourceVersion: '99999' }, { onEvents: () => undefined })).toThrow('Too large resource version')
    await t.close()
  })
})
