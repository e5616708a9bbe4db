import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import type { Endpoints, Pod, Service } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../src-main/common/kube/generated/discovery-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { createPod, podOf, podUntil, WEB } from '../framework/pods.ts'
import { createService } from './servers.ts'

const GROUP = 'discovery.k8s.io/v1'
const TCP = { protocol: 'TCP' }

async function slicesOf(f: Framework, service: string, path = f.group(GROUP, 'endpointslices')): Promise<EndpointSlice[]> {
  return (await f.client.get<{ items: EndpointSlice[] }>(path, { labelSelector: `kubernetes.io/service-name=${service}` })).items
}

conformance('[sig-network] EndpointSlice should have Endpoints and EndpointSlices pointing to API Server', async (f) => {
  await f.client.get<Service>('/api/v1/namespaces/default/services/kubernetes')
  const { subsets = [] } = await f.client.get<Endpoints>('/api/v1/namespaces/default/endpoints/kubernetes')
  expect(subsets.length).toBeGreaterThan(0)
  const slices = (await slicesOf(f, 'kubernetes', `/apis/${GROUP}/namespaces/default/endpointslices`)).filter(({ addressType }) => addressType === 'IPv4')
  expect(slices.length).toBeGreaterThan(0)
  const sorted = <T>(list: readonly T[]): T[] => [...new Set(list)].sort()
  expect(sorted(slices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)))).toEqual(sorted(subsets.flatMap(({ addresses = [], notReadyAddresses = [] }) => [...addresses, ...notReadyAddresses].map(({ ip }) => ip))))
  expect(sorted(slices.flatMap(({ ports = [] }) => ports.map(({ port }) => port)))).toEqual(sorted(subsets.flatMap(({ ports = [] }) => ports.map(({ port }) => port))))
})

