import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import type { BackupSchedule, VolumeBackup, VolumeSnapshot } from '../../src-main/common/kube/volume-copies.ts'
import { S3_LOGIN, S3Server } from '../../src-main/services/volumes/testing/s3-server.ts'
import { eventually } from '../harness/containers.ts'
import { Team } from '../harness/team.ts'
import { run } from '../lab/run.ts'
import type { LabHost } from '../lab/lab-host.ts'

// Copies as objects: on a schedule, to S3, a folder and another server; snapshots; and what takes the place of data that was lost with its server.
let team: Team
let s3: S3Server
beforeAll(async () => {
  s3 = await S3Server.start()
  team = await Team.up(2)
  await team.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's3' }, stringData: S3_LOGIN })
  await team.apply(app('db', 'data'))
  await say(await ready('db'), 'precious')
})
afterAll(async () => {
  await team?.down()
  await s3?.stop()
})

const FILE = '/data/file'
/** Counts in one file and then in another, without end, each replaced whole: of one moment, the first is at most one ahead. */
const BUSY = 'i=0; while :; do i=$((i+1)); for f in first second; do echo $i >/data/.$f; mv /data/.$f /data/$f; done; done'
function app(name: string, claim: string, policy?: string): object {
  const labels = { app: name }
  const annotations = policy === undefined ? {} : { 'toque.dev/on-server-loss': policy }
  return { apiVersion: 'v1', kind: 'List', items: [
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claim, labels, annotations }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } } },
    deployment(name, claim),
  ] }
}
function deployment(name: string, claim: string): object {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: { replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: {
      terminationGracePeriodSeconds: 1, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
      containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', BUSY], volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    } } },
  }
}
const ready = (name: string, besides?: string): Promise<Pod> => eventually(`${name} to run`, async () => (await team.get<{ items: Pod[] }>('pods', '-l', `app=${name}`)).items
  .find((p) => p.metadata.deletionTimestamp === undefined && p.metadata.uid !== besides && isPodReady(p)))
const say = (pod: Pod, text: string): Promise<string> => team.sh(pod, `echo ${text} >${FILE}`)
const volumesOn = async (host: LabHost, prefix: string): Promise<string[]> => (await host.exec('docker volume ls -q')).stdout.split('\n').filter((line) => line.startsWith(prefix)).sort()
const backup = (name: string, target: object, more: object = {}): Promise<string> => team.apply({ apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name }, spec: { claimName: 'data', target, ...more } })
const over = (name: string): Promise<VolumeBackup> => eventually(`backup ${name} to be over`, async () => {
  const found = await team.get<VolumeBackup>('volumebackup', name)
  return (found.status?.phase === 'Succeeded' || found.status?.phase === 'Failed') && found
})
const inS3 = async (): Promise<string[]> => (await s3.objects()).sort()
const events = (kind: string, name: string): Promise<string> => team.kubectl(['describe', kind, name])
const target = (): object => ({ s3: s3.target })

test('a schedule saves to S3 again and again, keeps two, and says how it goes', async () => {
  await team.apply({
    apiVersion: 'toque.dev/v1', kind: 'BackupSchedule', metadata: { name: 'often' },
    spec: { schedule: '@every 3s', claims: { selector: { matchLabels: { app: 'db' } } }, target: target(), keep: { count: 2 } },
  })
  const schedule = (): Promise<BackupSchedule> => team.get<BackupSchedule>('backupschedule', 'often')
  const firsts = new Set<string>()
  const good = async (): Promise<VolumeBackup[]> => (await team.get<{ items: VolumeBackup[] }>('volumebackups')).items.filter((b) => b.status?.phase === 'Succeeded')
  await eventually('four backups, of which two are kept', async () => {
    for (const b of await good()) firsts.add(b.metadata.name)
    return firsts.size >= 4
  }, 150_000)
  await team.kubectl(['patch', 'backupschedule', 'often', '--type=merge', '-p', '{"spec":{"suspend":true}}'])
  const kept = await eventually('two to be left', async () => {
    const { items } = await team.get<{ items: VolumeBackup[] }>('volumebackups')
    return items.length === 2 && items.every((b) => b.status?.phase === 'Succeeded') && items
  })
  expect(await inS3()).toEqual(kept.flatMap((b) => [`team/${b.status?.file ?? ''}`, `team/${b.status?.file ?? ''}.json`]).sort())
  const newest = kept.sort((a, b) => (a.status?.completionTime ?? '').localeCompare(b.status?.completionTime ?? '')).at(-1)
  const { status } = await eventually('the schedule to say so', async () => {
    const now = await schedule()
    return now.status?.nextScheduleTime === undefined && now.status?.active === undefined && now
  })
  expect(status).toMatchObject({ lastBackup: { digest: newest?.status?.digest, bytes: newest?.status?.bytes } })
  expect(status?.message).toBeUndefined()
  expect(await team.kubectl(['get', 'backupschedules,volumebackups'])).toMatch(/often +@every 3s/)
})

