import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { AcmeServer } from '../../../../e2e/harness/acme-server.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import { CertificateIssuers, Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import { Nodes, Secrets } from '../../../common/kube/kinds.ts'
import { SharedInformers } from '../../client/informers.ts'
import { changeStatus } from '../../client/retry.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { certificateControllers } from './index.ts'
import type { Runnable } from '../context.ts'

// A real CA (pebble), time that is moved by hand, and one web server in the place of the cluster's proxies.
const DAY = 24 * 3600_000
let acme: AcmeServer
let web: Server
let clock: FakeClock
let client: MemoryClient
let informers: SharedInformers
let controllers: Runnable[]
/** Questions that the CA asked. */
let asked: string[]
/** Do the proxies answer, and say so? */
let isServing: boolean

beforeAll(async () => {
  web = createServer((req, res) => {
    asked.push(req.url ?? '')
    const challenge = informers.for(Certificates).lister.list().flatMap(({ status }) => status?.challenges ?? []).find(({ token }) => req.url?.endsWith(`/${token}`))
    res.writeHead(challenge === undefined ? 404 : 200).end(challenge?.keyAuthorization)
  }).listen(0, '127.0.0.7')
  await once(web, 'listening')
  acme = await AcmeServer.start({ validSeconds: 90 * DAY / 1000, httpPort: (web.address() as AddressInfo).port })
})
afterAll(async () => {
  web?.close()
  await acme?.stop()
})

beforeEach(async () => {
  asked = []
  isServing = true
  clock = new FakeClock(Date.now())
  client = new MemoryClient(clock)
  informers = new SharedInformers({ client, clock, onError: () => undefined })
  informers.for(Certificates).addHandler({ onUpdate: ({ metadata: { namespace = '', name }, status }) => {
    if (isServing && status?.challenges?.some(({ served }) => served !== true)) void changeStatus(client, Certificates, { namespace, name }, (copy) => {
      for (const challenge of copy.status?.challenges ?? []) challenge.served = true
      return true
    }).catch(() => undefined)
  } })
  await start()
  await client.create(CertificateIssuers, { apiVersion: 'toque.dev/v1', kind: 'CertificateIssuer', metadata: { name: 'ca' }, spec: { acme: { server: acme.directory, caBundle: Buffer.from(acme.ca).toString('base64') } } })
  await until('an account', async () => (await client.get(CertificateIssuers, '', 'ca')).status?.accountURL)
})
afterEach(async () => {
  await stop()
  await informers.stop()
})

async function start(): Promise<void> {
  controllers = certificateControllers({ client, informers, clock, resources: [], onError: () => undefined, recorder: () => ({ event: () => undefined }) })
  await informers.synced()
  for (const controller of controllers) controller.start()
}
async function stop(): Promise<void> {
  await Promise.all(controllers.map((controller) => controller.stop()))
}

/** Lets time pass, a second at a time, until something is so. */
async function until<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = performance.now() + 120_000; performance.now() < end;) {
    const found = await check().catch(() => undefined)
    if (found !== undefined && found !== false) return found
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`in vain: ${what}. ${JSON.stringify((await client.list(Certificates)).items.map(({ status }) => status))}`)
}
async function make(name: string): Promise<void> {
  await acme.lead(`${name}.example`, ['127.0.0.7'])
  await client.create(Certificates, { apiVersion: 'toque.dev/v1', kind: 'Certificate', metadata: { name, namespace: 'default' }, spec: { secretName: name, dnsNames: [`${name}.example`], issuer: 'ca' } })
}
const get = (name: string): Promise<Certificate> => client.get(Certificates, 'default', name)
const isReady = async (name: string): Promise<boolean> => findCondition((await get(name)).status?.conditions, 'Ready')?.status === 'True'
async function serial(name: string): Promise<string> {
  const { data } = await client.get(Secrets, 'default', name)
  return new X509Certificate(Buffer.from(data?.['tls.crt'] ?? '', 'base64')).serialNumber
}
const hasCertificate = (name: string): Promise<boolean> => client.get(Secrets, 'default', name).then(({ data }) => data?.['tls.crt'] !== undefined, () => false)
const orders = (): number => acme.log.match(/Added order/g)?.length ?? 0

