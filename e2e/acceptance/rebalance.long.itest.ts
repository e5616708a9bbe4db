import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Event } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import { isRebalanceOver } from '../../src-main/common/kube/rebalance.ts'
import type { Rebalance } from '../../src-main/common/kube/rebalance.ts'
import { asDeclared } from '../harness/as-declared.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import { website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A server that was lost is back, and stands idle until somebody wishes that it is used again.
const PORT = 30117
let team: Team
beforeAll(async () => {
  team = await Team.up(3)
  await team.apply(website({ name: 'site', image: 'nginx', replicas: 6, nodePort: PORT }))
  await team.apply(website({ name: 'shop', image: 'nginx', replicas: 3 }))
  await team.apply({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'shop' }, spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'shop' } } } })
  await Promise.all([team.rolloutDone('site'), team.rolloutDone('shop')])
})
afterAll(() => team?.down())

const host = (n: number): LabHost => team.lab.host(n)
/** Of each server, how many containers of the app its Docker runs. */
const running = (app: string): Promise<number[]> => Promise.all(team.hosts.map(async (h) => (await team.containers(h).of(app, { role: 'app' })).length))
const uids = async (app: string): Promise<string[]> => (await team.activePods(app)).map((p) => p.metadata.uid).sort()

async function loseAndBringBack(victim: LabHost): Promise<void> {
  await victim.kill()
  await eventually('all of them elsewhere', async () => {
    const pods = [...await team.activePods('site'), ...await team.activePods('shop')]
    return pods.length === 9 && pods.every((p) => isPodReady(p) && p.spec.nodeName !== victim.name)
  }, 120_000)
  await victim.start()
  await team.nodesReady(3)
  await eventually('nothing left there', async () => (await team.containers(victim).of('')).length === 0)
}

async function rebalanced(name: string): Promise<Rebalance> {
  return eventually('the end of the rebalance', async () => {
    const now = await team.get<Rebalance>('rebalance', name)
    return isRebalanceOver(now) ? now : undefined
  }, 120_000)
}

test('a server is back: the pods spread again, one after the other, and no request fails meanwhile', async () => {
  await loseAndBringBack(host(3))
  expect([await running('site'), (await running('shop'))[2]]).toEqual([[3, 3, 0], 0])
  const kept = await uids('shop')
  const load = startLoad({ host: host(1).address, port: PORT, concurrency: 4, keepAlive: false, pauseMs: 5 })
  await eventually('some answers', () => Promise.resolve(load.answered > 100))
  await team.apply({ apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'now' } })
  const { status } = await rebalanced('now')
  const answered = load.answered
  await eventually('answers after the last move', () => Promise.resolve(load.answered > answered + 100))
  const report = await load.stop()
  console.log(`${String(status?.moves?.length)} pods moved under ${String(report.requests)} requests, of which ${String(report.failures.length)} failed; longest gap ${report.longestGapMs.toFixed(0)} ms`)
  expect(report.failures).toEqual([])
  expect([status?.phase, status?.moves?.map(({ to, reason }) => `${to ?? ''} ${reason}`)]).toEqual(['Done', Array(2).fill(`${host(3).name} Crowded`)])
  await eventually('two on each', async () => (await running('site')).join() === '2,2,2')
  // A budget that allows nothing is heard.
  expect(await uids('shop')).toEqual(kept)
  const { items } = await team.get<{ items: Event[] }>('events', '--field-selector', 'involvedObject.kind=Rebalance')
  expect(items.map((e) => e.reason).sort()).toEqual(['PodEvicted', 'PodEvicted', 'Rebalanced'])
  expect(await asDeclared(team, 60_000)).toEqual([])
  // Once more: there is nothing to do, and nothing is done.
  const before = await uids('site')
  await team.apply({ apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'again' } })
  expect((await rebalanced('again')).status?.message).toBe('Nothing would be better elsewhere.')
  expect(await uids('site')).toEqual(before)
})

test('by choice always: no word is needed the next time', async () => {
  await team.apply({ apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'always' }, spec: { when: 'Always', settleSeconds: 2 } })
  await rebalanced('always')
  await loseAndBringBack(host(2))
  await eventually('two on each', async () => (await running('site')).join() === '2,2,2', 120_000)
  expect(await team.kubectl(['get', 'rebalances'])).toMatch(/always +Always +(Running|Done) +[12] /)
})

test('what nobody can mean is refused, and says where', async () => {
  await expect(team.apply({ apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'bad' }, spec: { when: 'Sometimes' } })).rejects.toThrow(/spec\.when: Unsupported value: "Sometimes": supported values: "Always", "Once"/)
})
