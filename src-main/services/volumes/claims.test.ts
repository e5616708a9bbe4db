import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ClaimRef } from '../../common/contract/index.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, ReplicaSets, Secrets, StorageClasses } from '../../common/kube/kinds.ts'
import { BackupSchedules, VolumeBackups, VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import { nextOf } from '../testing/next-of.ts'
import { FakeFiles } from './testing/fake-files.ts'
import { VolumesService } from './volumes-service.ts'

let client: MemoryClient
let clock: FakeClock
let informers: SharedInformers
let service: VolumesService
const data: ClaimRef = { namespace: 'shop', name: 'data' }
beforeEach(async () => {
  clock = new FakeClock()
  client = new MemoryClient(clock)
  informers = new SharedInformers({ client, clock, onError: () => undefined })
  service = new VolumesService({ client, informers, clock, files: (node) => (node === 'a' ? new FakeFiles() : undefined), recorder: { event: () => undefined } })
  for (const name of ['a', 'b']) await ready(await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} }), 'True')
  await client.create(StorageClasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local' }, provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete', allowVolumeExpansion: true, parameters: { 'on-server-loss': 'ask' } })
})
afterEach(() => informers.stop())

async function ready(node: { metadata: { name: string } }, status: string): Promise<void> {
  await client.updateStatus(Nodes, { ...await client.get(Nodes, '', node.metadata.name), status: { conditions: [{ type: 'Ready', status }] } } as Node)
}
async function claim(name = 'data', bound = true, storageClassName = 'local'): Promise<void> {
  const annotations: Record<string, string> = bound ? { 'pv.kubernetes.io/bind-completed': 'yes' } : {}
  const made = await client.create(PersistentVolumeClaims, {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'shop', annotations, labels: { backed: 'up' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, storageClassName, ...(bound ? { volumeName: `pv-${name}` } : {}) },
  })
  if (!bound) return
  await client.create(PersistentVolumes, {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `pv-${name}`, annotations: { 'toque.dev/volume-made': 'true' } },
    spec: { csi: { driver: 'toque.dev/docker-volume', volumeHandle: `a/toque_${name}` }, persistentVolumeReclaimPolicy: 'Delete', claimRef: { namespace: 'shop', name, uid: made.metadata.uid } },
  })
}
async function backup(name: string, startTime: string, phase: 'Succeeded' | 'Failed' | 'Running', more: { server?: string; message?: string; bytes?: number; doneBytes?: number } = {}): Promise<void> {
  const made = await client.create(VolumeBackups, { apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name, namespace: 'shop' }, spec: { claimName: 'data', target: more.server === undefined ? { folder: { path: '/copies' } } : { server: { name: more.server } } } })
  const { server: _, ...status } = more
  await client.updateStatus(VolumeBackups, { ...made, status: { phase, startTime, ...status } })
}
const first = async () => (await nextOf(service.watchClaims()[Symbol.asyncIterator](), clock)).upserted[0]
const detail = () => nextOf(service.watchClaim(data)[Symbol.asyncIterator](), clock)

test('a claim says where its data is, who uses it, and how it is saved; live', async () => {
  await claim()
  const app = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'db', uid: 'd', controller: true }
  const set = await client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'db-1', namespace: 'shop', ownerReferences: [app] }, spec: { selector: {} } })
  const pod = (name: string) => client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'db-1', uid: set.metadata.uid, controller: true }] },
    spec: { nodeName: 'a', containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
  })
  await pod('db-1-x')
  await backup('older', '2026-01-01T00:00:00Z', 'Succeeded', { bytes: 5 })
  await backup('newer', '2026-01-02T00:00:00Z', 'Succeeded', { bytes: 7 })
  const iterator = service.watchClaims()[Symbol.asyncIterator]()
  const [found] = (await nextOf(iterator, clock)).upserted
  expect(found).toMatchObject({
    state: 'bound', health: 'healthy', node: 'a', sizeBytes: 2 * 2 ** 30, usedBytes: 7, onServerLoss: 'ask', lastBackup: { name: 'newer', at: Date.UTC(2026, 0, 2) },
    pods: [{ kind: 'Pod', name: 'db-1-x' }], apps: [{ kind: 'Deployment', name: 'db', namespace: 'shop' }],
  })
  await backup('newest', '2026-01-03T00:00:00Z', 'Failed', { message: 'the disk is full' })
  // One item may tell of its making, the next of its end.
  let last = (await nextOf(iterator, clock)).upserted[0]
  if (last?.backupProblem === undefined) last = (await nextOf(iterator, clock)).upserted[0]
  expect(last).toMatchObject({ health: 'degraded', backupProblem: 'the disk is full', why: { reason: 'BackupFailed' }, lastBackup: { name: 'newer' } })
})

test.each([
  ['waits', 'stopped', false, 'local', undefined],
  ['pending', 'degraded', false, 'nothing', 'There is no StorageClass "nothing"'],
] as const)('one without a volume: %s', async (state, health, bound, storageClass, message) => {
  await claim('data', bound, storageClass)
  const found = await first()
  expect(found).toMatchObject({ state, health, pods: [] })
  expect(found?.why?.message.startsWith(message ?? '-') ?? false).toBe(message !== undefined)
})

test('one whose pod is there waits for its volume, not for a pod', async () => {
  await claim('data', false)
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db', namespace: 'shop' }, spec: { containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } })
  expect(await first()).toMatchObject({ state: 'pending', health: 'progressing', pods: [{ name: 'db' }], apps: [] })
})

