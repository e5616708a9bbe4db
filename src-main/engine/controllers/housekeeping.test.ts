import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timestamp } from '../../common/clock.ts'
import type { Pod, Secret } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps, Events, Namespaces, Nodes, Pods, Secrets, ServiceAccounts } from '../../common/kube/kinds.ts'
import type { Draft } from '../../common/kube/object.ts'
import { EventTtlController } from './event-ttl/controller.ts'
import { NamespaceController } from './namespace/controller.ts'
import { computePodGc } from './pod-gc/compute.ts'
import { PodGcController } from './pod-gc/controller.ts'
import { ServiceAccountController } from './serviceaccount/controller.ts'
import { TokenSecretController } from './serviceaccount/token-controller.ts'
import { TestCluster } from './testing/test-cluster.ts'

let cluster: TestCluster
let running: { start(): void; stop(): Promise<void> }[]
beforeEach(() => {
  cluster = new TestCluster()
  running = []
})
afterEach(async () => {
  for (const c of running) await c.stop()
  await cluster.stop()
})
async function start(controller: { start(): void; stop(): Promise<void> }): Promise<void> {
  running.push(controller)
  await cluster.informers.synced()
  controller.start()
  await cluster.settle()
}

describe('namespaces', () => {
  test('the first ones are made; one that is deleted is emptied first, and says what it waits for', async () => {
    await start(new NamespaceController(cluster.context))
    expect(cluster.client.all(Namespaces).map((n) => n.metadata.name)).toEqual(['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    await cluster.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: { finalizers: ['kubernetes'] } })
    await cluster.client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' } })
    await cluster.client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'default' } })
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop' }, spec: { containers: [], nodeName: 'n' } })
    await cluster.client.delete(Namespaces, '', 'shop')
    await cluster.settle()
    expect(cluster.client.all(ConfigMaps).map((c) => c.metadata.name)).toEqual(['b'])
    expect((await cluster.client.get(Namespaces, '', 'shop')).status?.conditions?.[0]?.message).toBe('Some resources are remaining: pods has 1 resource instances')
    await cluster.client.delete(Pods, 'shop', 'p', { gracePeriodSeconds: 0 })
    await cluster.settle()
    expect([cluster.client.all(Namespaces).map((n) => n.metadata.name).includes('shop'), cluster.failures]).toEqual([false, []])
  })

  test('each has its ServiceAccount and the CA, whatever happens to them', async () => {
    await cluster.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: {} })
    await start(new ServiceAccountController(cluster.context, 'CERT'))
    expect(cluster.client.all(ServiceAccounts).map((s) => `${s.metadata.namespace ?? ''}/${s.metadata.name}`)).toEqual(['shop/default'])
    await cluster.client.delete(ServiceAccounts, 'shop', 'default')
    const ca = await cluster.client.get(ConfigMaps, 'shop', 'kube-root-ca.crt')
    await cluster.client.update(ConfigMaps, { ...ca, data: { 'ca.crt': 'FORGED' } })
    await cluster.settle()
    expect([cluster.client.all(ServiceAccounts).length, (await cluster.client.get(ConfigMaps, 'shop', 'kube-root-ca.crt')).data]).toEqual([1, { 'ca.crt': 'CERT' }])
  })
})

