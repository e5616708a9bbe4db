import { expect } from 'vitest'
import type { CustomResourceDefinition, JSONSchemaProps } from '../../../src-main/common/kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../../src-main/common/kube/object.ts'
import { eventually } from '../../harness/containers.ts'
import type { WatchEvent } from '../framework/cluster-client.ts'
import { conformance } from '../framework/conformance.ts'
import { ANYTHING, define, DEFINITIONS } from './custom-definitions.ts'

interface Custom extends KubeObject {
  [field: string]: unknown
}

const isGone = (f: Parameters<typeof define>[0], path: string): Promise<unknown> => eventually(`${path} is gone`, async () => (await f.client.ask('GET', path)).code === 404)

conformance('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works', async (f) => {
  const { path } = await define(f)
  await f.client.delete(path)
  await isGone(f, path)
})

conformance('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works', async (f) => {
  const label = f.unique('e2e')
  const selector = { labelSelector: `e2e-list-test=${label}` }
  const made = []
  for (let i = 0; i < 10; i++) made.push(await define(f, { labels: { 'e2e-list-test': label } }))
  const list = async (): Promise<CustomResourceDefinition[]> => (await f.client.get<{ items: CustomResourceDefinition[] }>(DEFINITIONS, selector)).items
  const found = await list()
  expect(found.map(({ metadata: { name } }) => name).sort()).toEqual(made.map(({ name }) => name).sort())
  for (const { spec, metadata: { name } } of found) expect(spec.names.kind).toBe(made.find((one) => one.name === name)?.kind)
  await f.client.delete(DEFINITIONS, undefined, selector)
  await eventually('none is left', async () => (await list()).length === 0)
})

conformance('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works', async (f) => {
  const { path, name } = await define(f)
  const got = await f.client.get<CustomResourceDefinition>(`${path}/status`)
  expect([got.kind, got.metadata.name]).toEqual(['CustomResourceDefinition', name])
  const mine = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test', lastTransitionTime: '2026-01-01T00:00:00Z' }
  const put = await f.client.replace<CustomResourceDefinition>(`${path}/status`, { ...got, status: { ...got.status, conditions: [...(got.status?.conditions ?? []), mine] } })
  expect(put.status?.conditions).toContainEqual(mine)
  const patched = await f.client.patch<CustomResourceDefinition>(`${path}/status`, 'json', [{ op: 'add', path: '/status/conditions', value: [mine] }])
  expect(patched.status?.conditions).toContainEqual(mine)
})

conformance('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents', async (f) => {
  const { groups } = await f.client.get<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>('/apis')
  expect(groups.find(({ name }) => name === 'apiextensions.k8s.io')?.versions).toContainEqual(expect.objectContaining({ groupVersion: 'apiextensions.k8s.io/v1' }))
  expect((await f.client.get<{ versions: object[] }>('/apis/apiextensions.k8s.io')).versions).toContainEqual({ groupVersion: 'apiextensions.k8s.io/v1', version: 'v1' })
  expect((await f.client.get<{ resources: { name: string }[] }>('/apis/apiextensions.k8s.io/v1')).resources.map(({ name }) => name)).toContain('customresourcedefinitions')
})

conformance('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works', async (f) => {
  const withA: JSONSchemaProps = { ...ANYTHING, properties: { a: { type: 'string', default: 'A' }, b: { type: 'string' } } }
  const defined = await define(f, { scope: 'Cluster', schema: withA })
  const { objects, kind, group } = defined
  const made = await f.client.create<Custom>(objects('v1'), { apiVersion: `${group}/v1`, kind, metadata: { name: f.unique('foo') } })
  expect([made['a'], made['b']]).toEqual(['A', undefined])
  await f.client.patch(defined.path, 'json', [
    { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/b/default', value: 'B' }, { op: 'remove', path: '/spec/versions/0/schema/openAPIV3Schema/properties/a/default' },
  ])
  const { metadata: { name } } = made
  const changed = await eventually('the new default', async () => {
    const found = await f.client.get<Custom>(objects('v1', name))
    return found['b'] === 'B' && found
  })
  // What was stored as given stays.
  expect(changed['a']).toBe('A')
  const second = await f.client.create<Custom>(objects('v1'), { apiVersion: `${group}/v1`, kind, metadata: { name: f.unique('bar') } })
  expect([second['a'], second['b']]).toEqual([undefined, 'B'])
  await f.client.delete(objects('v1', name))
})

conformance('[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects', async (f) => {
  const { objects, kind, group } = await define(f, { scope: 'Cluster' })
  const { metadata: { resourceVersion } } = await f.client.get<{ metadata: { resourceVersion: string } }>(objects('v1'))
  const events = f.client.watch<Custom>(objects('v1'), { resourceVersion })
  const next = async (): Promise<string> => {
    const { type, object } = (await events.next()).value as WatchEvent<Custom>
    return `${type} ${object.metadata.name}`
  }
  const cr = (name: string): object => ({ apiVersion: `${group}/v1`, kind, metadata: { name, labels: { change: 'none' } }, content: { key: 'value' } })
  for (const name of ['name1', 'name2']) {
    await f.client.create(objects('v1'), cr(name))
    expect(await next()).toBe(`ADDED ${name}`)
  }
  for (const name of ['name1', 'name2']) {
    await f.client.patch(objects('v1', name), 'merge', { metadata: { labels: { change: 'modified' } } })
    expect(await next()).toBe(`MODIFIED ${name}`)
  }
  for (const name of ['name1', 'name2']) {
    await f.client.delete(objects('v1', name))
    expect(await next()).toBe(`DELETED ${name}`)
  }
  await events.return()
})
