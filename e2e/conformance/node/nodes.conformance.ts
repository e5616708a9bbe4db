import { expect } from 'vitest'
import type { Node } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, watchUntil } from '../framework/conformance.ts'
import type { List } from '../framework/lists.ts'

conformance('[sig-node] Node Lifecycle should run through the lifecycle of a node', async (f) => {
  const name = f.unique('e2e-fake-node')
  const path = `/api/v1/nodes/${name}`
  const status = {
    capacity: { cpu: '4', memory: '8Gi', pods: '10' }, allocatable: { cpu: '4', memory: '8Gi', pods: '10' }, phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', reason: 'e2e', lastHeartbeatTime: null, lastTransitionTime: null }], daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  }
  const created = await f.client.create<Node>('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [name]: 'created' } }, spec: { unschedulable: true }, status })
  f.after(() => f.client.delete(path))
  expect(created.metadata.name).toBe(name)
  // A node comes with its status, as the kubelet makes one.
  expect(created.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True', reason: 'e2e' }))
  expect((await f.client.get<Node>(path)).metadata.uid).toBe(created.metadata.uid)

  const patched = await f.client.patch<Node>(path, 'strategic', { metadata: { labels: { [name]: 'patched' } } })
  expect(patched.metadata.labels?.[name]).toBe('patched')
  const patchedStatus = await f.client.patch<Node>(`${path}/status`, 'strategic', { metadata: { labels: { [name]: 'patched-status' } }, status: { phase: 'Pending' } })
  expect(patchedStatus.metadata.labels?.[name]).toBe('patched-status')
  expect(patchedStatus.status?.phase).toBe('Pending')

  const current = await f.client.get<Node>(path)
  const updated = await f.client.replace<Node>(path, { ...current, metadata: { ...current.metadata, labels: { ...current.metadata.labels, [name]: 'updated' } } })
  expect(updated.metadata.labels?.[name]).toBe('updated')
  const again = await f.client.get<Node>(`${path}/status`)
  const conditions = [...(again.status?.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' }]
  const updatedStatus = await f.client.replace<Node>(`${path}/status`, { ...again, status: { ...again.status, conditions } })
  expect(updatedStatus.status?.conditions?.find(({ type }) => type === 'StatusUpdate')).toMatchObject({ status: 'True', message: 'Set from e2e test' })

  const { metadata: { resourceVersion } } = await f.client.get<List<Node>>('/api/v1/nodes')
  await f.client.delete('/api/v1/nodes', {}, { labelSelector: `${name}=updated` })
  await watchUntil<Node>(f, '/api/v1/nodes', { resourceVersion, fieldSelector: `metadata.name=${name}` }, ({ type }) => type === 'DELETED', 'the end of the node')
  expect((await f.client.ask('GET', path)).code).toBe(404)
})
