import { expect } from 'vitest'
import type { Lease } from '../../../src-main/common/kube/generated/coordination-v1.ts'
import { conformance } from '../framework/conformance.ts'
import type { List } from '../framework/lists.ts'

conformance('[sig-node] Lease lease API should be available', async (f) => {
  const at = (name?: string): string => f.group('coordination.k8s.io/v1', 'leases', name)
  const lease = (name: string, spec: Lease['spec'], labels = {}): object => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, labels }, spec })
  // Upstream's times are a few seconds after the year 1 began.
  const first = { holderIdentity: 'holder', leaseDurationSeconds: 30, acquireTime: '0001-01-01T00:00:02.000000Z', renewTime: '0001-01-01T00:00:05.000000Z', leaseTransitions: 0 }
  await f.client.create(at(), lease('lease', first))
  const read = await f.client.get<Lease>(at('lease'))
  expect(read.spec).toEqual(first)

  const second = { holderIdentity: 'holder2', leaseDurationSeconds: 60, acquireTime: '2026-01-03T03:04:05.000001Z', renewTime: '2026-01-03T03:04:10.000001Z', leaseTransitions: 1 }
  await f.client.replace(at('lease'), { ...read, spec: second })
  expect((await f.client.get<Lease>(at('lease'))).spec).toEqual(second)

  const third = { holderIdentity: 'holder3', leaseDurationSeconds: 120, acquireTime: '2026-01-04T03:04:05.000003Z', renewTime: '2026-01-04T03:04:10.000003Z', leaseTransitions: 2 }
  await f.client.patch(at('lease'), 'strategic', { spec: third })
  expect((await f.client.get<Lease>(at('lease'))).spec).toEqual(third)

  await f.client.create(at(), lease('lease2', { holderIdentity: 'holder4', leaseDurationSeconds: 30, leaseTransitions: 3 }, { deletecollection: 'true' }))
  expect((await f.client.get<List<Lease>>(at())).items).toHaveLength(2)
  await f.client.delete(at(), {}, { labelSelector: 'deletecollection=true' })
  expect((await f.client.ask('GET', at('lease2'))).code).toBe(404)
  expect((await f.client.get<List<Lease>>(at())).items.map(({ metadata }) => metadata.name)).toEqual(['lease'])
  await f.client.delete(at('lease'))
  expect((await f.client.ask('GET', at('lease'))).code).toBe(404)
})
