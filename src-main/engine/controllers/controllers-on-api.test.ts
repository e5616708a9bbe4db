import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { findCondition, isConditionTrue } from '../../common/kube/conditions.ts'
import type { Deployment } from '../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Deployments, EndpointSlices, EndpointsResource, Namespaces, Pods, ReplicaSets, ServiceAccounts, Services } from '../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../common/kube/object.ts'
import { isPodActive } from '../../common/kube/pods.ts'
import { unschedulableOf } from '../../common/kube/unschedulable.ts'
import type { LocalClient } from '../client/local-client.ts'
import { ApiCluster } from './testing/api-cluster.ts'

let cluster: ApiCluster
let client: LocalClient
let failures: unknown[]

beforeEach(async () => {
  cluster = await ApiCluster.start()
  ;({ client, failures } = cluster)
})
afterEach(() => cluster.stop())

/** Resolves when `check` holds; rejects after a minute with what did not happen. */
function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => void look(), 5)
    const began = performance.now()
    const look = async (): Promise<void> => {
      const ok = await Promise.resolve(check()).catch(() => false)
      if (!ok && performance.now() - began < 60_000) return
      clearInterval(timer)
      if (ok) resolve()
      else reject(new Error(`did not happen: ${what}; failures: ${JSON.stringify(failures.map(String))}`))
    }
  })
}

const website = parse(readFileSync(new URL('../../../resources/samples/my-website.yaml', import.meta.url), 'utf8')) as Draft<Deployment>
const current = (): Promise<Frozen<Deployment>> => client.get(Deployments, 'default', 'my-website-deployment')
const pods = async (): Promise<Frozen<Pod>[]> => (await client.list(Pods, { namespace: 'default' })).items.filter(isPodActive)

async function apply(): Promise<void> {
  await client.create(Deployments, { ...website, metadata: { ...website.metadata, namespace: 'default' } })
  await ready('nginx', 3)
}
async function setImage(image: string): Promise<void> {
  const d = structuredClone(await current()) as Deployment
  d.spec.template.spec = { containers: [{ ...d.spec.template.spec?.containers[0], name: 'my-website-container', image }] }
  await client.update(Deployments, d)
}
function ready(image: string, n: number): Promise<void> {
  return eventually(async () => {
    const d = await current()
    const list = await pods()
    return d.status?.readyReplicas === n && d.status.updatedReplicas === n && d.status.replicas === n && list.every((p) => p.spec.containers[0]?.image === image && p.spec.nodeName)
      && d.status.observedGeneration === d.metadata.generation && findCondition(d.status.conditions, 'Progressing')?.reason === 'NewReplicaSetAvailable'
  }, `${String(n)} ready of ${image}`)
}

test('my-website.yaml runs three times, on both nodes, and a deleted pod is replaced', async () => {
  await apply()
  const [victim, ...others] = await pods()
  expect(new Set([victim, ...others].map((p) => p?.spec.nodeName)).size).toBe(2)
  await client.delete(Pods, 'default', victim?.metadata.name ?? '')
  await eventually(async () => {
    const now = await pods()
    return now.length === 3 && now.every((p) => p.metadata.uid !== victim?.metadata.uid && isConditionTrue(p.status?.conditions, 'Ready'))
  }, 'replacement')
  await eventually(async () => isConditionTrue((await current()).status?.conditions, 'Available'), 'Available')
  expect(failures).toEqual([])
})

test('an image change rolls; undo brings the old revision back; a broken image leaves the old pods', async () => {
  await apply()
  await setImage('nginx:2')
  await ready('nginx:2', 3)
  await setImage('nginx')
  await ready('nginx', 3)
  const sets = (await client.list(ReplicaSets, { namespace: 'default' })).items
  expect(sets.map((rs) => rs.metadata.annotations?.['deployment.kubernetes.io/revision']).sort()).toEqual(['2', '3'])
  await setImage('broken')
  await eventually(async () => (await pods()).length === 4, 'one broken pod beside the three')
  expect((await pods()).filter((p) => isConditionTrue(p.status?.conditions, 'Ready'))).toHaveLength(3)
  expect(failures).toEqual([])
})

test('a Service leads to the ready pods only; nothing is written once all is said', async () => {
  await client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'my-website' }, ports: [{ port: 80 }] } })
  await apply()
  const addresses = async (): Promise<string[]> => (await client.list(EndpointSlices, { namespace: 'default', labelSelector: 'kubernetes.io/service-name=web' })).items
    .flatMap((s) => s.endpoints).filter((e) => e.conditions?.ready === true).flatMap((e) => e.addresses)
  await eventually(async () => (await addresses()).length === 3, 'three endpoints')
  const [first] = await pods()
  await client.delete(Pods, 'default', first?.metadata.name ?? '')
  await eventually(async () => (await addresses()).length === 3 && !(await addresses()).includes(first?.status?.podIP ?? ''), 'the new pod in place of the deleted one')
  expect((await client.get(EndpointsResource, 'default', 'web')).subsets?.[0]?.ports).toMatchObject([{ port: 80 }])
  await ready('nginx', 3)
  await cluster.atRest()
})

test.each(['Background', 'Foreground'] as const)('a deployment deleted in the %s takes its ReplicaSets and pods along', async (propagationPolicy) => {
  await apply()
  await client.delete(Deployments, 'default', 'my-website-deployment', { propagationPolicy })
  await eventually(async () => (await client.list(Pods)).items.length + (await client.list(ReplicaSets)).items.length + (await client.list(Deployments)).items.length === 0, 'all gone')
  expect(failures).toEqual([])
})

test('a deployment deleted as Orphan leaves its ReplicaSet, which another of the same selector adopts', async () => {
  await apply()
  const uids = new Set((await pods()).map((p) => p.metadata.uid))
  await client.delete(Deployments, 'default', 'my-website-deployment', { propagationPolicy: 'Orphan' })
  await eventually(async () => (await client.list(Deployments)).items.length === 0, 'deployment gone')
  await apply()
  expect(new Set((await pods()).map((p) => p.metadata.uid))).toEqual(uids)
})

test('a namespace has its ServiceAccount; deleted, it is emptied and goes', async () => {
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: {} })
  await client.create(Deployments, { ...website, metadata: { ...website.metadata, namespace: 'shop' } })
  await client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'my-website' }, ports: [{ port: 80 }] } })
  await eventually(async () => (await client.get(Deployments, 'shop', 'my-website-deployment')).status?.readyReplicas === 3, '3 ready')
  await client.get(ServiceAccounts, 'shop', 'default')
  await client.delete(Namespaces, '', 'shop')
  await eventually(async () => !(await client.list(Namespaces)).items.some((n) => n.metadata.name === 'shop'), 'namespace gone')
  expect((await client.list(Pods, { namespace: 'shop' })).items).toEqual([])
  expect(failures).toEqual([])
})

test('a pod that fits nowhere says why, in its condition and per node', async () => {
  await client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'big', namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '100' } } }] },
  })
  await eventually(async () => unschedulableOf(await client.get(Pods, 'default', 'big')) !== undefined, 'a reason')
  expect(unschedulableOf(await client.get(Pods, 'default', 'big'))).toEqual({
    message: '0/2 nodes are available: 2 Insufficient cpu.', reasons: [{ reason: 'Insufficient cpu', count: 2, nodes: ['node-1', 'node-2'] }],
  })
})
