import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ControllerRevision, StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, Pods, StatefulSets } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { rowOf } from '../../api/table/table.ts'
import { ApiCluster } from '../testing/api-cluster.ts'

// The real API, store, scheduler and controllers; nodes are simulated.

let cluster: ApiCluster
beforeEach(async () => {
  cluster = await ApiCluster.start()
})
afterEach(() => cluster.stop())

const labels = { app: 'db' }
const image = (name: string): object => ({ spec: { template: { spec: { containers: [{ name: 'c', image: name }] } } } })
const get = (): Promise<Frozen<StatefulSet>> => cluster.client.get(StatefulSets, 'default', 'db')
const pods = async (): Promise<Frozen<Pod>[]> => (await cluster.client.list(Pods, { namespace: 'default' })).items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
const revisions = async (): Promise<Frozen<ControllerRevision>[]> => (await cluster.client.list(ControllerRevisions, { labelSelector: 'app=db' })).items.toSorted((a, b) => a.revision - b.revision)
const patch = (body: object): Promise<unknown> => cluster.client.patch(StatefulSets, 'default', 'db', 'application/strategic-merge-patch+json', body)

async function create(spec: object = {}): Promise<void> {
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'one' }] } }
  await cluster.client.create(StatefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'default' }, spec: { serviceName: 'peers', replicas: 3, selector: { matchLabels: labels }, template, ...spec } })
  await settled('one', 3)
}
/** All of an image, ready, and the rollout over as `kubectl rollout status` sees it. */
async function settled(of: string, replicas: number): Promise<void> {
  await expect.poll(async () => {
    const { metadata, status } = await get()
    const all = await pods()
    return status?.observedGeneration === metadata.generation && status?.currentRevision === status?.updateRevision && status?.readyReplicas === replicas && status.replicas === replicas
      && all.length === replicas && all.every((p) => isPodReady(p) && p.spec.containers[0]?.image === of)
  }, { interval: 10 }).toBe(true)
}

test('defaults, pods in order, and what kubectl prints', async () => {
  await create()
  expect((await get()).spec).toMatchObject({ podManagementPolicy: 'OrderedReady', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, revisionHistoryLimit: 10, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } })
  const all = await pods()
  expect(all.map((p) => [p.metadata.name, p.spec.hostname, p.spec.subdomain])).toEqual([0, 1, 2].map((i) => [`db-${String(i)}`, `db-${String(i)}`, 'peers']))
  const row = (resource: Resource, object: KubeObject): unknown[] => rowOf(cluster.api.api.registry.kindOf(resource), object, 'None', 'v1', Date.now()).cells
  expect(row(StatefulSets, await get())).toEqual(['db', '3/3', expect.stringMatching(/^\d+s$/), 'c', 'one'])
  const [revision] = await revisions()
  if (revision === undefined) throw new Error('no revision')
  expect(row(ControllerRevisions, revision)).toEqual([revision.metadata.name, 'statefulset.apps/db', 1, expect.stringMatching(/^\d+s$/)])
  expect(cluster.failures).toEqual([])
})

test('a rollout, and undone by the patch that kubectl sends: what the revision keeps', async () => {
  await create()
  await patch(image('two'))
  await settled('two', 3)
  const [first] = await revisions()
  await patch(first?.data as object)
  await settled('one', 3)
  expect((await revisions()).map((r) => r.revision)).toEqual([2, 3])
  expect((await get()).status?.currentRevision).toBe(first?.metadata.name)
  expect(cluster.failures).toEqual([])
})

test('scaled by its subresource; nothing is written once all is said', async () => {
  await create()
  const { api } = cluster.api
  expect(api.getScale(StatefulSets, 'default', 'db')).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 3, selector: 'app=db' } })
  await cluster.client.patch(StatefulSets, 'default', 'db', 'application/merge-patch+json', { spec: { replicas: 5 } }, 'scale')
  await settled('one', 5)
  await cluster.client.patch(StatefulSets, 'default', 'db', 'application/merge-patch+json', { spec: { replicas: 1 } }, 'scale')
  await settled('one', 1)
  expect((await pods()).map((p) => p.metadata.name)).toEqual(['db-0'])
  await cluster.atRest()
})

test('of a broken image stops at the highest; a person deletes that one, and it goes on', async () => {
  await create()
  await patch(image('broken'))
  await expect.poll(async () => (await pods()).map((p) => p.spec.containers[0]?.image)).toEqual(['one', 'one', 'broken'])
  await patch(image('one'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect((await pods()).map((p) => p.spec.containers[0]?.image)).toEqual(['one', 'one', 'broken'])
  await cluster.client.delete(Pods, 'default', 'db-2')
  await settled('one', 3)
})

test('what may not change says so; deleted, its pods go with it, or stay and are adopted', async () => {
  await create()
  await expect(patch({ spec: { serviceName: 'other' } })).rejects.toMatchObject({ reason: 'Invalid', message: expect.stringContaining("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'") as string })
  await cluster.client.delete(StatefulSets, 'default', 'db', { propagationPolicy: 'Orphan' })
  await expect.poll(async () => (await cluster.client.list(StatefulSets)).items.length).toBe(0)
  const uids = (await pods()).map((p) => p.metadata.uid)
  await create()
  expect((await pods()).map((p) => p.metadata.uid)).toEqual(uids)
  await cluster.client.delete(StatefulSets, 'default', 'db', { propagationPolicy: 'Foreground' })
  await expect.poll(async () => (await cluster.client.list(StatefulSets)).items.length + (await pods()).length + (await revisions()).length).toBe(0)
  expect(cluster.failures).toEqual([])
})