test('a server that is lost, what is handled, and what is deleted are told', async () => {
  await claim()
  await ready({ metadata: { name: 'a' } }, 'Unknown')
  expect(await first()).toMatchObject({ state: 'server-lost', health: 'failed', why: { message: expect.stringContaining('server a, which does not answer') as string } })
  await ready({ metadata: { name: 'a' } }, 'True')
  await client.patch(PersistentVolumeClaims, 'shop', 'data', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/volume-busy': 'restored' } } })
  expect(await first()).toMatchObject({ state: 'busy', why: { message: 'It is being restored. Its pods start when that is over.' } })
})

test('its page has its copies, the newest first, and the schedules that it is in, by name or label', async () => {
  await claim()
  await backup('one', '2026-01-01T00:00:00Z', 'Succeeded', { bytes: 5 })
  await backup('two', '2026-01-02T00:00:00Z', 'Running', { doneBytes: 3 })
  const snapshot = await client.create(VolumeSnapshots, { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 'snap', namespace: 'shop', annotations: { 'toque.dev/snapshot-handle': 'a/v' } }, spec: { source: { persistentVolumeClaimName: 'data' } } })
  await client.updateStatus(VolumeSnapshots, { ...snapshot, status: { readyToUse: true, creationTime: '2026-01-01T12:00:00Z' } })
  const schedule = (name: string, claims: { names?: string[]; selector?: { matchLabels: Record<string, string> } }, suspend: boolean, next: string) => client.create(BackupSchedules, {
    apiVersion: 'toque.dev/v1', kind: 'BackupSchedule', metadata: { name, namespace: 'shop' }, spec: { schedule: '@daily', claims, target: { server: { name: 'b' } }, suspend, keep: { count: 3 } }, status: { nextScheduleTime: next },
  })
  await schedule('named', { names: ['data'] }, false, '2026-01-05T00:00:00Z')
  await schedule('labelled', { selector: { matchLabels: { backed: 'up' } } }, true, '2026-01-04T00:00:00Z')
  await schedule('others', { names: ['else'] }, false, '2026-01-03T00:00:00Z')
  expect(await detail()).toMatchObject({
    copies: [{ ref: { name: 'two' }, state: 'running', doneBytes: 3 }, { ref: { name: 'snap' }, kind: 'snapshot', state: 'good', where: { server: { name: 'a' } } }, { ref: { name: 'one' }, state: 'good', bytes: 5 }],
    schedules: [{ ref: { name: 'labelled' }, suspended: true }, { ref: { name: 'named' }, keep: { count: 3 }, nextAt: Date.UTC(2026, 0, 5) }],
    nextBackupAt: Date.UTC(2026, 0, 5), volume: { docker: 'toque_data', reclaim: 'Delete' }, onServerLossFrom: 'class', expandable: true,
  })
  await client.delete(PersistentVolumeClaims, 'shop', 'data')
  await expect(detail()).rejects.toThrow('There is no claim "data" in shop (any more).')
})

test('the policy is changed and can be taken back; it grows, and never shrinks', async () => {
  await claim()
  expect(await service.onServerLoss(data, 'restore')).toBeUndefined()
  expect(await detail()).toMatchObject({ onServerLoss: 'restore', onServerLossFrom: 'claim' })
  expect(await service.onServerLoss(data, undefined)).toBe('restore')
  expect(await detail()).toMatchObject({ onServerLoss: 'ask', onServerLossFrom: 'class' })
  await service.expand(data, '3Gi')
  expect((await client.get(PersistentVolumeClaims, 'shop', 'data')).spec.resources?.requests).toEqual({ storage: '3Gi' })
  await expect(service.expand(data, '2Gi')).rejects.toThrow('It asks for 3Gi already: a volume grows, and never shrinks.')
  await expect(service.expand(data, 'lots')).rejects.toThrow('"lots" is no size. One looks like 20Gi or 500Mi.')
})

test('a lost claim\'s copy is asked for only when its server is silent and a copy is elsewhere; then the server is said to be off', async () => {
  await claim()
  await expect(service.restoreLost(data)).rejects.toThrow('The server a answers')
  await ready({ metadata: { name: 'a' } }, 'Unknown')
  await expect(service.restoreLost(data)).rejects.toThrow('There is no good backup of "data".')
  await backup('there', '2026-01-01T00:00:00Z', 'Succeeded', { server: 'a' })
  await expect(service.restoreLost(data)).rejects.toThrow('All backups of "data" are on server a itself.')
  expect((await client.get(Nodes, '', 'a')).spec?.taints ?? []).toEqual([])
  await backup('elsewhere', '2026-01-01T00:00:00Z', 'Succeeded', { server: 'b' })
  await service.restoreLost(data)
  await service.restoreLost(data)
  expect((await client.get(Nodes, '', 'a')).spec?.taints).toEqual([{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }])
  expect(await detail()).toMatchObject({ onServerLoss: 'restore' })
})

test('keys for S3 are kept in a Secret, which is found again; another Secret is left alone', async () => {
  const keys = { namespace: 'shop', name: 'minio', accessKeyId: ' id ', secretAccessKey: 'secret' }
  await expect(service.saveKeys({ ...keys, secretAccessKey: '' })).rejects.toThrow('Give both')
  await service.saveKeys(keys)
  await service.saveKeys({ ...keys, secretAccessKey: 'other' })
  const { data: saved } = await client.get(Secrets, 'shop', 'minio')
  expect(Object.entries(saved ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])).toEqual([['accessKeyId', 'id'], ['secretAccessKey', 'other']])
  await client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls', namespace: 'shop' }, data: { key: '' } })
  await expect(service.saveKeys({ ...keys, name: 'tls' })).rejects.toThrow('that holds something else')
  expect(await service.keys('shop')).toEqual(['minio'])
})
