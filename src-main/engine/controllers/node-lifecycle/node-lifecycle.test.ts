import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sleep, timestamp } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Node, Pod, Taint, Toleration } from '../../../common/kube/generated/core-v1.ts'
import { Leases, Nodes, Pods } from '../../../common/kube/kinds.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { NodeLifecycleController } from './controller.ts'
import { EvictionController } from './eviction-controller.ts'
import { evictionPlan, evictionTime } from './eviction.ts'
import { evictingTaints, keepsName } from './kept-name.ts'
import { computeVerdict } from './verdict.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('verdict', () => {
  const node = (ready: string | undefined, taints: Taint[] = []): Node => ({
    apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid: 'n', resourceVersion: '1', creationTimestamp: '' }, spec: { taints },
    status: { conditions: ready === undefined ? [] : [{ type: 'Ready', status: ready }] },
  })
  test.each<[string, Node, boolean | 'lost', boolean, string | undefined, string[]]>([
    ['healthy', node('True'), false, true, 'True', []],
    ['healthy again', node('True', [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }, { key: 'own', effect: 'NoSchedule' }]), false, true, 'True', ['own:NoSchedule']],
    ['says it is not ready', node('False'), false, true, 'False', ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute']],
    ['silent', node('True'), true, true, 'Unknown', ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']],
    ['silent, and nowhere to go', node('True'), true, false, 'Unknown', ['node.kubernetes.io/unreachable:NoSchedule']],
    ['lost', node('True'), 'lost', true, 'Unknown', ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute', 'toque.dev/server-lost:NoExecute']],
    ['lost, and nowhere to go', node('True'), 'lost', false, 'Unknown', ['node.kubernetes.io/unreachable:NoSchedule']],
    ['back from being lost', node('True', [{ key: 'toque.dev/server-lost', effect: 'NoExecute' }]), false, true, 'True', []],
    ['never said anything', node(undefined), false, true, undefined, []],
  ])('%s', (_, n, silent, othersReady, status, taints) => {
    const verdict = computeVerdict(n, { silent: silent !== false, lost: silent === 'lost', othersReady }, NOW)
    expect(findCondition(verdict.conditions, 'Ready')?.status).toBe(status)
    expect(verdict.taints.map((t) => `${t.key}:${t.effect}`)).toEqual(taints)
  })
  test('pressure is a taint beside the others, for new pods only; it goes with the condition', () => {
    const pressed = (ready: string, taints: Taint[] = []): Node => ({ ...node(ready, taints), status: { conditions: [{ type: 'Ready', status: ready }, { type: 'DiskPressure', status: 'True' }, { type: 'MemoryPressure', status: 'False' }] } })
    const keys = (n: Node, silent: boolean): string[] => computeVerdict(n, { silent, lost: false, othersReady: false }, NOW).taints.map((t) => `${t.key}:${t.effect}`)
    expect(keys(pressed('True'), false)).toEqual(['node.kubernetes.io/disk-pressure:NoSchedule'])
    expect(keys(pressed('True'), true)).toEqual(['node.kubernetes.io/disk-pressure:NoSchedule', 'node.kubernetes.io/unreachable:NoSchedule'])
    expect(keys(node('True', [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }]), false)).toEqual([])
  })
  test('a taint keeps the time it was added', () => {
    const taints: Taint[] = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: '2025-12-31T00:00:00Z' }]
    expect(computeVerdict(node('Unknown', taints), { silent: true, lost: false, othersReady: true }, NOW).taints[1]?.timeAdded).toBe('2025-12-31T00:00:00Z')
  })
})

describe('eviction time', () => {
  const taint: Taint = { key: 'k', effect: 'NoExecute', timeAdded: timestamp(NOW) }
  test.each<[string, Toleration[], Taint[], number | undefined]>([
    ['not tolerated', [], [taint], 0], ['for ever', [{ key: 'k', operator: 'Exists' }], [taint], undefined],
    ['for a while', [{ key: 'k', operator: 'Exists', tolerationSeconds: 30 }], [taint], NOW + 30_000],
    ['the shortest counts', [{ key: 'k', operator: 'Exists', tolerationSeconds: 30 }, { operator: 'Exists', tolerationSeconds: 5 }], [taint], NOW + 5000],
    ['one of two not tolerated', [{ key: 'k', operator: 'Exists' }], [taint, { ...taint, key: 'other' }], 0],
    ['another effect evicts nobody', [], [{ ...taint, effect: 'NoSchedule' }], undefined],
  ])('%s', (_, tolerations, taints, expected) => {
    expect(evictionTime({ spec: { containers: [], tolerations } } as unknown as Pod, taints)).toBe(expected)
  })
})

