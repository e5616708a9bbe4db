import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Node } from '../../src-main/common/kube/generated/core-v1.ts'
import { SERVER_LOST_TAINT } from '../../src-main/common/kube/node-conditions.ts'
import { asDeclared } from '../harness/as-declared.ts'
import { eventually } from '../harness/containers.ts'
import { endDocker } from '../harness/fault-strikes.ts'
import { InnerTraffic } from '../harness/inner-traffic.ts'
import { running } from '../harness/left-alone.ts'
import { website } from '../harness/manifests.ts'
import { PodStarts } from '../harness/pod-starts.ts'
import { Requests } from '../harness/requests.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// One fault at a time, and what it may not do. (Lost, hanging and cut-off servers: failover.itest.ts. Many in a row: faults.itest.ts.)
const PORT = 30130
const IMAGE = 'nginx:1.22'
let team: Team
beforeAll(async () => {
  team = await Team.up(3)
  await team.apply(website({ name: 'site', image: IMAGE, replicas: 6, nodePort: PORT }))
  await team.rolloutDone('site')
})
afterAll(() => team?.down())
beforeEach(async () => {
  expect(await asDeclared(team)).toEqual([])
})

const host = (n: number): LabHost => team.lab.host(n)
const site = (n: number): string => `http://${host(n).address}:${String(PORT)}/`
const conditionOf = async (n: number, type: string): Promise<{ status: string; message?: string } | undefined> => (await team.get<Node>('node', host(n).name)).status?.conditions?.find((c) => c.type === type)
const givenUp = async (): Promise<string[]> => (await team.get<{ items: Node[] }>('nodes')).items.flatMap((n) => (n.spec.taints ?? []).filter((t) => t.key === SERVER_LOST_TAINT).map(() => n.metadata.name))

/** Does something to the servers or the desk and demands that nobody outside or inside saw a failed request, and that nothing was started or moved. */
async function untouched(act: () => Promise<void>): Promise<void> {
  const before = await running(team, 'site')
  console.log(`untouched must stay: ${before.containers.map((c) => c.split(' ').slice(0, 2).join(' ')).join(', ')}`)
  const outside = new Requests(team.lab.outside, { one: site(1), two: site(2), three: site(3) })
  const inside = await InnerTraffic.start(team, 'site', 'http://site.default/')
  await sleep(1000)
  let left: string[] = ['not looked at']
  try {
    await act()
    left = await asDeclared(team)
  } finally {
    for (const h of team.hosts) await h.healMachine()
  }
  const [totals, inner] = [await outside.end(), await inside.end()]
  console.log(`${totals.map((t) => `${t.name}: ${String(t.failed)} of ${String(t.asked)} failed`).join(', ')}; inside ${String(inner.failures.length)} failed, ${String(inner.answered)} answered`)
  expect(totals.map((t) => t.failed)).toEqual([0, 0, 0])
  expect(Math.min(...totals.map((t) => t.asked))).toBeGreaterThan(100)
  expect(inner.failures).toEqual([])
  expect(inner.answered).toBeGreaterThan(50)
  expect(left).toEqual([])
  expect(await running(team, 'site')).toEqual(before)
}

describe('dockerd of one server', () => {
  test.each(['TERM', 'KILL'] as const)('is ended by SIG%s and starts again: each container there starts once, no pod moves, the others serve', async (signal) => {
    const before = await running(team, 'site')
    const there = await team.containers(host(2)).of('site')
    console.log(`${host(2).name}: ${there.map((c) => `${c.role} ${c.id.slice(0, 12)}`).join(', ')}`)
    const starts = new PodStarts(host(2))
    await endDocker(host(2), signal)
    expect(await asDeclared(team)).toEqual([])
    await starts.stop()
    expect(starts.faults).toEqual([])
    expect(starts.starts).toBe(there.length)
    const after = await running(team, 'site')
    expect(after.pods).toEqual(before.pods)
    const here = new Set(there.map((c) => c.id.slice(0, 12)))
    const elsewhere = (list: string[]): string[] => list.filter((c) => !here.has(c.split(' ')[1] ?? ''))
    expect(elsewhere(after.containers)).toEqual(elsewhere(before.containers))
    // The same containers, not new ones.
    expect(after.containers.map((c) => c.split(' ')[1])).toEqual(before.containers.map((c) => c.split(' ')[1]))
  })
})

test('a server with every core busy for 10 s loses nothing', async () => {
  const before = await running(team, 'site')
  await host(3).exec('for i in 1 2 3 4 5 6; do timeout 10 sh -c "while :; do :; done" & done; wait', { anyCode: true })
  expect(await asDeclared(team)).toEqual([])
  expect(await running(team, 'site')).toEqual(before)
})

describe('the desk is cut off', () => {
  test('from one server: it is not given up, and traffic inside and outside goes on', () => untouched(async () => {
    await host(2).cutMachine()
    const seen = await eventually('what the others see', async () => {
      const reach = await conditionOf(2, 'toque.dev/PeersReach')
      return (await conditionOf(2, 'toque.dev/Responding'))?.status === 'False' && reach?.message?.includes('can reach it') === true && reach
    })
    console.log(seen.message)
    // Longer than any verdict takes.
    await sleep(12_000)
    expect(await givenUp()).toEqual([])
    await host(2).healMachine()
  }))

  test('from all servers: nobody is given up, and traffic inside and outside goes on', () => untouched(async () => {
    for (const h of team.hosts) await h.cutMachine()
    await eventually('all to be silent', async () => (await Promise.all([1, 2, 3].map((n) => conditionOf(n, 'toque.dev/Responding')))).every((c) => c?.status === 'False'))
    await sleep(12_000)
    expect(await givenUp()).toEqual([])
    await Promise.all(team.hosts.map((h) => h.healMachine()))
  }))
})

test('the desk sleeps for 15 s: nothing is declared dead, nothing is moved', () => untouched(async () => {
  process.kill(team.toque.pid, 'SIGSTOP')
  await sleep(15_000)
  process.kill(team.toque.pid, 'SIGCONT')
  for (let i = 0; i < 20; i++) {
    expect(await givenUp()).toEqual([])
    await sleep(250)
  }
}))

test('a server that is lost while no engine runs is given up by the next one', async () => {
  const before = (await running(team, 'site')).pods.filter((p) => p.endsWith(` ${host(3).name}`))
  expect(before.length).toBeGreaterThan(0)
  await team.toque.end('SIGKILL')
  await host(3).kill()
  await team.startEngine()
  await eventually('its pods elsewhere', async () => {
    const { items } = await team.get<{ items: { metadata: { uid: string; deletionTimestamp?: string }; spec: { nodeName?: string }; status: { conditions?: { type: string; status: string }[] } }[] }>('pods', '-l', 'app=site')
    return items.filter((p) => p.spec.nodeName !== host(3).name && p.metadata.deletionTimestamp === undefined && p.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length === 6
  }, 30_000)
  await host(3).start()
  expect(await asDeclared(team)).toEqual([])
})
