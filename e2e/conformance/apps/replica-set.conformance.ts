import { expect } from 'vitest'
import type { ReplicaSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Scale } from '../../../src-main/common/kube/generated/autoscaling-v1.ts'
import { conformance, type Framework, watchUntil } from '../framework/conformance.ts'
import { gone, objectUntil, updated } from '../framework/objects.ts'
import { adoptsAndReleases, servesOnEach } from './replicas.ts'
import { OTHER_WEB, podsUntil, selectorText, statusEndpoints, webTemplate } from './workloads.ts'

function sets(f: Framework): string {
  return f.group('apps/v1', 'replicasets')
}

function setOf(f: Framework, name: string): string {
  return f.group('apps/v1', 'replicasets', name)
}

function create(f: Framework, name: string, replicas: number, labels: Record<string, string>): Promise<ReplicaSet> {
  return f.client.create<ReplicaSet>(sets(f), { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, labels }, spec: { replicas, selector: { matchLabels: labels }, template: webTemplate(labels) } })
}

function available(f: Framework, name: string, count: number): Promise<ReplicaSet> {
  return objectUntil<ReplicaSet>(f, sets(f), name, `${String(count)} available`, ({ status }) => status?.availableReplicas === count && status.replicas === count)
}

conformance('[sig-apps] ReplicaSet should serve a basic image on each replica with a public image', async (f) => {
  await create(f, 'my-hostname-basic', 1, { name: 'my-hostname-basic' })
  await servesOnEach(f, { name: 'my-hostname-basic' }, 1)
})

conformance('[sig-apps] ReplicaSet should adopt matching pods on creation and release no longer matching pods', (f) => adoptsAndReleases(f, async (name) => (await create(f, name, 1, { name })).metadata.uid ?? ''))

conformance('[sig-apps] ReplicaSet Replicaset should have a working scale subresource', async (f) => {
  await create(f, 'test-rs', 1, { name: 'sample-pod', pod: 'httpd' })
  await available(f, 'test-rs', 1)
  const scale = await f.client.get<Scale>(`${setOf(f, 'test-rs')}/scale`)
  expect([scale.spec?.replicas, scale.status?.replicas]).toEqual([1, 1])
  const written = await f.client.replace<Scale>(`${setOf(f, 'test-rs')}/scale`, { ...scale, metadata: { ...scale.metadata, resourceVersion: '' }, spec: { replicas: 2 } })
  expect(written.spec?.replicas).toBe(2)
  await f.client.patch(`${setOf(f, 'test-rs')}/scale`, 'strategic', { spec: { replicas: 4 } })
  expect((await f.client.get<ReplicaSet>(setOf(f, 'test-rs'))).spec.replicas).toBe(4)
})

conformance('[sig-apps] ReplicaSet Replace and Patch tests', async (f) => {
  const labels = { name: 'sample-pod', pod: 'httpd' }
  await create(f, 'test-rs', 1, labels)
  await available(f, 'test-rs', 1)
  await updated<ReplicaSet>(f, setOf(f, 'test-rs'), ({ spec }) => void (spec.replicas = 2))
  await available(f, 'test-rs', 2)
  await podsUntil(f, labels, 2)
  await f.client.patch(setOf(f, 'test-rs'), 'strategic', {
    metadata: { labels: { 'test-rs': 'patched' } }, spec: { replicas: 3, template: { spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: OTHER_WEB }] } } },
  })
  const patched = await watchUntil<ReplicaSet>(f, sets(f), { labelSelector: 'test-rs=patched' }, ({ object }) => object.status?.replicas === 3 && object.status.availableReplicas === 3, '3 available')
  expect([patched.spec.replicas, patched.spec.template?.spec?.terminationGracePeriodSeconds, patched.spec.template?.spec?.containers[0]?.image]).toEqual([3, 1, OTHER_WEB])
})

conformance('[sig-apps] ReplicaSet should list and delete a collection of ReplicaSets', async (f) => {
  const labels = { e2e: f.unique('rs'), name: 'sample-pod' }
  await create(f, 'test-rs', 3, labels)
  await available(f, 'test-rs', 3)
  const query = { labelSelector: selectorText(labels) }
  expect((await f.client.get<{ items: ReplicaSet[] }>('/apis/apps/v1/replicasets', query)).items).toHaveLength(1)
  await f.client.delete(sets(f), { propagationPolicy: 'Background' }, query)
  await gone(f, setOf(f, 'test-rs'))
  expect((await f.client.get<{ items: ReplicaSet[] }>('/apis/apps/v1/replicasets', query)).items).toEqual([])
})

conformance('[sig-apps] ReplicaSet should validate Replicaset Status endpoints', async (f) => {
  await create(f, 'test-rs', 1, { name: 'sample-pod', pod: 'httpd' })
  await available(f, 'test-rs', 1)
  await statusEndpoints(f, sets(f), 'test-rs', (read) => expect((read as ReplicaSet).status?.replicas).toBe(1))
})
