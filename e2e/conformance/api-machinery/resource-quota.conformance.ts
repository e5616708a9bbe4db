import { expect } from 'vitest'
import type { ReplicationController, ResourceQuota, Secret } from '../../../src-main/common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../../src-main/common/kube/quantity.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { podOf } from '../framework/pods.ts'

const DONGLE = 'example.com/dongle'
const HARD = {
  'pods': '5', 'services': '10', 'services.nodeports': '1', 'services.loadbalancers': '1', 'replicationcontrollers': '10', 'resourcequotas': '1', 'cpu': '1', 'memory': '500Mi',
  'configmaps': '10', 'secrets': '10', 'persistentvolumeclaims': '10', 'requests.storage': '10Gi', 'ephemeral-storage': '50Gi', 'count/replicasets.apps': '5',
  'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '10', 'gold.storageclass.storage.k8s.io/requests.storage': '10Gi', [`requests.${DONGLE}`]: '3',
}

type Amounts = Record<string, string>

async function quotaOf(f: Framework, hard: Amounts = HARD, name = 'test-quota', spec: Partial<ResourceQuota['spec']> = {}): Promise<void> {
  await f.client.create(f.core('resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...spec } })
}

/** Waits until the quota's status says all of this. */
async function used(f: Framework, amounts: Amounts, name = 'test-quota'): Promise<void> {
  const isSo = ({ status }: ResourceQuota): boolean => Object.entries(amounts).every(([what, text]) => parseQuantity(status?.used?.[what] ?? 'none') === parseQuantity(text))
  await watchUntil<ResourceQuota>(f, f.core('resourcequotas'), { fieldSelector: `metadata.name=${name}` }, ({ object }) => isSo(object), `${name} uses ${JSON.stringify(amounts)}`)
}

async function refused(f: Framework, path: string, body: unknown): Promise<string> {
  const { code, body: { message } } = await f.client.ask<{ message: string }>('POST', path, { body })
  expect(code).toBe(403)
  return message
}

const objectOf = (apiVersion: string, kind: string, name: string, rest: object = {}): object => ({ apiVersion, kind, metadata: { name }, ...rest })
const podNeeding = (name: string, requests: Amounts, limits: Amounts = {}, activeDeadlineSeconds?: number): object =>
  podOf(name, { containers: [{ resources: { requests, limits } }], ...(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }) })

conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated.', async (f) => {
  await quotaOf(f)
  await used(f, { resourcequotas: '1' })
})

conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service.', async (f) => {
  await quotaOf(f)
  await used(f, { resourcequotas: '1' })
  const service = (name: string, type: string, more: object = {}): object => objectOf('v1', 'Service', name, { spec: { type, ports: [{ port: 80, targetPort: 80 }], ...more } })
  await f.client.create(f.core('services'), service('test-service', 'ClusterIP'))
  await f.client.create(f.core('services'), service('test-service-np', 'NodePort'))
  expect(await refused(f, f.core('services'), service('test-service-lb', 'LoadBalancer', { allocateLoadBalancerNodePorts: true }))).toContain('exceeded quota: test-quota')
  await used(f, { 'resourcequotas': '1', 'services': '2', 'services.nodeports': '1' })
  await f.client.delete(f.core('services', 'test-service'))
  await f.client.delete(f.core('services', 'test-service-np'))
  await used(f, { 'resourcequotas': '1', 'services': '0', 'services.nodeports': '0' })
})

/** One more of a kind of which there may be some already: the root certificates are in each namespace. */
async function lifeOfOneMore(f: Framework, plural: string, more: object): Promise<void> {
  if (plural === 'configmaps') await eventually('the root certificates', () => f.client.get(f.core('configmaps', 'kube-root-ca.crt')))
  const { items: { length } } = await f.client.get<{ items: Secret[] }>(f.core(plural))
  await quotaOf(f, { ...HARD, [plural]: String(length + 1) })
  await used(f, { resourcequotas: '1', [plural]: String(length) })
  await f.client.create(f.core(plural), more)
  await used(f, { [plural]: String(length + 1) })
  await f.client.delete(f.core(plural, 'test'))
  await used(f, { [plural]: String(length) })
}

conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret.', (f) => lifeOfOneMore(f, 'secrets', objectOf('v1', 'Secret', 'test', { data: { 'data-1': 'dmFsdWUtMQo=' } })))
conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap.', (f) => lifeOfOneMore(f, 'configmaps', objectOf('v1', 'ConfigMap', 'test', { data: { a: 'b' } })))

conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod.', async (f) => {
  await quotaOf(f)
  await used(f, { resourcequotas: '1' })
  const needs = { 'cpu': '500m', 'memory': '252Mi', 'ephemeral-storage': '30Gi', [DONGLE]: '2' }
  const pod = await f.client.create<{ spec: { containers: { resources: object }[] } }>(f.core('pods'), podNeeding('test-pod', needs, { [DONGLE]: '2' }))
  const taken = { 'resourcequotas': '1', 'pods': '1', 'cpu': '500m', 'memory': '252Mi', 'ephemeral-storage': '30Gi', [`requests.${DONGLE}`]: '2' }
  await used(f, taken)
  expect(await refused(f, f.core('pods'), podNeeding('fail-pod', { cpu: '600m', memory: '100Mi' }))).toContain('exceeded quota: test-quota')
  const dongled = podNeeding('fail-pod-for-extended-resource', { 'cpu': '500m', 'memory': '100Mi', 'ephemeral-storage': '30Gi', [DONGLE]: '2' }, { [DONGLE]: '2' })
  expect(await refused(f, f.core('pods'), dongled)).toContain('exceeded quota: test-quota')
  const changed = { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map((c) => ({ ...c, resources: { requests: { 'cpu': '100m', 'memory': '100Mi', 'ephemeral-storage': '10Gi' } } })) } }
  expect((await f.client.ask('PUT', f.core('pods', 'test-pod'), { body: changed })).code).toBeGreaterThanOrEqual(400)
  await used(f, taken)
  await f.client.delete(f.core('pods', 'test-pod'), { gracePeriodSeconds: 0 })
  await used(f, { 'resourcequotas': '1', 'pods': '0', 'cpu': '0', 'memory': '0', 'ephemeral-storage': '0', [`requests.${DONGLE}`]: '0' })
})

conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller.', async (f) => {
  await quotaOf(f)
  await used(f, { resourcequotas: '1', replicationcontrollers: '0' })
  const template = { metadata: { labels: { name: 'test-rc' } }, spec: podOf('x').spec }
  await f.client.create<ReplicationController>(f.core('replicationcontrollers'), objectOf('v1', 'ReplicationController', 'test-rc', { spec: { replicas: 0, selector: { name: 'test-rc' }, template: { ...template, spec: { ...template.spec, terminationGracePeriodSeconds: 30 } } } }))
  await used(f, { replicationcontrollers: '1' })
  await f.client.delete(f.core('replicationcontrollers', 'test-rc'), { gracePeriodSeconds: 0, propagationPolicy: 'Background' })
  await used(f, { replicationcontrollers: '0' })
})

conformance('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set.', async (f) => {
  await quotaOf(f)
  await used(f, { 'resourcequotas': '1', 'count/replicasets.apps': '0' })
  const template = { metadata: { labels: { name: 'test-rs' } }, spec: { ...podOf('x').spec, terminationGracePeriodSeconds: 30 } }
  await f.client.create(f.group('apps/v1', 'replicasets'), objectOf('apps/v1', 'ReplicaSet', 'test-rs', { spec: { replicas: 0, selector: { matchLabels: { name: 'test-rs' } }, template } }))
  await used(f, { 'count/replicasets.apps': '1' })
  await f.client.delete(f.group('apps/v1', 'replicasets', 'test-rs'))
  await used(f, { 'count/replicasets.apps': '0' })
})

