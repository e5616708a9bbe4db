import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods, ReplicaSets, ReplicationControllers } from '../../../common/kube/kinds.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { ReplicaSetController } from './controller.ts'
import { byDeletionOrder } from './ranking.ts'
import { REPLICATION_CONTROLLER } from './replicated-kind.ts'
import { slowStart } from '../owned-pods/slow-start.ts'

let cluster: TestCluster
let started: ReplicaSetController[]

beforeEach(() => {
  cluster = new TestCluster()
  started = []
})
afterEach(async () => {
  for (const c of started) await c.stop()
  await cluster.stop()
})

async function start(): Promise<void> {
  const controller = new ReplicaSetController(cluster.context)
  started.push(controller)
  await cluster.informers.synced()
  controller.start()
  await cluster.settle()
}

function create(replicas: number, extra: Partial<ReplicaSet['spec']> = {}): Promise<Readonly<ReplicaSet>> {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
  return cluster.client.create(ReplicaSets, {
    apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'ns' }, spec: { replicas, selector: { matchLabels: { app: 'web' } }, template, ...extra },
  })
}

const active = (): readonly Pod[] => cluster.client.all(Pods).filter(isPodActive)
const current = (): Promise<Readonly<ReplicaSet>> => cluster.client.get(ReplicaSets, 'ns', 'web')

describe('the ReplicaSet controller', () => {
  test('makes what is missing, deletes what is too much, counts what is ready', async () => {
    await create(3)
    await start()
    expect(active()).toHaveLength(3)
    for (const pod of active()) await cluster.setPod(pod, { ready: true })
    await cluster.settle()
    expect((await current()).status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, observedGeneration: 1 })
    const rs = await current()
    await cluster.client.update(ReplicaSets, { ...rs, spec: { ...rs.spec, replicas: 1 } })
    await cluster.settle()
    expect(active()).toHaveLength(1)
    expect((await current()).status).toMatchObject({ replicas: 1, observedGeneration: 2 })
  })

  test.each(['fails', 'is deleted', 'vanishes'])('replaces a pod that %s, without time passing', async (how) => {
    await create(2)
    await start()
    const [victim] = active() as [Pod, ...Pod[]]
    if (how === 'fails') await cluster.setPod(victim, { phase: 'Failed' })
    else await cluster.client.delete(Pods, 'ns', victim.metadata.name, how === 'vanishes' ? { gracePeriodSeconds: 0 } : {})
    await cluster.settle()
    expect(active()).toHaveLength(2)
    expect(active().map((p) => p.metadata.name)).not.toContain(victim.metadata.name)
  })

  test('adopts a matching pod of nobody, releases one that matches no longer', async () => {
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stray', namespace: 'ns', labels: { app: 'web' } }, spec: { containers: [] } })
    const rs = await create(1)
    await start()
    expect(active().map((p) => [p.metadata.name, controllerOf(p)?.uid])).toEqual([['stray', rs.metadata.uid]])
    const stray = active()[0] as Pod
    await cluster.client.update(Pods, { ...stray, metadata: { ...stray.metadata, labels: { app: 'other' } } })
    await cluster.settle()
    expect(controllerOf(await cluster.client.get(Pods, 'ns', 'stray'))).toBeUndefined()
    expect(active()).toHaveLength(2)
  })

  test('minReadySeconds: available only after the time, by itself', async () => {
    await create(1, { minReadySeconds: 10 })
    await start()
    await cluster.setPod(active()[0] as Pod, { ready: true })
    await cluster.settle()
    expect((await current()).status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 })
    await cluster.clock.advance(10_500)
    expect((await current()).status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 })
  })

  test('says why pods cannot be made, and goes on once they can', async () => {
    cluster.client.intercept = (verb, resource) => {
      if (verb === 'create' && resource === Pods) throw new StatusError('Forbidden', 'exceeded quota')
    }
    await create(4)
    await start()
    expect((await current()).status?.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }])
    cluster.client.intercept = () => undefined
    await cluster.clock.advance(60_000)
    expect(active()).toHaveLength(4)
    expect((await current()).status?.conditions ?? []).toEqual([])
  })

  test.each([['node-1', [1, 1, 2, 4, 8]], [undefined, [1, 1, 1, 1, 1]]] as const)('pods that are sent away at once from the node that the template names (%s) are made ever more rarely; those that the scheduler places, at once', async (nodeName, secondsBefore) => {
    await create(1, { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }], ...(nodeName === undefined ? {} : { nodeName }) } } })
    await start()
    const waited: number[] = []
    for (const _ of secondsBefore) {
      const [pod] = active()
      if (pod === undefined) throw new Error('no pod')
      await cluster.client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
      await cluster.settle()
      let seconds = 1
      for (; active().length === 0; seconds++) {
        expect((await current()).status?.conditions).toEqual([expect.objectContaining({ type: 'ReplicaFailure', status: 'True', reason: 'PodsTurnedAway', message: expect.stringMatching(/names node node-1, which turns the pods away/) as string })])
        await cluster.clock.advance(1000)
        await cluster.settle()
      }
      waited.push(seconds === 1 ? 1 : seconds - 1)
      expect((await current()).status?.conditions).toBeUndefined()
    }
    expect(waited).toEqual(secondsBefore)
    // One that stayed for long was not turned away.
    await cluster.clock.advance(61_000)
    await cluster.client.delete(Pods, 'ns', active()[0]?.metadata.name ?? '', { gracePeriodSeconds: 0 })
    await cluster.settle()
    expect(active()).toHaveLength(1)
  })

  test('pods that set what their node does not allow are made ever more rarely, which is said', async () => {
    await create(1, { template: { metadata: { labels: { app: 'web' } }, spec: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] }, containers: [{ name: 'c', image: 'nginx' }] } } })
    await start()
    for (let i = 0; i < 60; i++) {
      for (const pod of active()) await cluster.client.updateStatus(Pods, { ...pod, status: { ...pod.status, phase: 'Failed', reason: 'SysctlForbidden' } })
      await cluster.clock.advance(1000)
      await cluster.settle()
    }
    expect(cluster.client.all(Pods)).toHaveLength(7)
    expect((await current()).status?.conditions).toMatchObject([{ reason: 'PodsTurnedAway', message: expect.stringMatching(/^The pods set a kernel parameter .* that their node does not allow/) as string }])
  })

  test('a cache that lags behind its own creations makes no pod too many', async () => {
    const rs = await create(3)
    await start()
    // Every change of the ReplicaSet wakes the controller while the pods' watch stands still.
    cluster.holdWatch(Pods)
    for (const pod of active()) await cluster.client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
    cluster.releaseWatch(Pods, 3)
    await cluster.settle()
    for (let i = 0; i < 5; i++) {
      await cluster.client.patch(ReplicaSets, 'ns', 'web', 'application/merge-patch+json', { metadata: { annotations: { poke: String(i) } } })
      await cluster.settle()
    }
    expect(cluster.client.all(Pods)).toHaveLength(3)
    cluster.releaseWatch(Pods)
    await cluster.settle()
    expect(cluster.client.all(Pods)).toHaveLength(3)
    expect(rs.spec.replicas).toBe(3)
  })
})

