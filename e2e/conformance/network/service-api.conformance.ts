import { expect } from 'vitest'
import type { Service } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, watchUntil } from '../framework/conformance.ts'
import { service } from './servers.ts'

conformance('[sig-network] Services should provide secure master service', async (f) => {
  const { spec } = await f.client.get<Service>('/api/v1/namespaces/default/services/kubernetes')
  expect(spec.ports).toMatchObject([{ name: 'https', port: 443, protocol: 'TCP' }])
})

conformance('[sig-network] Services should find a service from listing all namespaces', async (f) => {
  const { items } = await f.client.get<{ items: Service[] }>('/api/v1/services')
  expect(items.some(({ metadata }) => metadata.name === 'kubernetes' && metadata.namespace === 'default')).toBe(true)
})

conformance('[sig-network] Services should complete a service status lifecycle', async (f) => {
  const name = f.unique('test-service')
  const labels = { 'test-service-static': 'true' }
  const labelSelector = 'test-service-static=true'
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }]
  const { metadata: { resourceVersion } } = await f.client.get<{ metadata: { resourceVersion: string } }>('/api/v1/services', { labelSelector })
  const seen = (type: string, what: string, wanted: (object: Service) => boolean): Promise<Service> =>
    watchUntil<Service>(f, f.core('services'), { labelSelector, resourceVersion }, (event) => event.type === type && event.object.metadata.name === name && wanted(event.object), what)
  await f.client.create<Service>(f.core('services'), service(name, { type: 'LoadBalancer', ports }, labels))
  await seen('ADDED', 'the new Service', () => true)
  expect(await f.client.get<Service>(f.core('services', `${name}/status`))).toMatchObject({ kind: 'Service', metadata: { name }, status: { loadBalancer: {} } })

  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } }
  const patched = await f.client.patch<Service>(f.core('services', `${name}/status`), 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status })
  expect(patched.status?.loadBalancer).toMatchObject(status.loadBalancer)
  expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' })
  await seen('MODIFIED', 'the patched status', ({ metadata, status: now }) => metadata.annotations?.['patchedstatus'] === 'true' && now?.loadBalancer?.ingress?.[0]?.ip === '203.0.113.1')

  const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: null }
  const read = await f.client.get<Service>(f.core('services', name))
  const updated = await f.client.replace<Service>(f.core('services', `${name}/status`), { ...read, status: { ...read.status, conditions: [...(read.status?.conditions ?? []), condition] } })
  // The first of all, for upstream looks at no other.
  expect(updated.status?.conditions?.[0]).toMatchObject({ type: condition.type, reason: condition.reason, message: condition.message })
  await seen('MODIFIED', 'the condition', ({ status: now }) => now?.conditions?.some(({ type, message }) => type === condition.type && message === condition.message) === true)

  await f.client.patch<Service>(f.core('services', name), 'strategic', { metadata: { labels: { 'test-service': 'patched' } } })
  await seen('MODIFIED', 'the patched label', ({ metadata, status: now }) => metadata.labels?.['test-service'] === 'patched' && now?.loadBalancer?.ingress?.[0]?.ip === '203.0.113.1')
  await f.client.delete(f.core('services', name))
  await seen('DELETED', 'its end', () => true)
})

conformance('[sig-network] Services should delete a collection of services', async (f) => {
  const labels = { 'e2e-test-service': f.unique('svc') }
  const labelSelector = `e2e-test-service=${labels['e2e-test-service']}`
  const count = async (): Promise<number> => (await f.client.get<{ items: Service[] }>(f.core('services'))).items.length
  for (const [name, port, own] of [['e2e-svc-a', 8001, labels], ['e2e-svc-b', 8002, labels], ['e2e-svc-c', 8003, {}]] as const) {
    await f.client.create(f.core('services'), service(f.unique(name), { type: 'ClusterIP', ports: [{ name: 'http', protocol: 'TCP', port, targetPort: port }] }, own))
  }
  expect(await count()).toBe(3)
  await f.client.delete(f.core('services'), undefined, { labelSelector })
  const { items } = await f.client.get<{ items: Service[] }>(f.core('services'))
  expect(items.map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/^e2e-svc-c/)])
})
