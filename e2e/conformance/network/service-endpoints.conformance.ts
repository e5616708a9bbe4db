import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import type { Endpoints, Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../src-main/common/kube/generated/discovery-v1.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { runningPod } from '../framework/pods.ts'
import { answering, answeringByUdp, asker, changeService, createService, reachable, serverPod } from './servers.ts'

/** Waits until a Service leads to just these pods and ports (`80/TCP`), by its Endpoints and by its EndpointSlices. */
async function leadsTo(f: Framework, name: string, wanted: Readonly<Record<string, readonly string[]>>): Promise<void> {
  let seen: unknown
  await eventually(`endpoints of ${name}: ${JSON.stringify(wanted)}`, async () => {
    const { subsets = [] } = await f.client.get<Endpoints>(f.core('endpoints', name))
    const { items } = await f.client.get<{ items: EndpointSlice[] }>(f.group('discovery.k8s.io/v1', 'endpointslices'), { labelSelector: `kubernetes.io/service-name=${name}` })
    const byEndpoints = collected(subsets.flatMap(({ addresses = [], ports = [] }) => addresses.map(({ targetRef }) => ({ pod: targetRef?.name ?? '', ports }))))
    const bySlices = collected(items.flatMap(({ endpoints, ports = [] }) => endpoints.filter(({ conditions }) => conditions?.ready !== false).map(({ targetRef }) => ({ pod: targetRef?.name ?? '', ports }))))
    seen = { byEndpoints, bySlices }
    return [byEndpoints, bySlices].every((one) => JSON.stringify(one) === JSON.stringify(collected(Object.entries(wanted).map(([pod, ports]) => ({ pod, ports: ports.map((port) => ({ port: Number(port.split('/')[0]), protocol: port.split('/')[1] ?? '' })) })))))
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; last: ${JSON.stringify(seen)}`)
  })
}

function collected(found: readonly { pod: string; ports: readonly { port?: number; protocol?: string }[] }[]): Record<string, string[]> {
  const all = new Map<string, Set<string>>()
  for (const { pod, ports } of found) for (const { port, protocol } of ports) all.set(pod, (all.get(pod) ?? new Set()).add(`${String(port)}/${protocol ?? ''}`))
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([pod, ports]) => [pod, [...ports].sort()]))
}

const remove = (f: Framework, pod: string): Promise<unknown> => f.client.delete<Pod>(f.core('pods', pod))

conformance('[sig-network] Services should serve a basic endpoint from pods', async (f) => {
  const name = 'endpoint-test2'
  await createService(f, name, { selector: { name }, ports: [{ port: 80, targetPort: 80 }] })
  await leadsTo(f, name, {})
  const from = await asker(f, 'execpod')
  const pod = (of: string): Promise<Pod> => runningPod(f, serverPod(of, [{ containerPort: 80 }], { labels: { name } }))
  await pod('pod1')
  await leadsTo(f, name, { pod1: ['80/TCP'] })
  await reachable(f, from, name, ['pod1'])
  await pod('pod2')
  await leadsTo(f, name, { pod1: ['80/TCP'], pod2: ['80/TCP'] })
  await reachable(f, from, name, ['pod1', 'pod2'])
  await remove(f, 'pod1')
  await leadsTo(f, name, { pod2: ['80/TCP'] })
  await reachable(f, from, name, ['pod2'])
  await remove(f, 'pod2')
  await leadsTo(f, name, {})
})

conformance('[sig-network] Services should serve multiport endpoints from pods', async (f) => {
  const name = 'multi-endpoint-test'
  await createService(f, name, { selector: { name }, ports: [{ name: 'portname1', port: 80, targetPort: 'svc1' }, { name: 'portname2', port: 81, targetPort: 'svc2' }] })
  await leadsTo(f, name, {})
  const from = await asker(f, 'execpod')
  await runningPod(f, serverPod('pod1', [{ name: 'svc1', containerPort: 100 }], { labels: { name } }))
  await leadsTo(f, name, { pod1: ['100/TCP'] })
  await runningPod(f, serverPod('pod2', [{ name: 'svc2', containerPort: 101 }], { labels: { name } }))
  await leadsTo(f, name, { pod1: ['100/TCP'], pod2: ['101/TCP'] })
  await eventually('pod1 behind port 80', async () => await answering(f, from, `${name}:80`) === 'pod1')
  await eventually('pod2 behind port 81', async () => await answering(f, from, `${name}:81`) === 'pod2')
  await remove(f, 'pod1')
  await leadsTo(f, name, { pod2: ['101/TCP'] })
  await remove(f, 'pod2')
  await leadsTo(f, name, {})
})

conformance('[sig-network] Services should serve endpoints on same port and different protocols', async (f) => {
  const name = 'multiprotocol-test'
  const port = (protocol: string): { name: string; port: number; protocol: string; targetPort: number } => ({ name: `portname-${protocol.toLowerCase()}`, port: 80, protocol, targetPort: 80 })
  const { spec: { clusterIP = '' } } = await createService(f, name, { selector: { name }, ports: [port('TCP'), port('UDP')] })
  await leadsTo(f, name, {})
  const pod = serverPod('pod1', [{ containerPort: 80, protocol: 'TCP' }], { labels: { name } })
  pod.spec.containers[0]?.ports?.push({ containerPort: 80, protocol: 'UDP' })
  await runningPod(f, pod)
  await leadsTo(f, name, { pod1: ['80/TCP', '80/UDP'] })
  const from = await asker(f, 'execpod')
  const answersBy = async (tcp: boolean, udp: boolean): Promise<void> => {
    await eventually(`${clusterIP}:80 by TCP ${String(tcp)}, by UDP ${String(udp)}`, async () => await answering(f, from, `${clusterIP}:80`) === (tcp ? 'pod1' : '') && await answeringByUdp(f, from, `${clusterIP}:80`) === (udp ? 'pod1' : ''))
  }
  await answersBy(true, true)
  await changeService(f, name, (spec) => { spec.ports = [port('TCP')] })
  await leadsTo(f, name, { pod1: ['80/TCP'] })
  await answersBy(true, false)
  await changeService(f, name, (spec) => { spec.ports = [port('UDP')] })
  await leadsTo(f, name, { pod1: ['80/UDP'] })
  await answersBy(false, true)
  await remove(f, 'pod1')
  await leadsTo(f, name, {})
})

conformance('[sig-network] Services should test the lifecycle of an Endpoint', async (f) => {
  const name = 'testservice'
  const labels = { 'test-endpoint-static': 'true' }
  const labelSelector = 'test-endpoint-static=true'
  const seen = (type: string, what: string, wanted: (object: Endpoints) => boolean, resourceVersion: string): Promise<Endpoints> =>
    watchUntil<Endpoints>(f, f.core('endpoints'), { labelSelector, resourceVersion }, (event) => event.type === type && event.object.metadata.name === name && wanted(event.object), what)
  const { metadata: { resourceVersion: before } } = await f.client.get<{ metadata: { resourceVersion: string } }>(f.core('endpoints'), { labelSelector })
  await f.client.create<Endpoints>(f.core('endpoints'), {
    apiVersion: 'v1', kind: 'Endpoints', metadata: { name, labels }, subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }],
  })
  await seen('ADDED', 'the new Endpoints', () => true, before)
  const { items } = await f.client.get<{ items: Endpoints[] }>('/api/v1/endpoints', { labelSelector })
  const found = items.find(({ metadata }) => metadata.name === name && metadata.namespace === f.namespace)
  if (found === undefined) throw new Error('the Endpoints are not in the list of all namespaces')
  await f.client.replace<Endpoints>(f.core('endpoints', name), { ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, 'test-endpoint': 'updated' } } })
  await seen('MODIFIED', 'the new label', ({ metadata }) => metadata.labels?.['test-endpoint'] === 'updated', before)
  const read = await f.client.get<Endpoints>(f.core('endpoints', name))
  expect(read.metadata.labels).toEqual({ ...labels, 'test-endpoint': 'updated' })
  await f.client.patch<Endpoints>(f.core('endpoints', name), 'strategic', {
    metadata: { labels: { 'test-endpoint': 'patched' } }, subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }],
  })
  await seen('MODIFIED', 'the patch', ({ metadata }) => metadata.labels?.['test-endpoint'] === 'patched', read.metadata.resourceVersion)
  const { subsets = [], metadata } = await f.client.get<Endpoints>(f.core('endpoints', name))
  expect(subsets).toEqual([{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }])
  await f.client.delete(f.core('endpoints'), undefined, { labelSelector })
  await seen('DELETED', 'its end', () => true, metadata.resourceVersion)
  expect(await f.client.ask('GET', f.core('endpoints', name))).toMatchObject({ code: 404 })
})
