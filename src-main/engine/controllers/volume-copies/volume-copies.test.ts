import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { badRequest, StatusError } from '../../../common/errors.ts'
import { Namespaces, PersistentVolumeClaims, PersistentVolumes } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { BackupSchedules, COPY_FINALIZER, VolumeBackups, VolumeSnapshots } from '../../../common/kube/volume-copies.ts'
import type { BackupSchedule, BackupScheduleSpec, VolumeBackup } from '../../../common/kube/volume-copies.ts'
import type { BackupOrder, BackupResult, VolumeWork } from '../../../common/kube/volume-work.ts'
import type { Runnable } from '../context.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { copyControllers } from './index.ts'

const MINUTE = 60_000
const RESULT: BackupResult = { bytes: 8, entries: 1, digest: 'sha256:x', size: '1Gi' }

/** Does as it is told, at once or when it is let; keeps what a target has. */
class FakeWork implements VolumeWork {
  readonly copies = new Set<string>()
  readonly orders: BackupOrder[] = []
  readonly snapshots = new Set<string>()
  unreached: Error | undefined
  failBackup: Error | undefined
  failRemove: Error | undefined
  failFill: Error | undefined
  /** Backups wait for it, or for their signal. */
  hold: Promise<void> | undefined

  locate = (): Promise<{ node: string }> => (this.unreached === undefined ? Promise.resolve({ node: 'a' }) : Promise.reject(this.unreached))
  backUp: VolumeWork['backUp'] = async (order, onProgress, signal) => {
    this.orders.push(order)
    this.copies.add(`${order.file} begun`)
    onProgress(4, 8)
    try {
      if (this.hold !== undefined) await new Promise<void>((resolve, reject) => { void this.hold?.then(resolve); signal.addEventListener('abort', () => reject(signal.reason as Error)) })
      if (this.failBackup !== undefined) throw this.failBackup
      this.copies.add(order.file)
      return RESULT
    } finally {
      this.copies.delete(`${order.file} begun`)
    }
  }
  removeBackup: VolumeWork['removeBackup'] = (_namespace, _target, file) => {
    if (this.failRemove !== undefined) return Promise.reject(this.failRemove)
    this.copies.delete(file)
    return Promise.resolve()
  }
  snapshot: VolumeWork['snapshot'] = (_namespace, _claim, name) => {
    if (this.failBackup !== undefined) return Promise.reject(this.failBackup)
    this.snapshots.add(`a/${name}`)
    return Promise.resolve({ handle: `a/${name}`, size: '1Gi' })
  }
  removeSnapshot: VolumeWork['removeSnapshot'] = (handle) => Promise.resolve(void this.snapshots.delete(handle))
  fill: VolumeWork['fill'] = () => (this.failFill === undefined ? Promise.resolve(RESULT) : Promise.reject(this.failFill))
}

let cluster: TestCluster
let work: FakeWork
let running: Runnable[]
beforeEach(async () => {
  cluster = new TestCluster()
  work = new FakeWork()
  await start()
})
afterEach(async () => {
  await Promise.all(running.map((c) => c.stop()))
  await cluster.stop()
})
async function start(): Promise<void> {
  running = copyControllers(cluster.context, work)
  await cluster.informers.synced()
  for (const controller of running) controller.start()
  await cluster.settle()
}
const merge = 'application/merge-patch+json'
async function claim(name: string, labels = {}): Promise<void> {
  await cluster.client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', labels }, spec: {} })
}
async function backup(name = 'b'): Promise<void> {
  await cluster.client.create(VolumeBackups, { apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name, namespace: 'ns', finalizers: [COPY_FINALIZER] }, spec: { claimName: 'data', target: { folder: { path: '/b' } } } })
  await cluster.settle()
}
const get = (name = 'b'): Promise<Frozen<VolumeBackup>> => cluster.client.get(VolumeBackups, 'ns', name)
const remove = async (name = 'b'): Promise<void> => {
  await cluster.client.delete(VolumeBackups, 'ns', name)
  await cluster.settle()
}
const there = (): string[] => cluster.client.all(VolumeBackups).map((b) => b.metadata.name)

