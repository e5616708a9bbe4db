import { cp, rename, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HeadlessProcess } from '../harness/headless-process.ts'
import { eventually } from '../harness/containers.ts'
import { anotherDeskUntil, drivingState, joinCluster, pageUntil } from '../harness/desks.ts'
import type { Ends } from '../harness/desks.ts'
import { website } from '../harness/manifests.ts'
import type { Screens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'

// One cluster, one engine at a time; and a lost desk is not a lost cluster.
let team: Team
const ends: Ends = []
beforeAll(async () => {
  team = await Team.up(3)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 3, nodePort: 30101 }))
  await team.rolloutDone('site')
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  await team?.down()
})

const pageOf = (toque: HeadlessProcess): Promise<Screens> => pageUntil(ends, toque)

/** Everything that runs, by ID and start: it must not change. */
async function running(): Promise<string[]> {
  const found = await Promise.all(team.hosts.map((host) => team.containers(host).of('')))
  return found.flat().map(({ id, startedAt, running: runs }) => `${id} ${String(startedAt)} ${String(runs)}`).sort()
}

let other: { toque: HeadlessProcess; home: string }
let recoveryKey: string

test('every commit is copied, encrypted, to the servers', async () => {
  const page = await pageOf(team.toque)
  recoveryKey = await page.services.driving.recoveryKey()
  await team.kubectl(['create', 'secret', 'generic', 'marked', '--from-literal=word=xyzzy-plugh'])
  await eventually('three copies that hold everything', async () => {
    const { copies, drives } = await drivingState(page)
    return drives && copies.length === 3 && copies.every((copy) => copy.upToDate)
  })
  const looks = await Promise.all(team.hosts.map(async (host) => (await host.exec('cat $(find /var/lib/docker/volumes -path "*toque-helper*/copy") /dev/null')).stdout))
  expect(looks.filter((text) => text.startsWith('toque-copy-1 '))).toHaveLength(3)
  for (const text of looks) expect(text).not.toMatch(/xyzzy|eHl6enk|nginx|kube-system/)
})

test('a data directory that was put back from a backup is older than the servers know: it changes nothing, and gets the newest state back', async () => {
  await team.toque.end('SIGTERM')
  await cp(team.data, `${team.data}.old`, { recursive: true })
  await team.startEngine()
  await team.kubectl(['scale', 'deployment/site', '--replicas=4'])
  await team.rolloutDone('site')
  const before = await running()
  await eventually('the change to be copied', async () => (await drivingState(await pageOf(team.toque))).copies.filter((copy) => copy.upToDate).length === 3)
  await team.toque.end('SIGKILL')
  await rm(team.data, { recursive: true })
  await rename(`${team.data}.old`, team.data)
  await team.startEngine()
  const page = await pageOf(team.toque)
  await eventually('it to notice', async () => (await drivingState(page)).why?.reason === 'Stale')
  await expect(team.kubectl(['scale', 'deployment/site', '--replicas=1'])).rejects.toThrow(/older than the copy/)
  for await (const _ of page.services.driving.takeOver()) void _
  await team.nodesReady(3)
  // The last status may have been written in the moment before the end, and is found out again.
  await eventually('all four', async () => (await team.kubectl(['get', 'deployment', 'site', '-o', 'jsonpath={.spec.replicas} {.status.readyReplicas}'])) === '4 4')
  await new Promise((resolve) => setTimeout(resolve, 5000))
  expect(await running()).toEqual(before)
  await team.kubectl(['scale', 'deployment/site', '--replicas=3'])
  await team.rolloutDone('site')
  // A rollout is done before the one that goes has ended.
  await eventually('three to be left', async () => (await running()).length === 2 * 3)
})

