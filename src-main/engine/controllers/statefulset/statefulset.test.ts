import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { templateOf } from '../../../common/kube/controller-revision.ts'
import { StatusError } from '../../../common/errors.ts'
import type { StatefulSet, StatefulSetSpec } from '../../../common/kube/generated/apps-v1.ts'
import type { PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, PersistentVolumeClaims, Pods, StatefulSets } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { BUILT_IN } from '../resources.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { StatefulSetController } from './controller.ts'

let cluster: TestCluster
let controller: StatefulSetController

beforeEach(async () => {
  cluster = new TestCluster()
  controller = new StatefulSetController({ ...cluster.context, resources: [...BUILT_IN, PersistentVolumeClaims] })
  await cluster.informers.synced()
  controller.start()
})
afterEach(async () => {
  await controller.stop()
  await cluster.stop()
})

const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', labels: { tier: 'db' } }, spec: { accessModes: ['ReadWriteOnce'] } } as unknown as PersistentVolumeClaim

async function create(replicas: number, extra: Partial<StatefulSetSpec> = {}): Promise<Frozen<StatefulSet>> {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'one' }] } }
  const spec = { serviceName: 'peers', replicas, selector: { matchLabels: { app: 'web' } }, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, ...extra }
  const set = await cluster.client.create(StatefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'ns', annotations: { note: 'first' } }, spec })
  await cluster.settle()
  return set
}
const current = (): Promise<Frozen<StatefulSet>> => cluster.client.get(StatefulSets, 'ns', 'web')
async function change(spec: Partial<StatefulSetSpec>): Promise<void> {
  const set = await current()
  await cluster.client.update(StatefulSets, { ...set, spec: { ...set.spec, ...spec } })
  await cluster.settle()
}
const setImage = (image: string): Promise<void> => change({ template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } } })
const pods = (): readonly Frozen<Pod>[] => [...cluster.client.all(Pods)].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
const names = (): string[] => pods().map((p) => p.metadata.name + (p.metadata.deletionTimestamp === undefined ? '' : '~'))
const images = (): (string | undefined)[] => pods().map((p) => p.spec.containers[0]?.image)
const pod = (name: string): Promise<Frozen<Pod>> => cluster.client.get(Pods, 'ns', name)
const claims = (): string[] => cluster.client.all(PersistentVolumeClaims).map((c) => c.metadata.name).sort()

/** A scheduler and a node: every pod gets a node, runs and is ready. */
async function run(name: string): Promise<void> {
  await cluster.client.bind('ns', name, 'n')
  await cluster.setPod(await pod(name), { ready: true })
  await cluster.settle()
}
/** Their node ends what is being deleted. */
async function end(name: string): Promise<void> {
  await cluster.client.delete(Pods, 'ns', name, { gracePeriodSeconds: 0 })
  await cluster.settle()
}
async function runAll(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await run(`web-${String(i)}`)
}
/** Ends and runs whatever asks for it, until nothing changes; the names in the order in which they ended. */
async function rollOut(): Promise<string[]> {
  const ended: string[] = []
  for (let i = 0; i < 20; i++) {
    const next = pods().find((p) => p.metadata.deletionTimestamp !== undefined || !p.spec.nodeName)
    if (next === undefined) break
    if (next.metadata.deletionTimestamp === undefined) await run(next.metadata.name)
    else {
      ended.push(next.metadata.name)
      await end(next.metadata.name)
    }
  }
  return ended
}

