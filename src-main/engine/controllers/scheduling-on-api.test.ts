import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Pod, PodSpec, ResourceQuota } from '../../common/kube/generated/core-v1.ts'
import { Pods, PriorityClasses, ResourceQuotas, Services } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { unschedulableOf } from '../../common/kube/unschedulable.ts'
import type { LocalClient } from '../client/local-client.ts'
import { ApiCluster } from './testing/api-cluster.ts'

let cluster: ApiCluster
let client: LocalClient
beforeEach(async () => {
  cluster = await ApiCluster.start()
  ;({ client } = cluster)
})
afterEach(() => cluster.stop())

const create = (name: string, cpu: string, spec: Partial<PodSpec> = {}): Promise<Frozen<Pod>> => client.create(Pods, {
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu } } }], ...spec },
})
const get = (name: string): Promise<Frozen<Pod>> => client.get(Pods, 'default', name)
const eventually = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 60_000, interval: 5 })

test('a pod of a higher class takes the place of one of a lower, on the real API', async () => {
  await client.create(PriorityClasses, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 })
  await create('low-1', '3')
  await create('low-2', '4')
  await eventually(async () => expect([(await get('low-1')).status?.phase, (await get('low-2')).status?.phase]).toEqual(['Running', 'Running']))
  await create('waiting', '2')
  await eventually(async () => expect(unschedulableOf(await get('waiting'))?.message).toBe('0/2 nodes are available: 2 Insufficient cpu.'))
  await create('high', '2', { priorityClassName: 'high' })
  await eventually(async () => expect(await get('high')).toMatchObject({ spec: { priority: 1000 }, status: { phase: 'Running' } }))
  // One pod of priority 0 is the same loss on both nodes; whichever it was, the other still runs.
  const left = (await client.list(Pods, { namespace: 'default' })).items.filter((p) => p.metadata.name.startsWith('low'))
  expect(left).toHaveLength(1)
  expect((await get('high')).spec.nodeName).not.toBe(left[0]?.spec.nodeName)
  expect(cluster.failures).toEqual([])
})

test('a gated pod waits for its gates, and goes when the last is taken away', async () => {
  await create('gated', '1', { schedulingGates: [{ name: 'wait' }] })
  await create('free', '1')
  await eventually(async () => expect((await get('free')).status?.phase).toBe('Running'))
  const gated = await get('gated')
  expect(gated.spec.nodeName).toBeUndefined()
  expect(findCondition(gated.status?.conditions, 'PodScheduled')?.reason).toBe('SchedulingGated')
  await client.update(Pods, { ...gated, spec: { ...gated.spec, schedulingGates: [] } })
  await eventually(async () => expect((await get('gated')).status?.phase).toBe('Running'))
})

test('a quota counts what comes and goes', async () => {
  await client.create(ResourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard: { pods: '10', 'requests.cpu': '2', services: '5', 'count/secrets': '3' } } })
  const used = async (): Promise<ResourceQuota['status']> => (await client.get(ResourceQuotas, 'default', 'q')).status
  await eventually(async () => expect(await used()).toEqual({ hard: { pods: '10', 'requests.cpu': '2', services: '5', 'count/secrets': '3' }, used: { pods: '0', 'requests.cpu': '0', services: '1', 'count/secrets': '0' } }))
  await create('a', '700m')
  await create('b', '800m')
  await client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'default' }, spec: { ports: [{ port: 80 }] } })
  await eventually(async () => expect((await used())?.used).toEqual({ pods: '2', 'requests.cpu': '1500m', services: '2', 'count/secrets': '0' }))
  await expect(create('c', '600m')).rejects.toThrow('pods "c" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=1500m, limited: requests.cpu=2')
  await client.delete(Pods, 'default', 'a')
  await eventually(async () => expect((await used())?.used).toEqual({ pods: '1', 'requests.cpu': '800m', services: '2', 'count/secrets': '0' }))
  const b = await get('b')
  await client.updateStatus(Pods, { ...b, status: { ...b.status, phase: 'Failed' } })
  await eventually(async () => expect((await used())?.used).toEqual({ pods: '0', 'requests.cpu': '0', services: '2', 'count/secrets': '0' }))
})
