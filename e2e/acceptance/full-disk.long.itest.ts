import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import { eventually } from '../harness/containers.ts'
import { anotherDeskUntil, drivingState, joinCluster, pageUntil } from '../harness/desks.ts'
import type { Ends } from '../harness/desks.ts'
import type { HeadlessProcess } from '../harness/headless-process.ts'
import { website } from '../harness/manifests.ts'
import type { Screens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A server whose disk is full says so: new pods go elsewhere, what runs there goes on, and it comes back by itself.
const PORT = 30103
const DISK_MIB = 1500
let team: Team
const ends: Ends = []
beforeAll(async () => {
  team = await Team.up(3, { dockerDiskMiB: DISK_MIB })
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 3, nodePort: PORT }))
  await team.rolloutDone('site')
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  await team?.down()
})

const pageOf = (toque: HeadlessProcess): Promise<Screens> => pageUntil(ends, toque)

const nodeOf = (host: LabHost): Promise<Node> => team.get<Node>('node', host.name)
const conditionOf = async (host: LabHost, type: string): Promise<string | undefined> => (await nodeOf(host)).status?.conditions?.find((c) => c.type === type)?.status
const podsOf = async (app: string): Promise<Pod[]> => (await team.get<{ items: Pod[] }>('pods', '-l', `app=${app}`)).items.filter((p) => p.metadata.deletionTimestamp === undefined)
const places = async (app: string): Promise<string[]> => (await podsOf(app)).map((p) => `${p.metadata.uid} ${p.spec.nodeName ?? ''}`).sort()
const answers = (host: LabHost): Promise<string> => team.lab.host(1).exec(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', `http://${host.address}:${String(PORT)}/`], { anyCode: true }).then(({ stdout }) => stdout)

/** Bounded, so that it can never fill the disk of the machine that the lab is on. */
async function fill(host: LabHost): Promise<void> {
  const { stdout, stderr } = await host.exec(`head -c ${String(DISK_MIB)}M /dev/zero >/var/lib/docker/ballast; df -kP /var/lib/docker`, { anyCode: true })
  expect(stderr).toMatch(/No space left/)
  expect(stdout).toMatch(/ 0 +100% /)
}

test('a node tells its disk: how much, of which kind, and that it has room', async () => {
  const node = await eventually('its capacity', async () => {
    const found = await nodeOf(team.lab.host(2))
    return found.status?.capacity?.['ephemeral-storage'] === undefined || (await conditionOf(team.lab.host(2), 'DiskPressure')) === undefined ? undefined : found
  })
  const { stdout } = await team.lab.host(2).exec(['df', '-kP', '/var/lib/docker'])
  expect(Number.parseInt(stdout.split('\n')[1]?.split(/\s+/)[1] ?? '', 10)).toBeLessThan(DISK_MIB * 1024)
  expect(node.status?.capacity?.['ephemeral-storage']).toBe(`${stdout.split('\n')[1]?.split(/\s+/)[1] ?? ''}Ki`)
  expect(node.metadata.labels).toMatchObject({ 'kubernetes.io/arch': 'amd64', 'toque.dev/disk-type': expect.stringMatching(/^(ssd|hdd|nvme)$/) as string })
  for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure']) expect([type, node.status?.conditions?.find((c) => c.type === type)?.status]).toEqual([type, 'False'])
})

test('a full disk: no new pods, the old ones serve on, changes still reach it; with room again it takes pods again', async () => {
  const full = team.lab.host(2)
  const before = await places('site')
  console.log(`${full.name}: ${(await team.containers(full).of('site')).map((c) => c.id.slice(0, 12)).join(' ')}`)
  await fill(full)

  await eventually('the condition', async () => (await conditionOf(full, 'DiskPressure')) === 'True', 90_000)
  const node = await eventually('the taint', async () => {
    const found = await nodeOf(full)
    return found.spec.taints?.some((t) => t.key === 'node.kubernetes.io/disk-pressure' && t.effect === 'NoSchedule') === true ? found : undefined
  })
  expect(node.status?.conditions?.find((c) => c.type === 'DiskPressure')?.message).toBe(`The disk of server ${full.name} is 100 % full: no new pods start on it. Free space there, or remove unused images (docker image prune --all).`)
  expect(await team.kubectl(['describe', 'node', full.name])).toMatch(/NodeHasDiskPressure/)

  await team.apply(website({ name: 'late', image: 'nginx:1.22', replicas: 4 }))
  await team.kubectl(['wait', '--for=condition=Available', 'deployment/late', '--timeout=100s'])
  const late = await podsOf('late')
  expect(late).toHaveLength(4)
  expect(late.map((p) => p.spec.nodeName)).not.toContain(full.name)

  expect(await places('site')).toEqual(before)
  expect((await podsOf('site')).every(isPodReady)).toBe(true)
  expect(await answers(full)).toBe('200')
  // Rules need no disk: a Service that is new reaches the new pods through the full server, too.
  const { spec } = await team.get<{ spec: { clusterIP: string } }>('service', 'late')
  await eventually('the new Service on the full server', async () => (await full.exec(['curl', '-s', '-m', '2', '-o', '/dev/null', '-w', '%{http_code}', `http://${spec.clusterIP}/`], { anyCode: true })).stdout === '200')
  expect(await conditionOf(full, 'NetworkUnavailable')).toBe('False')

  await full.exec(['rm', '/var/lib/docker/ballast'])
  await eventually('the condition to go', async () => (await conditionOf(full, 'DiskPressure')) === 'False', 90_000)
  await eventually('the taint to go', async () => ((await nodeOf(full)).spec.taints ?? []).length === 0)
  await team.kubectl(['scale', 'deployment/late', '--replicas=9'])
  await eventually('a new pod there', async () => (await podsOf('late')).some((p) => p.spec.nodeName === full.name && isPodReady(p)), 90_000)
  expect(await places('site')).toEqual(before)
})

test('a desk can take over while a disk is full: who drives is written down there, too', async () => {
  const full = team.lab.host(2)
  const recoveryKey = await (await pageOf(team.toque)).services.driving.recoveryKey()
  await fill(full)
  const desk = await anotherDeskUntil(ends, team)
  const page = await pageOf(desk.toque)
  expect((await joinCluster(page, team.lab.host(1).address, [recoveryKey])).at(-1)).toMatchObject({ type: 'joined' })
  for await (const _ of page.services.driving.takeOver()) void _
  // Its rules are the new desk's: a Service that is new reaches the pods through it.
  await team.apply(website({ name: 'later', image: 'nginx:1.22', replicas: 2 }), desk.toque.kubeconfig)
  const { spec } = JSON.parse(await team.kubectl(['get', 'service', 'later', '-o', 'json'], undefined, desk.toque.kubeconfig)) as { spec: { clusterIP: string } }
  await eventually('the new Service on the full server', async () => (await full.exec(['curl', '-s', '-m', '2', '-o', '/dev/null', '-w', '%{http_code}', `http://${spec.clusterIP}/`], { anyCode: true })).stdout === '200', 60_000)
  expect((await drivingState(page)).drives).toBe(true)
})
