import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timestamp } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../../common/kube/generated/policy-v1.ts'
import { Deployments, PodDisruptionBudgets, Pods, ReplicaSets, StatefulSets } from '../../../common/kube/kinds.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { computeExpected } from './compute.ts'
import { DisruptionController } from './controller.ts'

test.each<[PodDisruptionBudgetSpec, number, number, number, number]>([
  [{ minAvailable: 2 }, 3, 10, 3, 2], [{ minAvailable: '50%' }, 3, 5, 5, 3], [{ maxUnavailable: 1 }, 3, 5, 5, 4], [{ maxUnavailable: '30%' }, 3, 5, 5, 3], [{ maxUnavailable: 9 }, 3, 5, 5, 0], [{}, 3, 5, 0, 0],
])('%j of %i pods, whose owners want %i: %i expected, %i to be healthy', (spec, pods, scale, expectedPods, desiredHealthy) => {
  expect(computeExpected(spec, pods, scale)).toEqual({ expectedPods, desiredHealthy })
})

describe('the disruption controller', () => {
  let cluster: TestCluster
  let controller: DisruptionController
  beforeEach(async () => {
    cluster = new TestCluster()
    controller = new DisruptionController(cluster.context)
    await cluster.informers.synced()
    controller.start()
  })
  afterEach(async () => {
    await controller.stop()
    await cluster.stop()
  })

  const owned = (kind: string, uid: string, apiVersion = 'apps/v1'): object => ({ ownerReferences: [{ apiVersion, kind, name: kind.toLowerCase(), uid, controller: true }] })
  const workload = (replicas: number): { replicas: number; selector: object; template: object; serviceName: string } => ({ replicas, selector: {}, template: {}, serviceName: '' })
  async function pod(name: string, owner: object, ready = true): Promise<Readonly<Pod>> {
    const made = await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', labels: { app: 'web' }, ...owner }, spec: { containers: [], nodeName: 'n' } })
    await cluster.setPod(made, { ready })
    await cluster.settle()
    return made
  }
  async function budget(spec: PodDisruptionBudgetSpec): Promise<void> {
    await cluster.client.create(PodDisruptionBudgets, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'ns' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } })
    await cluster.settle()
  }
  const current = (): Promise<Readonly<PodDisruptionBudget>> => cluster.client.get(PodDisruptionBudgets, 'ns', 'web')
  const numbers = async (): Promise<(number | undefined)[]> => {
    const { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed } = (await current()).status ?? ({} as Partial<PodDisruptionBudgetStatus>)
    return [expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed]
  }
  const allowed = async (): Promise<string | undefined> => findCondition((await current()).status?.conditions, 'DisruptionAllowed')?.reason

  test('counts the pods that are healthy, as they come and go', async () => {
    await budget({ minAvailable: 1 })
    expect([await numbers(), await allowed(), (await current()).status?.observedGeneration]).toEqual([[0, 0, 1, 0], 'InsufficientPods', 1])
    expect(cluster.events).toContain('PodDisruptionBudget/web Normal NoPods: No matching pods found')
    const first = await pod('a', {})
    await pod('b', {}, false)
    expect([await numbers(), await allowed()]).toEqual([[2, 1, 1, 0], 'InsufficientPods'])
    await cluster.setPod((await cluster.client.get(Pods, 'ns', 'b')) as Pod, { ready: true })
    await cluster.settle()
    expect([await numbers(), await allowed()]).toEqual([[2, 2, 1, 1], 'SufficientPods'])
    await cluster.client.delete(Pods, 'ns', first.metadata.name)
    await cluster.settle()
    expect(await numbers()).toEqual([2, 1, 1, 0])
  })

  test('asks the owners how many there should be: a Deployment once, whatever its ReplicaSets have', async () => {
    const d = await cluster.client.create(Deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'deployment', namespace: 'ns' }, spec: workload(4) as never })
    const sets = []
    for (const name of ['replicaset', 'newer']) sets.push(await cluster.client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace: 'ns', ...owned('Deployment', d.metadata.uid) }, spec: workload(2) as never }))
    const db = await cluster.client.create(StatefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'statefulset', namespace: 'ns' }, spec: workload(3) as never })
    await pod('a', owned('ReplicaSet', sets[0]?.metadata.uid ?? ''))
    await pod('b', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'newer', uid: sets[1]?.metadata.uid ?? '', controller: true }] })
    await pod('c', owned('StatefulSet', db.metadata.uid))
    await budget({ maxUnavailable: '50%' })
    expect(await numbers()).toEqual([7, 3, 3, 0])
  })

  test('pods of nobody do not count towards a share, which is told', async () => {
    await pod('a', {})
    await budget({ minAvailable: '50%' })
    expect(await numbers()).toEqual([0, 1, 0, 0])
    expect(cluster.events.filter((e) => e.includes('UnmanagedPods'))).toEqual([expect.stringContaining('(a) do not count')])
  })

  test.each<[string, object, RegExp]>([
    ['has no number of replicas', owned('Node', 'x', 'v1'), /nodes does not implement the scale subresource/], ['is of no known kind', owned('Rollout', 'x', 'argoproj.io/v1'), /no matches for kind "Rollout" in version "argoproj.io\/v1"/], ['is gone', owned('ReplicaSet', 'x'), /found no controllers for pod "a"/],
  ])('where an owner %s, nobody may go, and it says why', async (_, owner, why) => {
    await pod('a', owner)
    await budget({ maxUnavailable: 1 })
    expect((await current()).status).toMatchObject({ disruptionsAllowed: 0, conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: expect.stringMatching(why) as string }] })
    expect(cluster.events.filter((e) => e.includes('CalculateExpectedPodCountFailed'))[0]).toMatch(why)
    expect(cluster.failures.every((f) => f.retryInMs === undefined)).toBe(true)
  })

  test('one that was let go counts as gone until it is; one that stays counts again after two minutes', async () => {
    await pod('a', {})
    await pod('b', {})
    await budget({ minAvailable: 1 })
    const before = await current()
    const status = { ...(before.status as PodDisruptionBudgetStatus), disruptionsAllowed: 0, disruptedPods: { a: timestamp(cluster.clock.now()), gone: timestamp(cluster.clock.now()) } }
    await cluster.client.updateStatus(PodDisruptionBudgets, { ...before, status })
    await cluster.settle()
    expect([await numbers(), Object.keys((await current()).status?.disruptedPods ?? {})]).toEqual([[2, 1, 1, 0], ['a']])
    await cluster.clock.advance(125_000)
    expect([await numbers(), (await current()).status?.disruptedPods]).toEqual([[2, 2, 1, 1], undefined])
    expect(cluster.events).toContain("Pod/a Warning NotDeleted: Pod was expected by PDB ns/web to be deleted but it wasn't")
  })

  test('writes nothing when nothing changes', async () => {
    await pod('a', {})
    await budget({ minAvailable: 1 })
    const { resourceVersion } = (await current()).metadata
    const made = await cluster.client.get(Pods, 'ns', 'a')
    await cluster.client.update(Pods, { ...made, metadata: { ...made.metadata, annotations: { poke: 'x' } } })
    await cluster.settle()
    expect((await current()).metadata.resourceVersion).toBe(resourceVersion)
  })
})