describe('a pod with local data', () => {
  const spec = { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: [{ name: 'v', hostPath: { path: '/srv/db' } }] }
  const lost: Taint = { key: 'toque.dev/server-lost', effect: 'NoExecute', timeAdded: timestamp(NOW) }
  const unreachable: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: timestamp(NOW) }
  const own: Taint = { key: 'own', effect: 'NoExecute', timeAdded: timestamp(NOW) }
  const forEver: Toleration[] = [{ operator: 'Exists' }]
  test.each<[string, Record<string, string>, Taint[], Toleration[], number | undefined, boolean]>([
    ['stays with a lost server', {}, [lost], [], undefined, true], ['stays with an unreachable one', {}, [unreachable], [], undefined, true],
    ['leaves it when a person says so', { 'toque.dev/on-server-loss': 'start-empty' }, [lost], [], 0, false],
    ['leaves for a taint that somebody set', {}, [own], [], 0, false], ['for that even where it waits', {}, [lost, own], [], 0, true],
    ['that tolerates all waits for nothing', {}, [lost], forEver, undefined, false], ['on a healthy server', {}, [], [], undefined, false],
  ])('%s', (_, annotations, taints, tolerations, at, waits) => {
    expect(evictionPlan({ metadata: { annotations }, spec: { ...spec, tolerations } } as unknown as Pod, taints)).toEqual({ at, waits })
  })
})

describe('a pod of a StatefulSet', () => {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db', controller: true }]
  const taint = (key: string): Taint => ({ key, effect: 'NoExecute', timeAdded: timestamp(NOW) })
  const [lost, unreachable, off] = ['toque.dev/server-lost', 'node.kubernetes.io/unreachable', 'node.kubernetes.io/out-of-service'].map(taint) as [Taint, Taint, Taint]
  const hostPath = { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: [{ name: 'v', hostPath: { path: '/srv/db' } }] }
  const patient: Toleration[] = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
  test.each<[string, object, object, Taint[], [at: number | undefined, waits: boolean, keeps: boolean]]>([
    ['is not hurried by the loss of its server', {}, {}, [unreachable, lost], [NOW + 300_000, false, true]], ['leaves at once when a person says that the server is off', {}, {}, [unreachable, lost, off], [0, false, true]],
    ['on a healthy server keeps its name for nobody', {}, {}, [], [undefined, false, false]], ['with data there waits for that', {}, hostPath, [unreachable, lost], [undefined, true, true]],
    ['that may start empty keeps its name all the same', { annotations: { 'toque.dev/on-server-loss': 'start-empty' } }, hostPath, [unreachable, lost], [NOW + 300_000, false, true]],
    ['is one of an apps group only', { ownerReferences: [{ ...ownerReferences[0], apiVersion: 'other/v1' }] }, {}, [unreachable, lost], [0, false, false]],
  ])('%s', (_, metadata, spec, taints, expected) => {
    const pod = { metadata: { ownerReferences, ...metadata }, spec: { containers: [], tolerations: patient, ...spec } } as unknown as Pod
    const { at, waits } = evictionPlan(pod, evictingTaints(pod, taints))
    expect([at, waits, keepsName(pod, taints)]).toEqual(expected)
  })
})