conformance('[sig-network] EndpointSlice should create and delete Endpoints and EndpointSlices for a Service with a selector specified', async (f) => {
  const name = 'example-empty-selector'
  await createService(f, name, { selector: { 'does-not-match-anything': 'endpoints-and-endpoint-slices-should-still-be-created' }, ports: [{ name: 'example', port: 80, ...TCP }] })
  await eventually('its Endpoints', async () => (await f.client.ask('GET', f.core('endpoints', name))).code === 200)
  const [slice] = await eventually('its EndpointSlice', async () => {
    const slices = await slicesOf(f, name)
    return slices.length > 0 && slices
  })
  expect(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by']).toBe('endpointslice-controller.k8s.io')
  expect(slice?.endpoints ?? []).toEqual([])
  await f.client.delete(f.core('services', name))
  await eventually('the end of its Endpoints', async () => (await f.client.ask('GET', f.core('endpoints', name))).code === 404)
  await eventually('the end of its EndpointSlices', async () => (await slicesOf(f, name)).length === 0, 90_000)
})

/** Waits until a Service's Endpoints and EndpointSlices have just these pods, each by its own port `portOf`, and say whose they are. */
async function hasEndpoints(f: Framework, service: string, port: string, pods: readonly { pod: Pod; port: number }[], slices: number): Promise<void> {
  const wanted = pods.map(({ pod: { metadata: { name, namespace, uid }, status }, port: number }) => ({ ip: status?.podIP, kind: 'Pod', name, namespace, uid, port: number, portName: port, protocol: 'TCP' })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const sorted = <T extends { name: string | undefined }>(list: T[]): T[] => list.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
  await eventually(`${String(slices)} EndpointSlices of ${service}`, async () => {
    const found = await slicesOf(f, service)
    return found.length >= slices && found.flatMap(({ endpoints }) => endpoints).length >= pods.length
  }, 120_000)
  const endpoints = await eventually(`Endpoints of ${service}`, async () => {
    const { subsets = [] } = await f.client.get<Endpoints>(f.core('endpoints', service))
    return subsets.length === pods.length && { subsets }
  }, 120_000)
  expect(sorted(endpoints.subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => [...addresses, ...notReadyAddresses].flatMap(({ ip, targetRef }) => ports.map((p) => ({
    ip, kind: targetRef?.kind, name: targetRef?.name, namespace: targetRef?.namespace, uid: targetRef?.uid, port: p.port, portName: p.name, protocol: p.protocol,
  })))))).toEqual(wanted)
  const found = await slicesOf(f, service)
  expect(sorted(found.flatMap(({ endpoints: list, ports = [] }) => list.flatMap(({ addresses, targetRef }) => ports.map((p) => ({
    ip: addresses[0], kind: targetRef?.kind, name: targetRef?.name, namespace: targetRef?.namespace, uid: targetRef?.uid, port: p.port, portName: p.name, protocol: p.protocol,
  })))))).toEqual(wanted)
  for (const { ports = [] } of found) expect(ports.length).toBe(pods.length === 0 ? 0 : 1)
}

conformance('[sig-network] EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service', async (f) => {
  const pod = (name: string, labels: Record<string, string>, ports: { name: string; containerPort: number }[]): Promise<Pod> => createPod(f, podOf(name, { labels, containers: [{ image: WEB, ports }] }))
  await pod('pod1', { pod1: 'on', shared12: 'on' }, [{ name: 'example-name', containerPort: 3000 }])
  await pod('pod2', { pod2: 'on', shared12: 'on' }, [{ name: 'example-name', containerPort: 3001 }, { name: 'other-port', containerPort: 3002 }])
  await createService(f, 'example-int-port', { selector: { pod1: 'on' }, publishNotReadyAddresses: true, ports: [{ name: 'example', port: 80, targetPort: 3000, ...TCP }] })
  await createService(f, 'example-named-port', { selector: { shared12: 'on' }, publishNotReadyAddresses: true, ports: [{ name: 'http', port: 80, targetPort: 'example-name', ...TCP }] })
  await createService(f, 'example-no-match', { selector: { pod3: 'on' }, publishNotReadyAddresses: true, ports: [{ name: 'example-no-match', port: 80, targetPort: 8080, ...TCP }] })
  const [pod1, pod2] = await Promise.all(['pod1', 'pod2'].map((name) => podUntil(f, name, 'has an address', ({ status }) => (status?.podIPs?.length ?? 0) > 0, 180_000))) as [Pod, Pod]
  const both = [{ pod: pod1, port: 3000 }, { pod: pod2, port: 3001 }]
  await hasEndpoints(f, 'example-int-port', 'example', [{ pod: pod1, port: 3000 }], 1)
  await hasEndpoints(f, 'example-named-port', 'http', both, 2)
  await hasEndpoints(f, 'example-no-match', 'example-no-match', [], 1)
  for (const { metadata } of await slicesOf(f, 'example-named-port')) await f.client.delete(f.group(GROUP, 'endpointslices', metadata.name))
  await hasEndpoints(f, 'example-named-port', 'http', both, 2)
})

conformance('[sig-network] EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete', async (f) => {
  const name = 'example-custom-endpoints'
  await createService(f, name, { ports: [{ name: 'example', port: 80, ...TCP }] })
  const endpoints = (ip: string): object => ({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name }, subsets: [{ ports: [{ port: 80 }], addresses: [{ ip }] }] })
  const mirrored = (what: string, ip: string): Promise<unknown> => eventually(what, async () => {
    const [slice, ...more] = await slicesOf(f, name)
    return more.length === 0 && slice?.ports?.length === 1 && slice.ports[0]?.port === 80 && slice.endpoints.length === 1 && slice.endpoints[0]?.addresses.join() === ip
  }, 12_000)
  await f.client.create(f.core('endpoints'), endpoints('10.1.2.3'))
  await mirrored('a slice of the new Endpoints', '10.1.2.3')
  await f.client.replace(f.core('endpoints', name), endpoints('10.2.3.4'))
  await mirrored('the slice changed as the Endpoints did', '10.2.3.4')
  await f.client.delete(f.core('endpoints', name))
  await eventually('no slice without Endpoints', async () => (await slicesOf(f, name)).length === 0, 12_000)
})