describe('a StatefulSet', () => {
  test('has pods by name, one after the other, each with its own host name and labels', async () => {
    await create(3)
    expect(names()).toEqual(['web-0'])
    await run('web-0')
    expect(names()).toEqual(['web-0', 'web-1'])
    await run('web-1')
    await run('web-2')
    const set = await current()
    const revision = set.status?.currentRevision ?? ''
    expect((await pod('web-1'))).toMatchObject({
      metadata: { labels: { app: 'web', 'statefulset.kubernetes.io/pod-name': 'web-1', 'apps.kubernetes.io/pod-index': '1', 'controller-revision-hash': revision } }, spec: { hostname: 'web-1', subdomain: 'peers' },
    })
    expect(revision).toMatch(/^web-[a-z0-9]+$/)
    expect(set.status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 3, updatedReplicas: 3, updateRevision: revision, observedGeneration: 1 })
    expect(cluster.events.filter((e) => e.includes('SuccessfulCreate'))[0]).toBe('StatefulSet/web Normal SuccessfulCreate: create Pod web-0 in StatefulSet web successful')
    expect(cluster.failures).toEqual([])
  })

  test('never has two of a name: the place of a pod that is being deleted stays empty until it is gone, however long that takes', async () => {
    await create(2)
    await runAll(2)
    const { uid } = (await pod('web-0')).metadata
    await cluster.client.delete(Pods, 'ns', 'web-0')
    await cluster.clock.advance(3_600_000)
    expect([names(), (await pod('web-0')).metadata.uid]).toEqual([['web-0~', 'web-1'], uid])
    await end('web-0')
    expect(names()).toEqual(['web-0', 'web-1'])
    expect((await pod('web-0')).metadata.uid).not.toBe(uid)
  })

  test('what failed is deleted and made anew under its name', async () => {
    await create(2)
    await runAll(2)
    const { uid } = (await pod('web-1')).metadata
    await cluster.setPod(await pod('web-1'), { phase: 'Failed' })
    await cluster.settle()
    expect([names(), (await pod('web-1')).metadata.uid === uid]).toEqual([['web-0', 'web-1'], false])
    expect(cluster.events).toContain('StatefulSet/web Warning RecreatingFailedPod: StatefulSet ns/web is recreating failed Pod web-1')
  })

  test('scales down from the highest, waiting for each', async () => {
    await create(4)
    await runAll(4)
    await change({ replicas: 1 })
    expect(names()).toEqual(['web-0', 'web-1', 'web-2', 'web-3~'])
    expect(await rollOut()).toEqual(['web-3', 'web-2', 'web-1'])
    expect(names()).toEqual(['web-0'])
  })

  test('a name that is somebody else\'s is told, and taken when it is free', async () => {
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'ns' }, spec: { containers: [] } })
    await create(1)
    expect(cluster.events.at(-1)).toMatch(/Warning FailedCreate: create Pod web-0 in StatefulSet web failed error: .*already exists/)
    await end('web-0')
    await cluster.clock.advance(60_000)
    expect(controllerOf(await pod('web-0'))?.name).toBe('web')
  })

  test('a cache that is behind makes and deletes nothing twice', async () => {
    await create(1)
    cluster.holdWatch(Pods)
    await end('web-0')
    await setImage('two')
    await change({ replicas: 2 })
    expect(cluster.failures).toEqual([])
    cluster.releaseWatch(Pods)
    await cluster.settle()
    expect(names()).toEqual(['web-0'])
    expect(cluster.events.filter((e) => e.includes('Failed'))).toEqual([])
  })

  test('adopts a pod of its name, and lets one go that it selects no longer', async () => {
    const metadata = { name: 'web-0', namespace: 'ns', labels: { app: 'web' } }
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } })
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'web-x' }, spec: { containers: [] } })
    const set = await create(1)
    expect([controllerOf(await pod('web-0'))?.uid, controllerOf(await pod('web-x'))]).toEqual([set.metadata.uid, undefined])
    await run('web-0')
    expect((await pod('web-0')).metadata.labels?.['apps.kubernetes.io/pod-index']).toBe('0')
    const adopted = await pod('web-0')
    await cluster.client.update(Pods, { ...adopted, metadata: { ...adopted.metadata, labels: {} } })
    await cluster.settle()
    expect(controllerOf(await pod('web-0'))).toBeUndefined()
  })

  test('one that is being deleted makes nothing any more', async () => {
    await create(3)
    await cluster.client.delete(StatefulSets, 'ns', 'web', { propagationPolicy: 'Foreground' })
    await run('web-0')
    expect(names()).toEqual(['web-0'])
  })

  test('minReadySeconds: the next one waits, by itself', async () => {
    await create(2, { minReadySeconds: 10 })
    await run('web-0')
    expect([names(), (await current()).status?.availableReplicas]).toEqual([['web-0'], 0])
    await cluster.clock.advance(10_500)
    expect([names(), (await current()).status?.availableReplicas]).toEqual([['web-0', 'web-1'], 1])
  })
})

