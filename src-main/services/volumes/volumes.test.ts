import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { TransferProgress } from '../../common/contract/index.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods } from '../../common/kube/kinds.ts'
import { VolumeBackups, VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import { VOLUME_BUSY } from '../../common/kube/volumes.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import { FakeFiles } from './testing/fake-files.ts'
import { volumeWork } from './volume-work.ts'
import { VolumesService } from './volumes-service.ts'

let client: MemoryClient
let informers: SharedInformers
let servers: Map<string, FakeFiles>
let service: VolumesService
let folder: string
let events: string[]
const ref = { namespace: 'ns', name: 'data' }
const VOLUME = 'toque_pv'

async function data(text: string): Promise<Buffer> {
  const tar = pack()
  // Of one time: archives of the same data are compared.
  const mtime = new Date(0)
  tar.entry({ name: 'data/', type: 'directory', mtime })
  tar.entry({ name: 'data/file', mtime }, text)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
beforeEach(async () => {
  client = new MemoryClient(systemClock)
  informers = new SharedInformers({ client, clock: systemClock, onError: () => undefined })
  servers = new Map([['a', new FakeFiles()], ['b', new FakeFiles()]])
  events = []
  service = new VolumesService({ client, informers, clock: systemClock, files: (node) => servers.get(node), recorder: { event: (_o, _t, reason) => void events.push(reason) } })
  folder = await mkdtemp(join(tmpdir(), 'toque-saved-'))
  for (const name of ['a', 'b', 'c']) {
    const node = await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: {} })
    await client.updateStatus(Nodes, { ...node, status: { conditions: [{ type: 'Ready', status: name === 'c' ? 'Unknown' : 'True' }] } })
  }
  const volume = await client.create(PersistentVolumes, {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv', annotations: { 'toque.dev/volume-made': 'true' } }, spec: { csi: { driver: 'toque.dev/docker-volume', volumeHandle: `a/${VOLUME}` } },
  })
  servers.get('a')?.volumes.set(VOLUME, { owner: volume.metadata.uid, bytes: await data('precious') })
  await client.create(PersistentVolumeClaims, {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { ...ref, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { volumeName: 'pv', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
  })
})
afterEach(async () => {
  await informers.stop()
  await rm(folder, { recursive: true })
})

/** A pod that ends when it is told to, after a moment. */
async function user(name: string, owned = true): Promise<void> {
  informers.for(Pods).addHandler({ onUpdate: (pod: Readonly<Pod>) => {
    if (pod.metadata.deletionTimestamp !== undefined) setTimeout(() => void client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 }), 5)
  } })
  const ownerReferences = owned ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'db', uid: 'db', controller: true }] : []
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', ownerReferences }, spec: { nodeName: 'a', containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }, status: { phase: 'Running' } })
}
async function all(stream: AsyncIterable<TransferProgress>): Promise<TransferProgress[]> {
  const seen: TransferProgress[] = []
  for await (const progress of stream) seen.push(progress)
  return seen
}
const a = (): FakeFiles => servers.get('a') ?? new FakeFiles()
const b = (): FakeFiles => servers.get('b') ?? new FakeFiles()
const handle = async (): Promise<string> => (await client.get(PersistentVolumes, '', 'pv')).spec.csi?.volumeHandle ?? ''
const busy = async (name = 'data'): Promise<string | undefined> => (await client.get(PersistentVolumeClaims, 'ns', name)).metadata.annotations?.[VOLUME_BUSY]
const unchanged = async (): Promise<void> => {
  expect([await handle(), await busy(), a().volumes.get(VOLUME)?.bytes.equals(await data('precious')), [...b().volumes.keys()]]).toEqual([`a/${VOLUME}`, undefined, true, []])
}

test('a move ends the pods first, holds others off meanwhile, and leaves nothing behind', async () => {
  await user('db-1')
  let meanwhile: string | undefined
  b().onWrite = async () => {
    meanwhile = await busy()
    expect(client.all(Pods)).toEqual([])
  }
  const seen = await all(service.move(ref, 'b'))
  expect(meanwhile).toBe('moved to server b')
  expect(seen[0]).toEqual({ phase: 'stopping', doneBytes: 0, pods: ['db-1'] })
  expect(seen.at(-1)).toMatchObject({ phase: 'done', digest: (await b().check(VOLUME, () => undefined, new AbortController().signal)).digest })
  expect([await handle(), await busy(), [...a().volumes.keys()], b().volumes.get(VOLUME)?.bytes.equals(await data('precious'))]).toEqual([`b/${VOLUME}`, undefined, [], true])
  expect((await client.get(PersistentVolumes, '', 'pv')).spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values).toEqual(['b'])
  expect((await client.get(PersistentVolumes, '', 'pv')).metadata.annotations?.['toque.dev/moved-from']).toBe(`a/${VOLUME}`)
})

