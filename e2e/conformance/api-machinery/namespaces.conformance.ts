import { expect } from 'vitest'
import type { Namespace, Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { podOf } from '../framework/pods.ts'

const NAMESPACES = '/api/v1/namespaces'
const pathOf = (name: string): string => `${NAMESPACES}/${name}`

/** A namespace that goes when the test ends, if it does not before. */
async function namespaceOf(f: Framework, name: string): Promise<Namespace> {
  f.after(() => f.client.delete(pathOf(name)))
  const made = await f.client.create<Namespace>(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await eventually('the default service account', () => f.client.get(`${pathOf(name)}/serviceaccounts/default`))
  return made
}

/** Deletes a namespace with something in it, waits, makes it anew: what was in it is gone. */
async function contentsGo(f: Framework, name: string, contents: string): Promise<void> {
  await f.client.delete(pathOf(name))
  await eventually('the namespace is gone', async () => (await f.client.ask('GET', pathOf(name))).code === 404, 90_000)
  await namespaceOf(f, name)
  expect((await f.client.ask('GET', `${pathOf(name)}/${contents}`)).code).toBe(404)
}

conformance('[sig-api-machinery] Namespaces [Serial] should ensure that all pods are removed when a namespace is deleted', async (f) => {
  const name = f.unique('nsdeletetest')
  await namespaceOf(f, name)
  await f.client.create(`${pathOf(name)}/pods`, podOf('test-pod'))
  await watchUntil<Pod>(f, `${pathOf(name)}/pods`, {}, ({ object }) => isPodReady(object), 'the pod runs')
  await contentsGo(f, name, 'pods/test-pod')
})

conformance('[sig-api-machinery] Namespaces [Serial] should ensure that all services are removed when a namespace is deleted', async (f) => {
  const name = f.unique('nsdeletetest')
  await namespaceOf(f, name)
  await f.client.create(`${pathOf(name)}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'test-service' }, spec: { selector: { foo: 'bar', baz: 'blah' }, ports: [{ port: 80, targetPort: 80 }] } })
  await contentsGo(f, name, 'services/test-service')
})

conformance('[sig-api-machinery] Namespaces [Serial] should patch a Namespace', async (f) => {
  const name = f.unique('nspatchtest')
  await namespaceOf(f, name)
  await f.client.patch(pathOf(name), 'strategic', { metadata: { labels: { testLabel: 'testValue' } } })
  expect((await f.client.get<Namespace>(pathOf(name))).metadata.labels).toMatchObject({ 'testLabel': 'testValue', 'kubernetes.io/metadata.name': name })
})

conformance('[sig-api-machinery] Namespaces [Serial] should apply changes to a namespace status', async (f) => {
  const path = pathOf(f.namespace)
  const before = await f.client.get<Namespace>(`${path}/status`)
  expect(before.status?.phase).toBe('Active')

  const condition = (reason: string, message: string): object => ({ type: 'StatusPatch', status: 'True', reason, message })
  const patched = await f.client.patch<Namespace>(`${path}/status`, 'merge', { metadata: { annotations: { 'e2e-patched-ns-status': f.namespace } }, status: { conditions: [condition('E2E', 'Patched by an e2e test')] } })
  expect(patched.metadata.annotations?.['e2e-patched-ns-status']).toBe(f.namespace)
  expect(patched.status?.conditions).toEqual([condition('E2E', 'Patched by an e2e test')].map((one) => expect.objectContaining(one) as object))

  const current = await f.client.get<Namespace>(path)
  const put = await f.client.replace<Namespace>(`${path}/status`, { ...current, status: { ...current.status, conditions: [...(current.status?.conditions ?? []), { ...condition('E2E', 'Updated by an e2e test'), type: 'StatusUpdate' }] } })
  expect(put.status).toMatchObject({ phase: 'Active', conditions: [{ type: 'StatusPatch' }, { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Updated by an e2e test' }] })
})

conformance('[sig-api-machinery] Namespaces [Serial] should apply an update to a Namespace', async (f) => {
  const current = await f.client.get<Namespace>(pathOf(f.namespace))
  const put = await f.client.replace<Namespace>(pathOf(f.namespace), { ...current, metadata: { ...current.metadata, labels: { ...current.metadata.labels, [f.namespace]: 'updated' } } })
  expect(put.metadata.labels?.[f.namespace]).toBe('updated')
})

conformance('[sig-api-machinery] Namespaces [Serial] should apply a finalizer to a Namespace', async (f) => {
  const fake = 'e2e.example.com/fakeFinalizer'
  const name = f.unique('e2e-ns')
  await namespaceOf(f, name)
  const path = pathOf(name)
  const current = await f.client.get<Namespace>(path)
  expect(current.spec?.finalizers).toEqual(['kubernetes'])
  f.after(async () => f.client.replace(`${path}/finalize`, { ...(await f.client.get<Namespace>(path)), spec: { finalizers: ['kubernetes'] } }))
  const more = await f.client.replace<Namespace>(`${path}/finalize`, { ...current, spec: { finalizers: [...(current.spec?.finalizers ?? []), fake] } })
  expect(more.spec?.finalizers).toEqual(['kubernetes', fake])
  const less = await f.client.replace<Namespace>(`${path}/finalize`, { ...more, spec: { finalizers: more.spec?.finalizers?.filter((one) => one !== fake) } })
  expect(less.spec?.finalizers).toEqual(['kubernetes'])
})