describe('a backup', () => {
  test('is made once, says what came of it, and takes its copy along', async () => {
    await backup()
    const { status } = await get()
    expect(status).toMatchObject({ phase: 'Succeeded', ...RESULT })
    expect([...work.copies]).toEqual([status?.file])
    expect(work.orders).toMatchObject([{ hold: 'Freeze', freezeSeconds: 60, claim: 'data', namespace: 'ns' }])
    await cluster.clock.advance(MINUTE)
    expect(work.orders).toHaveLength(1)
    await remove()
    expect([there(), [...work.copies], cluster.failures]).toEqual([[], [], []])
  })

  test('that fails says why, and can be deleted, also where its target was never there', async () => {
    work.failBackup = badRequest('There is no bucket.')
    await backup()
    expect((await get()).status).toMatchObject({ phase: 'Failed', message: 'There is no bucket.' })
    expect(cluster.events).toContain('VolumeBackup/b Warning BackupFailed: There is no bucket.')
    work.failRemove = badRequest('There is no bucket.')
    await remove()
    expect(there()).toEqual([])
  })

  test('waits for its server, says so once, and goes on', async () => {
    work.unreached = new StatusError('ServiceUnavailable', 'The server a does not answer.')
    await backup()
    const { status, metadata } = await get()
    expect([status?.phase, status?.message, status?.file]).toEqual(['Pending', 'The server a does not answer.', undefined])
    await cluster.clock.advance(MINUTE)
    expect((await get()).metadata.resourceVersion).toBe(metadata.resourceVersion)
    work.unreached = undefined
    await cluster.clock.advance(MINUTE)
    expect((await get()).status).toMatchObject({ phase: 'Succeeded' })
    expect((await get()).status?.message).toBeUndefined()
  })

  test('is given up when it is deleted in the middle', async () => {
    work.hold = new Promise(() => undefined)
    await backup()
    expect((await get()).status).toMatchObject({ phase: 'Running' })
    await remove()
    expect([there(), [...work.copies]]).toEqual([[], []])
  })

  test('whose engine ended is begun anew, after what was there is removed', async () => {
    work.hold = new Promise(() => undefined)
    await backup()
    await Promise.all(running.map((c) => c.stop()))
    const { status } = await get()
    expect(status?.phase).toBe('Running')
    // It had even come to its end, and could not say so any more.
    work.copies.add(status?.file ?? '')
    const removed: string[] = []
    const inner = work.removeBackup
    work.removeBackup = (namespace, target, file, signal) => {
      removed.push(file)
      return inner(namespace, target, file, signal)
    }
    work.hold = undefined
    await start()
    expect([removed, (await get()).status?.phase, [...work.copies]]).toEqual([[status?.file], 'Succeeded', [status?.file]])
  })

  test('whose copy cannot be removed says so and stays, until a person lets it go; a namespace that ends keeps the copies', async () => {
    await backup()
    work.failRemove = new Error('The bucket does not answer.')
    await remove()
    expect(cluster.events.find((e) => e.includes('CopyNotRemoved'))).toMatch(/does not answer.*kubectl annotate volumebackup b -n ns toque\.dev\/keep-copy=true/)
    expect(there()).toEqual(['b'])
    await cluster.client.patch(VolumeBackups, 'ns', 'b', merge, { metadata: { annotations: { 'toque.dev/keep-copy': 'true' } } })
    await cluster.settle()
    expect([there(), work.copies.size]).toEqual([[], 1])
    await cluster.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns', finalizers: ['x'] }, spec: {} })
    await cluster.clock.advance(MINUTE)
    work.failRemove = undefined
    await backup('c')
    await cluster.client.delete(Namespaces, '', 'ns')
    await remove('c')
    expect([there(), work.copies.size]).toEqual([[], 2])
  })
})