const NEEDS = { cpu: '500m', memory: '200Mi' }
const LIMITS = { cpu: '1', memory: '400Mi' }

conformance('[sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes.', async (f) => {
  const hard = { 'pods': '5', 'requests.cpu': '1', 'requests.memory': '500Mi', 'limits.cpu': '2', 'limits.memory': '1Gi' }
  const some = { 'pods': '1', 'requests.cpu': '500m', 'requests.memory': '200Mi', 'limits.cpu': '1', 'limits.memory': '400Mi' }
  const none = { 'pods': '0', 'requests.cpu': '0', 'requests.memory': '0', 'limits.cpu': '0', 'limits.memory': '0' }
  await quotaOf(f, hard, 'quota-terminating', { scopes: ['Terminating'] })
  await used(f, { pods: '0' }, 'quota-terminating')
  await quotaOf(f, hard, 'quota-not-terminating', { scopes: ['NotTerminating'] })
  await used(f, { pods: '0' }, 'quota-not-terminating')
  await f.client.create(f.core('pods'), podNeeding('test-pod', NEEDS, LIMITS))
  await used(f, some, 'quota-not-terminating')
  await used(f, none, 'quota-terminating')
  await f.client.delete(f.core('pods', 'test-pod'), { gracePeriodSeconds: 0 })
  await used(f, none, 'quota-not-terminating')
  await f.client.create(f.core('pods'), podNeeding('terminating-pod', NEEDS, LIMITS, 3600))
  await used(f, some, 'quota-terminating')
  await used(f, none, 'quota-not-terminating')
  await f.client.delete(f.core('pods', 'terminating-pod'), { gracePeriodSeconds: 0 })
  await used(f, none, 'quota-terminating')
})

conformance('[sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope.', async (f) => {
  await quotaOf(f, { pods: '5' }, 'quota-besteffort', { scopes: ['BestEffort'] })
  await used(f, { pods: '0' }, 'quota-besteffort')
  await quotaOf(f, { pods: '5' }, 'quota-not-besteffort', { scopes: ['NotBestEffort'] })
  await used(f, { pods: '0' }, 'quota-not-besteffort')
  for (const [name, pod, mine, others] of [['best', podOf('best'), 'quota-besteffort', 'quota-not-besteffort'], ['burstable', podNeeding('burstable', NEEDS, LIMITS), 'quota-not-besteffort', 'quota-besteffort']] as const) {
    await f.client.create(f.core('pods'), pod)
    await used(f, { pods: '1' }, mine)
    await used(f, { pods: '0' }, others)
    await f.client.delete(f.core('pods', name), { gracePeriodSeconds: 0 })
    await used(f, { pods: '0' }, mine)
  }
})

conformance('[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota.', async (f) => {
  await quotaOf(f, { cpu: '1', memory: '500Mi' })
  expect((await f.client.get<ResourceQuota>(f.core('resourcequotas', 'test-quota'))).spec.hard).toEqual({ cpu: '1', memory: '500Mi' })
  const changed = await f.client.replace<ResourceQuota>(f.core('resourcequotas', 'test-quota'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'test-quota' }, spec: { hard: { cpu: '2', memory: '1Gi' } } })
  expect(changed.spec.hard).toEqual({ cpu: '2', memory: '1Gi' })
  expect((await f.client.get<ResourceQuota>(f.core('resourcequotas', 'test-quota'))).spec.hard).toEqual({ cpu: '2', memory: '1Gi' })
  await f.client.delete(f.core('resourcequotas', 'test-quota'))
  expect((await f.client.ask('GET', f.core('resourcequotas', 'test-quota'))).code).toBe(404)
})

