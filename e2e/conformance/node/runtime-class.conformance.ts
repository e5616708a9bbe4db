import { expect } from 'vitest'
import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { RuntimeClass } from '../../../src-main/common/kube/generated/node-v1.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import type { List } from '../framework/lists.ts'
import { createPod, podOf, podUntil, sh } from '../framework/pods.ts'

const CLASSES = '/apis/node.k8s.io/v1/runtimeclasses'
/** A handler that no node need have: what is asked for is that such a pod is scheduled, not that it runs. */
const HANDLER = 'test-handler'

async function createClass(f: Framework, overhead?: Record<string, string>, labels?: Record<string, string>): Promise<string> {
  const name = f.unique(`${f.namespace}-handler`)
  await f.client.create(CLASSES, { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name, labels }, handler: HANDLER, ...(overhead === undefined ? {} : { overhead: { podFixed: overhead } }) })
  f.after(() => f.client.delete(`${CLASSES}/${name}`))
  return name
}

const podWith = (runtimeClassName: string): ReturnType<typeof podOf> => podOf('test-runtimeclass', { runtimeClassName, restartPolicy: 'Never', automountServiceAccountToken: false, containers: [sh('true')] })
const refused = (f: Framework, runtimeClassName: string): Promise<void> => expect(createPod(f, podWith(runtimeClassName))).rejects.toMatchObject({ code: 403 })
const isScheduled = ({ status }: Pod): boolean => isConditionTrue(status?.conditions, 'PodScheduled')

conformance('[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [NodeConformance]', (f) => refused(f, `${f.namespace}-nonexistent`))

conformance('[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance]', async (f) => {
  const name = await createClass(f)
  await f.client.delete(`${CLASSES}/${name}`)
  expect((await f.client.ask('GET', `${CLASSES}/${name}`)).code).toBe(404)
  await refused(f, name)
})

conformance('[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass without PodOverhead [NodeConformance]', async (f) => {
  await createPod(f, podWith(await createClass(f)))
  const pod = await podUntil(f, 'test-runtimeclass', 'scheduled', isScheduled)
  expect(pod.spec.overhead).toBeUndefined()
})

conformance('[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass and initialize its Overhead [NodeConformance]', async (f) => {
  await createPod(f, podWith(await createClass(f, { cpu: '10m', memory: '1Mi' })))
  const pod = await podUntil(f, 'test-runtimeclass', 'scheduled', isScheduled)
  expect(pod.spec.overhead).toEqual({ cpu: '10m', memory: '1Mi' })
})

conformance('[sig-node] RuntimeClass should support RuntimeClasses API operations', async (f) => {
  const { groups } = await f.client.get<{ groups: { name: string; versions: { version: string }[] }[] }>('/apis')
  expect(groups.find(({ name }) => name === 'node.k8s.io')?.versions.map(({ version }) => version)).toContain('v1')
  expect(await f.client.get('/apis/node.k8s.io')).toMatchObject({ versions: [{ version: 'v1' }] })
  expect((await f.client.get<{ resources: { name: string }[] }>('/apis/node.k8s.io/v1')).resources.map(({ name }) => name)).toContain('runtimeclasses')

  const labelSelector = `test=${f.namespace}`
  const names = await Promise.all([1, 2, 3].map(() => createClass(f, undefined, { test: f.namespace })))
  const path = `${CLASSES}/${names[0] ?? ''}`
  await expect(f.client.create(CLASSES, { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: names[0] }, handler: HANDLER })).rejects.toMatchObject({ code: 409, status: { reason: 'AlreadyExists' } })
  const read = await f.client.get<RuntimeClass>(path)
  expect(read).toMatchObject({ metadata: { name: names[0] }, handler: HANDLER })
  const { items, metadata: { resourceVersion } } = await f.client.get<List<RuntimeClass>>(CLASSES, { labelSelector })
  expect(items).toHaveLength(3)

  const events: string[] = []
  const watched = watchUntil<RuntimeClass>(f, CLASSES, { labelSelector, resourceVersion }, ({ type, object }) => {
    expect(object.apiVersion).toBe('node.k8s.io/v1')
    events.push(type)
    return events.filter((seen) => seen === 'DELETED').length === 3
  }, 'all events')
  const patched = await f.client.patch<RuntimeClass>(path, 'merge', { metadata: { annotations: { patched: 'true' } } })
  expect(patched.metadata.annotations).toEqual({ patched: 'true' })
  const updated = await f.client.replace<RuntimeClass>(path, { ...patched, metadata: { ...patched.metadata, annotations: { ...patched.metadata.annotations, updated: 'true' } } })
  expect(updated.metadata.annotations).toEqual({ patched: 'true', updated: 'true' })
  await f.client.delete(path)
  expect((await f.client.ask('GET', path)).code).toBe(404)
  expect((await f.client.get<List<RuntimeClass>>(CLASSES, { labelSelector })).items).toHaveLength(2)
  await f.client.delete(CLASSES, {}, { labelSelector })
  expect((await f.client.get<List<RuntimeClass>>(CLASSES, { labelSelector })).items).toEqual([])
  await watched
  expect(events.slice(0, 3)).toEqual(['MODIFIED', 'MODIFIED', 'DELETED'])
})
