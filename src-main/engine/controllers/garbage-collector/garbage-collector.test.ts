import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigMaps, Pods, ReplicaSets, Secrets } from '../../../common/kube/kinds.ts'
import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { GarbageCollector } from './controller.ts'
import { decide } from './decide.ts'
import type { OwnerState } from './decide.ts'

describe('what becomes of an object', () => {
  const object: KubeObject = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', uid: 'x', resourceVersion: '1', creationTimestamp: '' } }
  const waiting: KubeObject = { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] } }
  test.each<[OwnerState[], KubeObject[], ReturnType<typeof decide>]>([
    [[], [], { do: 'nothing' }], [['solid'], [], { do: 'nothing' }], [['gone'], [], { do: 'delete', propagationPolicy: 'Background' }],
    [['solid', 'gone', 'waiting'], [], { do: 'unlink', uids: new Set(['u1', 'u2']) }],
    [['waiting'], [object], { do: 'delete', propagationPolicy: 'Foreground' }], [['waiting', 'gone'], [], { do: 'delete', propagationPolicy: 'Background' }],
    [['waiting'], [object, waiting], { do: 'unblock' }], [['gone'], [waiting], { do: 'delete', propagationPolicy: 'Background' }],
  ])('owners %j, owning %j', (states, dependents, expected) => {
    const refs = new Map(states.map((s, i): [OwnerReference, OwnerState] => [{ apiVersion: 'v1', kind: 'O', name: 'o', uid: `u${String(i)}`, blockOwnerDeletion: true }, s]))
    expect(decide(object, refs, dependents)).toEqual(expected)
  })

  test('who is not waited for any more is deleted', () => {
    const refs = new Map<OwnerReference, OwnerState>([[{ apiVersion: 'v1', kind: 'O', name: 'o', uid: 'u', blockOwnerDeletion: false }, 'waiting']])
    expect(decide(object, refs, [waiting])).toEqual({ do: 'delete', propagationPolicy: 'Foreground' })
  })
})

describe('the garbage collector', () => {
  let cluster: TestCluster
  let collector: GarbageCollector
  beforeEach(() => {
    cluster = new TestCluster()
  })
  afterEach(async () => {
    await collector.stop()
    await cluster.stop()
  })

  const ref = (owner: Frozen<KubeObject>, block = true): OwnerReference =>
    ({ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true, blockOwnerDeletion: block })
  const replicaSet = (name: string, ...owners: OwnerReference[]): Promise<Frozen<KubeObject>> => cluster.client.create(ReplicaSets, {
    apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace: 'ns', ownerReferences: owners }, spec: { replicas: 0, selector: {} },
  })
  const pod = (name: string, ...owners: OwnerReference[]): Promise<Frozen<KubeObject>> => cluster.client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', ownerReferences: owners }, spec: { containers: [], nodeName: 'n' },
  })
  async function start(): Promise<void> {
    collector = new GarbageCollector(cluster.context)
    await cluster.informers.synced()
    collector.start()
    await cluster.settle()
  }
  const names = (): string[] => [...cluster.client.all(ReplicaSets), ...cluster.client.all(Pods)].map((o) => o.metadata.name + (o.metadata.deletionTimestamp === undefined ? '' : '!')).sort()

  test('background: what the owner owned goes after it', async () => {
    const rs = await replicaSet('rs')
    await pod('a', ref(rs))
    await pod('b')
    await start()
    await cluster.client.delete(ReplicaSets, 'ns', 'rs')
    await cluster.settle()
    expect(names()).toEqual(['a!', 'b'])
  })

  test('foreground: the owner waits until the last dependent that blocks it is gone, down the whole tree', async () => {
    const top = await replicaSet('top')
    const rs = await replicaSet('rs', ref(top))
    await pod('a', ref(rs))
    await pod('free', ref(top, false))
    await start()
    await cluster.client.delete(ReplicaSets, 'ns', 'top', { propagationPolicy: 'Foreground' })
    await cluster.settle()
    expect(names()).toEqual(['a!', 'free!', 'rs!', 'top!'])
    await cluster.client.delete(Pods, 'ns', 'a', { gracePeriodSeconds: 0 })
    await cluster.settle()
    expect(names()).toEqual(['free!'])
  })

  test('foreground, in a circle of owners: all of them go', async () => {
    const [a, b, c] = [await replicaSet('a'), await replicaSet('b'), await replicaSet('c')]
    for (const [owned, owner] of [[a, c], [b, a], [c, b]] as const) await cluster.client.update(ReplicaSets, { ...(owned as ReplicaSet), metadata: { ...(owned as ReplicaSet).metadata, ownerReferences: [ref(owner)] } })
    await start()
    await cluster.client.delete(ReplicaSets, 'ns', 'a', { propagationPolicy: 'Foreground' })
    await cluster.settle()
    expect([names(), cluster.failures]).toEqual([[], []])
  })

  test('orphan: the dependents stay, without an owner', async () => {
    const rs = await replicaSet('rs')
    await pod('a', ref(rs))
    await start()
    await cluster.client.delete(ReplicaSets, 'ns', 'rs', { propagationPolicy: 'Orphan' })
    await cluster.settle()
    expect(names()).toEqual(['a'])
    expect(cluster.client.all(Pods)[0]?.metadata.ownerReferences).toEqual([])
  })

  test('an owner that was gone before we came, or is another one of that name by now, keeps nothing', async () => {
    const rs = await replicaSet('rs')
    await pod('a', { ...ref(rs), uid: 'an earlier one' })
    await pod('b', { ...ref(rs), name: 'never was', uid: 'never was' })
    await pod('c', ref(rs))
    await pod('d', { ...ref(rs), apiVersion: 'example.com/v1', kind: 'Unknown', uid: 'nobody can say' })
    await start()
    expect(names()).toEqual(['a!', 'b!', 'c', 'd', 'rs'])
  })

  test('one of two owners is enough', async () => {
    const owner = await cluster.client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'ns' } })
    const other = await cluster.client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'two', namespace: 'ns' } })
    await pod('a', ref(owner), { ...ref(other), controller: false })
    await start()
    await cluster.client.delete(ConfigMaps, 'ns', 'one')
    await cluster.settle()
    expect(cluster.client.all(Pods)[0]?.metadata).toMatchObject({ name: 'a', ownerReferences: [{ name: 'two' }] })
    await cluster.client.delete(Secrets, 'ns', 'two')
    await cluster.settle()
    expect([names(), cluster.failures]).toEqual([['a!'], []])
  })
})
