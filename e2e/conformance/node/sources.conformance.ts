import { expect } from 'vitest'
import type { ConfigMap, Secret } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { List } from '../framework/lists.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { outputOf, podOf, sh } from '../framework/pods.ts'

// Config maps and secrets in environments, and their lives.

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function configMap(f: Framework, name: string, data: Record<string, string>, labels?: Record<string, string>): Promise<ConfigMap> {
  return f.client.create(f.core('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data })
}

function secret(f: Framework, name: string, data: Record<string, string>, labels?: Record<string, string>): Promise<Secret> {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]))
  return f.client.create(f.core('secrets'), { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, data: encoded })
}

const DATA = { data_1: 'value-1', data_2: 'value-2', data_3: 'value-3' }

conformance('[sig-node] ConfigMap should be consumable via environment variable [NodeConformance]', async (f) => {
  await configMap(f, 'configmap-test', { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' })
  const env = [{ name: 'CONFIG_DATA_1', valueFrom: { configMapKeyRef: { name: 'configmap-test', key: 'data-1' } } }]
  expect(await outputOf(f, podOf('pod-configmaps', { containers: [{ ...sh('env'), env }] }))).toContain('CONFIG_DATA_1=value-1\n')
})

conformance('[sig-node] ConfigMap should be consumable via the environment [NodeConformance]', async (f) => {
  await configMap(f, 'configmap-test', DATA)
  const envFrom = [{ configMapRef: { name: 'configmap-test' } }, { prefix: 'p-', configMapRef: { name: 'configmap-test' } }]
  const seen = await outputOf(f, podOf('pod-configmaps', { containers: [{ command: ['env'], envFrom }] }))
  for (const prefix of ['', 'p-']) for (const [key, value] of Object.entries(DATA)) expect(seen).toContain(`${prefix}${key}=${value}\n`)
})

conformance('[sig-node] Secrets should be consumable from pods in env vars [NodeConformance]', async (f) => {
  await secret(f, 'secret-test', { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' })
  const env = [{ name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: 'secret-test', key: 'data-1' } } }]
  expect(await outputOf(f, podOf('pod-secrets', { containers: [{ ...sh('env'), env }] }))).toContain('SECRET_DATA=value-1\n')
})

conformance('[sig-node] Secrets should be consumable via the environment [NodeConformance]', async (f) => {
  await secret(f, 'secret-test', DATA)
  const envFrom = [{ secretRef: { name: 'secret-test' } }, { prefix: 'p-', secretRef: { name: 'secret-test' } }]
  const seen = await outputOf(f, podOf('pod-secrets', { containers: [{ command: ['env'], envFrom }] }))
  for (const prefix of ['', 'p-']) for (const [key, value] of Object.entries(DATA)) expect(seen).toContain(`${prefix}${key}=${value}\n`)
})

conformance('[sig-node] ConfigMap should fail to create ConfigMap with empty key', async (f) => {
  await expect(configMap(f, 'configmap-test-emptykey', { '': 'value-1' })).rejects.toMatchObject({ code: 422 })
})

conformance('[sig-node] Secrets should fail to create secret due to empty secret key', async (f) => {
  await expect(secret(f, 'secret-emptykey-test', { '': 'value-1' })).rejects.toMatchObject({ code: 422 })
})

conformance('[sig-node] ConfigMap should run through a ConfigMap lifecycle', async (f) => {
  const name = 'test-configmap'
  const labelSelector = 'test-configmap-static=true'
  const labels = { 'test-configmap-static': 'true' }
  await configMap(f, name, { valueName: 'value' }, labels)
  await watchUntil<ConfigMap>(f, f.core('configmaps'), { labelSelector }, ({ type }) => type === 'ADDED', 'the config map')
  const patched = await f.client.patch<ConfigMap>(f.core('configmaps', name), 'strategic', { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } })
  await watchUntil<ConfigMap>(f, f.core('configmaps'), { labelSelector, resourceVersion: String(Number(patched.metadata.resourceVersion) - 1) }, ({ type, object }) => type === 'MODIFIED' && object.data?.['valueName'] === 'value1', 'the patched config map')
  expect(await f.client.get<ConfigMap>(f.core('configmaps', name))).toMatchObject({ data: { valueName: 'value1' }, metadata: { labels: { 'test-configmap': 'patched' } } })
  const { items } = await f.client.get<List<ConfigMap>>('/api/v1/configmaps', { labelSelector })
  expect(items.some(({ metadata, data }) => metadata.name === name && metadata.namespace === f.namespace && data?.['valueName'] === 'value1')).toBe(true)
  await f.client.delete(f.core('configmaps'), undefined, { labelSelector })
  await watchUntil<ConfigMap>(f, f.core('configmaps'), { labelSelector, resourceVersion: patched.metadata.resourceVersion ?? '' }, ({ type }) => type === 'DELETED', 'the deleted config map')
  expect((await f.client.get<List<ConfigMap>>(f.core('configmaps'), { labelSelector })).items).toEqual([])
})

conformance('[sig-node] Secrets should patch a secret', async (f) => {
  const name = 'test-secret'
  await secret(f, name, { key: 'value' }, { testsecret: 'true', 'testsecret-constant': 'true' })
  const labelSelector = 'testsecret-constant=true'
  const all = await f.client.get<List<Secret>>('/api/v1/secrets', { labelSelector })
  expect(all.items.find(({ metadata }) => metadata.name === name && metadata.namespace === f.namespace)?.data?.['key']).toBe(base64('value'))
  await f.client.patch(f.core('secrets', name), 'strategic', { metadata: { labels: { testsecret: 'false' } }, data: { key: base64('value1') } })
  expect(await f.client.get<Secret>(f.core('secrets', name))).toMatchObject({ data: { key: base64('value1') }, metadata: { labels: { testsecret: 'false' } } })
  await f.client.delete(f.core('secrets'), undefined, { labelSelector: 'testsecret=false' })
  const left = await f.client.get<List<Secret>>('/api/v1/secrets', { labelSelector })
  expect(left.items.filter(({ metadata }) => metadata.namespace === f.namespace)).toEqual([])
})
