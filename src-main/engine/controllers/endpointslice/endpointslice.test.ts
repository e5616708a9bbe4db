import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Pod, Service, ServiceSpec } from '../../../common/kube/generated/core-v1.ts'
import { EndpointSlices, EndpointsResource, Pods, Services } from '../../../common/kube/kinds.ts'
import { computeSubsets } from '../endpoints/compute.ts'
import { EndpointsController } from '../endpoints/controller.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { computeSlices } from './compute.ts'
import { EndpointSliceController } from './controller.ts'
import { EndpointSliceMirror, mirroredSlices } from './mirror.ts'
import { planSlices, serviceOwner } from './plan.ts'

const AT = '2026-01-01T00:00:00Z'

function service(spec: Partial<ServiceSpec> = {}): Service {
  return {
    apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'ns', uid: 's', resourceVersion: '1', creationTimestamp: AT },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  }
}

function pod(name: string, o: { ready?: boolean; going?: boolean; phase?: string; ip?: string; port?: number; spec?: object } = {}): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: AT, labels: { app: 'web' }, ...(o.going === true ? { deletionTimestamp: AT } : {}) },
    spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'web', containerPort: o.port ?? 8080 }] }], ...o.spec },
    status: { phase: o.phase ?? 'Running', podIP: o.ip ?? `10.0.0.${name}`, conditions: [{ type: 'Ready', status: o.ready === false ? 'False' : 'True' }] },
  }
}

/** `address ready/serving/terminating` of each endpoint, a list per slice. */
const shown = (s: Service, ...pods: Pod[]): string[][] => computeSlices(s, pods).map((slice) =>
  slice.endpoints.map((e) => `${e.addresses[0] ?? ''} ${[e.conditions?.ready, e.conditions?.serving, e.conditions?.terminating].map(Number).join('')}`))

describe('endpoints of a Service', () => {
  test.each<[string, Service, Pod[], string[][], string[][]]>([
    ['ready and not ready', service(), [pod('1'), pod('2', { ready: false })], [['10.0.0.1 110', '10.0.0.2 000']], [['10.0.0.1'], ['10.0.0.2']]],
    ['an ending pod leaves at once', service(), [pod('1', { going: true }), pod('2')], [['10.0.0.1 011', '10.0.0.2 110']], [['10.0.0.2'], []]],
    ['ended pods and pods without an address are none', service(), [pod('1', { phase: 'Failed' }), pod('2', { ip: '' })], [[]], []],
    ['publishNotReadyAddresses', service({ publishNotReadyAddresses: true }), [pod('1', { ready: false })], [['10.0.0.1 110']], [['10.0.0.1'], []]],
    ['the other family only when asked for', service({ ipFamilies: ['IPv6'] }), [pod('1'), pod('2', { ip: 'fd00::2' })], [['fd00::2 110']], [['fd00::2'], []]],
  ])('%s', (_, s, pods, slices, subsets) => {
    expect(shown(s, ...pods)).toEqual(slices)
    const lists = computeSubsets(s, pods).flatMap((x) => [(x.addresses ?? []).map((a) => a.ip), (x.notReadyAddresses ?? []).map((a) => a.ip)])
    expect(lists).toEqual(subsets)
  })

  test('a named port is looked up in each pod; pods that differ get slices of their own', () => {
    const s = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] })
    const slices = computeSlices(s, [pod('1', { port: 8080 }), pod('2', { port: 9090 }), pod('3', { port: 8080 })])
    expect(slices.map((x) => [x.ports.map((p) => p.port), x.endpoints.length])).toEqual([[[8080], 2], [[9090], 1]])
  })

  test('100 a slice; a Service that is its pods\' subdomain names them', () => {
    const many = Array.from({ length: 205 }, (_, i) => pod(String(i), { ip: `10.0.${String(i >> 8)}.${String(i & 255)}` }))
    expect(computeSlices(service(), many).map((s) => s.endpoints.length)).toEqual([100, 100, 5])
    const [headless] = computeSlices(service({ clusterIP: 'None' }), [pod('1', { spec: { hostname: 'db-0', subdomain: 'web' } })])
    expect(headless?.endpoints[0]?.hostname).toBe('db-0')
    const [plain] = computeSlices(service(), [pod('1', { spec: { hostname: 'db-0', subdomain: 'web' } })])
    expect(plain?.endpoints[0]?.hostname).toBe('db-0')
  })

  test('a plan touches only the slice that changed, and names a new one so that it cannot be made twice', () => {
    const owner = serviceOwner(service())
    const many = Array.from({ length: 150 }, (_, i) => pod(String(i).padStart(3, '0'), { ip: `10.0.0.${String(i)}` }))
    const first = planSlices(owner, computeSlices(service(), many), [])
    expect(first.create.map((d) => d.metadata.name)).toEqual(['web-1', 'web-2'])
    const existing = first.create.map((d) => ({ ...d, metadata: { ...d.metadata, uid: 'u', resourceVersion: '1', creationTimestamp: AT, name: d.metadata.name ?? '' } }))
    expect(planSlices(owner, computeSlices(service(), many), existing)).toEqual({ create: [], update: [], delete: [] })
    const changed = many.map((p) => (p.metadata.name === '140' ? pod('140', { ready: false, ip: '10.0.0.140' }) : p))
    expect(planSlices(owner, computeSlices(service(), changed), existing).update.map((s) => s.metadata.name)).toEqual(['web-2'])
    const fewer = planSlices(owner, computeSlices(service(), many.slice(0, 50)), existing)
    expect([fewer.update.length, fewer.delete.length]).toEqual([1, 1])
  })
})

