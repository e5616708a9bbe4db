import { expect } from 'vitest'
import type { StatefulSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Scale } from '../../../src-main/common/kube/generated/autoscaling-v1.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework, watchUntil } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { follow, gone, listUntil, objectUntil, stays } from '../framework/objects.ts'
import { podOf, runningPod, WEB } from '../framework/pods.ts'
import { createSet, LABELS, scaled, setOf, sets, setUntil } from './stateful-set.ts'
import { breakPage, OTHER_WEB, podsUntil, restorePage, selectorText, statusEndpoints, webTemplate } from './workloads.ts'

const LIMIT_MS = 300_000
/** How long upstream looks whether a number of pods stays. */
const STAYS_MS = 10_000

const indices = (count: number): number[] => [...Array(count).keys()]

async function allUnready(f: Framework, count: number): Promise<void> {
  await Promise.all(indices(count).map((i) => breakPage(f, `ss-${String(i)}`)))
  await podsUntil(f, LABELS, count, false)
  await setUntil(f, 'ss', 'with none ready', ({ status }) => (status?.readyReplicas ?? 0) === 0)
}

/** All at once: when only the last is not ready, it is free to go. */
async function restoreAll(f: Framework, count: number): Promise<void> {
  await Promise.all(indices(count).map((i) => restorePage(f, `ss-${String(i)}`)))
}

/** The number of pods is not left for a while. */
function countStays(f: Framework, count: number): Promise<void> {
  return stays(`${String(count)} pods`, STAYS_MS, async () => {
    const { items } = await f.client.get<{ items: Pod[] }>(f.core('pods'), { labelSelector: selectorText(LABELS) })
    return items.length === count ? undefined : `${String(items.length)} instead`
  })
}

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Scaling should happen in predictable order and halt if any stateful pod is unhealthy [Slow]', async (f) => {
  const { events, stop } = follow<Pod>(f, f.core('pods'), { labelSelector: selectorText(LABELS), timeoutSeconds: '280' })
  f.after(() => Promise.resolve(stop()))
  const seen = (type: string): (string | undefined)[] => events.filter((event) => event.type === type).map(({ object }) => object.metadata.name)
  await createSet(f, 'ss', 1)
  await podsUntil(f, LABELS, 1)
  await allUnready(f, 1)
  await scaled(f, 'ss', 3)
  await countStays(f, 1)
  await restoreAll(f, 1)
  await podsUntil(f, LABELS, 3)
  expect(seen('ADDED')).toEqual(['ss-0', 'ss-1', 'ss-2'])
  await allUnready(f, 3)
  await scaled(f, 'ss', 0)
  await countStays(f, 3)
  await restoreAll(f, 3)
  await podsUntil(f, LABELS, 0)
  await eventually('the last deletion seen', () => Promise.resolve(seen('DELETED').length >= 3))
  expect(seen('DELETED')).toEqual(['ss-2', 'ss-1', 'ss-0'])
}, LIMIT_MS)

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Burst scaling should run to completion even with unhealthy pods [Slow]', async (f) => {
  await createSet(f, 'ss', 1, { podManagementPolicy: 'Parallel' })
  await podsUntil(f, LABELS, 1)
  await allUnready(f, 1)
  await scaled(f, 'ss', 3)
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(LABELS) }, '3 pods', (pods) => pods.length === 3)
  await restoreAll(f, 1)
  await podsUntil(f, LABELS, 3)
  await allUnready(f, 3)
  await scaled(f, 'ss', 0)
  await podsUntil(f, LABELS, 0)
  await setUntil(f, 'ss', 'empty', ({ status }) => status?.replicas === 0)
}, LIMIT_MS)

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Should recreate evicted statefulset', async (f) => {
  const port = { name: 'conflict', containerPort: 21017, hostPort: 21017 }
  const [node] = await nodesOf(f)
  const nodeName = node?.metadata.name ?? ''
  const other = await runningPod(f, podOf('test-pod', { nodeName, containers: [{ image: WEB, ports: [port] }] }))
  expect(other.spec?.nodeName).toBe(nodeName)
  await createSet(f, 'ss', 1, { template: webTemplate(LABELS, { ports: [port] }, { nodeName }) })
  // Its node turns the pod away, the controller deletes it and makes another.
  let first: string | undefined
  await watchUntil<Pod>(f, f.core('pods'), { fieldSelector: 'metadata.name=ss-0' }, ({ type, object }) => {
    if (type === 'DELETED') return first !== undefined
    first = object.metadata.uid
    return false
  }, 'ss-0 deleted at least once')
  await f.client.delete(f.core('pods', 'test-pod'))
  await objectUntil<Pod>(f, f.core('pods'), 'ss-0', 'another one, running', ({ metadata, status }) => status?.phase === 'Running' && metadata.uid !== first)
}, LIMIT_MS)

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should have a working scale subresource', async (f) => {
  await createSet(f, 'ss', 1)
  await podsUntil(f, LABELS, 1)
  await setUntil(f, 'ss', 'with one', ({ status }) => status?.replicas === 1)
  const scale = await f.client.get<Scale>(`${setOf(f, 'ss')}/scale`)
  expect([scale.spec?.replicas, scale.status?.replicas]).toEqual([1, 1])
  // Unconditional, as upstream's.
  expect((await f.client.replace<Scale>(`${setOf(f, 'ss')}/scale`, { ...scale, metadata: { ...scale.metadata, resourceVersion: '' }, spec: { replicas: 2 } })).spec?.replicas).toBe(2)
  expect((await f.client.get<StatefulSet>(setOf(f, 'ss'))).spec.replicas).toBe(2)
  await f.client.patch(`${setOf(f, 'ss')}/scale`, 'strategic', { spec: { replicas: 4 } })
  expect((await f.client.get<StatefulSet>(setOf(f, 'ss'))).spec.replicas).toBe(4)
})

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should list, patch and delete a collection of StatefulSets', async (f) => {
  const labels = { 'test-ss': f.unique('patched') }
  const made = await createSet(f, 'test-ss', 1)
  await podsUntil(f, LABELS, 1)
  await setUntil(f, 'test-ss', 'with one', ({ status }) => status?.replicas === 1)
  await f.client.patch(setOf(f, 'test-ss'), 'strategic', {
    metadata: { labels }, spec: { replicas: 2, template: { spec: { terminationGracePeriodSeconds: 1, containers: [{ name: made.spec.template.spec?.containers[0]?.name, image: OTHER_WEB }] } } },
  })
  const patched = await setUntil(f, 'test-ss', 'with two', ({ status }) => status?.replicas === 2)
  expect(patched.metadata.labels).toMatchObject(labels)
  expect([patched.spec.replicas, patched.spec.template.spec?.terminationGracePeriodSeconds, patched.spec.template.spec?.containers[0]?.image]).toEqual([2, 1, OTHER_WEB])
  const query = { labelSelector: selectorText(labels) }
  expect((await f.client.get<{ items: StatefulSet[] }>('/apis/apps/v1/statefulsets', query)).items).toHaveLength(1)
  await f.client.delete(sets(f), { gracePeriodSeconds: 1, propagationPolicy: 'Background' }, query)
  await gone(f, setOf(f, 'test-ss'))
  expect((await f.client.get<{ items: StatefulSet[] }>('/apis/apps/v1/statefulsets', query)).items).toEqual([])
})

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should validate Statefulset Status endpoints', async (f) => {
  await createSet(f, 'ss', 1)
  await podsUntil(f, LABELS, 1)
  await statusEndpoints(f, sets(f), 'ss', (read) => expect((read as StatefulSet).status?.replicas).toBe(1))
})
