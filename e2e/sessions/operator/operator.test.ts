import { ApiextensionsV1Api, ApiException, AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import { ServedCluster } from '../served-cluster.ts'
import { GROUP, PLURAL, VERSION, WEBSITES, type Website } from './website.ts'
import { WebsiteOperator } from './website-operator.ts'

// A kind of its own and a controller for it, written with the library that Kubernetes gives for Node.

const NS = 'sites'
const AS_MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
const at = { group: GROUP, version: VERSION, plural: PLURAL, namespace: NS }
let served: ServedCluster
let config: KubeConfig
let custom: CustomObjectsApi
let apps: AppsV1Api
let core: CoreV1Api
let operator: WebsiteOperator

beforeAll(async () => {
  served = await ServedCluster.start(2)
  config = new KubeConfig()
  config.loadFromFile(served.server.kubeconfig)
  custom = config.makeApiClient(CustomObjectsApi)
  apps = config.makeApiClient(AppsV1Api)
  core = config.makeApiClient(CoreV1Api)
  const extensions = config.makeApiClient(ApiextensionsV1Api)
  await extensions.createCustomResourceDefinition({ body: WEBSITES })
  await eventually('the kind to be established', async () => (await extensions.readCustomResourceDefinition({ name: `${PLURAL}.${GROUP}` })).status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') === true)
  await core.createNamespace({ body: { metadata: { name: NS } } })
  operator = new WebsiteOperator(config)
  await operator.start()
})
afterAll(async () => {
  await operator?.stop()
  await served?.stop()
})

const create = (name: string, spec: object): Promise<unknown> => custom.createNamespacedCustomObject({ ...at, body: { apiVersion: `${GROUP}/${VERSION}`, kind: 'Website', metadata: { name }, spec } })
const read = async (name: string): Promise<Website> => (await custom.getNamespacedCustomObject({ ...at, name })) as Website
const ready = (name: string, replicas: number): Promise<Website> => eventually(`${name} to be ready with ${String(replicas)}`, async () => {
  const site = await read(name)
  return site.status?.observedGeneration === site.metadata.generation && site.status?.readyReplicas === replicas && site.status.conditions?.[0]?.status === 'True' ? site : undefined
}, 20_000)

test('a website comes up, with what its kind says by default', async () => {
  await create('shop', { page: 'welcome' })
  const site = await ready('shop', 1)
  expect(site.spec.replicas).toBe(1)
  expect((await core.readNamespacedConfigMap({ namespace: NS, name: 'shop' })).data).toEqual({ 'index.html': 'welcome' })
  expect((await apps.readNamespacedDeployment({ namespace: NS, name: 'shop' })).metadata?.ownerReferences).toEqual([expect.objectContaining({ kind: 'Website', name: 'shop', uid: site.metadata.uid })])
})

test('what is no website is refused, with where and why', async () => {
  const refused = async (spec: object): Promise<string> => create('bad', spec).then(() => 'accepted', (error: unknown) => (error instanceof ApiException ? String(error.body) : String(error)))
  expect(await refused({})).toMatch(/spec\.page: Required value/)
  expect(await refused({ page: 'x', replicas: 11 })).toMatch(/spec\.replicas: Invalid value: 11: spec\.replicas in body should be less than or equal to 10/)
  expect(await refused({ page: 'x', replicas: 'two' })).toMatch(/spec\.replicas in body must be of type integer: \\"string\\"/)
})

test('it is changed by its own spec and by its scale', async () => {
  await custom.patchNamespacedCustomObject({ ...at, name: 'shop', body: { spec: { page: 'sale' } } }, AS_MERGE)
  await eventually('the page', async () => (await core.readNamespacedConfigMap({ namespace: NS, name: 'shop' })).data?.['index.html'] === 'sale')
  await custom.patchNamespacedCustomObjectScale({ ...at, name: 'shop', body: { spec: { replicas: 3 } } }, AS_MERGE)
  await ready('shop', 3)
  expect(await custom.getNamespacedCustomObjectScale({ ...at, name: 'shop' })).toMatchObject({ kind: 'Scale', spec: { replicas: 3 }, status: { replicas: 3, selector: 'website=shop' } })
})

test('a status cannot be written through the object, and the spec not through the status', async () => {
  await custom.patchNamespacedCustomObject({ ...at, name: 'shop', body: { status: { readyReplicas: 99 } } }, AS_MERGE)
  await custom.patchNamespacedCustomObjectStatus({ ...at, name: 'shop', body: { spec: { replicas: 9 } } }, AS_MERGE)
  const site = await read('shop')
  expect([site.spec.replicas, site.status?.readyReplicas]).toEqual([3, 3])
})

test('what its objects lose, it makes again', async () => {
  await apps.deleteNamespacedDeployment({ namespace: NS, name: 'shop', propagationPolicy: 'Foreground' })
  await eventually('another deployment', async () => (await apps.listNamespacedDeployment({ namespace: NS })).items.some((d) => d.metadata?.name === 'shop' && d.metadata.deletionTimestamp === undefined && d.status?.readyReplicas === 3), 20_000)
})

test('at its end the finalizer is asked, and all that it owned goes', async () => {
  await custom.deleteNamespacedCustomObject({ ...at, name: 'shop' })
  await eventually('it is gone', async () => ((await custom.listNamespacedCustomObject(at)) as { items: unknown[] }).items.length === 0, 20_000)
  expect((await core.readNamespacedConfigMap({ namespace: NS, name: 'goodbye-shop' })).metadata?.name).toBe('goodbye-shop')
  await eventually('what it owned is gone', async () => (await apps.listNamespacedDeployment({ namespace: NS })).items.length === 0 && (await core.listNamespacedConfigMap({ namespace: NS, labelSelector: '' })).items.every((c) => c.metadata?.name !== 'shop'), 20_000)
  // At rest, nothing failed but what lost a race.
  expect(operator.queue.failures.filter((error) => !(error instanceof ApiException && [404, 409].includes(error.code)))).toEqual([])
})

test('when the kind goes, its objects go with it', async () => {
  await create('last', { page: 'x', replicas: 0 })
  await ready('last', 0)
  const extensions = config.makeApiClient(ApiextensionsV1Api)
  await extensions.deleteCustomResourceDefinition({ name: `${PLURAL}.${GROUP}` })
  await eventually('the kind is gone', async () => (await extensions.listCustomResourceDefinition()).items.every((c) => c.spec.group !== GROUP), 20_000)
  await eventually('its note', async () => (await core.listNamespacedConfigMap({ namespace: NS, fieldSelector: 'metadata.name=goodbye-last' })).items.length === 1)
})