describe('Secrets for tokens', () => {
  const secret = (name: string, of: string, type = 'kubernetes.io/service-account-token'): Draft<Secret> =>
    ({ apiVersion: 'v1', kind: 'Secret', type, metadata: { name, namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': of } } })
  const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString()

  test('are filled once, mended, and go with their account', async () => {
    const { client } = cluster
    const account = await client.create(ServiceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'shop' } })
    await start(new TokenSecretController(cluster.context, 'CERT'))
    await client.create(Secrets, secret('t', 'robot'))
    await client.create(Secrets, secret('other', 'robot', 'Opaque'))
    await cluster.settle()
    const filled = await client.get(Secrets, 'shop', 't')
    expect(Object.fromEntries(Object.entries(filled.data ?? {}).map(([key, value]) => [key, text(value)]))).toEqual({ token: 'token 1 of robot for ', namespace: 'shop', 'ca.crt': 'CERT' })
    expect(filled.metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(account.metadata.uid)
    const { 'ca.crt': _lost, ...rest } = filled.data ?? {}
    await client.update(Secrets, { ...filled, data: rest })
    await cluster.settle()
    expect([text((await client.get(Secrets, 'shop', 't')).data?.['ca.crt']), text((await client.get(Secrets, 'shop', 't')).data?.['token'])]).toEqual(['CERT', 'token 1 of robot for '])
    await client.delete(ServiceAccounts, 'shop', 'robot')
    await cluster.settle()
    expect(client.all(Secrets).map((s) => s.metadata.name)).toEqual(['other'])
  })

  test('of another account of the name go, too', async () => {
    const { client } = cluster
    await client.create(ServiceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'shop' } })
    const draft = secret('t', 'robot')
    await client.create(Secrets, { ...draft, metadata: { ...draft.metadata, annotations: { ...draft.metadata.annotations, 'kubernetes.io/service-account.uid': 'the one before' } } })
    await start(new TokenSecretController(cluster.context, 'CERT'))
    expect(client.all(Secrets)).toEqual([])
  })
})

describe('pod garbage collection', () => {
  const pod = (name: string, node: string, phase: string, minute = 0): Pod => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: timestamp(Date.UTC(2026, 0, 1, 0, minute)) }, spec: { containers: [], nodeName: node }, status: { phase },
  })
  test.each([
    ['pods of a node that is gone, after the quarantine', [pod('a', 'gone', 'Running'), pod('b', 'n', 'Running')], 50_000, { orphans: ['a'], ended: [], lookAgainMs: undefined }],
    ['not before', [pod('a', 'gone', 'Running')], 30_000, { orphans: [], ended: [], lookAgainMs: 10_000 }],
    ['the oldest ended pods beyond the number kept', [pod('new', 'n', 'Failed', 3), pod('old', 'n', 'Succeeded', 1), pod('mid', 'n', 'Failed', 2), pod('run', 'n', 'Running')], 0, { orphans: [], ended: ['old'], lookAgainMs: undefined }],
  ])('%s', (_, pods, now, expected) => {
    const { orphans, ended, lookAgainMs } = computePodGc({ pods, nodes: new Set(['n']), outOfService: new Set(), missingSince: new Map([['gone', 0]]), now, quarantineMs: 40_000, keep: 2 })
    expect({ orphans: orphans.map((p) => p.metadata.name), ended: ended.map((p) => p.metadata.name), lookAgainMs }).toEqual(expected)
  })

  test('a node that goes takes its pods along, by itself, later', async () => {
    await cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: {} })
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' }, spec: { containers: [], nodeName: 'n' } })
    await start(new PodGcController(cluster.context))
    await cluster.client.delete(Nodes, '', 'n')
    await cluster.clock.advance(39_000)
    expect(cluster.client.all(Pods)).toHaveLength(1)
    await cluster.clock.advance(2000)
    expect(cluster.client.all(Pods)).toHaveLength(0)
  })
})

test('an Event of long ago is there for an hour all the same', async () => {
  await cluster.client.create(Events, { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'ns' }, involvedObject: {}, eventTime: '2017-09-19T13:49:16.000000Z' })
  await start(new EventTtlController(cluster.context))
  await cluster.clock.advance(59 * 60_000)
  expect(cluster.client.all(Events)).toHaveLength(1)
  await cluster.clock.advance(2 * 60_000)
  expect(cluster.client.all(Events)).toHaveLength(0)
})

test('an Event goes an hour after it happened last', async () => {
  const event = await cluster.client.create(Events, {
    apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'ns' }, involvedObject: {}, lastTimestamp: timestamp(cluster.clock.now()),
  })
  await start(new EventTtlController(cluster.context))
  await cluster.clock.advance(30 * 60_000)
  await cluster.client.update(Events, { ...event, lastTimestamp: timestamp(cluster.clock.now()) })
  await cluster.clock.advance(45 * 60_000)
  expect(cluster.client.all(Events)).toHaveLength(1)
  await cluster.clock.advance(16 * 60_000)
  expect(cluster.client.all(Events)).toHaveLength(0)
})
