import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TransferProgress } from '../../src-main/common/contract/index.ts'
import type { PersistentVolumeClaim, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import { eventually } from '../harness/containers.ts'
import { database, databaseOn, rowsIn, Writer } from '../harness/database.ts'
import { openScreens } from '../harness/screens.ts'
import type { Screens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'

// A PostgreSQL that is written to throughout a backup, a node loss, a restore and a move: every row whose commit was told is there, or Toque says that it waits.
let team: Team
let screens: Screens
let writer: Writer
let folder: string
let backup: { file: string; before: readonly number[] }
beforeAll(async () => {
  team = await Team.up(3)
  screens = await openScreens(team.toque.url)
  folder = join(team.home, 'saved')
  await team.apply({ apiVersion: 'v1', kind: 'List', items: database('db') })
  const { nodeName } = (await running()).spec
  const aside = team.hosts.find((h) => h.name !== nodeName)
  if (aside === undefined) throw new Error('no other server')
  writer = await Writer.start(team, aside, 'writer', 'db')
  await writes()
})
afterAll(async () => {
  screens?.close()
  await team?.down()
})

const claim = { namespace: 'default', name: 'data-db-0' }
const running = (besides?: string): Promise<Pod> => eventually('the database to be ready', async () => {
  const pod = await team.get<Pod>('pod', 'db-0').catch(() => undefined)
  return pod !== undefined && pod.metadata.uid !== besides && pod.metadata.deletionTimestamp === undefined && isPodReady(pod) && pod
})
/** Resolves when ten more rows are committed. */
async function writes(): Promise<number[]> {
  const before = (await writer.committed()).length
  return eventually('rows to be committed', async () => {
    const now = await writer.committed()
    return now.length >= before + 10 && now
  })
}
/** Not one of the rows is missing. */
async function hasAll(committed: readonly number[], pod: string): Promise<void> {
  const there = await rowsIn(team, pod)
  expect(committed.filter((n) => !there.has(n))).toEqual([])
  console.log(`${String(committed.length)} commits told, ${String(there.size)} rows in ${pod}`)
}
async function all(stream: AsyncIterable<TransferProgress>): Promise<TransferProgress[]> {
  const seen: TransferProgress[] = []
  for await (const progress of stream) seen.push(progress)
  return seen
}

test('saved while it is written to: it is never ended, and a database made of the copy has every row from before', async () => {
  const pod = await running()
  const before = await writes()
  const seen = await all(screens.services.volumes.backUp(claim, { folder, hold: 'Freeze' }))
  expect(seen.map((p) => p.phase)).toEqual(expect.arrayContaining(['holding', 'done']))
  backup = { file: seen.at(-1)?.file ?? '', before }
  expect((await running()).metadata).toMatchObject({ uid: pod.metadata.uid })
  expect((await running()).status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, containerID: pod.status?.containerStatuses?.[0]?.containerID })
  // Its containers go on, and nothing is left of the copy on the server.
  await hasAll(await writes(), 'db-0')
  expect((await team.hostOf(pod.spec.nodeName).exec("docker volume ls -q --filter label=toque.dev/pv-uid; docker ps -aq --filter label=toque.dev/role=copy")).stdout.trim().split('\n')).toEqual([`toque_${await volumeOf('data-db-0')}`])

  await all(screens.services.volumes.restore({ folder, file: backup.file }, { claim: { ...claim, name: 'copy' }, replace: false }))
  await team.apply({ apiVersion: 'v1', kind: 'List', items: databaseOn('other', 'copy') })
  await team.rolloutDone('other')
  const { items: [other] } = await team.get<{ items: Pod[] }>('pods', '-l', 'app=other')
  await hasAll(backup.before, other?.metadata.name ?? '')
  // It recovered, as from a power cut: by its own word.
  expect(await team.kubectl(['logs', other?.metadata.name ?? ''])).toMatch(/automatic recovery in progress/)
  await team.kubectl(['delete', 'deployment', 'other'])
})

test('its server loses its power: it says that it waits, and why; nothing is committed meanwhile; all rows are there afterwards', async () => {
  const pod = await running()
  const lost = team.hostOf(pod.spec.nodeName)
  await writes()
  await lost.kill()
  const waiting = await eventually('it to wait', async () => {
    const now = await team.get<Pod>('pod', 'db-0')
    return now.status?.reason === 'WaitingForData' && now
  })
  expect(waiting.status?.message).toContain(`Its data (claim "data-db-0") is on server ${lost.name}, which does not answer: it waits for that server.`)
  expect(await team.kubectl(['describe', 'pod', 'db-0'])).toMatch(/Warning +WaitingForData/)
  const told = await writer.committed()
  await lost.start()
  await team.nodesReady(3)
  await eventually('it to serve', async () => (await rowsIn(team, 'db-0')).size > 0)
  await hasAll(await writes(), 'db-0')
  await hasAll(told, 'db-0')
})

test('moved to another server while it is written to: every row is there', async () => {
  const pod = await running()
  const before = await writes()
  const to = (await screens.services.volumes.plan(claim)).targets.find((name) => name !== pod.spec.nodeName) ?? ''
  await all(screens.services.volumes.move(claim, to))
  const there = await running(pod.metadata.uid)
  expect(there.spec.nodeName).toBe(to)
  await hasAll(before, 'db-0')
  await hasAll(await writes(), 'db-0')
})

test('restored in place while it is written to: every row from before the copy, and every row from after the restore; what a person gave up is told', async () => {
  const pod = await running()
  await writes()
  const seen = await all(screens.services.volumes.restore({ folder, file: backup.file }, { claim, replace: true }))
  expect(seen.map((p) => p.phase)).toEqual(expect.arrayContaining(['stopping', 'done']))
  await running(pod.metadata.uid)
  await hasAll(backup.before, 'db-0')
  const last = (await writer.committed()).at(-1) ?? 0
  await hasAll((await writes()).filter((n) => n > last), 'db-0')
  expect(await team.kubectl(['describe', 'pvc', 'data-db-0'])).toContain(`Its data is that of ${backup.file}`)
})

async function volumeOf(name: string): Promise<string> {
  return (await team.get<PersistentVolumeClaim>('pvc', name)).spec.volumeName ?? ''
}
