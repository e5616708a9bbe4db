import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Certificate, CertificateIssuer } from '../../src-main/common/kube/certificate.ts'
import type { Event, Secret } from '../../src-main/common/kube/generated/core-v1.ts'
import { AcmeServer } from '../harness/acme-server.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import { website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'

// A real CA (pebble) asks two real servers on their port 80. In order: each test builds on the state the one before has left.
let team: Team
let acme: AcmeServer
let root: string

/** Certificates live so long: some are renewed by themselves while the tests run. */
const VALID_SECONDS = 84

const ingress = (name: string, hosts: string[], annotation = 'toque.dev/issuer'): object => ({
  apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, annotations: { [annotation]: 'test-ca', 'toque.dev/ssl-redirect': 'false' } },
  spec: { tls: [{ hosts, secretName: `${name}-tls` }], rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'site', port: { number: 80 } } } }] } })) },
})
const issuer = (name: string, acmeSpec: object): object => ({ apiVersion: 'toque.dev/v1', kind: 'CertificateIssuer', metadata: { name }, spec: { acme: acmeSpec } })
const certificate = (name: string): Promise<Certificate> => team.get<Certificate>('certificates.toque.dev', name)
const secret = (name: string): Promise<Secret> => team.get<Secret>('secret', name)
const said = async (kind: string, name: string, type: string): Promise<string> => {
  const { status } = await team.get<Certificate>(kind, name)
  const found = status?.conditions?.find((condition) => condition.type === type)
  return `${found?.status ?? ''} ${found?.reason ?? ''}: ${found?.message ?? ''}`
}
const events = async (name: string): Promise<string[]> => {
  const { items } = await team.get<{ items: Event[] }>('events', '--field-selector', `involvedObject.name=${name}`)
  return items.map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`)
}

/** The serial number of the certificate that a server shows for a name; rejects for one that is not the CA's, or not for the name. */
function shown(server: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: team.lab.host(server).address, port: 443, servername, ca: root, timeout: 5_000 }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.end()
    }).once('error', reject)
    socket.once('timeout', () => socket.destroy(new Error('no answer')))
  })
}

beforeAll(async () => {
  acme = await AcmeServer.start({ validSeconds: VALID_SECONDS })
  root = await acme.root()
  team = await Team.up(2)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 2 }))
  await team.rolloutDone('site')
})
afterAll(async () => {
  await team?.down()
  await acme?.stop()
})

test('an issuer that cannot be used says why: nobody there, a CA that nobody trusts, an address that the CA does not take', async () => {
  await team.apply(issuer('nobody', { server: 'https://localhost:1/dir' }))
  await team.apply(issuer('untrusted', { server: acme.directory }))
  await team.apply(issuer('test-ca', { server: acme.directory, caBundle: Buffer.from(acme.ca).toString('base64'), email: 'admin@localhost' }))
  await eventually('the words', async () => (await said('certificateissuers', 'nobody', 'Ready')).startsWith('False Unreachable: The CA localhost:1 cannot be asked'))
  await eventually('the words', async () => (await said('certificateissuers', 'untrusted', 'Ready')).startsWith('False UntrustedCA'))
  await eventually('an account', async () => (await said('certificateissuers', 'test-ca', 'Ready')).startsWith('True'))
  await expect(team.apply(issuer('plain', { server: 'http://localhost/dir' }))).rejects.toThrow('must be the https:// address')
  await team.apply(issuer('test-ca', { server: acme.directory, caBundle: Buffer.from(acme.ca).toString('base64'), email: 'admin@shop.example' }))
  const { status } = await eventually('the new address to be told', async () => {
    const found = await team.get<CertificateIssuer>('certificateissuers', 'test-ca')
    return found.status?.observedGeneration === found.metadata.generation && found
  })
  expect(status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'AccountRegistered' })
})

test('an Ingress with the annotation gets a certificate, which every server shows', async () => {
  await acme.lead('shop.example', [1, 2].map((server) => team.lab.host(server).address))
  await acme.lead('www.shop.example', [team.lab.host(2).address])
  await team.apply(ingress('shop', ['shop.example', 'www.shop.example'], 'cert-manager.io/cluster-issuer'))
  await eventually('the certificate', async () => (await said('certificates.toque.dev', 'shop-tls', 'Ready')).startsWith('True Issued'))
  for (const server of [1, 2]) for (const name of ['shop.example', 'www.shop.example']) await eventually('HTTPS', async () => (await shown(server, name)) !== '')
  const { type, data, metadata } = await secret('shop-tls')
  expect([type, Object.keys(data ?? {}).sort(), metadata.annotations]).toEqual(['kubernetes.io/tls', ['tls.crt', 'tls.key'], { 'toque.dev/certificate-name': 'shop-tls' }])
  const { status } = await certificate('shop-tls')
  expect([status?.challenges, status?.attempt]).toEqual([undefined, undefined])
  const sinceStart = (time = ''): number => Math.round((Date.parse(time) - Date.parse(status?.notBefore ?? '')) / 1000)
  expect(Math.abs(sinceStart(status?.notAfter) - VALID_SECONDS)).toBeLessThanOrEqual(1)
  expect(Math.abs(sinceStart(status?.renewalTime) - VALID_SECONDS * 2 / 3)).toBeLessThanOrEqual(1)
  expect(await events('shop')).toEqual(expect.arrayContaining([expect.stringMatching(/^Issued: A certificate for shop.example, www.shop.example is in Secret shop-tls/)]))
  expect(await team.kubectl(['get', 'secrets', '-o', 'name'])).not.toContain('next-key')
})

test('a Gateway with the annotation gets one, too', async () => {
  await acme.lead('gate.example', [team.lab.host(1).address])
  await team.apply({
    apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'edge', annotations: { 'toque.dev/issuer': 'test-ca' } },
    spec: { gatewayClassName: 'toque', listeners: [{ name: 'https', port: 443, protocol: 'HTTPS', hostname: 'gate.example', tls: { certificateRefs: [{ name: 'gate-tls' }] } }] },
  })
  for (const server of [1, 2]) await eventually('HTTPS', async () => (await shown(server, 'gate.example')) !== '')
  await team.kubectl(['delete', 'gateway', 'edge'])
  await eventually('the Certificate to go', async () => !(await team.kubectl(['get', 'certificates.toque.dev', '-o', 'name'])).includes('gate-tls'))
})

test('a name that leads elsewhere, or nowhere, or that the CA does not sign for, says so, to the Ingress too', async () => {
  await acme.lead('elsewhere.example', ['127.0.0.9'])
  await team.apply(ingress('elsewhere', ['elsewhere.example']))
  await team.apply(ingress('nowhere', ['nowhere.example']))
  await team.apply(ingress('blocked', ['blocked.example']))
  await team.apply(ingress('wild', ['*.wild.example']))
  const tells = (name: string, words: RegExp): Promise<unknown> => eventually(`${name} tells`, async () => words.test(await said('certificates.toque.dev', `${name}-tls`, 'Issuing')) && (await events(name)).some((line) => words.test(`False ${line}`)))
  const addresses = team.hosts.map(({ address }) => address).join(', ')
  await tells('elsewhere', new RegExp(`^False PortUnreachable: The CA could not connect to port 80 of elsewhere.example: DNS has to lead it to a server of this cluster \\(${addresses}\\)`))
  await tells('nowhere', /^False NameNotFound: The CA finds no address for nowhere.example/)
  await tells('blocked', /^False NameRefused: The CA signs nothing for blocked.example/)
  await tells('wild', /^False WildcardName: \*.wild.example/)
  const { status } = await certificate('nowhere-tls')
  expect([status?.attempt?.failures, status?.attempt?.order]).toEqual([1, undefined])
  // Made right, and asked for at once: it is not left to wait.
  await acme.lead('nowhere.example', [team.lab.host(1).address])
  await team.kubectl(['annotate', 'certificates.toque.dev', 'nowhere-tls', 'toque.dev/renew=now'])
  await eventually('the certificate', async () => (await said('certificates.toque.dev', 'nowhere-tls', 'Ready')).startsWith('True'))
})

test('a certificate is renewed by itself, without a failed request; other names get another one', async () => {
  const before = await shown(1, 'shop.example')
  const load = startLoad({ host: team.lab.host(1).address, port: 443, tls: { ca: root, servername: 'shop.example' }, concurrency: 2, keepAlive: false, pauseMs: 5 })
  await eventually('another one on both', async () => (await shown(1, 'shop.example')) !== before && (await shown(2, 'shop.example')) !== before)
  await acme.lead('new.shop.example', [team.lab.host(1).address])
  await team.apply(ingress('shop', ['shop.example', 'new.shop.example']))
  await eventually('the new name', async () => (await shown(2, 'new.shop.example')) !== '')
  const { requests, failures } = await load.stop()
  console.log(`${String(requests)} requests over TLS, ${String(failures.length)} failed`)
  expect(failures).toEqual([])
  expect(requests).toBeGreaterThan(100)
})

test('an engine that is killed midway goes on with the order that it had', async () => {
  await acme.lead('late.example', [team.lab.host(2).address])
  await team.apply(ingress('late', ['late.example']))
  const order = await eventually('an order', async () => (await certificate('late-tls')).status?.attempt?.order)
  await team.toque.end('SIGKILL')
  expect(acme.log).not.toMatch(/Issued certificate.*late/)
  await team.startEngine()
  await eventually('the certificate', async () => (await said('certificates.toque.dev', 'late-tls', 'Ready')).startsWith('True'))
  await eventually('HTTPS', async () => (await shown(2, 'late.example')) !== '')
  const id = order.split('/').at(-1) ?? ''
  expect(acme.log).toMatch(new RegExp(`Order ${id} is fully authorized|Issued certificate serial \\S+ for order ${id}`))
  for (const name of ['shop-tls', 'late-tls']) {
    const key = Buffer.from((await secret(name)).data?.['tls.key'] ?? '', 'base64').toString().split('\n')[1] ?? ''
    expect(key.length).toBeGreaterThan(40)
    expect(team.log).not.toContain(key)
    expect(await team.kubectl(['get', 'certificates.toque.dev,events', '-o', 'json'])).not.toContain(key)
  }
  await team.kubectl(['delete', 'ingress', 'late'])
  await eventually('the Certificate to go', async () => !(await team.kubectl(['get', 'certificates.toque.dev', '-o', 'name'])).includes('late-tls'))
})
