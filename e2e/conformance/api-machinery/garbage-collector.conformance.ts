import { expect } from 'vitest'
import type { ReplicaSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod, ReplicationController } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Frozen, KubeObject } from '../../../src-main/common/kube/object.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { podOf } from '../framework/pods.ts'

/** Upstream's least: it takes as many as the nodes have room for, up to a hundred. */
const PODS = 10
/** As upstream's: they are gone at once. */
const SPEC = podOf('x', { terminationGracePeriodSeconds: 0 }).spec

async function controllerOf(f: Framework, name: string, replicas: number): Promise<ReplicationController> {
  const template = { metadata: { labels: { app: name } }, spec: SPEC }
  return f.client.create<ReplicationController>(f.core('replicationcontrollers'), { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name }, spec: { replicas, selector: { app: name }, template } })
}

async function podsOf(f: Framework): Promise<Pod[]> {
  return (await f.client.get<{ items: Pod[] }>(f.core('pods'))).items
}

/** What a delete says of its object, and of what it owns. */
const told = ({ metadata: { uid } }: Frozen<KubeObject>, propagationPolicy: string): object => ({ propagationPolicy, preconditions: { uid } })
const gone = (f: Framework, path: string): Promise<unknown> => eventually(`${path} is gone`, async () => (await f.client.ask('GET', path)).code === 404, 90_000)

conformance('[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning', async (f) => {
  const rc = await controllerOf(f, 'simpletest.rc', 2)
  await eventually('two pods', async () => (await podsOf(f)).length === 2)
  await f.client.delete(f.core('replicationcontrollers', 'simpletest.rc'), told(rc, 'Background'))
  await eventually('no pods', async () => (await podsOf(f)).length === 0, 90_000)
})

conformance('[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so', async (f) => {
  const rc = await controllerOf(f, 'simpletest.rc', PODS)
  const path = f.core('replicationcontrollers', 'simpletest.rc')
  await eventually('all pods', async () => (await f.client.get<ReplicationController>(path)).status?.replicas === PODS)
  await f.client.delete(path, told(rc, 'Orphan'))
  await gone(f, path)
  // Nobody deletes them afterwards either.
  await expect(eventually('one goes', async () => (await podsOf(f)).length !== PODS, 30_000)).rejects.toThrow('one goes')
  expect((await podsOf(f)).map((pod) => pod.metadata.ownerReferences ?? [])).toEqual(Array.from({ length: PODS }, () => []))
})

async function deploymentWithSet(f: Framework): Promise<{ path: string; deployment: KubeObject; sets: () => Promise<ReplicaSet[]> }> {
  const path = f.group('apps/v1', 'deployments', 'simpletest.deployment')
  const labels = { app: 'simpletest' }
  const deployment = await f.client.create<KubeObject>(f.group('apps/v1', 'deployments'), { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'simpletest.deployment' }, spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: SPEC } } })
  const sets = async (): Promise<ReplicaSet[]> => (await f.client.get<{ items: ReplicaSet[] }>(f.group('apps/v1', 'replicasets'))).items
  await eventually('a set with its pods', async () => {
    const [set] = await sets()
    return set?.status?.observedGeneration !== undefined && set.status.replicas === set.spec?.replicas
  })
  return { path, deployment, sets }
}

conformance('[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning', async (f) => {
  const { path, deployment, sets } = await deploymentWithSet(f)
  await f.client.delete(path, told(deployment, 'Background'))
  await eventually('neither sets nor pods', async () => (await sets()).length === 0 && (await podsOf(f)).length === 0, 90_000)
})

conformance('[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan', async (f) => {
  const { path, deployment, sets } = await deploymentWithSet(f)
  await f.client.delete(path, told(deployment, 'Orphan'))
  await gone(f, path)
  // What is gone has let go of all it had.
  expect((await sets()).map((set) => set.metadata.ownerReferences ?? [])).toEqual([[]])
  expect(await podsOf(f)).toHaveLength(2)
  await expect(eventually('the set goes', async () => (await sets()).length === 0, 10_000)).rejects.toThrow('the set goes')
})

conformance('[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so', async (f) => {
  const rc = await controllerOf(f, 'simpletest.rc', PODS)
  const path = f.core('replicationcontrollers', 'simpletest.rc')
  await eventually('all pods', async () => (await f.client.get<ReplicationController>(path)).status?.replicas === PODS)
  await f.client.delete(path, told(rc, 'Foreground'))
  // The controller is asked before the pods: had it gone first, some of these would be seen.
  await eventually('the controller and its pods are gone', async () => {
    const { code, body } = await f.client.ask<ReplicationController>('GET', path)
    const pods = await podsOf(f)
    if (code === 404) expect(pods).toEqual([])
    else expect(body.metadata.finalizers).toContain('foregroundDeletion')
    return code === 404
  }, 120_000)
})

conformance("[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted", async (f) => {
  const goes = await controllerOf(f, 'simpletest-rc-to-be-deleted', PODS)
  const stays = await controllerOf(f, 'simpletest-rc-to-stay', 0)
  const path = f.core('replicationcontrollers', 'simpletest-rc-to-be-deleted')
  await eventually('all pods', async () => (await f.client.get<ReplicationController>(path)).status?.replicas === PODS)
  const shared = (await podsOf(f)).slice(0, PODS / 2).map(({ metadata: { name } }) => name)
  for (const name of shared) {
    await f.client.patch(f.core('pods', name), 'strategic', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: stays.metadata.name, uid: stays.metadata.uid }] } })
  }
  await f.client.delete(path, told(goes, 'Foreground'))
  await gone(f, path)
  const left = await podsOf(f)
  expect(left.map(({ metadata: { name } }) => name).sort()).toEqual([...shared].sort())
  expect(left.filter(({ metadata: { deletionTimestamp } }) => deletionTimestamp !== undefined)).toEqual([])
  expect(left.map(({ metadata: { ownerReferences } }) => ownerReferences?.map(({ name }) => name))).toEqual(left.map(() => ['simpletest-rc-to-stay']))
})

conformance('[sig-api-machinery] Garbage collector should not be blocked by dependency circle', async (f) => {
  const names = ['pod1', 'pod2', 'pod3']
  const pods = await Promise.all(names.map((name) => f.client.create<Pod>(f.core('pods'), podOf(name, { terminationGracePeriodSeconds: 0 }))))
  const owners = await Promise.all(pods.map((pod, i) => {
    const { metadata: { name, uid } } = pods[(i + 2) % 3] as Pod
    return f.client.patch<Pod>(f.core('pods', pod.metadata.name), 'strategic', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true }] } })
  }))
  expect(owners.map(({ metadata: { ownerReferences } }) => ownerReferences?.[0]?.name)).toEqual(['pod3', 'pod1', 'pod2'])
  await f.client.delete(f.core('pods', 'pod1'), told(pods[0] as Pod, 'Foreground'))
  await eventually('none is left', async () => (await podsOf(f)).length === 0, 90_000)
})
