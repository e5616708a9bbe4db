import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Deployments, Nodes, PodDisruptionBudgets, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodActive, isPodReady } from '../../../common/kube/pods.ts'
import { isRebalanceOver, Rebalances } from '../../../common/kube/rebalance.ts'
import type { Rebalance, RebalanceSpec } from '../../../common/kube/rebalance.ts'
import { ApiCluster } from '../testing/api-cluster.ts'

// Evictions, budgets, owners and the scheduler are the real ones; only nodes are simulated.

let cluster: ApiCluster
beforeEach(async () => {
  cluster = await ApiCluster.start()
})
afterEach(() => cluster.stop())

const active = (): Frozen<Pod>[] => cluster.informers.for(Pods).lister.list({ namespace: 'default' }).filter(isPodActive)
const healthy = (): Frozen<Pod>[] => active().filter(isPodReady)
const spread = (): number[] => ['node-1', 'node-2'].map((node) => healthy().filter((p) => p.spec.nodeName === node).length)
const until = (check: () => boolean | Promise<boolean>): Promise<void> => expect.poll(check, { interval: 10 }).toBe(true)
const close = (node: string, closed: boolean): Promise<unknown> => cluster.client.patch(Nodes, '', node, 'application/merge-patch+json', { spec: { unschedulable: closed ? true : null } })

/** All on the first node, as after a loss of the second, which is back. */
async function lopsided(replicas: number, name = 'web', annotations: Record<string, string> = {}): Promise<void> {
  await close('node-2', true)
  const labels = { app: name }
  await cluster.client.create(Deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default', annotations }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } } } })
  await until(() => healthy().filter((p) => p.metadata.labels?.['app'] === name).length === replicas)
  await close('node-2', false)
}
async function budget(minAvailable: number): Promise<void> {
  await cluster.client.create(PodDisruptionBudgets, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'default' }, spec: { minAvailable, selector: { matchLabels: { app: 'web' } } } })
  await until(async () => (await cluster.client.get(PodDisruptionBudgets, 'default', 'web')).status?.expectedPods === active().length)
}
async function rebalance(name: string, spec: RebalanceSpec = {}): Promise<Frozen<Rebalance>> {
  await cluster.client.create(Rebalances, { apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name }, spec })
  return over(name)
}
async function over(name: string): Promise<Frozen<Rebalance>> {
  await until(async () => isRebalanceOver(await cluster.client.get(Rebalances, '', name)))
  return cluster.client.get(Rebalances, '', name)
}
/** The fewest healthy pods that there were while something is done. */
async function fewestWhile(act: () => Promise<unknown>): Promise<number> {
  let fewest = healthy().length
  const look = (): void => { fewest = Math.min(fewest, healthy().length) }
  const end = cluster.informers.for(Pods).addHandler({ onAdd: look, onUpdate: look, onDelete: look })
  await act()
  end()
  return fewest
}

test('replicas that are together are spread, one at a time, and once more there is nothing to do', async () => {
  await lopsided(6)
  let done: Frozen<Rebalance> | undefined
  expect(await fewestWhile(async () => (done = await rebalance('now')))).toBe(5)
  expect([spread(), done?.status?.phase, done?.status?.moves?.map(({ from, to, reason, inVain }) => [from, to, reason, inVain])]).toEqual([[3, 3], 'Done', Array(3).fill(['node-1', 'node-2', 'Crowded', undefined])])
  const before = new Set(active().map((p) => p.metadata.uid))
  const again = await rebalance('again')
  expect(again.status).toMatchObject({ phase: 'Done', message: 'Nothing would be better elsewhere.', moves: [] })
  expect(new Set(active().map((p) => p.metadata.uid))).toEqual(before)
})

test('a budget is kept, also where it must be waited for; one that allows nothing keeps all', async () => {
  await lopsided(4)
  await budget(4)
  expect((await rebalance('kept')).status?.moves).toEqual([])
  await cluster.client.patch(PodDisruptionBudgets, 'default', 'web', 'application/merge-patch+json', { spec: { minAvailable: 3 } })
  await until(async () => (await cluster.client.get(PodDisruptionBudgets, 'default', 'web')).status?.disruptionsAllowed === 1)
  expect(await fewestWhile(() => rebalance('now', { atOnce: 3 }))).toBe(3)
  expect(spread()).toEqual([2, 2])
})

test('who said no, and namespaces that are not meant, are left alone', async () => {
  await lopsided(4, 'web', { 'toque.dev/rebalance': 'false' })
  expect((await rebalance('now')).status?.moves).toEqual([])
  await cluster.client.patch(Deployments, 'default', 'web', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/rebalance': null } } })
  expect((await rebalance('elsewhere', { namespaces: ['kube-system'] })).status?.moves).toEqual([])
  expect(spread()).toEqual([4, 0])
})

test('always: when a server came back, and it has settled; at rest nothing is written', async () => {
  await lopsided(4)
  await rebalance('always', { when: 'Always', settleSeconds: 0 })
  await until(() => spread().join() === '2,2')
  await close('node-2', true)
  for (const pod of active().filter((p) => p.spec.nodeName === 'node-2')) await cluster.client.evict('default', pod.metadata.name)
  await until(() => spread().join() === '4,0')
  await close('node-2', false)
  await until(() => spread().join() === '2,2')
  await over('always')
  // Events of what was done are written a little later.
  await cluster.atRest()
})

test.each([[{ when: 'Never' }, 'spec.when'], [{ atOnce: 0 }, 'spec.atOnce'], [{ atOnce: 'two' }, 'spec.atOnce'], [{ settleSeconds: -1 }, 'spec.settleSeconds'], [{ namespaces: 'default' }, 'spec.namespaces']])('%j is refused, with the field', async (spec, field) => {
  await expect(cluster.client.create(Rebalances, { apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'bad' }, spec: spec as RebalanceSpec })).rejects.toThrow(field)
})
