import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timestamp } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods, StatefulSets } from '../../../common/kube/kinds.ts'
import { NodeLifecycleController } from '../node-lifecycle/controller.ts'
import { EvictionController } from '../node-lifecycle/eviction-controller.ts'
import { PodGcController } from '../pod-gc/controller.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { StatefulSetController } from './controller.ts'

// A server is cut off while it runs a StatefulSet's pod: nobody may start another one of that name until it is known that the first has ended.

let cluster: TestCluster
let controllers: { start(): void; stop(): Promise<void> }[]
/** Servers that are cut off: their agents hear nothing, and their pods run on. */
let away: Set<string>
/** Every pod that ever ran under the name, in the order of their beginnings. */
let ran: string[]

const pod = (): Promise<Readonly<Pod>> => cluster.client.get(Pods, 'ns', 'db-0')
const node = (name: string): Promise<Readonly<Node>> => cluster.client.get(Nodes, '', name)

/** What agents and scheduler do: bind to a server that is heard, run, confirm ends; those that are away do nothing. */
async function live(): Promise<void> {
  for (const name of ['a', 'b']) {
    if (away.has(name)) continue
    const n = await node(name)
    await cluster.client.updateStatus(Nodes, { ...n, status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: timestamp(cluster.clock.now()) }] } })
  }
  await cluster.settle()
  const there = cluster.client.all(Pods).find((p) => p.metadata.name === 'db-0')
  if (there === undefined) return
  const free = ['b', 'a'].find((name) => !away.has(name)) ?? ''
  if (!there.spec.nodeName) await cluster.client.bind('ns', 'db-0', free)
  const bound = await pod()
  if (away.has(bound.spec.nodeName ?? '')) return
  if (bound.metadata.deletionTimestamp !== undefined) await cluster.client.delete(Pods, 'ns', 'db-0', { gracePeriodSeconds: 0 })
  else if (findCondition(bound.status?.conditions, 'Ready')?.status !== 'True') {
    const { status } = bound
    await cluster.client.updateStatus(Pods, { ...bound, status: { ...status, phase: 'Running', conditions: [...(status?.conditions ?? []).filter((c) => c.type !== 'Ready'), { type: 'Ready', status: 'True' }] } })
    if (ran.at(-1) !== bound.metadata.uid) ran.push(bound.metadata.uid)
  }
  await cluster.settle()
}
async function pass(seconds: number): Promise<void> {
  for (let s = 0; s < seconds; s += 10) {
    await cluster.clock.advance(10_000)
    await live()
  }
}

beforeEach(async () => {
  cluster = new TestCluster()
  away = new Set()
  ran = []
  const { context } = cluster
  controllers = [new StatefulSetController(context), new NodeLifecycleController(context), new EvictionController(context), new PodGcController(context)]
  for (const name of ['a', 'b']) await cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} })
  await cluster.informers.synced()
  for (const c of controllers) c.start()
  const tolerations = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
  const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [], tolerations } }
  await cluster.client.create(StatefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'ns' }, spec: { serviceName: 'db', replicas: 1, selector: { matchLabels: { app: 'db' } }, template } })
  await live()
  await pass(20)
  expect([(await pod()).spec.nodeName, ran.length]).toEqual(['b', 1])
})
afterEach(async () => {
  for (const c of controllers) await c.stop()
  await cluster.stop()
})

const waits = async (): Promise<string | undefined> => findCondition((await pod()).status?.conditions, 'toque.dev/WaitingForServer')?.status
/** Its server is cut off, and given up. */
async function cut(): Promise<void> {
  away.add('b')
  await pass(60)
  const n = await node('b')
  await cluster.client.update(Nodes, { ...n, spec: { ...n.spec, taints: [...(n.spec?.taints ?? []), { key: 'toque.dev/server-lost', effect: 'NoExecute' }] } })
  await cluster.settle()
}

