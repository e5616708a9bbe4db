import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { FakeClock, settle } from '../../../common/fake-clock.ts'
import { CertificateIssuers, Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import { Gateways } from '../../../common/kube/gateway.ts'
import type { Listener } from '../../../common/kube/generated/gateway-networking-v1.ts'
import { Ingresses, Secrets } from '../../../common/kube/kinds.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { testCertificate } from '../../network/ingress/testing/test-certificate.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { certificateControllers } from './index.ts'

// All that needs no CA; the rest is in e2e/acceptance/acme.itest.ts, with a real one.
const DAY = 24 * 3600_000
/** The test's certificates begin there. */
const START = Date.UTC(2020, 0, 1)
let pair: { crt: string; key: string }
let clock: FakeClock
let client: MemoryClient
let informers: SharedInformers
let controllers: Runnable[]
let events: string[]
let failures: unknown[]

beforeAll(async () => {
  pair = await testCertificate('a.example', new Date(START + 90 * DAY))
})
beforeEach(async () => {
  clock = new FakeClock(START + DAY)
  client = new MemoryClient(clock)
  informers = new SharedInformers({ client, clock, onError: () => undefined })
  events = []
  failures = []
  const context: ControllerContext = {
    client, informers, clock, resources: [], onError: (failure) => failures.push(failure),
    recorder: () => ({ event: (object, type, reason) => { events.push(`${object.kind} ${object.metadata.name} ${type} ${reason}`) } }),
  }
  controllers = certificateControllers(context)
  await informers.synced()
  for (const controller of controllers) controller.start()
})
afterEach(async () => {
  await Promise.all(controllers.map((controller) => controller.stop()))
  await informers.stop()
  expect(failures).toEqual([])
})

const secret = (annotations: Record<string, string>): Promise<unknown> => client.create(Secrets, {
  apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'web-tls', namespace: 'default', annotations },
  data: { 'tls.crt': Buffer.from(pair.crt).toString('base64'), 'tls.key': Buffer.from(pair.key).toString('base64') },
})
const certificate = (dnsNames: string[]): Promise<unknown> => client.create(Certificates, { apiVersion: 'toque.dev/v1', kind: 'Certificate', metadata: { name: 'web', namespace: 'default' }, spec: { secretName: 'web-tls', dnsNames, issuer: 'le' } })
async function said(): Promise<string> {
  const { status } = await client.get(Certificates, 'default', 'web')
  return ['Ready', 'Issuing'].map((type) => findCondition(status?.conditions, type)).map((found) => `${found?.status ?? ''} ${found?.reason ?? ''}`).join(', ')
}

test('a good certificate is left alone, with one timer and no write, until two thirds of its life are over', async () => {
  await secret({ 'toque.dev/certificate-name': 'web' })
  await certificate(['a.example'])
  await settle()
  expect(await said()).toBe('True Issued,  ')
  const { status } = await client.get(Certificates, 'default', 'web')
  expect([status?.notAfter, status?.renewalTime]).toEqual(['2020-03-31T00:00:00Z', '2020-03-01T00:00:00Z'])
  let calls = 0
  client.intercept = () => { calls += 1 }
  await clock.advance(58 * DAY)
  // The longest timer is 24.8 days; nothing is read or written when it fires.
  expect(calls).toBe(0)
  client.intercept = () => undefined
  await clock.advance(DAY)
  expect(await said()).toBe('True Issued, False IssuerNotFound')
  expect(events).toEqual(['Certificate web Warning IssuerNotFound'])
  await clock.advance(30 * DAY)
})

test('a Secret of cert-manager for the same Certificate is taken over; somebody\'s own is not written over', async () => {
  await secret({ 'cert-manager.io/certificate-name': 'web' })
  await certificate(['a.example'])
  await settle()
  expect(await said()).toBe('True Issued,  ')
  await client.delete(Secrets, 'default', 'web-tls')
  await secret({})
  await settle()
  expect(await said()).toBe('False NotIssued, False SecretTaken')
})