test.each<[string, () => void | Promise<void>, RegExp]>([
  ['the other server has no room', () => void (b().failWrite = new Error('no space left on device')), /no space left/],
  ['what arrives is not what was sent', async () => {
    const other = await data('precioux')
    b().spoil = () => other
  }, /not what was sent/],
  ['the other server falls away', () => void (b().failWrite = new Error('server b does not answer')), /does not answer/],
  ['a pod slips in', () => void (b().onWrite = () => user('late')), /"late" began to use the claim/],
])('a move that fails changes nothing: %s', async (_, spoil, why) => {
  await spoil()
  await expect(all(service.move(ref, 'b'))).rejects.toThrow(why)
  b().onWrite = () => Promise.resolve()
  await unchanged()
})

test('a move that is left changes nothing', async () => {
  await user('db-1')
  for await (const progress of service.move(ref, 'b')) if (progress.phase === 'stopping') break
  const until = Date.now() + 60_000
  while (await busy() !== undefined && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
  await unchanged()
})

test.each<[string, () => Promise<unknown> | undefined, string, RegExp]>([
  ['to where it is', () => undefined, 'a', /on server a already/],
  ['to one that does not answer', () => undefined, 'c', /not Ready/],
  ['to one that is not driven', () => Promise.resolve(servers.delete('b')), 'b', /not driven from this desk/],
  ['of a pod that nobody would start again', () => user('alone', false), 'b', /belongs to no app/],
  ['while it is being saved', () => client.patch(PersistentVolumeClaims, 'ns', 'data', 'application/merge-patch+json', { metadata: { annotations: { [VOLUME_BUSY]: 'saved' } } }), 'b', /being saved already/],
  ['onto a volume of the user\'s', () => b().create(VOLUME, {}), 'b', /rename or remove it first/],
])('a move is refused: %s', async (_, make, to, why) => {
  await make()
  await expect(all(service.move(ref, to))).rejects.toThrow(why)
  expect([await handle(), a().volumes.size]).toEqual([`a/${VOLUME}`, 1])
})

test('what an earlier move left on the other server is replaced', async () => {
  const { uid } = (await client.get(PersistentVolumes, '', 'pv')).metadata
  b().volumes.set(VOLUME, { owner: uid, bytes: await data('half') })
  await all(service.move(ref, 'b'))
  expect(b().volumes.get(VOLUME)?.bytes.equals(await data('precious'))).toBe(true)
})

test('a plan says who would be ended, where it could go, and what is in the way', async () => {
  await user('db-1')
  expect(await service.plan(ref)).toEqual({ server: 'a', pods: ['db-1'], targets: ['b'] })
  await user('alone', false)
  expect((await service.plan(ref)).problem).toContain('"alone" uses it')
  await client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace: 'ns', name: 'new' }, spec: {} })
  expect(await service.plan({ namespace: 'ns', name: 'new' })).toEqual({ pods: [], targets: [], problem: 'The claim "new" has no volume yet.' })
})

test('saved, replaced, restored: the same again; only its owner can read the file', async () => {
  const seen = await all(service.backUp(ref, { folder, hold: 'None' }))
  const [backup] = await service.backups(folder)
  expect(backup).toMatchObject({ claim: ref, size: '2Gi', bytes: 8, entries: 1, digest: seen.at(-1)?.digest, file: seen.at(-1)?.file, hold: 'None' })
  expect((await readdir(folder)).sort()).toEqual([backup?.file, `${backup?.file ?? ''}.json`])
  a().volumes.set(VOLUME, { owner: a().volumes.get(VOLUME)?.owner ?? '', bytes: await data('spoilt') })
  const from = { folder, file: backup?.file ?? '' }
  await expect(all(service.restore(from, { claim: ref, replace: false }))).rejects.toThrow(/already/)
  await all(service.restore(from, { claim: ref, replace: true }))
  const [server, name = ''] = (await handle()).split('/')
  expect([server, [...a().volumes.keys()], a().volumes.get(name)?.bytes.equals(await data('precious')), await busy()]).toEqual(['a', [name], true, undefined])
  expect(name).not.toBe(VOLUME)
  expect(events).toEqual(['VolumeSaved', 'VolumeRestored'])
})

