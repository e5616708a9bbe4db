import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfigMap } from '../../../common/kube/generated/core-v1.ts'
import { APIServices, ConfigMaps, CustomResourceDefinitions, HorizontalPodAutoscalers, Namespaces } from '../../../common/kube/kinds.ts'
import type { Draft, KubeObject } from '../../../common/kube/object.ts'
import { CronTabs, cronTab, cronTabDefinition } from '../../api/custom/testing/crontab.ts'
import type { LocalClient } from '../../client/local-client.ts'
import { ApiCluster } from '../testing/api-cluster.ts'

// The real API with all controllers: what a custom kind's life does to them.

let cluster: ApiCluster
let client: LocalClient
beforeEach(async () => {
  cluster = await ApiCluster.start()
  client = cluster.client
})
afterEach(() => cluster.stop())

function eventually(check: () => Promise<boolean>, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const timer = setInterval(() => void look(), 5)
    const look = async (): Promise<void> => {
      const ok = await check().catch(() => false)
      if (!ok && performance.now() - began < 60_000) return
      clearInterval(timer)
      if (ok) resolve()
      else reject(new Error(`did not happen: ${what}; failures: ${cluster.failures.map((one) => String((one as { error?: unknown }).error ?? one)).join('\n')}`))
    }
  })
}
const define = (definition = cronTabDefinition()): Promise<KubeObject> => client.create(CustomResourceDefinitions, definition as never)
const create = (name: string, more: object = {}): Promise<KubeObject> => client.create(CronTabs, { ...cronTab(name), ...more } as unknown as Draft<KubeObject>)
const isGone = (resource: Parameters<LocalClient['get']>[0], namespace: string, name: string) => (): Promise<boolean> => client.get(resource, namespace, name).then(() => false, () => true)

test('a definition that is deleted takes its objects along, and waits for their finalizers', async () => {
  await define()
  await create('free', { metadata: { name: 'free', namespace: 'default' } })
  await create('held', { metadata: { name: 'held', namespace: 'default', finalizers: ['example.com/hold'] } })
  await client.delete(CustomResourceDefinitions, '', 'crontabs.stable.example.com')
  await eventually(isGone(CronTabs, 'default', 'free'), 'free is gone')
  await eventually(async () => JSON.stringify((await client.get(CustomResourceDefinitions, '', 'crontabs.stable.example.com')).status).includes('InstanceDeletionInProgress'), 'it says that it waits')
  const held = await client.get(CronTabs, 'default', 'held')
  await client.update(CronTabs, { ...held, metadata: { ...held.metadata, finalizers: [] } })
  await eventually(isGone(CustomResourceDefinitions, '', 'crontabs.stable.example.com'), 'the definition is gone')
  // And it can come again.
  await define()
  await create('again', { metadata: { name: 'again', namespace: 'default' } })
})

test('a name that is free again goes to who wanted it', async () => {
  await define()
  const other = cronTabDefinition({}, { names: { plural: 'crons', kind: 'Cron', shortNames: ['ct'] } })
  other['metadata'] = { name: 'crons.stable.example.com' }
  await define(other)
  const isServed = async (): Promise<boolean> => (await client.get(CustomResourceDefinitions, '', 'crons.stable.example.com')).status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
  expect(await isServed()).toBe(false)
  await client.delete(CustomResourceDefinitions, '', 'crontabs.stable.example.com')
  await eventually(isServed, 'it is served')
})

test('garbage collection and the end of a namespace follow custom kinds', async () => {
  await define()
  const owner = await create('owner', { metadata: { name: 'owner', namespace: 'default' } })
  const ref = { apiVersion: owner.apiVersion, kind: owner.kind, name: 'owner', uid: owner.metadata.uid }
  await client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace: 'default', ownerReferences: [ref] } } as Draft<ConfigMap>)
  await create('owned', { metadata: { name: 'owned', namespace: 'default', ownerReferences: [ref] } })
  await client.delete(CronTabs, 'default', 'owner', { propagationPolicy: 'Background' })
  await eventually(isGone(ConfigMaps, 'default', 'owned'), 'the config map is gone')
  await eventually(isGone(CronTabs, 'default', 'owned'), 'the crontab is gone')
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: {} })
  await create('inside', { metadata: { name: 'inside', namespace: 'shop' } })
  await client.delete(Namespaces, '', 'shop')
  await eventually(isGone(Namespaces, '', 'shop'), 'the namespace is gone')
  expect((await client.list(CronTabs)).items).toEqual([])
})

test('an autoscaler finds a custom kind by its scale', async () => {
  await define()
  await create('scaled', { metadata: { name: 'scaled', namespace: 'default' } })
  await client.create(HorizontalPodAutoscalers, { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h', namespace: 'default' }, spec: { minReplicas: 2, maxReplicas: 4, scaleTargetRef: { apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'scaled' }, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] } })
  await eventually(async () => (await client.getScale(CronTabs, 'default', 'scaled')).spec?.replicas === 2, 'it has its least replicas')
})

test('the group and version of a custom kind are among the APIServices while it is served', async () => {
  const name = 'v1.stable.example.com'
  await define()
  const isThere = async (): Promise<boolean> => (await client.get(APIServices, '', name)).metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'] === 'true'
  await eventually(isThere, 'it is listed')
  expect(await client.get(APIServices, '', name)).toMatchObject({ spec: { group: 'stable.example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 }, status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] } })
  await client.delete(APIServices, '', name)
  await eventually(isThere, 'it is listed again')
  await client.delete(CustomResourceDefinitions, '', 'crontabs.stable.example.com')
  await eventually(isGone(APIServices, '', name), 'it is listed no more')
})
