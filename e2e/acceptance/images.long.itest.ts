import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { CopiedImages, imageId, MB, waitingOf } from '../harness/copied-images.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { run } from '../lab/run.ts'

// Images on their way to a server: slowly, and broken off. What comes of them otherwise: images.itest.ts.
let team: Team
let images: CopiedImages
beforeAll(async () => {
  team = await Team.up(3, { deskDocker: true })
  images = new CopiedImages(team)
})
afterAll(() => team?.down())

/** Slows what a server sends; undo with `fast`. */
const slow = (host: LabHost, rate: string): Promise<unknown> => host.exec(`tc qdisc replace dev eth0 root tbf rate ${rate} burst 64k latency 200ms`)
const fast = (host: LabHost): Promise<unknown> => host.exec('tc qdisc del dev eth0 root', { anyCode: true })

test('a slow copy tells how far it is, keeps its server trusted, and a cut in the middle leaves nothing behind', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined) throw new Error('no server')
  const id = await images.build(a, 'big:1', 'busybox', 50 * MB)
  // What is left of an archive is in Docker's folder for such, or is an image without a name.
  const leftOn = (host: LabHost): Promise<string> => host.exec('ls /var/lib/docker/tmp; docker images -q --filter dangling=true').then(({ stdout }) => stdout)
  const before = await Promise.all([a, b].map(leftOn))
  await slow(a, '80mbit')
  await team.apply(images.deployment('big', 'big:1', { on: b }))
  const messages = new Set<string>()
  const silent = new Set<string>()
  const watch = async (what: string, until: (waiting: { reason: string; message: string }) => boolean): Promise<void> => {
    await eventually(what, async () => {
      const waiting = waitingOf((await images.podsOf('big'))[0])
      messages.add(`${waiting.reason} ${waiting.message}`)
      for (const node of (await team.get<{ items: Node[] }>('nodes')).items) if (node.status?.conditions?.some((c) => c.type === 'toque.dev/Responding' && c.status === 'False') === true) silent.add(node.metadata.name)
      return until(waiting)
    }, 60_000)
  }
  const half = ({ reason, message }: { reason: string; message: string }): boolean => reason === 'Pulling' && Number(/: (\d+)/.exec(message)?.[1] ?? 0) >= 10
  await watch('a copy to be under way', half)
  console.log([...messages].join('\n'))
  expect([...messages].filter((m) => /^Pulling copying big:1 from server \S+: [\d.]+ of \d\d MB$/.test(m)).length).toBeGreaterThan(1)
  expect([...silent]).toEqual([])
  // The source goes away: the pod says so, and waits.
  await a.cut()
  await watch('the pod to tell that the copy broke off', ({ reason }) => reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
  console.log(waitingOf((await images.podsOf('big'))[0]).message)
  expect((await b.exec('docker image inspect big:1', { anyCode: true })).code).not.toBe(0)
  await a.heal()
  await team.nodesReady(3)
  await watch('a second copy to be under way', half)
  // The target goes away, for longer than it is kept for alive.
  await b.cut()
  await eventually('the server to be given up', async () => (await team.get<Node>('node', b.name)).status?.conditions?.some((c) => c.type === 'Ready' && c.status !== 'True') === true, 60_000)
  await b.heal()
  await fast(a)
  await team.nodesReady(3)
  await team.rolloutDone('big')
  expect(await imageId(b, 'big:1')).toBe(id)
  await eventually('no half archive on any server', async () => {
    const left = await Promise.all([a, b].map(leftOn))
    return left.every((text, i) => text === before[i])
  }, 120_000)
}, 300_000)

test('a large image from the desk over a thin uplink stays in nobody\'s memory, and makes no server look silent', async () => {
  const [, b] = team.hosts
  if (b === undefined || team.deskDocker === undefined) throw new Error('no server')
  await images.build(team.deskDocker, 'large:1', 'busybox', 100 * MB)
  const memory = async (): Promise<number> => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${String(team.toque.pid)}/status`, 'utf8'))?.[1]) * 1024
  const responding = async (): Promise<unknown> => (await team.get<{ items: Node[] }>('nodes')).items.map((node) => node.status?.conditions?.find((c) => c.type === 'toque.dev/Responding'))
  const { stdout } = await run('ip', ['-o', '-4', 'addr', 'show', 'to', team.lab.machineAddress])
  const uplink = stdout.split(/\s+/)[1] ?? ''
  const [memoryBefore, respondingBefore] = [await memory(), await responding()]
  await run('tc', ['qdisc', 'add', 'dev', uplink, 'root', 'tbf', 'rate', '80mbit', 'burst', '64k', 'latency', '200ms'])
  let most = 0
  try {
    await team.apply(images.deployment('large', 'large:1', { on: b }))
    await eventually('the image to be there', async () => {
      most = Math.max(most, await memory())
      return (await images.podsOf('large'))[0]?.status?.containerStatuses?.[0]?.ready === true
    }, 150_000)
  } finally {
    await run('tc', ['qdisc', 'del', 'dev', uplink, 'root'])
  }
  console.log(`the engine's memory grew by ${((most - memoryBefore) / MB).toFixed(0)} MB; ${(await images.eventsOf('large', 'Copied')).join()}`)
  expect(most - memoryBefore).toBeLessThan(75 * MB)
  // A condition that fell and rose again would have another time.
  expect(await responding()).toEqual(respondingBefore)
  await team.kubectl(['delete', 'deployment/large'])
}, 240_000)

test('a pod that is deleted in the middle of a copy does not wait for its end', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined) throw new Error('no server')
  await images.build(a, 'big:2', 'busybox', 50 * MB)
  await slow(a, '8mbit')
  await team.apply(images.deployment('left', 'big:2', { on: b }))
  await eventually('the copy to be under way', async () => waitingOf((await images.podsOf('left'))[0]).message.startsWith('copying'))
  await team.kubectl(['delete', 'deployment/left'])
  await eventually('the pod to be gone', async () => (await images.podsOf('left')).length === 0, 20_000)
  await fast(a)
  expect((await b.exec('docker image inspect big:2', { anyCode: true })).code).not.toBe(0)
})
