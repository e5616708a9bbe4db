import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods, ReplicaSets } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { Rebalances } from '../../../common/kube/rebalance.ts'
import type { RebalanceSpec, RebalanceStatus } from '../../../common/kube/rebalance.ts'
import { RebalanceTable } from '../../scheduler/rebalance.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { RebalanceController } from './controller.ts'

// One step after the other, by a fake clock; nobody makes a pod anew but the test.

let cluster: TestCluster
let controller: RebalanceController
let serial: number
beforeEach(async () => {
  cluster = new TestCluster()
  serial = 0
  for (const name of ['a', 'b']) {
    const node = await cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: {} })
    await cluster.client.updateStatus(Nodes, { ...node, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] } })
  }
  await cluster.client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'ns' }, spec: { replicas: 4, selector: {}, template: {} } })
  for (let i = 0; i < 4; i++) await pod('a')
  await begin()
})
afterEach(async () => {
  await controller.stop()
  await cluster.stop()
})

async function begin(): Promise<void> {
  controller = new RebalanceController(cluster.context, new RebalanceTable(cluster.informers))
  await cluster.informers.synced()
  controller.start()
  await cluster.settle()
}
async function pod(node: string, ready = true): Promise<void> {
  const set = await cluster.client.get(ReplicaSets, 'ns', 'web')
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: set.metadata.uid, controller: true }]
  const made = await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${String(serial++)}`, namespace: 'ns', ownerReferences }, spec: { containers: [{ name: 'c', image: 'nginx' }], nodeName: node } })
  await cluster.setPod(made as Pod, { ready })
  await cluster.settle()
}
async function ask(spec: RebalanceSpec = {}): Promise<void> {
  await cluster.client.create(Rebalances, { apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'now' }, spec })
  await cluster.settle()
}
const status = async (): Promise<Frozen<RebalanceStatus> | undefined> => (await cluster.client.get(Rebalances, '', 'now')).status
const names = (): string[] => cluster.client.all(Pods).filter((p) => p.metadata.deletionTimestamp === undefined).map((p) => p.metadata.name)
const short = async (): Promise<unknown> => { const s = await status(); return [s?.phase, s?.current?.map((m) => m.pod), s?.moves?.map((m) => `${m.pod} ${m.to ?? '-'}${m.inVain === true ? ' in vain' : ''}`)] }

test('the next one goes only when the replacement is ready', async () => {
  await ask()
  expect([await short(), names()]).toEqual([['Running', ['p0'], []], ['p1', 'p2', 'p3']])
  await pod('b', false)
  await cluster.clock.advance(60_000)
  expect(names()).toEqual(['p1', 'p2', 'p3', 'p4'])
  await cluster.setPod((await cluster.client.get(Pods, 'ns', 'p4')) as Pod, { ready: true })
  await cluster.settle()
  expect([await short(), names()]).toEqual([['Running', ['p1'], ['p0 b']], ['p2', 'p3', 'p4']])
  await pod('b')
  expect(await short()).toEqual(['Done', [], ['p0 b', 'p1 b']])
})

test('another engine goes on where the last one ended', async () => {
  await ask()
  await controller.stop()
  await pod('b')
  await begin()
  expect(await short()).toEqual(['Running', ['p1'], ['p0 b']])
})

test('a replacement that does not become ready ends it, and says so', async () => {
  await ask()
  await pod('b', false)
  await cluster.clock.advance(300_000)
  await cluster.settle()
  expect(await short()).toEqual(['Stopped', [], []])
  expect((await status())?.message).toMatch(/^The replacement of ns\/p0 was not ready after five minutes/)
  expect(names()).toHaveLength(4)
})

test('one that comes back to where it was is not tried again', async () => {
  await ask()
  await pod('a')
  expect(await short()).toEqual(['Done', [], ['p0 a in vain']])
})

test('an app that is scaled down meanwhile is not waited for', async () => {
  await ask()
  const set = await cluster.client.get(ReplicaSets, 'ns', 'web')
  await cluster.client.update(ReplicaSets, { ...set, spec: { ...set.spec, replicas: 3 } })
  await cluster.client.delete(Pods, 'ns', 'p3', { gracePeriodSeconds: 0 })
  await pod('b')
  expect((await status())?.moves?.length).toBeGreaterThanOrEqual(1)
})

test('one that is deleted stops, and what left is left to its app', async () => {
  await ask()
  await cluster.client.delete(Rebalances, '', 'now')
  await pod('b')
  expect(names()).toHaveLength(4)
})

test('while a server does not answer nothing begins; once it answers, or is known to be lost, it goes on', async () => {
  const responding = async (status: string): Promise<void> => {
    const node = await cluster.client.get(Nodes, '', 'b')
    await cluster.client.updateStatus(Nodes, { ...node, status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }, { type: 'toque.dev/Responding', status }] } })
    await cluster.settle()
  }
  await responding('False')
  await ask()
  expect([await short(), (await status())?.message]).toEqual([['Waiting', [], []], expect.stringMatching(/^Server b does not answer/)])
  await responding('True')
  expect([await short(), (await status())?.message]).toEqual([['Running', ['p0'], []], undefined])
  await cluster.client.delete(Rebalances, '', 'now')
  await pod('a')
  await responding('False')
  const lost = await cluster.client.get(Nodes, '', 'b')
  await cluster.client.update(Nodes, { ...lost, spec: { taints: [{ key: 'toque.dev/server-lost', effect: 'NoExecute' }] } })
  await ask()
  expect((await status())?.phase).toBe('Done')
})

test('always waits until the servers have been as they are for a while, and until apps are ready', async () => {
  await ask({ when: 'Always', settleSeconds: 60 })
  await cluster.clock.advance(30_000)
  const node = await cluster.client.get(Nodes, '', 'b')
  await cluster.client.update(Nodes, { ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: 'ssd' } } })
  await cluster.clock.advance(40_000)
  await cluster.setPod((await cluster.client.get(Pods, 'ns', 'p3')) as Pod, { ready: false })
  await cluster.clock.advance(25_000)
  await cluster.settle()
  expect(names()).toHaveLength(4)
  await cluster.setPod((await cluster.client.get(Pods, 'ns', 'p3')) as Pod, { ready: true })
  await cluster.settle()
  expect(await short()).toEqual(['Running', ['p0'], []])
})