test('a backup of ended pods says so; one that fails leaves no file', async () => {
  await user('db-1')
  await all(service.backUp(ref, { folder, hold: 'Stop' }))
  expect([(await service.backups(folder))[0]?.hold, client.all(Pods), await busy()]).toEqual(['Stop', [], undefined])
  await rm(folder, { recursive: true })
  a().read = () => Promise.reject(new Error('the disk is broken'))
  await expect(all(service.backUp(ref, { folder, hold: 'None' }))).rejects.toThrow('the disk is broken')
  expect(await readdir(folder).catch(() => [])).toEqual([])
  await writeFile(join(folder), '')
  await expect(all(service.backUp(ref, { folder, hold: 'None' }))).rejects.toThrow()
  await rm(folder)
  await expect(all(service.backUp(ref, { folder: 'relative', hold: 'None' }))).rejects.toThrow()
  folder = await mkdtemp(join(tmpdir(), 'toque-saved-'))
})

test('a damaged file replaces nothing; a name leads nowhere else', async () => {
  await all(service.backUp(ref, { folder, hold: 'None' }))
  const [{ file } = { file: '' }] = await service.backups(folder)
  const about = JSON.parse(await readFile(join(folder, `${file}.json`), 'utf8')) as { digest: string }
  await writeFile(join(folder, `${file}.json`), JSON.stringify({ ...about, digest: 'sha256:other' }))
  await expect(all(service.restore({ folder, file }, { claim: ref, replace: true }))).rejects.toThrow(/changed or is damaged/)
  await unchanged()
  await writeFile(join(folder, file), 'no archive')
  await expect(all(service.restore({ folder, file }, { claim: ref, replace: true }))).rejects.toThrow()
  await unchanged()
  await expect(all(service.restore({ folder, file: '../x.tar.gz' }, { claim: ref, replace: true }))).rejects.toThrow('is not the name of a saved volume')
  await expect(all(service.restore({ folder, file: 'none.tar.gz' }, { claim: ref, replace: true }))).rejects.toThrow('is not a saved volume')
})

test('restored into a new claim, which no pod can use before; a claim that cannot be filled goes', async () => {
  await all(service.backUp(ref, { folder, hold: 'None' }))
  const [{ file } = { file: '' }] = await service.backups(folder)
  // The provisioner and the binder.
  informers.for(PersistentVolumeClaims).addHandler({ onAdd: (claim) => void (async () => {
    if (claim.metadata.name === 'data') return
    expect(claim.metadata.annotations).toMatchObject({ 'volume.kubernetes.io/selected-node': 'b', [VOLUME_BUSY]: 'restored' })
    const volume = await client.create(PersistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'new', annotations: { 'toque.dev/volume-made': 'true' } }, spec: { csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'b/new' } } })
    await b().create('new', { 'toque.dev/pv-uid': volume.metadata.uid })
    await client.patch(PersistentVolumeClaims, 'ns', claim.metadata.name, 'application/merge-patch+json', { spec: { volumeName: 'new' }, metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } } })
  })() })
  await all(service.restore({ folder, file }, { claim: { namespace: 'ns', name: 'copy' }, server: 'b', replace: false }))
  expect([await busy('copy'), b().volumes.get('new')?.bytes.equals(await data('precious'))]).toEqual([undefined, true])
  await client.delete(PersistentVolumeClaims, 'ns', 'copy')
  await client.delete(PersistentVolumes, '', 'new')
  b().failWrite = new Error('no room')
  await expect(all(service.restore({ folder, file }, { claim: { namespace: 'ns', name: 'copy' }, server: 'b', replace: false }))).rejects.toThrow('no room')
  expect(client.all(PersistentVolumeClaims).map((c) => c.metadata.name)).toEqual(['data'])
})