describe('a rollout', () => {
  beforeEach(async () => {
    await create(3)
    await runAll(3)
  })
  const revisions = (): [string, number, string | undefined][] => [...cluster.client.all(ControllerRevisions)].sort((a, b) => a.revision - b.revision)
    .map((r) => [r.metadata.name, r.revision, templateOf(r).spec?.containers[0]?.image])

  test('goes from the highest down, each when the one before is ready', async () => {
    const before = (await current()).status?.currentRevision
    await setImage('two')
    expect(names()).toEqual(['web-0', 'web-1', 'web-2~'])
    expect((await current()).status).toMatchObject({ currentRevision: before, currentReplicas: 2, updatedReplicas: 0 })
    expect(await rollOut()).toEqual(['web-2', 'web-1', 'web-0'])
    expect(images()).toEqual(['two', 'two', 'two'])
    const { status } = await current()
    expect([status?.currentRevision, status?.updatedReplicas, status?.currentReplicas]).toEqual([status?.updateRevision, 3, 3])
    expect(status?.currentRevision).not.toBe(before)
    expect(revisions().map(([, n, image]) => [n, image])).toEqual([[1, 'one'], [2, 'two']])
  })

  test('a partition keeps those below it, even when they are made anew', async () => {
    await change({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } })
    await setImage('two')
    await rollOut()
    expect(images()).toEqual(['one', 'one', 'two'])
    await cluster.client.delete(Pods, 'ns', 'web-1')
    await rollOut()
    expect(images()).toEqual(['one', 'one', 'two'])
    expect((await current()).status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 })
    await change({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } })
    await rollOut()
    expect(images()).toEqual(['two', 'two', 'two'])
  })

  test('OnDelete leaves it to people', async () => {
    await change({ updateStrategy: { type: 'OnDelete' } })
    await setImage('two')
    expect(names()).toEqual(['web-0', 'web-1', 'web-2'])
    await cluster.client.delete(Pods, 'ns', 'web-0')
    await rollOut()
    expect(images()).toEqual(['two', 'one', 'one'])
  })

  test('undone, the old revision is the newest again, and there is no third', async () => {
    await setImage('two')
    await rollOut()
    const [[first]] = revisions() as [[string, number, string]]
    await setImage('one')
    await rollOut()
    expect(images()).toEqual(['one', 'one', 'one'])
    expect(revisions().map(([, n, image]) => [n, image])).toEqual([[2, 'two'], [3, 'one']])
    expect((await current()).status?.currentRevision).toBe(first)
  })

  test('the history keeps what runs and the newest of the others', async () => {
    await change({ revisionHistoryLimit: 1 })
    for (const image of ['two', 'three', 'four']) {
      await setImage(image)
      await rollOut()
    }
    expect(revisions().map(([, , image]) => image)).toEqual(['three', 'four'])
    await change({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } })
    for (const image of ['five', 'six', 'seven']) await setImage(image)
    expect(revisions().map(([, , image]) => image)).toEqual(['four', 'six', 'seven'])
  })

  test('a name that another template has is not taken twice', async () => {
    await setImage('two')
    const [taken] = revisions().slice(-1) as [[string, number, string]]
    await rollOut()
    await setImage('one')
    await rollOut()
    const there = await cluster.client.get(ControllerRevisions, 'ns', taken[0])
    await cluster.client.delete(ControllerRevisions, 'ns', taken[0])
    await cluster.client.create(ControllerRevisions, { ...there, metadata: { ...there.metadata }, data: { spec: { template: {} } } })
    await cluster.settle()
    await setImage('two')
    expect((await current()).status?.collisionCount).toBe(1)
    await rollOut()
    expect(images()).toEqual(['two', 'two', 'two'])
  })

  test('that gets stuck goes no further, and an ordered one waits for its broken pod even when the template is good again', async () => {
    await setImage('broken')
    await end('web-2')
    await cluster.client.bind('ns', 'web-2', 'n')
    await cluster.setPod(await pod('web-2'), { ready: false })
    await cluster.settle()
    await setImage('one')
    expect([names(), images()]).toEqual([['web-0', 'web-1', 'web-2'], ['one', 'one', 'broken']])
    await cluster.client.delete(Pods, 'ns', 'web-2')
    await rollOut()
    expect(images()).toEqual(['one', 'one', 'one'])
  })
})