test('a ReplicationController keeps its number as a ReplicaSet does, beside one with the same selector', async () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
  await create(2)
  await cluster.client.create(ReplicationControllers, { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'web', namespace: 'ns' }, spec: { replicas: 3, selector: { app: 'web' }, template } })
  const elder = new ReplicaSetController(cluster.context, REPLICATION_CONTROLLER)
  started.push(elder)
  await start()
  elder.start()
  await cluster.settle()
  expect(active().map((p) => `${controllerOf(p)?.apiVersion ?? ''} ${controllerOf(p)?.kind ?? ''}`).sort()).toEqual([...Array<string>(2).fill('apps/v1 ReplicaSet'), ...Array<string>(3).fill('v1 ReplicationController')])
  for (const pod of active()) await cluster.setPod(pod, { ready: true })
  await cluster.settle()
  const controller = await cluster.client.get(ReplicationControllers, 'ns', 'web')
  expect(controller.status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, observedGeneration: 1 })
  expect(cluster.events.filter((e) => e.startsWith('ReplicationController/web Normal SuccessfulCreate'))).toHaveLength(3)
  const calls: string[] = []
  cluster.client.intercept = (verb) => void calls.push(verb)
  await cluster.clock.advance(3_600_000)
  expect(calls).toEqual([])
  cluster.client.intercept = () => undefined
  await cluster.client.update(ReplicationControllers, { ...controller, spec: { ...controller.spec, replicas: 1 } })
  await cluster.settle()
  expect(active()).toHaveLength(3)
})