test('held still: those containers that can write to it and run, while a copy is made beside it, which goes in any case; nobody is ended', async () => {
  const mount = { name: 'v', mountPath: '/v' }
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } }
  const pod = await client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db-0', namespace: 'ns' },
    spec: { nodeName: 'a', volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }], containers: ['writes', 'reads', 'apart', 'ended'].map((name) => ({ name, image: 'i', volumeMounts: name === 'apart' ? [] : [{ ...mount, ...(name === 'reads' ? { readOnly: true } : {}) }] })) },
  })
  const statuses = ['writes', 'reads', 'apart', 'ended'].map((name) => ({ name, image: 'i', imageID: '', ready: true, restartCount: 0, containerID: `docker://${name}`, state: name === 'ended' ? { terminated: { exitCode: 0 } } : running }))
  await client.updateStatus(Pods, { ...pod, status: { phase: 'Running', containerStatuses: statuses } })
  const seen = await all(service.backUp(ref, { folder, hold: 'Freeze', freezeSeconds: 7 }))
  expect([seen[0]?.phase, seen.at(-1)?.phase, client.all(Pods).length, await busy()]).toEqual(['holding', 'done', 1, undefined])
  expect(a().copies).toMatchObject([{ from: VOLUME, hold: ['writes'], limitSeconds: 7 }])
  expect([[...a().volumes.keys()], (await service.backups(folder))[0]?.hold]).toEqual([[VOLUME], 'Freeze'])
  // What lies in between cannot be removed afterwards: the copy counts all the same, and that is told.
  const remove = a().remove.bind(a())
  let times = 0
  a().remove = (name) => (++times === 1 ? remove(name) : Promise.reject(new Error('volume is in use')))
  await rm(folder, { recursive: true })
  await all(service.backUp(ref, { folder, hold: 'Freeze' }))
  expect([(await service.backups(folder)).length, events]).toEqual([1, ['VolumeSaved', 'VolumeSaved', 'VolumeLeftBehind']])
})

test('a copy on the server that has the data is none', async () => {
  const work = volumeWork({ client, informers, clock: systemClock, files: (node) => servers.get(node), recorder: { event: () => undefined } })
  const order = { namespace: 'ns', claim: 'data', hold: 'Freeze' as const, freezeSeconds: 60, file: 'x.tar.gz' }
  const never = new AbortController().signal
  await expect(work.backUp({ ...order, target: { server: { name: 'a' } } }, () => undefined, never)).rejects.toThrow('a copy there would be lost with it')
  expect(await work.backUp({ ...order, target: { server: { name: 'b' } } }, () => undefined, never)).toMatchObject({ bytes: 8, size: '2Gi' })
  expect([...b().volumes.keys()].sort()).toEqual(['toque_copy_x', 'toque_copy_x-about'])
  await work.removeBackup('ns', { server: { name: 'b' } }, 'x.tar.gz', never)
  expect(b().volumes.size).toBe(0)
})

test('whoever is not reached is waited for; what cannot be is said', async () => {
  const work = volumeWork({ client, informers, clock: systemClock, files: (node) => servers.get(node), recorder: { event: () => undefined } })
  expect(await work.locate('ns', 'data')).toEqual({ node: 'a' })
  await expect(work.locate('ns', 'none')).rejects.toMatchObject({ reason: 'BadRequest', message: 'There is no claim "none" in ns.' })
  await client.patch(PersistentVolumeClaims, 'ns', 'data', 'application/merge-patch+json', { metadata: { annotations: { [VOLUME_BUSY]: 'moved to server b' } } })
  await expect(work.locate('ns', 'data')).rejects.toMatchObject({ reason: 'ServiceUnavailable', message: expect.stringContaining('being moved to server b') as string })
  await client.patch(PersistentVolumeClaims, 'ns', 'data', 'application/merge-patch+json', { metadata: { annotations: { [VOLUME_BUSY]: null } } })
  servers.delete('a')
  await expect(work.locate('ns', 'data')).rejects.toMatchObject({ reason: 'ServiceUnavailable', message: expect.stringContaining('waits for that server') as string })
  await client.delete(Nodes, '', 'a')
  await expect(work.locate('ns', 'data')).rejects.toMatchObject({ reason: 'BadRequest' })
})

test('a volume is filled with a copy, compared; what is damaged leaves nothing', async () => {
  const work = volumeWork({ client, informers, clock: systemClock, files: (node) => servers.get(node), recorder: { event: () => undefined } })
  const never = new AbortController().signal
  const saved = await work.backUp({ namespace: 'ns', claim: 'data', target: { folder: { path: folder } }, hold: 'None', freezeSeconds: 60, file: 'x.tar.gz' }, () => undefined, never)
  const made = await client.create(VolumeBackups, { apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name: 'b', namespace: 'ns' }, spec: { claimName: 'data', target: { folder: { path: folder } } } })
  const told = await client.updateStatus(VolumeBackups, { ...made, status: { phase: 'Succeeded', file: 'x.tar.gz', digest: saved.digest } })
  await client.create(PersistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'new' }, spec: { csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'b/new' } } })
  const source = { kind: 'VolumeBackup' as const, namespace: 'ns', name: 'b' }
  expect(await work.fill('new', source, never)).toMatchObject({ digest: saved.digest })
  expect(b().volumes.get('new')?.bytes.equals(await data('precious'))).toBe(true)
  // What is at the target is another one by now.
  await client.updateStatus(VolumeBackups, { ...told, status: { ...told.status, digest: 'sha256:other' } })
  await expect(work.fill('new', source, never)).rejects.toThrow('it was changed')
  expect(b().volumes.has('new')).toBe(false)
})

