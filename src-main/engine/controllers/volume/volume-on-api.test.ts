import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Events, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { unschedulableOf } from '../../../common/kube/unschedulable.ts'
import type { LocalClient } from '../../client/local-client.ts'
import { ApiCluster } from '../testing/api-cluster.ts'

let cluster: ApiCluster
let client: LocalClient
beforeEach(async () => {
  cluster = await ApiCluster.start()
  client = cluster.client
})
afterEach(async () => {
  await cluster.stop()
  expect(cluster.failures).toEqual([])
})

async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const began = performance.now()
  for (;;) {
    const found = await look().catch(() => undefined)
    if (found !== undefined && found !== false) return found
    if (performance.now() - began > 60_000) throw new Error(`did not happen: ${what}; failures: ${cluster.failures.map(String).join(' ')}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
const claim = (name: string, spec: Partial<PersistentVolumeClaim['spec']> = {}): Promise<Frozen<PersistentVolumeClaim>> => client.create(PersistentVolumeClaims, {
  apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'default' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
})
const user = (name: string, claimName: string, more: object = {}): Promise<Frozen<Pod>> => client.create(Pods, {
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'nginx' }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }], ...more },
})
const get = (name: string): Promise<Frozen<PersistentVolumeClaim>> => client.get(PersistentVolumeClaims, 'default', name)
const bound = (name: string): Promise<Frozen<PersistentVolumeClaim>> => eventually(`${name} bound`, async () => {
  const found = await get(name)
  return found.status?.phase === 'Bound' && found
})
const placed = (name: string): Promise<string> => eventually(`${name} to have a node`, async () => (await client.get(Pods, 'default', name)).spec.nodeName)
const volume = (name = ''): Promise<Frozen<PersistentVolume>> => client.get(PersistentVolumes, '', name)
const gone = (what: string, look: () => Promise<unknown>): Promise<true> => eventually(`${what} gone`, () => look().then(() => false as const, () => true as const))
const events = async (reason: string): Promise<string[]> => (await client.list(Events)).items.filter((e) => e.reason === reason).map((e) => e.message ?? '')

test('a claim gets its volume on the node of its first pod; the next pod goes there; in use, it stays; deleted, its volume is handed to its server to remove', async () => {
  await claim('data')
  await eventually('it waits', async () => (await events('WaitForFirstConsumer')).length > 0)
  expect((await get('data')).status?.phase).toBe('Pending')
  await user('first', 'data')
  const node = await placed('first')
  const { spec: { volumeName }, status } = await bound('data')
  expect(status).toMatchObject({ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] })
  expect((await volume(volumeName))).toMatchObject({ status: { phase: 'Bound' }, spec: { csi: { volumeHandle: `${node}/toque_${volumeName ?? ''}` }, persistentVolumeReclaimPolicy: 'Delete' } })
  await user('second', 'data')
  expect(await placed('second')).toBe(node)
  const other = node === 'node-1' ? 'node-2' : 'node-1'
  await user('third', 'data', { nodeSelector: { 'kubernetes.io/hostname': other } })
  const why = await eventually('a reason', async () => unschedulableOf(await client.get(Pods, 'default', 'third')))
  expect(why.message).toBe("0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had volume node affinity conflict.")

  await client.delete(PersistentVolumeClaims, 'default', 'data')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await get('data')).metadata.deletionTimestamp).toBeDefined()
  expect((await volume(volumeName)).status?.phase).toBe('Bound')
  for (const name of ['first', 'second', 'third']) await client.delete(Pods, 'default', name)
  await gone('the claim', () => get('data'))
  const released = await eventually('only its server holds it', async () => {
    const found = await volume(volumeName)
    return found.metadata.finalizers?.join() === 'toque.dev/docker-volume' && found
  })
  expect([released.status?.phase, released.metadata.deletionTimestamp === undefined]).toEqual(['Released', false])
  // The server leaves the cluster: nobody will remove the data any more.
  await client.delete(Nodes, '', node)
  await gone('the volume', () => volume(volumeName))
  await eventually('it is told', async () => (await events('VolumeLeftBehind')).length > 0)
})

test('volumes made by hand: the smallest that does, released when its claim goes, and kept', async () => {
  for (const [name, storage] of [['large', '10Gi'], ['small', '2Gi']] as const) {
    await client.create(PersistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { capacity: { storage }, accessModes: ['ReadWriteOnce', 'ReadWriteMany'], nfs: { server: 'nas', path: '/x' } } })
  }
  await eventually('both free', async () => (await client.list(PersistentVolumes)).items.every((v) => v.status?.phase === 'Available'))
  await claim('data', { storageClassName: '' })
  expect((await bound('data')).spec.volumeName).toBe('small')
  // A volume in use cannot go.
  await client.delete(PersistentVolumes, '', 'small')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await volume('small')).status?.phase).toBe('Bound')
  await client.delete(PersistentVolumeClaims, 'default', 'data')
  await gone('the volume that was deleted', () => volume('small'))

  await claim('again', { storageClassName: '', volumeName: 'large' })
  await bound('again')
  await client.delete(PersistentVolumeClaims, 'default', 'again')
  await eventually('released', async () => (await volume('large')).status?.phase === 'Released')
  // A new claim of that name does not get the data of the old one.
  await claim('again', { storageClassName: '' })
  await eventually('nothing for it', async () => (await events('FailedBinding')).length > 0)
  expect((await get('again')).status?.phase).toBe('Pending')
})

test('a class that binds at once, one that comes late, and a size that grows', async () => {
  await client.delete(StorageClasses, '', 'local')
  await claim('late')
  await eventually('it has no class', async () => (await events('FailedBinding')).length > 0)
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  await client.create(StorageClasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'now', annotations }, provisioner: 'toque.dev/docker-volume', allowVolumeExpansion: true })
  expect((await bound('late')).spec.storageClassName).toBe('now')
  await client.patch(PersistentVolumeClaims, 'default', 'late', 'application/merge-patch+json', { spec: { resources: { requests: { storage: '3Gi' } } } })
  const grown = await eventually('the size', async () => {
    const found = await get('late')
    return found.status?.capacity?.['storage'] === '3Gi' && found
  })
  expect((await volume(grown.spec.volumeName)).spec.capacity).toEqual({ storage: '3Gi' })
  await eventually('it says what that means', async () => (await events('VolumeResizeSuccessful')).some((m) => m.includes('a Docker volume may take all the room')))
  await claim('shared', { accessModes: ['ReadWriteMany'] })
  await eventually('it says why not', async () => (await events('ProvisioningFailed')).some((m) => m.includes('PersistentVolume of type nfs')))
})

test('an ephemeral volume has a claim of its own, which goes with its pod; nothing is written once all is said', async () => {
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }]
  await user('p', '', { volumes })
  await placed('p')
  expect((await bound('p-scratch')).metadata.ownerReferences).toMatchObject([{ kind: 'Pod', name: 'p' }])
  await cluster.atRest()
  await client.delete(Pods, 'default', 'p')
  await gone('its claim', () => get('p-scratch'))
})