test('what cannot be saved says why, and leaves nothing: no bucket, no keys, no claim, a full disk', async () => {
  const full = join(team.home, 'full')
  await run('mkdir', [full])
  await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', full])
  const before = await inS3()
  try {
    await team.sh(await ready('db'), 'head -c 600000 /dev/urandom >/data/noise')
    await team.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'wrong' }, stringData: { accessKeyId: 'NOBODY', secretAccessKey: 'not-to-be-told' } })
    await backup('no-bucket', { s3: { ...s3.target, bucket: 'not-there' } })
    await backup('no-keys', { s3: { ...s3.target, secretName: 'wrong' } })
    await backup('no-secret', { s3: { ...s3.target, secretName: 'none' } })
    await backup('no-room', { folder: { path: full } })
    await backup('no-claim', target(), { claimName: 'none' })
    await backup('no-server', { server: { name: 'nowhere' } })
    const messages = Object.fromEntries(await Promise.all(['no-bucket', 'no-keys', 'no-secret', 'no-room', 'no-claim', 'no-server'].map(async (name) => [name, (await over(name)).status])))
    expect(messages).toMatchObject({
      'no-bucket': { phase: 'Failed', message: expect.stringContaining('has no bucket "not-there": make it') as string }, 'no-keys': { phase: 'Failed', message: expect.stringContaining('does not accept the keys in the Secret "wrong"') as string },
      'no-secret': { phase: 'Failed', message: expect.stringContaining('There is no Secret "none"') as string }, 'no-room': { phase: 'Failed', message: expect.stringContaining('the disk is full') as string },
      'no-claim': { phase: 'Failed', message: 'There is no claim "none" in default.' }, 'no-server': { phase: 'Failed', message: expect.stringContaining('nowhere') as string },
    })
    expect([await readdir(full), await inS3()]).toEqual([[], before])
    expect(await team.kubectl(['get', 'events,volumebackups', '-o', 'yaml']) + team.log).not.toContain('not-to-be-told')
    await team.kubectl(['delete', 'volumebackups', 'no-bucket', 'no-keys', 'no-secret', 'no-room', 'no-claim', 'no-server'])
    await expect(backup('bad', {})).rejects.toThrow(/exactly one of folder, server and s3/)
  } finally {
    await run('umount', [full])
  }
})

test('to another server: a Docker volume there, which goes with its object', async () => {
  const pod = await ready('db')
  const other = team.hosts.find((h) => h.name !== pod.spec.nodeName) ?? team.lab.host(1)
  await backup('aside', { server: { name: other.name } })
  expect((await over('aside')).status).toMatchObject({ phase: 'Succeeded' })
  expect(await volumesOn(other, 'toque_copy_')).toHaveLength(2)
  await team.kubectl(['delete', 'volumebackup', 'aside'])
  expect(await volumesOn(other, 'toque_copy_')).toEqual([])
})

test('the engine is killed in the middle: the next one begins anew, and one whole copy is there; deleted in the middle, nothing is', async () => {
  const pod = await ready('db')
  await team.sh(pod, 'head -c 60000000 /dev/urandom >/data/noise')
  // Not by kubectl: a busy machine may take longer to start one than a copy is under way.
  const begun = async (name: string): Promise<VolumeBackup> => {
    const kube = await team.api()
    return eventually(`${name} to run`, async () => {
      const found = await kube.get<VolumeBackup>(`/apis/toque.dev/v1/namespaces/default/volumebackups/${name}`)
      return found.status?.phase === 'Running' && found
    })
  }
  const before = await inS3()
  await backup('killed', target())
  await begun('killed')
  await team.toque.end('SIGKILL')
  await team.startEngine()
  await team.nodesReady(2)
  const { status } = await over('killed')
  expect([status?.phase, status?.message]).toEqual(['Succeeded', undefined])
  expect((await inS3()).length).toBe(before.length + 2)
  // It was not ended, and runs on.
  const [first, later] = (await team.sh(await ready('db'), 'cat /data/first; sleep 0.5; cat /data/first')).split('\n')
  expect([(await ready('db')).metadata.uid, (await team.hostOf(pod.spec.nodeName).exec('docker ps -q --filter status=paused')).stdout]).toEqual([pod.metadata.uid, ''])
  expect(Number(later)).toBeGreaterThan(Number(first))

  await backup('dropped', target())
  await begun('dropped')
  await team.kubectl(['delete', 'volumebackup', 'dropped'])
  expect((await inS3()).length).toBe(before.length + 2)
  expect(await volumesOn(team.hostOf(pod.spec.nodeName), 'toque_pvc-')).toEqual([`toque_${(await team.get<PersistentVolumeClaim>('pvc', 'data')).spec.volumeName ?? ''}`])
  await team.sh(await ready('db'), 'rm /data/noise')
})