describe('the controllers', () => {
  let cluster: TestCluster
  let controllers: { start(): void; stop(): Promise<void> }[]
  beforeEach(async () => {
    cluster = new TestCluster()
    controllers = [new EndpointSliceController(cluster.context), new EndpointSliceMirror(cluster.context), new EndpointsController(cluster.context)]
    await cluster.informers.synced()
    for (const c of controllers) c.start()
  })
  afterEach(async () => {
    for (const c of controllers) await c.stop()
    await cluster.stop()
  })
  const ready = (): (string | undefined)[] => cluster.client.all(EndpointSlices).flatMap((s) => s.endpoints).filter((e) => e.conditions?.ready).map((e) => e.addresses[0])

  test('follow pods up, away and off the selector; and go with the Service', async () => {
    await cluster.client.create(Services, { ...service(), metadata: { name: 'web', namespace: 'ns' } })
    const a = await cluster.client.create(Pods, { ...pod('1'), metadata: { name: 'a', namespace: 'ns', labels: { app: 'web' } } })
    await cluster.setPod(a, { ready: true, ip: '10.0.0.1' })
    await cluster.settle()
    expect([ready(), cluster.client.all(EndpointsResource)[0]?.subsets?.[0]?.addresses?.length]).toEqual([['10.0.0.1'], 1])
    await cluster.setPod(a, { ready: false, ip: '10.0.0.1' })
    await cluster.settle()
    expect(ready()).toEqual([])
    await cluster.setPod(a, { ready: true, ip: '10.0.0.1' })
    await cluster.settle()
    await cluster.client.delete(Pods, 'ns', 'a')
    await cluster.settle()
    expect([ready(), cluster.client.all(EndpointSlices)[0]?.endpoints[0]?.conditions]).toEqual([[], { ready: false, serving: true, terminating: true }])
    await cluster.client.delete(Services, 'ns', 'web')
    await cluster.settle()
    expect([cluster.client.all(EndpointSlices), cluster.client.all(EndpointsResource)]).toEqual([[], []])
    expect(cluster.failures).toEqual([])
  })

  test('a Service without a selector has the endpoints that somebody wrote by hand', async () => {
    await cluster.client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', namespace: 'ns' }, spec: { ports: [{ port: 5432 }] } })
    const made = await cluster.client.create(EndpointsResource, {
      apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db', namespace: 'ns' }, subsets: [{ addresses: [{ ip: '192.168.1.5' }], notReadyAddresses: [{ ip: '192.168.1.6' }], ports: [{ port: 5432 }] }],
    })
    await cluster.settle()
    expect(ready()).toEqual(['192.168.1.5'])
    await cluster.client.update(EndpointsResource, { ...made, subsets: [] })
    await cluster.settle()
    expect([ready(), cluster.client.all(EndpointSlices).length]).toEqual([[], 0])
    expect(mirroredSlices(made)[0]?.ports).toEqual([{ name: '', port: 5432, protocol: 'TCP' }])
  })

  test('a slice changed or deleted by hand comes back; one of another manager stays', async () => {
    await cluster.client.create(Services, { ...service(), metadata: { name: 'web', namespace: 'ns' } })
    await cluster.client.create(EndpointSlices, {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }], metadata: { name: 'web-2', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'web' } },
    })
    await cluster.settle()
    await cluster.client.delete(EndpointSlices, 'ns', 'web-1')
    await cluster.client.create(EndpointSlices, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [], metadata: { name: 'web-1', namespace: 'ns' } })
    await cluster.clock.advance(1000)
    expect(cluster.client.all(EndpointSlices).map((s) => s.metadata.name).sort()).toEqual(['web-1', 'web-2', 'web-3'])
  })
})