/** As the controller makes it: a volume beside the claim's. */
function snapshotted(ready: boolean): void {
  informers.for(VolumeSnapshots).addHandler({ onAdd: (snapshot) => void (async () => {
    const { namespace = '', name, uid } = snapshot.metadata
    a().volumes.set('toque_snap', { owner: 'snapshot', bytes: a().volumes.get(VOLUME)?.bytes ?? Buffer.alloc(0) })
    const noted = await client.patch(VolumeSnapshots, namespace, name, 'application/merge-patch+json', { metadata: { uid, annotations: { 'toque.dev/snapshot-handle': 'a/toque_snap' } } })
    await client.updateStatus(VolumeSnapshots, { ...noted, status: ready ? { readyToUse: true, creationTime: '2026-01-01T00:00:00Z', restoreSize: '2Gi' } : { readyToUse: false, error: { message: 'the disk is full' } } })
  })() })
}
const textOf = async (text: string): Promise<boolean> => {
  const [, name = ''] = (await handle()).split('/')
  return a().volumes.get(name)?.bytes.equals(await data(text)) ?? false
}

test('what is replaced is kept as a snapshot first, and the snapshot brings it back', async () => {
  snapshotted(true)
  await user('db-1')
  const saved = (await all(service.backUp(ref, { folder, hold: 'None' }))).at(-1)
  const [, name = ''] = (await handle()).split('/')
  a().volumes.set(name, { owner: a().volumes.get(name)?.owner ?? '', bytes: await data('written since') })
  const seen = await all(service.restore({ folder, file: saved?.file ?? '' }, { claim: ref, replace: true, keepAs: 'before' }))
  expect([seen[0]?.phase, seen.at(-1)?.phase, await textOf('precious')]).toEqual(['keeping', 'done', true])
  await all(service.restore({ namespace: 'ns', snapshot: 'before' }, { claim: ref, replace: true }))
  expect(await textOf('written since')).toBe(true)
})

test('what cannot be kept first is not replaced, and no half snapshot is left', async () => {
  snapshotted(false)
  await user('db-1')
  const saved = (await all(service.backUp(ref, { folder, hold: 'None' }))).at(-1)
  await expect(all(service.restore({ folder, file: saved?.file ?? '' }, { claim: ref, replace: true, keepAs: 'before' }))).rejects.toThrow('What "data" has now could not be kept first, so nothing was replaced: the disk is full')
  expect((await client.list(VolumeSnapshots)).items).toEqual([])
  await unchanged()
})

test('a restore that is not done leaves no snapshot of what was not replaced', async () => {
  snapshotted(true)
  await user('db-1')
  const saved = (await all(service.backUp(ref, { folder, hold: 'None' }))).at(-1)
  a().failWrite = new Error('the disk is full')
  await expect(all(service.restore({ folder, file: saved?.file ?? '' }, { claim: ref, replace: true, keepAs: 'before' }))).rejects.toThrow('the disk is full')
  expect((await client.list(VolumeSnapshots)).items).toEqual([])
  await unchanged()
})

test('a snapshot on a server that does not answer says so', async () => {
  const made = await client.create(VolumeSnapshots, { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 's', namespace: 'ns', annotations: { 'toque.dev/snapshot-handle': 'c/v' } }, spec: { source: { persistentVolumeClaimName: 'data' } } })
  await expect(all(service.restore({ namespace: 'ns', snapshot: 's' }, { claim: ref, replace: true }))).rejects.toThrow('The snapshot "s" is no copy')
  await client.updateStatus(VolumeSnapshots, { ...made, status: { readyToUse: true } })
  await expect(all(service.restore({ namespace: 'ns', snapshot: 's' }, { claim: ref, replace: true }))).rejects.toThrow('on server c, which does not answer')
  await unchanged()
})