describe('the controllers', () => {
  let cluster: TestCluster
  let controllers: { start(): void; stop(): Promise<void> }[]
  beforeEach(async () => {
    cluster = new TestCluster()
    controllers = [new NodeLifecycleController(cluster.context), new EvictionController(cluster.context)]
    for (const name of ['a', 'b']) {
      await cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} })
      await beat(name)
      const tolerations = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 }]
      const pod = await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${name}`, namespace: 'ns' }, spec: { containers: [], nodeName: name, tolerations } })
      await cluster.setPod(pod, { ready: true })
    }
    await cluster.informers.synced()
    for (const c of controllers) c.start()
    await cluster.settle()
  })
  afterEach(async () => {
    for (const c of controllers) await c.stop()
    await cluster.stop()
  })
  const node = (name: string): Promise<Readonly<Node>> => cluster.client.get(Nodes, '', name)
  const ready = async (name: string): Promise<string | undefined> => findCondition((await node(name)).status?.conditions, 'Ready')?.status
  const pod = (name: string): Promise<Readonly<Pod>> => cluster.client.get(Pods, 'ns', name)
  async function beat(name: string): Promise<void> {
    const n = await node(name)
    await cluster.client.updateStatus(Nodes, { ...n, status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: timestamp(cluster.clock.now()) }] } })
  }
  /** `who` beat every 10 s for `seconds`. */
  async function pass(seconds: number, ...who: string[]): Promise<void> {
    for (let s = 0; s < seconds; s += 10) {
      await cluster.clock.advance(10_000)
      for (const name of who) await beat(name)
      await cluster.settle()
    }
  }

  test('a taint that a person sets without a time counts from when it is seen; taken away in time it evicts nobody, and set again it counts anew', async () => {
    const tolerations = [{ key: 'mine', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }]
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'patient', namespace: 'ns' }, spec: { containers: [], nodeName: 'a', tolerations } })
    const taint = async (taints: Taint[]): Promise<void> => {
      await cluster.client.update(Nodes, { ...await node('a'), spec: { taints } })
      await cluster.settle()
    }
    await taint([{ key: 'mine', effect: 'NoExecute' }])
    await pass(50, 'a', 'b')
    await taint([])
    await pass(30, 'a', 'b')
    expect((await pod('patient')).metadata.deletionTimestamp).toBeUndefined()
    await taint([{ key: 'mine', effect: 'NoExecute' }])
    await pass(50, 'a', 'b')
    expect((await pod('patient')).metadata.deletionTimestamp).toBeUndefined()
    await pass(20, 'a', 'b')
    await expect(pod('patient').then(({ metadata }) => metadata.deletionTimestamp ?? Promise.reject(new Error('it is there')))).resolves.toBeDefined()
  })

  test('a silent node is unreachable, its pods not ready, and evicted after their toleration; when it comes back, what its pods are is its own to say', async () => {
    await pass(30, 'a')
    expect(await ready('b')).toBe('True')
    await pass(20, 'a')
    expect([await ready('a'), await ready('b'), isPodReady(await pod('on-a')), isPodReady(await pod('on-b'))]).toEqual(['True', 'Unknown', true, false])
    expect((await pod('on-b')).metadata.deletionTimestamp).toBeUndefined()
    await pass(20, 'a')
    expect([(await pod('on-a')).metadata.deletionTimestamp, (await pod('on-b')).metadata.deletionTimestamp]).toEqual([undefined, expect.any(String)])
    await beat('b')
    await cluster.settle()
    expect([await ready('b'), (await node('b')).spec?.taints, isPodReady(await pod('on-b'))]).toEqual(['True', [], false])
    expect(cluster.failures).toEqual([])
  })

  describe('a pod whose data is on a silent server', () => {
    beforeEach(async () => {
      const spec = { nodeName: 'b', containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: [{ name: 'v', hostPath: { path: '/srv/db' } }] }
      await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db', namespace: 'ns' }, spec })
      await pass(80, 'a')
    })
    const waits = async (): Promise<string | undefined> => findCondition((await pod('db')).status?.conditions, 'toque.dev/WaitingForData')?.status
    const said = (reason: string): string[] => cluster.events.filter((e) => e.startsWith(`Pod/db`) && e.includes(` ${reason}:`))

    test('stays there and says why, once, until the server is back', async () => {
      expect([(await pod('db')).metadata.deletionTimestamp, await waits(), (await pod('db')).status?.reason]).toEqual([undefined, 'True', 'WaitingForData'])
      expect((await pod('db')).status?.message).toMatch(/\/srv\/db.* on server b, which does not answer/)
      expect((await pod('on-b')).metadata.deletionTimestamp).toBeDefined()
      expect(said('WaitingForData')).toHaveLength(1)
      await beat('b')
      await cluster.settle()
      expect([(await pod('db')).metadata.deletionTimestamp, await waits(), (await pod('db')).status?.reason, (await pod('db')).status?.message]).toEqual([undefined, 'False', undefined, undefined])
      expect(said('DataIsBack')).toHaveLength(1)
    })

    test('leaves when a person decides that it starts without', async () => {
      await cluster.client.patch(Pods, 'ns', 'db', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/on-server-loss': 'start-empty' } } })
      await cluster.settle()
      expect((await pod('db')).metadata.deletionTimestamp).toBeDefined()
      expect(cluster.failures).toEqual([])
    })
  })

  test('many silent at once are all judged in time, however long the writes to their pods take', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${String(i)}`)
    for (const name of names) {
      await cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} })
      await beat(name)
      const made = await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${name}`, namespace: 'ns' }, spec: { containers: [], nodeName: name } })
      await cluster.setPod(made, { ready: true })
    }
    const updateStatus = cluster.client.updateStatus.bind(cluster.client)
    cluster.client.updateStatus = async (resource, object) => {
      if (resource.kind === 'Pod') await sleep(cluster.clock, 3_000)
      return updateStatus(resource, object)
    }
    await pass(50, 'a')
    expect(await Promise.all(names.map(ready))).toEqual(names.map(() => 'Unknown'))
    await pass(20, 'a')
    expect((await Promise.all(names.map((name) => pod(`on-${name}`)))).filter(isPodReady)).toEqual([])
  })

  test('tells on the node what became of its pods, and that it is ready again', async () => {
    const owned = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web', controller: true }] }
    const make = (name: string, nodeName: string): Promise<Readonly<Pod>> => cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', ...owned }, spec: { containers: [], nodeName } })
    await cluster.setPod(await make('web-1', 'b'), { ready: true })
    await pass(80, 'a')
    const told = (): string[] => cluster.events.filter((e) => /^Node\/b .*(PodRecreated|StalePodRemoved|NodeReady)/.test(e))
    expect(told()).toEqual([])
    await cluster.setPod(await make('web-2', 'a'), { ready: true })
    await cluster.settle()
    await cluster.setPod(await make('web-3', 'a'), { ready: true })
    await cluster.settle()
    expect(told()).toEqual(['Node/b Normal PodRecreated: ns/web-2 runs on a, in place of ns/web-1'])
    await beat('b')
    await cluster.client.delete(Pods, 'ns', 'web-1', { gracePeriodSeconds: 0 })
    await cluster.settle()
    expect(told().slice(1).sort()).toEqual(['Node/b Normal NodeReady: Server b is ready again: new pods start on it', 'Node/b Normal StalePodRemoved: ns/web-1, which was left here, is removed'])
  })

  test('a node that says its disk is full is tainted at once, and its pods stay', async () => {
    const n = await node('b')
    await cluster.client.updateStatus(Nodes, { ...n, status: { conditions: [...(n.status?.conditions ?? []), { type: 'DiskPressure', status: 'True' }] } })
    await cluster.settle()
    expect((await node('b')).spec?.taints?.map((t) => t.key)).toEqual(['node.kubernetes.io/disk-pressure'])
    expect((await pod('on-b')).metadata.deletionTimestamp).toBeUndefined()
  })

  test('all silent at once: nobody is evicted', async () => {
    await pass(200)
    expect([await ready('a'), await ready('b')]).toEqual(['Unknown', 'Unknown'])
    expect((await pod('on-a')).metadata.deletionTimestamp).toBeUndefined()
    expect((await pod('on-b')).metadata.deletionTimestamp).toBeUndefined()
  })

  test('a Lease is a heartbeat too', async () => {
    const lease = await cluster.client.create(Leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'b', namespace: 'kube-node-lease' }, spec: {} })
    let current = lease
    for (let i = 0; i < 10; i++) {
      await pass(10, 'a')
      current = await cluster.client.update(Leases, { ...current, spec: { renewTime: timestamp(cluster.clock.now()) } })
    }
    expect(await ready('b')).toBe('True')
  })
})