test('what cannot be got says why, once, and waits for who makes it right', async () => {
  await certificate(['*.example', 'b.example'])
  await settle()
  expect(await said()).toBe('False NotIssued, False WildcardName')
  const { metadata } = await client.get(Certificates, 'default', 'web')
  await client.patch(Certificates, 'default', 'web', 'application/merge-patch+json', { metadata: { resourceVersion: metadata.resourceVersion }, spec: { dnsNames: ['b.example'] } })
  await settle()
  expect(await said()).toBe('False NotIssued, False IssuerNotFound')
  await client.create(CertificateIssuers, { apiVersion: 'toque.dev/v1', kind: 'CertificateIssuer', metadata: { name: 'other' }, spec: { acme: { server: 'https://localhost:1/dir' } } })
  await settle()
  expect(events.filter((event) => event.startsWith('Certificate web'))).toEqual(['Certificate web Warning WildcardName', 'Certificate web Warning IssuerNotFound'])
})

test('Certificates follow what an Ingress asks for; those of others are left alone, and it is told', async () => {
  const names = async (): Promise<Record<string, string[]>> => Object.fromEntries((await client.list(Certificates)).items.map(({ metadata, spec }) => [metadata.name, spec.dnsNames]))
  const tls = [{ hosts: ['b.example', 'a.example'], secretName: 'one' }, { hosts: ['c.example'], secretName: 'two' }, { secretName: 'nameless' }, { hosts: ['d.example'] }, { hosts: ['e.example'], secretName: 'one' }]
  const change = async (patch: object): Promise<void> => {
    await client.patch(Ingresses, 'default', 'shop', 'application/merge-patch+json', patch)
    await settle()
  }
  await client.create(Ingresses, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'shop', namespace: 'default' }, spec: { tls } })
  await settle()
  expect(await names()).toEqual({})
  await change({ metadata: { annotations: { 'cert-manager.io/cluster-issuer': 'le' } } })
  expect(await names()).toEqual({ one: ['a.example', 'b.example', 'e.example'], two: ['c.example'] })
  const { spec, metadata }: Certificate = await client.get(Certificates, 'default', 'two')
  expect([spec, metadata.ownerReferences?.[0]?.name]).toEqual([{ secretName: 'two', dnsNames: ['c.example'], issuer: 'le' }, 'shop'])
  await change({ spec: { tls: [{ hosts: ['a.example'], secretName: 'one' }] } })
  expect(await names()).toEqual({ one: ['a.example'] })
  await client.create(Ingresses, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'rival', namespace: 'default', annotations: { 'toque.dev/issuer': 'le' } }, spec: { tls: [{ hosts: ['z.example'], secretName: 'one' }] } })
  await settle()
  expect(await names()).toEqual({ one: ['a.example'] })
  expect(events).toContain('Ingress rival Warning CertificateTaken')
  await change({ metadata: { annotations: null } })
  // The name is free.
  expect(await names()).toEqual({ one: ['z.example'] })
})

test('a Gateway asks for its listeners, by host and Secret of its own namespace', async () => {
  const https = (hostname: string | undefined, name: string, more: object = {}): Listener => ({ name, port: 443, protocol: 'HTTPS', ...(hostname === undefined ? {} : { hostname }), tls: { certificateRefs: [{ name, ...more }] } })
  await client.create(Gateways, {
    apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'edge', namespace: 'default', annotations: { 'toque.dev/issuer': 'le' } },
    spec: { gatewayClassName: 'toque', listeners: [https('a.example', 'one'), https('b.example', 'one'), https(undefined, 'all'), https('c.example', 'theirs', { namespace: 'vault' }), { name: 'http', port: 80, protocol: 'HTTP', hostname: 'd.example' }] },
  })
  await settle()
  const { items } = await client.list(Certificates)
  expect(items.map(({ metadata, spec }) => [metadata.ownerReferences?.[0]?.kind, spec])).toEqual([['Gateway', { secretName: 'one', dnsNames: ['a.example', 'b.example'], issuer: 'le' }]])
  expect(events).toContain('Gateway edge Warning IssuerNotFound')
})