test('a snapshot is of one moment, and claims are made of it; of a backup, too', async () => {
  await team.apply({ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 'now' }, spec: { source: { persistentVolumeClaimName: 'data' } } })
  const { status } = await eventually('the snapshot', async () => {
    const found = await team.get<VolumeSnapshot>('volumesnapshot', 'now')
    return found.status?.readyToUse === true && found
  })
  expect(status?.restoreSize).toBe('100Mi')
  await say(await ready('db'), 'spoilt')
  const [saved] = (await team.get<{ items: VolumeBackup[] }>('volumebackups')).items.filter((b) => b.status?.phase === 'Succeeded')
  const made = (name: string, dataSourceRef: object): object => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } }, dataSourceRef } })
  await team.apply({ apiVersion: 'v1', kind: 'List', items: [
    made('of-snapshot', { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'now' }), made('of-backup', { apiGroup: 'toque.dev', kind: 'VolumeBackup', name: saved?.metadata.name }),
    made('of-nothing', { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'none' }),
    ...['of-snapshot', 'of-backup'].map((claim) => ({
      apiVersion: 'v1', kind: 'Pod', metadata: { name: claim, labels: { app: claim } },
      spec: { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '1000'], volumeMounts: [{ name: 'data', mountPath: '/data' }] }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }], terminationGracePeriodSeconds: 1 },
    })),
    deployment('of-nothing', 'of-nothing'),
  ] })
  for (const claim of ['of-snapshot', 'of-backup']) {
    const [file, first, second] = (await team.sh(await ready(claim), `cat ${FILE} /data/first /data/second`)).split('\n')
    expect(file).toBe('precious')
    expect(Number(first) - Number(second), `${claim}: ${String(first)} ${String(second)}`).toBeGreaterThanOrEqual(0)
    expect(Number(first) - Number(second)).toBeLessThanOrEqual(1)
  }
  await eventually('it to say why not', async () => (await events('pvc', 'of-nothing')).includes('There is no VolumeSnapshot "none" in default.'))
  await team.kubectl(['delete', 'pod,pvc', 'of-snapshot', 'of-backup', '--wait=false'])
  await team.kubectl(['delete', 'deployment/of-nothing', 'pvc/of-nothing', 'volumesnapshot/now'])
  await eventually('the snapshot to be gone', async () => (await Promise.all(team.hosts.map((h) => volumesOn(h, 'toque_snap-')))).flat().length === 0)
})

test('its server is lost, and the policy is restore: it waits until the server is certainly off, and then has its newest copy elsewhere; the old data is kept, and told of', async () => {
  const pod = await ready('db')
  const lost = team.hostOf(pod.spec.nodeName)
  const old = (await team.get<PersistentVolumeClaim>('pvc', 'data')).spec.volumeName ?? ''
  await say(pod, 'newest')
  await team.kubectl(['annotate', 'pvc', 'data', 'toque.dev/on-server-loss=restore'])
  await backup('last', target())
  expect((await over('last')).status).toMatchObject({ phase: 'Succeeded' })
  await say(pod, 'after-it')
  await lost.kill()
  const waiting = await eventually('it to wait', async () => (await team.get<{ items: Pod[] }>('pods', '-l', 'app=db')).items.find((p) => p.status?.reason === 'WaitingForData'))
  expect(waiting.status?.message).toContain(`Its newest copy is restored elsewhere once it is certain that the server is off, so that two never write to it: switch it off, then say so: kubectl taint node ${lost.name}`)
  await team.kubectl(['taint', 'node', lost.name, 'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute'])
  const next = await ready('db', pod.metadata.uid)
  expect(next.spec.nodeName).not.toBe(lost.name)
  expect(await team.sh(next, `cat ${FILE}`)).toBe('newest\n')
  expect(await team.get<PersistentVolume>('pv', old)).toMatchObject({ status: { phase: 'Released' }, spec: { persistentVolumeReclaimPolicy: 'Retain' } })
  await lost.start()
  await team.nodesReady(2)
  await team.kubectl(['taint', 'node', lost.name, 'node.kubernetes.io/out-of-service-'])
  await eventually('the old data to be told of', async () => (await events('pvc', 'data')).includes('OldDataIsBack'))
  await eventually('the old pod to be gone', async () => (await team.containers(lost).of('db')).length === 0)
  expect((await lost.exec(['docker', 'run', '--rm', '-v', `toque_${old}:/data`, 'busybox', 'cat', FILE])).stdout).toBe('after-it\n')
  expect((await team.get<PersistentVolumeClaim>('pvc', 'data')).metadata.annotations).toMatchObject({ 'toque.dev/on-server-loss': 'restore' })
})