conformance('[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota', async (f) => {
  const name = f.unique('e2e-quota')
  const labels = { [name]: name }
  await f.client.create(f.core('resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, labels }, spec: { hard: { cpu: '1', memory: '500Mi' } } })
  expect((await f.client.get<ResourceQuota>(f.core('resourcequotas', name))).spec.hard).toEqual({ cpu: '1', memory: '500Mi' })
  const { items } = await f.client.get<{ items: ResourceQuota[] }>('/api/v1/resourcequotas', { labelSelector: `${name}=${name}` })
  expect(items).toHaveLength(1)
  const patched = await f.client.patch<ResourceQuota>(f.core('resourcequotas', name), 'strategic', { metadata: { labels: { [name]: 'patched' } }, spec: { hard: { memory: '750Mi' } } })
  expect(patched).toMatchObject({ metadata: { labels: { [name]: 'patched' } }, spec: { hard: { cpu: '1', memory: '750Mi' } } })
  await f.client.delete(f.core('resourcequotas'), undefined, { labelSelector: `${name}=patched` })
  await eventually('no quota', async () => (await f.client.get<{ items: unknown[] }>('/api/v1/resourcequotas', { labelSelector: `${name}=patched` })).items.length === 0)
})

conformance('[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status', async (f) => {
  const name = f.unique('e2e-rq-status')
  const path = f.core('resourcequotas', name)
  const label = `e2e-rq-status-label=${name}`
  await f.client.create(f.core('resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, labels: { 'e2e-rq-status-label': name } }, spec: { hard: { cpu: '500m', memory: '500Mi' } } })
  const seen = (what: string, wanted: (quota: ResourceQuota) => boolean, resourceVersion?: string): Promise<ResourceQuota> => watchUntil<ResourceQuota>(f, f.core('resourcequotas'), { labelSelector: label, ...(resourceVersion === undefined ? {} : { resourceVersion }) }, ({ object }) => wanted(object), what)
  const counted = await seen('the status has the limits', ({ status }) => status?.hard?.['cpu'] === '500m' && status.hard['memory'] === '500Mi')

  const wider = await f.client.replace<ResourceQuota>(path, { ...counted, spec: { hard: { cpu: '1', memory: '1Gi' } } })
  const before = await seen('the status has the new limits', ({ status }) => status?.hard?.['cpu'] === '1' && status.hard['memory'] === '1Gi', wider.metadata.resourceVersion)

  const put = await f.client.replace<ResourceQuota>(`${path}/status`, { ...before, metadata: { ...before.metadata, annotations: { 'e2e.example.com/put': 'yes' } }, status: { ...before.status, hard: { cpu: '2', memory: '2Gi' } } })
  expect(put.status?.hard).toEqual({ cpu: '2', memory: '2Gi' })
  await seen('the status as it was put', ({ status, metadata }) => status?.hard?.['cpu'] === '2' && metadata.annotations?.['e2e.example.com/put'] === 'yes', before.metadata.resourceVersion)
  const again = await seen('what the spec says, again', ({ status }) => status?.hard?.['cpu'] === '1', put.metadata.resourceVersion)

  const patched = await f.client.patch<ResourceQuota>(`${path}/status`, 'strategic', { metadata: { annotations: { 'e2e.example.com/patched': 'yes' } }, status: { hard: { memory: '3Gi' } } })
  expect(patched.status?.hard).toEqual({ cpu: '1', memory: '3Gi' })
  expect((await f.client.get<ResourceQuota>(`${path}/status`)).metadata.annotations?.['e2e.example.com/patched']).toBe('yes')
  await seen('the status as it was patched', ({ status }) => status?.hard?.['memory'] === '3Gi', again.metadata.resourceVersion)
  const last = await seen('what the spec says, at the end', ({ status }) => status?.hard?.['memory'] === '1Gi', patched.metadata.resourceVersion)
  expect(last.status?.hard).toEqual({ cpu: '1', memory: '1Gi' })
})
