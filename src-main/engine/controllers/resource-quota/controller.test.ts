import { expect, test } from 'vitest'
import type { ResourceQuota } from '../../../common/kube/generated/core-v1.ts'
import { ResourceQuotas } from '../../../common/kube/kinds.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { ResourceQuotaController } from './controller.ts'

test('a status that somebody else writes is put right, and one that is right is not written', async () => {
  const cluster = new TestCluster()
  const controller = new ResourceQuotaController(cluster.context)
  await cluster.client.create(ResourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'ns' }, spec: { hard: { cpu: '1' } } })
  await cluster.informers.synced()
  controller.start()
  const quota = (): ResourceQuota => cluster.client.all(ResourceQuotas)[0] as ResourceQuota
  const counted = { hard: { cpu: '1' }, used: { cpu: '0' } }
  await cluster.clock.advance(100)
  expect(quota().status).toEqual(counted)
  const { metadata: { resourceVersion } } = quota()
  await cluster.clock.advance(1000)
  expect(quota().metadata.resourceVersion).toBe(resourceVersion)
  await cluster.client.updateStatus(ResourceQuotas, { ...quota(), status: { hard: { cpu: '2' }, used: { cpu: '0' } } })
  await cluster.clock.advance(100)
  expect(quota().status).toEqual(counted)
  await controller.stop()
  await cluster.stop()
})
