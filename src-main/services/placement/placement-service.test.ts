import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { Deployments, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, PriorityClasses, ReplicaSets, ResourceQuotas } from '../../common/kube/kinds.ts'
import { AS_TESTER, startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { LocalManifests } from '../../engine/client/local-manifests.ts'
import { PlacementService } from './placement-service.ts'

let t: TestApi
let client: LocalClient
let placement: PlacementService
beforeEach(async () => {
  t = await startTestApi(new FakeClock())
  client = new LocalClient(t.api)
  placement = new PlacementService(client, new LocalManifests(t.api, AS_TESTER))
  for (const [name, cpu] of [['a', '2'], ['b', '1']]) {
    const node = await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: name ?? '', labels: { 'kubernetes.io/hostname': name ?? '' } }, spec: {} })
    await client.updateStatus(Nodes, { ...node, status: { allocatable: { cpu: cpu ?? '', memory: '8Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] } })
  }
})
afterEach(() => t.close())

const container = (cpu: string): object => ({ name: 'c', image: 'nginx:1', resources: { requests: { cpu } } })
const deployment = (name: string, replicas: number, cpu: string, more: object = {}): Record<string, unknown> => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container(cpu)], ...more } } },
})
const text = (...objects: object[]): string => objects.map((o) => JSON.stringify(o)).join('\n---\n')
const short = (plan: Awaited<ReturnType<PlacementService['simulate']>>): string[] => plan.instances.map((i) => `${i.app?.kind ?? ''} ${i.ref.name} ${i.outcome} ${i.node ?? ''}`.trim())

/** A deployment with its pods, as its controllers would have made them, all on one node. */
async function running(name: string, replicas: number, cpu: string, node: string): Promise<void> {
  const made = await client.create(Deployments, deployment(name, replicas, cpu) as never)
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: made.metadata.uid, controller: true }
  const set = await client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: `${name}-1`, namespace: 'default', ownerReferences: [owner] }, spec: { replicas, selector: made.spec.selector, template: made.spec.template } })
  for (let i = 0; i < replicas; i++) {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid, controller: true }]
    await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${name}-1-${String(i)}`, namespace: 'default', labels: { app: name }, ownerReferences }, spec: made.spec.template.spec ?? { containers: [] } })
    await client.bind('default', `${name}-1-${String(i)}`, node)
  }
}

test('where manifests would land: spread, pending with reasons, and what gives way', async () => {
  await client.create(PriorityClasses, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 100 })
  await running('low', 1, '1', 'b')
  const plan = await placement.simulate(text(deployment('web', 3, '700m'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'vital' }, spec: { priorityClassName: 'high', nodeName: undefined, nodeSelector: { 'kubernetes.io/hostname': 'b' }, containers: [container('1')] } }))
  expect(plan.problems).toEqual([])
  expect(short(plan)).toEqual(['vital lands b', 'Deployment web-0 lands a', 'Deployment web-1 lands a', 'Deployment web-2 pending', 'Deployment low-1-0 pending'])
  expect(plan.instances.at(-1)).toMatchObject({ from: 'b', evictedFor: { name: 'vital' }, why: { reason: 'Unschedulable' }, perNode: [{ node: 'a', reasons: ['Insufficient cpu'] }, { node: 'b', reasons: ['Insufficient cpu'] }] })
  expect(plan.nodes).toMatchObject([{ node: 'a', pods: 2, requested: { cpuMilli: 1400 }, allocatable: { cpuMilli: 2000 } }, { node: 'b', pods: 1 }])
  // Nothing was written.
  expect(t.api.list(Deployments).items.map((d) => d.metadata.name)).toEqual(['low'])
  expect(t.api.list(Pods).items.map((p) => p.metadata.name)).toEqual(['low-1-0'])
})

test('more replicas add to those that run; another template replaces them', async () => {
  await running('web', 2, '600m', 'a')
  const added = await placement.simulate(text(deployment('web', 3, '600m')))
  expect(short(added)).toEqual(['Deployment web-2 lands b'])
  const replaced = await placement.simulate(text(deployment('web', 3, '900m')))
  expect(short(replaced)).toHaveLength(3)
  expect(replaced.nodes.map((n) => n.requested.cpuMilli).sort()).toEqual([1800, 900])
  expect((await placement.simulate(text(deployment('web', 1, '600m')))).nodes.map((n) => n.pods)).toEqual([1, 0])
})

test('a text with problems is not simulated, and what admission refuses is said', async () => {
  await client.create(ResourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard: { 'requests.cpu': '1' } } })
  expect(await placement.simulate(text({ ...deployment('web', 1, '1'), kind: 'Deploymint' }))).toMatchObject({ instances: [], problems: [{ severity: 'error' }] })
  const refused = await placement.simulate(text(deployment('big', 2, '2')))
  expect(refused.instances).toMatchObject([{ outcome: 'refused', why: { message: expect.stringContaining('exceeded quota: q') as string } }])
})

test('losing a server, and the table of one instance', async () => {
  await running('web', 2, '800m', 'b')
  await running('other', 1, '600m', 'a')
  expect(short(await placement.rehearseLoss(['b']))).toEqual(['Deployment web-1-0 lands a', 'Deployment web-1-1 pending'])
  await expect(placement.rehearseLoss(['c'])).rejects.toMatchObject({ reason: 'NotFound' })
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'other-1-0' }
  expect(await placement.explain(ref)).toEqual({ nodes: [{ node: 'a', fits: true, reasons: [], score: expect.any(Number) as number }, { node: 'b', fits: false, reasons: ['Insufficient cpu'] }] })
  await expect(placement.explain({ ...ref, name: 'gone' })).rejects.toMatchObject({ reason: 'NotFound' })
})

test('a pod goes where its volume is, and with that server lost nowhere; a claim that is planned along is no reason against', async () => {
  const affinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['b'] }] }] } }
  const storage = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'local' }
  await client.create(PersistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { ...storage, local: { path: '/x' }, nodeAffinity: affinity, claimRef: { namespace: 'default', name: 'data' } } })
  await client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'default', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local', volumeName: 'v', resources: { requests: { storage: '1Gi' } } } })
  const claiming = (name: string, claimName: string): object => deployment(name, 1, '100m', { volumes: [{ name: 'd', persistentVolumeClaim: { claimName } }] })
  expect(short(await placement.simulate(text(claiming('old', 'data'), claiming('new', 'coming'))))).toEqual(['Deployment old-0 lands b', 'Deployment new-0 lands a'])
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { containers: [container('100m') as never], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } })
  const { nodes } = await placement.explain({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p' })
  expect(nodes).toMatchObject([{ node: 'a', fits: false, reasons: ['node(s) had volume node affinity conflict'] }, { node: 'b', fits: true }])
  expect((await placement.rehearseLoss(['b'])).instances).toMatchObject([{ ref: { name: 'p' }, outcome: 'pending' }])
  await client.bind('default', 'p', 'b')
  const waits = { ref: { name: 'p' }, from: 'b', outcome: 'waits', why: { reason: 'WaitingForData', message: 'Its data (claim "data") is on server b: it waits for that server.' } }
  expect((await placement.rehearseLoss(['b'])).instances).toMatchObject([waits])
  // A person let go of the data.
  await client.patch(PersistentVolumeClaims, 'default', 'data', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/on-server-loss': 'start-empty' } } })
  expect((await placement.rehearseLoss(['b'])).instances).toMatchObject([{ outcome: 'ends' }])
})
