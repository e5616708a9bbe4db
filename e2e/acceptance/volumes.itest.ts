import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import type { TransferProgress } from '../../src-main/common/contract/index.ts'
import { eventually } from '../harness/containers.ts'
import { openScreens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// Data outlives its pod, on its server; it goes only when its claim does, and to another server only when it is moved there.
let team: Team
beforeAll(async () => {
  team = await Team.up(2)
})
afterAll(() => team?.down())

const PAGE = '/usr/share/nginx/html/index.html'
const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } } }
const app = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'db' },
  spec: { replicas: 1, selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: {
    securityContext: { fsGroup: 4242 },
    containers: [{ name: 'web', image: 'nginx:1.22', readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 }, volumeMounts: [{ name: 'data', mountPath: '/usr/share/nginx/html' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  } } },
}
const ready = (besides?: string): Promise<Pod> => eventually('it to run', async () => (await team.get<{ items: Pod[] }>('pods', '-l', 'app=db')).items
  .find((p) => p.metadata.deletionTimestamp === undefined && p.metadata.uid !== besides && isPodReady(p)))
const volumesOn = async (host: LabHost): Promise<string[]> => (await host.exec('docker volume ls -q --filter label=toque.dev/pv-uid')).stdout.split('\n').filter((line) => line !== '')
const lastOf = async (stream: AsyncIterable<TransferProgress>): Promise<TransferProgress[]> => {
  const all: TransferProgress[] = []
  for await (const progress of stream) all.push(progress)
  return all
}
const bound = async (): Promise<string> => (await team.get<PersistentVolumeClaim>('pvc', 'data')).spec.volumeName ?? ''

test('a claim is bound on first use, and its data comes back with the next pod, on the same server and no other', async () => {
  await team.apply(claim)
  expect((await team.get<PersistentVolumeClaim>('pvc', 'data')).status?.phase).toBe('Pending')
  await team.apply(app)
  const first = await ready()
  const host = team.hostOf(first.spec.nodeName)
  const volume = `toque_${await bound()}`
  expect(await volumesOn(host)).toEqual([volume])
  expect((await team.sh(first, `echo precious >${PAGE}; stat -c '%g %a' /usr/share/nginx/html; stat -c %g ${PAGE}`)).split('\n')).toEqual(['4242 2777', '4242', ''])
  await team.kubectl(['delete', 'pod', first.metadata.name])
  const second = await ready(first.metadata.uid)
  expect([second.spec.nodeName, await team.sh(second, `cat ${PAGE}`)]).toEqual([host.name, 'precious\n'])

  const other = team.hosts.find((h) => h !== host)
  await team.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'elsewhere' }, spec: { ...app.spec.template.spec, nodeSelector: { 'kubernetes.io/hostname': other?.name } } })
  const refused = await eventually('it to say why not', async () => (await team.get<Pod>('pod', 'elsewhere')).status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False'))
  expect(refused.message).toContain('1 node(s) had volume node affinity conflict')
  await team.kubectl(['delete', 'pod', 'elsewhere'])
  expect(await team.kubectl(['get', 'pv,pvc,sc'])).toMatch(/local \(default\)/)
})

