import { expect } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { conformance, watchUntil } from '../framework/conformance.ts'
import type { List } from '../framework/lists.ts'
import { createPod, podOf } from '../framework/pods.ts'

conformance('[sig-node] Pods should run through the lifecycle of Pods and PodStatus', async (f) => {
  const name = 'pod-test'
  const labelSelector = 'test-pod-static=true'
  const path = f.core('pods', name)
  const { metadata: { resourceVersion } } = await f.client.get<List<Pod>>(f.core('pods'), { labelSelector })
  const after = (what: string, wanted: (pod: Pod, type: string) => boolean, from = resourceVersion): Promise<Pod> =>
    watchUntil<Pod>(f, f.core('pods'), { labelSelector, resourceVersion: from }, ({ type, object }) => wanted(object, type), what)

  await createPod(f, podOf(name, { labels: { 'test-pod-static': 'true' }, containers: [{ name, image: 'nginx' }] }))
  await after('the pod ready and running', (pod) => isPodReady(pod) && pod.status?.phase === 'Running')

  const image = 'nginx:other'
  await f.client.patch(path, 'strategic', { metadata: { labels: { 'test-pod': 'patched' } }, spec: { containers: [{ name, image }] } })
  await after('the patched pod', (pod, type) => type === 'MODIFIED' && pod.metadata.labels?.['test-pod'] === 'patched' && pod.spec.containers[0]?.image === image)
  const patched = await f.client.get<Pod>(path)
  expect(patched.metadata.labels?.['test-pod']).toBe('patched')
  expect(patched.spec.containers[0]?.image).toBe(image)

  // Upstream takes for granted that the pod, whose image was just changed, is ready still, and tries five times at most while others write, too.
  const BOTH = ['ContainersReady', 'Ready']
  const readyAs = (pod: Pod | undefined, wanted: string): string[] => (pod?.status?.conditions ?? []).filter(({ type, status }) => BOTH.includes(type) && status === wanted).map(({ type }) => type).sort()
  let replaced: Pod | undefined
  for (let attempt = 0; replaced === undefined && attempt < 5; attempt++) {
    const current = await f.client.get<Pod>(`${path}/status`)
    expect(readyAs(current, 'True')).toEqual(BOTH)
    const status = { ...current.status, conditions: current.status?.conditions?.map((c) => (BOTH.includes(c.type) ? { ...c, status: 'False' } : c)) }
    const { code, body } = await f.client.ask<Pod>('PUT', `${path}/status`, { body: { ...current, status } })
    if (code === 200) replaced = body
    else expect(code).toBe(409)
  }
  expect(readyAs(replaced, 'False')).toEqual(BOTH)
  await after('the status as it was written', (pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'False') === true, patched.metadata.resourceVersion)

  await f.client.delete(f.core('pods'), {}, { labelSelector })
  await after('its end', (_, type) => type === 'DELETED')
  expect((await f.client.ask('GET', path)).code).toBe(404)
})