describe('a server that is cut off with a pod of a StatefulSet', () => {
  beforeEach(cut)

  test('keeps it, and the pod says so; when the server is back soon, the pod is the same and was never restarted', async () => {
    expect([(await pod()).metadata.deletionTimestamp, await waits(), (await pod()).status?.reason]).toEqual([undefined, 'True', 'WaitingForServer'])
    expect((await pod()).status?.message).toMatch(/Server b does not answer and may still run it.*out-of-service.*kubectl delete pod db-0 -n ns --force/)
    expect(cluster.events.filter((e) => e.startsWith('Pod/db-0 Warning WaitingForServer:'))).toHaveLength(1)
    away.clear()
    await pass(60)
    expect([ran.length, await waits(), (await pod()).status?.reason, (await pod()).metadata.deletionTimestamp]).toEqual([1, 'False', undefined, undefined])
    expect(cluster.events.filter((e) => e.startsWith('Pod/db-0 Normal ServerIsBack:'))).toHaveLength(1)
  })

  test('for long: the pod is to end, and nothing runs in its place for days; when the server is back, the old one ends first', async () => {
    await pass(400)
    expect((await pod()).metadata.deletionTimestamp).toBeDefined()
    await cluster.clock.advance(3 * 24 * 3_600_000)
    await live()
    expect([ran.length, (await pod()).metadata.uid, await waits()]).toEqual([1, ran[0], 'True'])
    away.clear()
    await pass(60)
    expect([ran.length, (await pod()).metadata.uid === ran[1], (await pod()).spec.nodeName]).toEqual([2, true, 'b'])
  })

  test('and is said to be out of service: its pod is given up, and made anew elsewhere', async () => {
    const n = await node('b')
    await cluster.client.update(Nodes, { ...n, spec: { ...n.spec, taints: [...(n.spec?.taints ?? []), { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] } })
    await pass(30)
    expect([ran.length, (await pod()).spec.nodeName]).toEqual([2, 'a'])
  })

  test.each<[string, () => Promise<unknown>]>([
    ['is taken out of the cluster', () => cluster.client.delete(Nodes, '', 'b')], ['is not believed: a person deletes the pod by force', () => cluster.client.delete(Pods, 'ns', 'db-0', { gracePeriodSeconds: 0 })],
  ])('and %s: made anew elsewhere', async (_, say) => {
    await pass(10)
    await say()
    away.add('b')
    for (let s = 0; s < 80; s += 10) {
      await cluster.clock.advance(10_000)
      await liveWithout('b')
    }
    expect([ran.length, (await pod()).spec.nodeName]).toEqual([2, 'a'])
  })

  test('and somebody deletes the pod as one does: it waits for the server all the same', async () => {
    await cluster.client.delete(Pods, 'ns', 'db-0')
    await pass(600)
    expect([ran.length, (await pod()).metadata.uid, await waits()]).toEqual([1, ran[0], 'True'])
  })
})

test('a pod that was ending already when its server was cut off waits, and says so', async () => {
  await cluster.client.delete(Pods, 'ns', 'db-0')
  await cut()
  expect([await waits(), (await pod()).metadata.uid, ran.length]).toEqual(['True', ran[0], 1])
})

test('the taint alone gives up no pod of a server that answers: it ends its pods itself', async () => {
  const n = await node('b')
  await cluster.client.update(Nodes, { ...n, spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } })
  await cluster.settle()
  expect([(await pod()).metadata.uid, typeof (await pod()).metadata.deletionTimestamp]).toEqual([ran[0], 'string'])
})

/** As `live`, where a server may be no more. */
async function liveWithout(gone: string): Promise<void> {
  const kept = cluster.client.all(Nodes).some((n) => n.metadata.name === gone)
  if (kept) return live()
  const n = await node('a')
  await cluster.client.updateStatus(Nodes, { ...n, status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: timestamp(cluster.clock.now()) }] } })
  await live()
}