test('converges to exactly N from any start', async () => {
  const pod = fc.record({ labelled: fc.boolean(), owner: fc.constantFrom('none', 'self', 'other'), phase: fc.constantFrom('Pending', 'Running', 'Failed'), going: fc.boolean() })
  await fc.assert(fc.asyncProperty(fc.array(pod, { maxLength: 8 }), fc.nat(6), async (starts, replicas) => {
    const own = new TestCluster()
    const rs = await own.client.create(ReplicaSets, {
      apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'ns' },
      spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
    })
    for (const [i, s] of starts.entries()) {
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: s.owner === 'self' ? rs.metadata.uid : 'other', controller: true }
      const made = await own.client.create(Pods, {
        apiVersion: 'v1', kind: 'Pod', spec: { containers: [], nodeName: 'n' },
        metadata: { name: `p${String(i)}`, namespace: 'ns', labels: s.labelled ? { app: 'web' } : {}, ownerReferences: s.owner === 'none' ? [] : [owner] },
      })
      await own.setPod(made, { phase: s.phase })
      if (s.going) await own.client.delete(Pods, 'ns', made.metadata.name)
    }
    const controller = new ReplicaSetController(own.context)
    await own.informers.synced()
    controller.start()
    await own.clock.advance(1000)
    const mine = own.client.all(Pods).filter((p) => isPodActive(p) && controllerOf(p)?.uid === rs.metadata.uid)
    expect(mine).toHaveLength(replicas)
    expect(mine.every((p) => p.metadata.labels?.['app'] === 'web')).toBe(true)
    expect(own.client.all(Pods).filter((p) => controllerOf(p)?.uid === 'other').length).toBe(starts.filter((s) => s.owner === 'other' && !(s.going && s.phase === 'Failed')).length)
    await controller.stop()
    await own.stop()
  }), { numRuns: 60 })
})

describe('deletion order', () => {
  const now = Date.UTC(2026, 0, 1, 1)
  const make = (name: string, o: { node?: string; phase?: string; readyMin?: number; cost?: string; restarts?: number; ageMin?: number } = {}): Pod => ({
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, uid: name, resourceVersion: '1', creationTimestamp: new Date(now - (o.ageMin ?? 30) * 60_000).toISOString(),
      annotations: o.cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': o.cost },
    },
    spec: { containers: [], ...(o.node === undefined ? {} : { nodeName: o.node }) },
    status: {
      phase: o.phase ?? 'Running', containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: o.restarts ?? 0 }],
      conditions: o.readyMin === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(now - o.readyMin * 60_000).toISOString() }],
    },
  })
  test.each([
    ['without a node', make('a', { node: 'n', readyMin: 9 }), make('b')],
    ['pending', make('a', { node: 'n' }), make('b', { node: 'n', phase: 'Pending' })],
    ['not ready', make('a', { node: 'n', readyMin: 9 }), make('b', { node: 'n' })],
    ['cheap', make('a', { node: 'n', readyMin: 9 }), make('b', { node: 'n', readyMin: 9, cost: '-5' })],
    ['ready for a short time', make('a', { node: 'n', readyMin: 20 }), make('b', { node: 'n', readyMin: 1 })],
    ['restarted more', make('a', { node: 'n', readyMin: 9 }), make('b', { node: 'n', readyMin: 9, restarts: 3 })],
    ['newer', make('a', { node: 'n', readyMin: 9 }), make('b', { node: 'n', readyMin: 9, ageMin: 20 })],
  ])('%s goes first', (_, stays, goes) => {
    expect(byDeletionOrder([stays, goes], [stays, goes], now).map((p) => p.metadata.name)).toEqual(['b', 'a'])
  })
  test('the crowded node goes first', () => {
    const pods = [make('a', { node: 'quiet', readyMin: 9 }), make('b', { node: 'busy', readyMin: 9 }), make('c', { node: 'busy', readyMin: 9 })]
    expect(byDeletionOrder(pods, pods, now)[2]?.metadata.name).toBe('a')
  })
})

test('slow start gives up after the first batch with a failure', async () => {
  let calls = 0
  const result = await slowStart(100, () => (++calls > 3 ? Promise.reject(new Error('full')) : Promise.resolve()))
  expect([calls, result.succeeded]).toEqual([7, 3])
  expect(new FakeClock().pending).toBe(0)
})
