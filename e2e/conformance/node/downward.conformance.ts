import { expect } from 'vitest'
import type { Container, Node, Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { outputOf, podOf, sh } from '../framework/pods.ts'

/** What a pod says of itself in variables: `NAME` to a field or to a resource of its container. */
async function environmentOf(f: Framework, fields: Record<string, string>, container: Partial<Container> = {}): Promise<{ env: Record<string, string>; pod: Pod }> {
  const isResource = (path: string): boolean => /^(limits|requests)\./.test(path)
  const env = Object.entries(fields).map(([name, path]) => ({ name, valueFrom: isResource(path) ? { resourceFieldRef: { resource: path } } : { fieldRef: { fieldPath: path } } }))
  const output = await outputOf(f, podOf('downward-api', { containers: [{ ...sh('env'), env, ...container }] }))
  const lines = output.split('\n').map((line) => /^([^=]+)=(.*)$/.exec(line)).filter((m) => m !== null)
  return { env: Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value])), pod: await f.client.get<Pod>(f.core('pods', 'downward-api')) }
}

conformance('[sig-node] Downward API should provide pod name, namespace and IP address as env vars [NodeConformance]', async (f) => {
  const { env, pod } = await environmentOf(f, { POD_NAME: 'metadata.name', POD_NAMESPACE: 'metadata.namespace', POD_IP: 'status.podIP' })
  expect(env).toMatchObject({ POD_NAME: 'downward-api', POD_NAMESPACE: f.namespace, POD_IP: pod.status?.podIP })
  expect(env['POD_IP']).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
})

conformance('[sig-node] Downward API should provide host IP as an env var [NodeConformance]', async (f) => {
  const { env, pod } = await environmentOf(f, { HOST_IP: 'status.hostIP' })
  expect(env['HOST_IP']).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(env['HOST_IP']).toBe(pod.status?.hostIP)
})

conformance('[sig-node] Downward API should provide hostIPs as an env var [NodeConformance]', async (f) => {
  const { env, pod } = await environmentOf(f, { HOST_IPS: 'status.hostIPs' })
  expect(env['HOST_IPS']).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(env['HOST_IPS']).toBe(pod.status?.hostIPs?.map(({ ip }) => ip).join(','))
})

conformance('[sig-node] Downward API should provide pod UID as env vars [NodeConformance]', async (f) => {
  const { env, pod } = await environmentOf(f, { POD_UID: 'metadata.uid' })
  expect(env['POD_UID']).toMatch(/^[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}$/)
  expect(env['POD_UID']).toBe(pod.metadata.uid)
})

const RESOURCES = { CPU_LIMIT: 'limits.cpu', MEMORY_LIMIT: 'limits.memory', CPU_REQUEST: 'requests.cpu', MEMORY_REQUEST: 'requests.memory' }

conformance("[sig-node] Downward API should provide container's limits.cpu/memory and requests.cpu/memory as env vars [NodeConformance]", async (f) => {
  const resources = { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } }
  const { env } = await environmentOf(f, RESOURCES, { resources })
  expect(env).toMatchObject({ CPU_LIMIT: '2', MEMORY_LIMIT: '67108864', CPU_REQUEST: '1', MEMORY_REQUEST: '33554432' })
})

conformance('[sig-node] Downward API should provide default limits.cpu/memory from node allocatable [NodeConformance]', async (f) => {
  const { env, pod } = await environmentOf(f, { CPU_LIMIT: 'limits.cpu', MEMORY_LIMIT: 'limits.memory' })
  expect(env['CPU_LIMIT']).toMatch(/^[1-9]\d*$/)
  expect(env['MEMORY_LIMIT']).toMatch(/^[1-9]\d*$/)
  const node = await f.client.get<Node>(`/api/v1/nodes/${pod.spec.nodeName ?? ''}`)
  expect(env['CPU_LIMIT']).toBe(String(Math.ceil(Number(node.status?.allocatable?.['cpu']?.replace(/m$/, '')) / (node.status?.allocatable?.['cpu']?.endsWith('m') === true ? 1000 : 1))))
})