test('a second desk is asked for the recovery key, shows the cluster live, and changes nothing', async () => {
  other = await anotherDeskUntil(ends, team)
  const page = await pageOf(other.toque)
  const before = await running()
  const said = await joinCluster(page, team.lab.host(1).address, ['K7Q2', `${recoveryKey.slice(0, -4)}0000`, recoveryKey])
  expect(said.filter((s) => s.type === 'other-cluster').map((s) => s.wrong ?? '')).toEqual(['', expect.stringMatching(/has 4 of 36/), expect.stringMatching(/typing mistake/)])
  expect(said.at(-1)).toMatchObject({ type: 'joined' })
  expect(await drivingState(page)).toMatchObject({ drives: false, why: { reason: 'Joined', message: expect.stringMatching(/driven by \S+@/) as string } })
  const kubectl = (...args: string[]): Promise<string> => team.kubectl(args, undefined, other.toque.kubeconfig)
  const pods = ['get', 'pods', '-l', 'app=site', '-o', 'name']
  // A pod that is on its way out may go between the two answers.
  await eventually('the same pods at both desks', async () => (await kubectl(...pods)) === (await team.kubectl(pods)))
  await expect(kubectl('delete', 'deployment', 'site')).rejects.toThrow(/only looks on; to change anything, take the cluster over/)
  await team.kubectl(['scale', 'deployment/site', '--replicas=4'])
  await team.rolloutDone('site')
  await eventually('the change to be seen by the other desk', async () => (await kubectl('get', 'deployment', 'site', '-o', 'jsonpath={.status.readyReplicas}')) === '4')
  expect((await running()).filter((line) => before.includes(line))).toEqual(before)
})

test('it takes over on purpose; the first desk steps down, and no container is touched', async () => {
  const [page, first] = [await pageOf(other.toque), await pageOf(team.toque)]
  const before = await running()
  const plan = await page.services.driving.takeOverPlan()
  expect(plan.servers.map(({ answers }) => answers)).toEqual([true, true, true])
  const steps: string[] = []
  for await (const { step } of page.services.driving.takeOver()) steps.push(step)
  expect(steps[0]).toBe('look')
  expect(steps.slice(-2)).toEqual(['drive', 'done'])
  await eventually('the first desk to step down', async () => (await drivingState(first)).why?.reason === 'Superseded')
  await expect(team.kubectl(['scale', 'deployment/site', '--replicas=9'])).rejects.toThrow(/only looks on/)
  const kubectl = (...args: string[]): Promise<string> => team.kubectl(args, undefined, other.toque.kubeconfig)
  await kubectl('scale', 'deployment/site', '--replicas=5')
  await eventually('the new desk to drive', async () => (await kubectl('get', 'deployment', 'site', '-o', 'jsonpath={.status.readyReplicas}')) === '5')
  expect((await running()).filter((line) => before.includes(line))).toEqual(before)
  await eventually('the first desk to follow', async () => (await team.kubectl(['get', 'deployment', 'site', '-o', 'jsonpath={.spec.replicas}'])) === '5', 30_000)
})

test('its data directory is deleted: a new desk takes over from the servers, and no container is touched', async () => {
  await other.toque.end('SIGKILL')
  await rm(other.home, { recursive: true, force: true })
  const before = await running()
  const desk = await anotherDeskUntil(ends, team)
  const page = await pageOf(desk.toque)
  expect((await joinCluster(page, team.lab.host(2).address, [recoveryKey])).at(-1)).toMatchObject({ type: 'joined' })
  for await (const _ of page.services.driving.takeOver()) void _
  const kubectl = (...args: string[]): Promise<string> => team.kubectl(args, undefined, desk.toque.kubeconfig)
  expect(JSON.parse(await kubectl('get', 'secret', 'marked', '-o', 'json'))).toMatchObject({ data: { word: Buffer.from('xyzzy-plugh').toString('base64') } })
  await eventually('all to be Ready', async () => (await kubectl('get', 'deployment', 'site', '-o', 'jsonpath={.status.readyReplicas}')) === '5')
  // As long as it takes to be sure of it: relists, the garbage collector, the controllers.
  await new Promise((resolve) => setTimeout(resolve, 5000))
  expect(await running()).toEqual(before)
  const [pod] = (await kubectl('get', 'pods', '-l', 'app=site', '-o', 'name')).trim().split('\n')
  await kubectl('delete', pod ?? '')
  await eventually('it to heal', async () => (await kubectl('get', 'deployment', 'site', '-o', 'jsonpath={.status.readyReplicas}')) === '5')
})