describe('a schedule', () => {
  const get = (): Promise<Frozen<BackupSchedule>> => cluster.client.get(BackupSchedules, 'ns', 's')
  async function schedule(spec: Partial<BackupScheduleSpec> = {}): Promise<void> {
    await cluster.client.create(BackupSchedules, { apiVersion: 'toque.dev/v1', kind: 'BackupSchedule', metadata: { name: 's', namespace: 'ns' }, spec: { schedule: '*/10 * * * *', claims: { names: ['data'] }, target: { folder: { path: '/b' } }, ...spec } })
    await cluster.settle()
  }
  const claims = (): string[] => cluster.client.all(VolumeBackups).map((b) => b.spec.claimName)

  test('makes a backup of each claim at each of its times, and keeps so many', async () => {
    await claim('data')
    await claim('other', { tier: 'db' })
    await schedule({ claims: { names: ['data'], selector: { matchLabels: { tier: 'db' } } }, keep: { count: 2 } })
    expect((await get()).status).toEqual({ nextScheduleTime: '2026-01-01T00:10:00Z' })
    await cluster.clock.advance(10 * MINUTE)
    expect(claims()).toEqual(['data', 'other'])
    await cluster.clock.advance(40 * MINUTE)
    expect(claims().sort()).toEqual(['data', 'data', 'other', 'other'])
    // What is deleted has its finalizer: the copies went, too.
    expect(work.copies.size).toBe(10)
    const { status } = await get()
    expect(status).toMatchObject({ lastScheduleTime: '2026-01-01T00:50:00Z', nextScheduleTime: '2026-01-01T01:00:00Z', lastBackup: { bytes: 8, digest: 'sha256:x' } })
    expect(cluster.failures).toEqual([])
  })

  test('does not begin another while one runs; of what it missed while nobody was there, it makes up for the latest', async () => {
    await claim('data')
    work.hold = new Promise(() => undefined)
    await schedule()
    await cluster.clock.advance(30 * MINUTE)
    expect([claims(), cluster.events.filter((e) => e.includes('BackupStillRunning')).length, (await get()).status?.active]).toEqual([['data'], 2, 1])
    await Promise.all(running.map((c) => c.stop()))
    work.hold = undefined
    await cluster.clock.advance(120 * MINUTE)
    await start()
    await cluster.settle()
    expect((await get()).status).toMatchObject({ lastScheduleTime: '2026-01-01T02:30:00Z' })
    expect((await get()).status?.active).toBeUndefined()
  })

  test('says what is missing, and what failed; suspended it makes none; at rest it writes nothing', async () => {
    await schedule()
    expect((await get()).status?.message).toBe('There is no claim "data".')
    await claim('data')
    work.failBackup = badRequest('The bucket is full.')
    await cluster.clock.advance(10 * MINUTE)
    expect((await get()).status?.message).toBe('data: The bucket is full.')
    work.failBackup = undefined
    await cluster.clock.advance(10 * MINUTE)
    expect((await get()).status?.message).toBeUndefined()
    await cluster.client.patch(BackupSchedules, 'ns', 's', merge, { spec: { suspend: true } })
    await cluster.settle()
    const { metadata: { resourceVersion } } = await get()
    await cluster.clock.advance(60 * MINUTE)
    expect((await get()).metadata.resourceVersion).toBe(resourceVersion)
  })
})

test('a snapshot is ready when it is whole, says why it is not, and goes with its object', async () => {
  work.failBackup = badRequest('There is no room.')
  await cluster.client.create(VolumeSnapshots, { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 's', namespace: 'ns', finalizers: [COPY_FINALIZER] }, spec: { source: { persistentVolumeClaimName: 'data' } } })
  await cluster.settle()
  expect((await cluster.client.get(VolumeSnapshots, 'ns', 's')).status).toMatchObject({ readyToUse: false, error: { message: 'There is no room.' } })
  const revision = (await cluster.client.get(VolumeSnapshots, 'ns', 's')).metadata.resourceVersion
  await cluster.clock.advance(10 * MINUTE)
  expect((await cluster.client.get(VolumeSnapshots, 'ns', 's')).metadata.resourceVersion).toBe(revision)
  work.failBackup = undefined
  await claim('data')
  await cluster.settle()
  const { status, metadata } = await cluster.client.get(VolumeSnapshots, 'ns', 's')
  expect([status?.readyToUse, status?.restoreSize, status?.error, [...work.snapshots]]).toEqual([true, '1Gi', undefined, [metadata.annotations?.['toque.dev/snapshot-handle']]])
  await cluster.client.delete(VolumeSnapshots, 'ns', 's')
  await cluster.settle()
  expect([cluster.client.all(VolumeSnapshots), work.snapshots.size]).toEqual([[], 0])
})

test('a volume that is made of a copy counts as made only when it is filled', async () => {
  work.failFill = new Error('The copy is damaged.')
  await claim('data')
  await cluster.client.create(PersistentVolumes, {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv', annotations: { 'toque.dev/volume-source': JSON.stringify({ kind: 'VolumeBackup', namespace: 'ns', name: 'b' }) } },
    spec: { claimRef: { namespace: 'ns', name: 'data' }, csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'a/v' } },
  })
  await cluster.settle()
  expect(cluster.events).toContain('PersistentVolumeClaim/data Warning VolumeNotFilled: It waits for the data of the VolumeBackup "b": The copy is damaged.')
  const made = async (): Promise<string | undefined> => (await cluster.client.get(PersistentVolumes, '', 'pv')).metadata.annotations?.['toque.dev/volume-made']
  expect(await made()).toBeUndefined()
  work.failFill = undefined
  await cluster.clock.advance(MINUTE)
  expect(await made()).toBe('true')
})
