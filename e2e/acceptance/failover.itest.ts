import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Event, Node } from '../../src-main/common/kube/generated/core-v1.ts'
import { asDeclared } from '../harness/as-declared.ts'
import { eventually } from '../harness/containers.ts'
import { comeBack, failOver } from '../harness/failover.ts'
import { website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A lost server is a non-event, and one that only hiccups is not lost.
const PORT = 30101
const STORY = ['NodeNotResponding', 'EndpointsRemoved', 'NodeLost', 'PodRecreated', 'NodeResponding', 'NodeReady', 'StalePodRemoved']
let team: Team
beforeAll(async () => {
  team = await Team.up(3)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 6, nodePort: PORT }))
  await team.rolloutDone('site')
})
afterAll(() => team?.down())

const host = (n: number): LabHost => team.lab.host(n)
const nodeOf = async (name: string): Promise<Node> => team.get<Node>('node', name)
const uids = async (): Promise<string[]> => (await team.get<{ items: { metadata: { uid: string; deletionTimestamp?: string } }[] }>('pods', '-l', 'app=site')).items.filter((p) => p.metadata.deletionTimestamp === undefined).map((p) => p.metadata.uid).sort()
const started = async (): Promise<string[]> => (await Promise.all(team.hosts.map((h) => team.containers(h).of('site')))).flat().map((c) => `${c.id.slice(0, 12)} ${String(c.startedAt)}`).sort()

/** To the website, by server 1, idle: which pod each has is the kernel's choice. */
async function openConnections(count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, async () => {
    const socket = connect(PORT, host(1).address).on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }))
}

/** Resolves when nothing has been suspect for a while. */
async function calm(): Promise<void> {
  await eventually('all servers to be heard', async () => {
    const { items } = await team.get<{ items: Node[] }>('nodes')
    return items.every((n) => n.status?.conditions?.every((c) => c.type !== 'toque.dev/Responding' || c.status === 'True'))
  })
}

test('a server that loses its power: its pods run elsewhere in seconds, and when it is back nothing runs twice', async () => {
  console.log(`cut: ${host(2).name} with ${(await team.containers(host(2)).of('site')).map((c) => c.id.slice(0, 12)).join(' ')}`)
  const app = await team.get<Deployment>('deployment', 'site')
  const open = await openConnections(12)
  const result = await failOver(team, app, host(2), host(1), PORT)
  console.log(`no request failed any more after ${result.trafficMs.toFixed(0)} ms (${String(result.failed)} of ${String(result.requests)} did); all Ready after ${result.readyMs.toFixed(0)} ms`)
  const lost = await nodeOf(host(2).name)
  expect(lost.spec.taints?.map((t) => t.key)).toContain('toque.dev/server-lost')
  expect(lost.status?.conditions?.find((c) => c.type === 'toque.dev/PeersReach')).toMatchObject({ status: 'False', message: expect.stringMatching(/get an answer from it/) as string })
  expect(await team.kubectl(['describe', 'node', host(2).name])).toMatch(/is lost: Neither we nor .* get an answer/)
  await comeBack(team, host(2))
  // What was open to the lost pods is forgotten: a client that comes by the same port again would be sent to nobody, for days.
  expect(await asDeclared(team, 120_000)).toEqual([])
  for (const socket of open) socket.destroy()
  expect((await nodeOf(host(2).name)).spec.taints ?? []).toEqual([])
  expect(await uids()).toHaveLength(6)
  const told = await eventually('the whole story', async () => {
    const { items } = await team.get<{ items: Event[] }>('events', '--field-selector', `involvedObject.kind=Node,involvedObject.name=${host(2).name}`)
    const found = items.filter((e) => STORY.includes(e.reason ?? '')).sort((a, b) => ((a.eventTime ?? '') < (b.eventTime ?? '') ? -1 : 1))
    return found.some((e) => e.reason === 'StalePodRemoved') && found.some((e) => e.reason === 'NodeReady') ? found : undefined
  })
  for (const e of told) console.log(`${(e.eventTime ?? '').slice(11, 23)} ${e.reason ?? ''}: ${e.message ?? ''}`)
  // A busy machine may be silent for a moment before the cut, too: the story begins with the silence that ended in the verdict.
  const verdict = told.findIndex((e) => e.reason === 'NodeLost')
  const story = told.slice(told.slice(0, verdict).findLastIndex((e) => e.reason === 'NodeNotResponding'))
  const order = story.map((e) => e.reason)
  // One that is told again in the same words is counted up where it was told first: what comes after it is looked for from the end.
  for (const [before, after] of [['NodeNotResponding', 'NodeLost'], ['NodeLost', 'PodRecreated'], ['PodRecreated', 'NodeResponding'], ['NodeResponding', 'StalePodRemoved']] as const) {
    expect([before, after, order.indexOf(before) >= 0 && order.indexOf(before) < order.lastIndexOf(after)]).toEqual([before, after, true])
  }
  // Of the silence two parts tell at the same moment, either one first.
  const at = (e: Event | undefined): number => Date.parse(e?.eventTime ?? '')
  expect(told.slice(0, verdict).filter((e) => e.reason === 'EndpointsRemoved' && at(e) > at(story[0]) - 500)).not.toEqual([])
  const ran = story.filter((e) => e.reason === 'StalePodRemoved').length
  expect(story.filter((e) => e.reason === 'PodRecreated')).toHaveLength(ran)
})

test.each<[string, () => Promise<void>, () => Promise<void>]>([
  ['hangs', () => host(3).freeze(), () => host(3).thaw()],
  ['is cut off', () => host(3).cut(), () => host(3).heal()],
])('a server that %s for 3 s keeps its pods', async (_, begin, end) => {
  await calm()
  const [before, ran] = [await uids(), await started()]
  console.log(`${host(3).name}: ${(await team.containers(host(3)).of('site')).map((c) => c.id.slice(0, 12)).join(' ')}`)
  await begin()
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await end()
  await calm()
  // Longer than a verdict would take.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect(await uids()).toEqual(before)
  expect(await started()).toEqual(ran)
})

test('all servers silent at once: nothing is given up', async () => {
  await calm()
  const [before, ran] = [await uids(), await started()]
  await Promise.all(team.hosts.map((h) => h.freeze()))
  await new Promise((resolve) => setTimeout(resolve, 8000))
  await Promise.all(team.hosts.map((h) => h.thaw()))
  await calm()
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect(await uids()).toEqual(before)
  expect(await started()).toEqual(ran)
})