describe('claims', () => {
  const owners = async (name: string): Promise<string[]> => ((await cluster.client.get(PersistentVolumeClaims, 'ns', name)).metadata.ownerReferences ?? []).map((o) => `${o.kind}/${o.name}`)
  const policy = (whenDeleted: string, whenScaled: string): Partial<StatefulSetSpec> => ({ volumeClaimTemplates: [CLAIM], persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } })

  test('each pod has its own, made before it, and finds it again', async () => {
    await create(2, { volumeClaimTemplates: [CLAIM] })
    await runAll(2)
    expect(claims()).toEqual(['data-web-0', 'data-web-1'])
    expect((await cluster.client.get(PersistentVolumeClaims, 'ns', 'data-web-1'))).toMatchObject({ metadata: { labels: { tier: 'db', app: 'web' } }, spec: { accessModes: ['ReadWriteOnce'] } })
    expect((await pod('web-1')).spec.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-1' } }])
    const { uid } = (await cluster.client.get(PersistentVolumeClaims, 'ns', 'data-web-1')).metadata
    await change({ replicas: 0 })
    await rollOut()
    expect(claims()).toEqual(['data-web-0', 'data-web-1'])
    await change({ replicas: 2 })
    await rollOut()
    expect((await cluster.client.get(PersistentVolumeClaims, 'ns', 'data-web-1')).metadata.uid).toBe(uid)
  })

  test('one that is deleted under a pod that waits for a node comes back', async () => {
    await create(1, { volumeClaimTemplates: [CLAIM] })
    await cluster.client.delete(PersistentVolumeClaims, 'ns', 'data-web-0')
    await cluster.setPod(await pod('web-0'), { phase: 'Pending' })
    await cluster.settle()
    expect(claims()).toEqual(['data-web-0'])
  })

  test.each<[string, string, string[], string[]]>([
    ['Retain', 'Retain', [], []], ['Delete', 'Retain', ['StatefulSet/web'], ['StatefulSet/web']], ['Retain', 'Delete', [], ['Pod/web-1']], ['Delete', 'Delete', ['StatefulSet/web'], ['Pod/web-1']],
  ])('whenDeleted %s, whenScaled %s: who owns them while the pod stays, and when it is too much', async (whenDeleted, whenScaled, staying, condemned) => {
    await create(2, policy(whenDeleted, whenScaled))
    await runAll(2)
    expect(await owners('data-web-1')).toEqual(staying)
    await change({ replicas: 1 })
    expect([await owners('data-web-0'), await owners('data-web-1')]).toEqual([staying, condemned])
  })

  test('a pod is not made while the claim of the one before is about to go; then it gets a new one', async () => {
    await create(2, policy('Retain', 'Delete'))
    await runAll(2)
    await change({ replicas: 1 })
    await end('web-1')
    await change({ replicas: 2 })
    expect(names()).toEqual(['web-0'])
    await cluster.client.delete(PersistentVolumeClaims, 'ns', 'data-web-1')
    await cluster.settle()
    expect(names()).toEqual(['web-0', 'web-1'])
    expect(await owners('data-web-1')).toEqual([])
  })

  test('that cannot be made keep the pod from being made, and say so', async () => {
    cluster.client.intercept = (verb, resource) => {
      if (verb === 'create' && resource === PersistentVolumeClaims) throw new StatusError('Forbidden', 'exceeded quota')
    }
    await create(1, { volumeClaimTemplates: [CLAIM] })
    expect(names()).toEqual([])
    expect(cluster.events.at(-1)).toBe('StatefulSet/web Warning FailedCreate: create Pod web-0 in StatefulSet web failed error: exceeded quota')
    expect((await current()).status).toMatchObject({ replicas: 0, observedGeneration: 1 })
    cluster.client.intercept = () => undefined
    await cluster.clock.advance(60_000)
    expect(names()).toEqual(['web-0'])
  })
})
