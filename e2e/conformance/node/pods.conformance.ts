import { expect } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, watchUntil } from '../framework/conformance.ts'
import type { List } from '../framework/lists.ts'
import { createPod, forever, outputOf, podOf, podUntil, runningPod, sh } from '../framework/pods.ts'

conformance('[sig-node] Pods should get a host IP [NodeConformance]', async (f) => {
  await createPod(f, podOf('pod-hostip'))
  const { status } = await podUntil(f, 'pod-hostip', 'on a node', (pod) => (pod.status?.hostIP ?? '') !== '')
  expect(status?.hostIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(status?.hostIPs).toEqual([{ ip: status?.hostIP }])
})

conformance('[sig-node] Pods should be submitted and removed [NodeConformance]', async (f) => {
  const labels = { name: 'foo', time: '1' }
  const labelSelector = 'time=1'
  const before = await f.client.get<List<Pod>>(f.core('pods'), { labelSelector })
  expect(before.items).toEqual([])
  const seen = watchUntil<Pod>(f, f.core('pods'), { labelSelector, resourceVersion: before.metadata.resourceVersion }, ({ type }) => type === 'ADDED', 'the pod')
  await createPod(f, podOf('pod-submit-remove', { labels, terminationGracePeriodSeconds: 30, containers: [{ image: 'nginx' }] }))
  expect((await seen).metadata.name).toBe('pod-submit-remove')
  const running = await podUntil(f, 'pod-submit-remove', 'ready', isPodReady)
  const deleted = watchUntil<Pod>(f, f.core('pods'), { labelSelector, resourceVersion: running.metadata.resourceVersion ?? '' }, ({ type }) => type === 'DELETED', 'its end')
  const marked = await f.client.delete<Pod>(f.core('pods', 'pod-submit-remove'), { gracePeriodSeconds: 30 })
  expect(marked.metadata.deletionGracePeriodSeconds).toBe(30)
  const last = await deleted
  expect(last.metadata.deletionTimestamp).toBeDefined()
  expect(last.spec.terminationGracePeriodSeconds).toBe(30)
  expect((await f.client.get<List<Pod>>(f.core('pods'), { labelSelector })).items).toEqual([])
})

conformance('[sig-node] Pods should be updated [NodeConformance]', async (f) => {
  const created = await runningPod(f, podOf('pod-update', { labels: { name: 'foo', time: '1' } }))
  await eventually('the update', async () => {
    const pod = await f.client.get<Pod>(f.core('pods', 'pod-update'))
    const { code } = await f.client.ask('PUT', f.core('pods', 'pod-update'), { body: { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, time: '2' } } } })
    return code === 200
  })
  await podUntil(f, 'pod-update', 'still ready', isPodReady)
  const { items } = await f.client.get<List<Pod>>(f.core('pods'), { labelSelector: 'time=2' })
  expect(items.map(({ metadata }) => metadata.uid)).toEqual([created.metadata.uid])
})

conformance('[sig-node] Pods should allow activeDeadlineSeconds to be updated [NodeConformance]', async (f) => {
  await runningPod(f, podOf('pod-update-activedeadlineseconds'))
  await f.client.patch(f.core('pods', 'pod-update-activedeadlineseconds'), 'strategic', { spec: { activeDeadlineSeconds: 5 } })
  const { status } = await podUntil(f, 'pod-update-activedeadlineseconds', 'failed', (pod) => pod.status?.phase === 'Failed')
  expect(status?.reason).toBe('DeadlineExceeded')
})

conformance('[sig-node] Pods should contain environment variables for services [NodeConformance]', async (f) => {
  await runningPod(f, podOf('server-envvars', { labels: { name: 'srv' }, containers: [{ image: 'toque/testapp', ports: [{ containerPort: 8080 }] }] }))
  await f.client.create(f.core('services'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'fooservice', labels: { name: 'srv' } }, spec: { ports: [{ port: 8765, targetPort: 8080 }], selector: { name: 'srv' } } })
  // Upstream, too, tries again: the node may not yet have heard of the service.
  await eventually('the variables of the service', async () => {
    const output = await outputOf(f, podOf(f.unique('client-envvars'), { restartPolicy: 'Never', containers: [sh('env')] }))
    return ['FOOSERVICE_SERVICE_HOST=', 'FOOSERVICE_SERVICE_PORT=8765\n', 'FOOSERVICE_PORT=', 'FOOSERVICE_PORT_8765_TCP_PORT=8765\n', 'FOOSERVICE_PORT_8765_TCP_PROTO=tcp\n', 'FOOSERVICE_PORT_8765_TCP=', 'FOOSERVICE_PORT_8765_TCP_ADDR='].every((text) => output.includes(text))
  })
})

conformance('[sig-node] Pods should delete a collection of pods', async (f) => {
  const labels = { type: 'Testing' }
  const names = ['test-pod-1', 'test-pod-2', 'test-pod-3']
  await Promise.all(names.map((name) => createPod(f, podOf(name, { labels, containers: [forever()] }))))
  const query = { labelSelector: 'type=Testing' }
  expect((await f.client.get<List<Pod>>(f.core('pods'), query)).items).toHaveLength(3)
  await f.client.delete(f.core('pods'), {}, query)
  await eventually('no pod', async () => (await f.client.get<List<Pod>>(f.core('pods'), query)).items.length === 0, 90_000)
})

conformance('[sig-node] Pods should patch a pod status', async (f) => {
  const name = 'pod-patch-status'
  await runningPod(f, podOf(name, { labels: { test: 'patch' } }))
  const patched = await f.client.patch<Pod>(f.core('pods', `${name}/status`), 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { message: 'Patched by e2e test', reason: 'E2E' } })
  expect(patched.status).toMatchObject({ message: 'Patched by e2e test', reason: 'E2E' })
  expect(patched.metadata.annotations).toEqual({ patchedstatus: 'true' })
})

conformance('[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu', async (f) => {
  const amounts = { cpu: '100m', memory: '100Mi' }
  await createPod(f, podOf('pod-qos-class', { containers: [{ image: 'nginx', resources: { limits: amounts, requests: amounts } }] }))
  expect((await f.client.get<Pod>(f.core('pods', 'pod-qos-class'))).status?.qosClass).toBe('Guaranteed')
})
