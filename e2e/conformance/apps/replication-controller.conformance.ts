import { expect } from 'vitest'
import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import type { Pod, ReplicationController } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Scale } from '../../../src-main/common/kube/generated/autoscaling-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { follow, gone, listUntil, objectUntil, updated } from '../framework/objects.ts'
import { podOf, runningPod, WEB } from '../framework/pods.ts'
import { servesOnEach } from './replicas.ts'
import { selectorText, webTemplate } from './workloads.ts'

function create(f: Framework, name: string, replicas: number, labels: Record<string, string>): Promise<ReplicationController> {
  return f.client.create<ReplicationController>(f.core('replicationcontrollers'), { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name, labels }, spec: { replicas, selector: labels, template: webTemplate(labels) } })
}

function until(f: Framework, name: string, what: string, wanted: (rc: ReplicationController) => boolean): Promise<ReplicationController> {
  return objectUntil<ReplicationController>(f, f.core('replicationcontrollers'), name, what, wanted)
}

const ownerOf = ({ metadata }: Pod): string | undefined => metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid

conformance('[sig-apps] ReplicationController should serve a basic image on each replica with a public image', async (f) => {
  await create(f, 'my-hostname-basic', 1, { name: 'my-hostname-basic' })
  await servesOnEach(f, { name: 'my-hostname-basic' }, 1)
})

conformance('[sig-apps] ReplicationController should adopt matching pods on creation', async (f) => {
  await runningPod(f, podOf('pod-adoption', { labels: { name: 'pod-adoption' }, containers: [{ image: WEB }] }))
  const { metadata: { uid } } = await create(f, 'pod-adoption', 1, { name: 'pod-adoption' })
  await objectUntil<Pod>(f, f.core('pods'), 'pod-adoption', 'adopted', (pod) => ownerOf(pod) === uid)
})

conformance('[sig-apps] ReplicationController should release no longer matching pods', async (f) => {
  const { metadata: { uid } } = await create(f, 'pod-release', 1, { name: 'pod-release' })
  const [pod] = await listUntil<Pod>(f, f.core('pods'), { labelSelector: 'name=pod-release' }, 'a pod', (pods) => pods.length === 1)
  const name = pod?.metadata.name ?? ''
  await updated<Pod>(f, f.core('pods', name), ({ metadata }) => void (metadata.labels = { name: 'not-matching-name' }))
  await objectUntil<Pod>(f, f.core('pods'), name, 'released', (now) => ownerOf(now) !== uid)
})

conformance('[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota', async (f) => {
  await f.client.create(f.core('resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'condition-test' }, spec: { hard: { pods: '2' } } })
  await objectUntil<{ status?: { hard?: Record<string, string> } }>(f, f.core('resourcequotas'), 'condition-test', 'counted', ({ status }) => status?.hard?.['pods'] === '2')
  await create(f, 'condition-test', 3, { name: 'condition-test' })
  const failure = ({ status }: ReplicationController): boolean => isConditionTrue(status?.conditions, 'ReplicaFailure')
  await until(f, 'condition-test', 'with a failure', (rc) => (rc.status?.observedGeneration ?? 0) >= (rc.metadata.generation ?? 0) && failure(rc))
  await updated<ReplicationController>(f, f.core('replicationcontrollers', 'condition-test'), ({ spec }) => { if (spec !== undefined) spec.replicas = 2 })
  await until(f, 'condition-test', 'without a failure', (rc) => (rc.status?.observedGeneration ?? 0) >= (rc.metadata.generation ?? 0) && !failure(rc))
})

conformance('[sig-apps] ReplicationController should get and update a ReplicationController scale', async (f) => {
  const path = f.core('replicationcontrollers', 'e2e-rc')
  await f.client.create(f.core('resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'e2e-rc-quota' }, spec: { hard: { pods: '10' } } })
  await create(f, 'e2e-rc', 1, { name: 'e2e-rc' })
  await until(f, 'e2e-rc', 'with one', ({ status }) => status?.replicas === 1 && status.readyReplicas === 1)
  const scale = await f.client.get<Scale>(`${path}/scale`)
  expect([scale.spec?.replicas, scale.status?.replicas]).toEqual([1, 1])
  const written = await f.client.replace<Scale>(`${path}/scale`, { ...scale, spec: { replicas: 2 } })
  expect(written.spec?.replicas).toBe(2)
  await until(f, 'e2e-rc', 'with two', ({ spec, status }) => spec?.replicas === 2 && status?.replicas === 2)
})

conformance('[sig-apps] ReplicationController should test the lifecycle of a ReplicationController', async (f) => {
  const name = 'rc-test'
  const path = f.core('replicationcontrollers', name)
  const fixed = { 'test-rc-static': f.unique('true') }
  const all = { labelSelector: selectorText(fixed) }
  const { events, stop } = follow<ReplicationController>(f, f.core('replicationcontrollers'), all)
  f.after(() => Promise.resolve(stop()))
  await create(f, name, 1, fixed)
  await until(f, name, 'ready', ({ status }) => status?.readyReplicas === 1)
  await f.client.patch(path, 'strategic', { metadata: { creationTimestamp: null, labels: { 'test-rc': 'patched' } }, spec: {}, status: { replicas: 0 } })
  await until(f, name, 'patched', ({ metadata }) => metadata.labels?.['test-rc'] === 'patched')

  // What its status says is put right by the controller.
  const patched = await f.client.patch<ReplicationController>(`${path}/status`, 'strategic', { status: { readyReplicas: 0, availableReplicas: 0 } })
  expect(patched.status?.readyReplicas ?? 0).toBe(0)
  await until(f, name, 'ready again', ({ status }) => status?.readyReplicas === 1 && status.availableReplicas === 1)
  expect((await f.client.get<ReplicationController>(`${path}/status`)).metadata.name).toBe(name)

  // The status of it as unstructured, and its scale.
  expect((await f.client.patch<Scale>(`${path}/scale`, 'strategic', { metadata: { creationTimestamp: null }, spec: { replicas: 2 }, status: { replicas: 0 } })).spec?.replicas).toBe(2)
  await until(f, name, '2 ready', ({ status }) => status?.replicas === 2 && status.readyReplicas === 2)
  const said = await updated<ReplicationController>(f, path, ({ metadata, status }) => {
    metadata.labels = { ...metadata.labels, 'test-rc': 'updated' }
    Object.assign(status ?? {}, { availableReplicas: 1, readyReplicas: 1 })
  }, `${path}/status`)
  expect([said.status?.availableReplicas, said.status?.readyReplicas]).toEqual([1, 1])
  await until(f, name, 'updated', ({ metadata, status }) => metadata.labels?.['test-rc'] === 'updated' && status?.readyReplicas === 2)

  expect((await f.client.get<{ items: ReplicationController[] }>('/api/v1/replicationcontrollers', all)).items).toHaveLength(1)
  await f.client.delete(f.core('replicationcontrollers'), undefined, all)
  await gone(f, path)
  await eventually('the deletion seen', () => Promise.resolve(events.at(-1)?.type === 'DELETED'))
})