test('the CA is told to look when the servers answer, not before; if they never do, it says why, and waits longer each time', async () => {
  isServing = false
  await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: {}, status: { conditions: [{ type: 'toque.dev/Ingress', status: 'False', reason: 'PortInUse', message: 'Port 80 of server n is held by the Docker container old-web.' }] } })
  await make('gate')
  const first = await until('a failure', async () => ((await get('gate')).status?.attempt?.failures ?? 0) === 1 && (await get('gate')).status)
  const told = findCondition(first.conditions, 'Issuing')
  expect([told?.reason, told?.message]).toEqual(['NotServed', expect.stringMatching(/port 80. Port 80 of server n is held by the Docker container old-web/)])
  expect(asked).toEqual([])
  const waits = Date.parse(first.attempt?.next ?? '') - clock.now()
  expect(Math.abs(waits - 60_000)).toBeLessThanOrEqual(2_000)
  const before = orders()
  await clock.advance(waits - 3_000)
  expect([orders(), (await get('gate')).status?.attempt?.failures]).toEqual([before, 1])
  const second = await until('another failure', async () => ((await get('gate')).status?.attempt?.failures ?? 0) === 2 && (await get('gate')).status)
  expect(Math.abs(Date.parse(second.attempt?.next ?? '') - clock.now() - 120_000)).toBeLessThanOrEqual(2_000)
  isServing = true
  await until('the certificate', () => isReady('gate'))
  expect(asked.length).toBeGreaterThan(0)
  expect((await get('gate')).status).not.toHaveProperty('attempt')
})

test('after two thirds of its life there is another one, once, with another key', async () => {
  await make('renewed')
  await until('the certificate', () => isReady('renewed'))
  const [number, key, before] = [await serial('renewed'), (await client.get(Secrets, 'default', 'renewed')).data?.['tls.key'], orders()]
  await clock.advance(59 * DAY)
  expect([await serial('renewed'), orders()]).toEqual([number, before])
  await clock.advance(1.1 * DAY)
  await until('another one', async () => (await serial('renewed')) !== number)
  expect((await client.get(Secrets, 'default', 'renewed')).data?.['tls.key']).not.toBe(key)
  // The CA's clock stands where it stood: by ours the new one is due as well. That is no reason to order one after the other.
  await until('the words', async () => findCondition((await get('renewed')).status?.conditions, 'Issuing')?.reason === 'DueAgain')
  await clock.advance(30_000)
  expect(orders()).toBe(before + 1)
})

test('an engine that dies at any write goes on there, with the order that it had', async () => {
  const counts: number[] = []
  for (let at = 1; ; at++) {
    const name = `dies-${String(at)}`
    const before = orders()
    let writes = 0
    client.intercept = (verb, resource) => {
      if (verb === 'get' || verb === 'list' || verb === 'watch' || (resource !== Secrets && resource !== Certificates)) return
      // The first is this test's own; those of the proxies count as well.
      if (++writes === at + 1) void stop()
      if (writes > at) throw new Error('dead')
    }
    await make(name)
    await until('its death, or the certificate', async () => writes > at || isReady(name))
    const died = writes > at
    client.intercept = () => undefined
    if (!died) break
    await stop()
    // Nothing says that there was an order: it died between the CA's word and its own, if the CA had given one.
    const forgotten = (await get(name)).status?.attempt?.order === undefined && !(await hasCertificate(name))
    await start()
    // What the proxies could not write, they write again.
    await changeStatus(client, Certificates, { namespace: 'default', name }, (copy) => { for (const challenge of copy.status?.challenges ?? []) challenge.served = true; return true })
    await until(`the certificate after death at write ${String(at)}`, () => isReady(name))
    counts.push(orders() - before)
    expect(orders() - before).toBeLessThanOrEqual(forgotten ? 2 : 1)
    expect((await client.list(Secrets)).items.map(({ metadata }) => metadata.name)).toContain(name)
  }
  expect(counts.length).toBeGreaterThanOrEqual(4)
  expect(counts).toContain(2)
})