test('moved to the other server, it is the same data, and its pods run there; saved, replaced and restored, it is the same again', async () => {
  const before = await ready()
  const from = team.hostOf(before.spec.nodeName)
  const to = team.hosts.find((h) => h !== from) ?? from
  // Links, owners, modes and a larger file.
  await team.sh(before, 'cd /usr/share/nginx/html; mkdir -p a/b; head -c 3000000 /dev/urandom >a/b/noise; ln -s ../index.html a/link; chown 33:4242 a/b/noise; chmod 640 a/b/noise')
  const sums = (pod: Pod): Promise<string> => team.sh(pod, "cd /usr/share/nginx/html; md5sum a/b/noise index.html; stat -c '%n %u %g %a' a a/b a/b/noise; readlink a/link")
  const was = await sums(before)
  const screens = await openScreens(team.toque.url)
  try {
    const { volumes } = screens.services
    const ref = { namespace: 'default', name: 'data' }
    expect(await volumes.plan(ref)).toEqual({ server: from.name, pods: [before.metadata.name], targets: [to.name] })
    const moved = await lastOf(volumes.move(ref, to.name))
    expect(moved.map((p) => p.phase)).toEqual(expect.arrayContaining(['stopping', 'done']))
    const there = await ready(before.metadata.uid)
    expect([there.spec.nodeName, await sums(there)]).toEqual([to.name, was])
    expect([await volumesOn(from), await volumesOn(to)]).toEqual([[], [`toque_${await bound()}`]])

    const folder = join(team.home, 'saved')
    const saved = await lastOf(volumes.backUp(ref, { folder, hold: 'Freeze' }))
    const [backup] = await volumes.backups(folder)
    expect(backup).toMatchObject({ claim: ref, digest: moved.at(-1)?.digest, file: saved.at(-1)?.file, entries: 5 })
    await team.sh(there, `echo spoilt >${PAGE}; rm -r /usr/share/nginx/html/a`)
    await lastOf(volumes.restore({ folder, file: backup?.file ?? '' }, { claim: ref, replace: true }))
    const again = await ready(there.metadata.uid)
    expect([again.spec.nodeName, await sums(again)]).toEqual([to.name, was])
    expect(await volumesOn(to)).toHaveLength(1)
    await lastOf(volumes.restore({ folder, file: backup?.file ?? '' }, { claim: { ...ref, name: 'copy' }, server: from.name, replace: false }))
    expect((await team.get<PersistentVolumeClaim>('pvc', 'copy')).status?.phase).toBe('Bound')
    expect(await volumesOn(from)).toHaveLength(1)
    await team.kubectl(['delete', 'pvc', 'copy'])
  } finally {
    screens.close()
  }
})

test('its server is lost: it waits and says so; a person lets go of the data, and it starts empty elsewhere; the old volume is kept', async () => {
  const before = await ready()
  const lost = team.hostOf(before.spec.nodeName)
  const old = await bound()
  await lost.kill()
  const waiting = await eventually('it to wait', async () => (await team.get<{ items: Pod[] }>('pods', '-l', 'app=db')).items.find((p) => p.status?.reason === 'WaitingForData'))
  expect([waiting.metadata.uid, waiting.metadata.deletionTimestamp]).toEqual([before.metadata.uid, undefined])
  expect(waiting.status?.message).toContain(`Its data (claim "data") is on server ${lost.name}, which does not answer`)
  await team.kubectl(['annotate', 'pvc', 'data', '--overwrite', 'toque.dev/on-server-loss=start-empty'])
  const next = await ready(before.metadata.uid)
  expect(next.spec.nodeName).not.toBe(lost.name)
  expect(await team.sh(next, 'ls /usr/share/nginx/html')).toBe('')
  expect(await team.get<PersistentVolume>('pv', old)).toMatchObject({ status: { phase: 'Released' }, spec: { persistentVolumeReclaimPolicy: 'Retain' } })
  await lost.start()
  await team.nodesReady(2)
  await eventually('the old pod to be gone', async () => (await team.containers(lost).of('db')).length === 0)
  expect(await volumesOn(lost)).toHaveLength(1)
  // Its object goes, and the data stays: it is not the claim's any more.
  await team.kubectl(['delete', 'pv', old])
  expect(await volumesOn(lost)).toHaveLength(1)
})

test('a deleted claim takes its Docker volume along, once nothing uses it', async () => {
  const pod = await ready()
  const host = team.hostOf(pod.spec.nodeName)
  await team.kubectl(['delete', 'pvc', 'data', '--wait=false'])
  expect((await team.get<PersistentVolumeClaim>('pvc', 'data')).metadata.deletionTimestamp).toBeDefined()
  expect(await volumesOn(host)).toHaveLength(1)
  await team.kubectl(['delete', 'deployment', 'db'])
  await eventually('the volume to be gone', async () => (await volumesOn(host)).length === 0 && (await team.get<{ items: PersistentVolume[] }>('pv')).items.length === 0)
})
