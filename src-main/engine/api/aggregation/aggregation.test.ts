import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as httpsRequest } from 'node:https'
import type { Server } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { APIService } from '../../../common/kube/generated/apiregistration-v1.ts'
import { APIServices, ConfigMaps, EndpointSlices, Roles, Services } from '../../../common/kube/kinds.ts'
import type { ByteStream } from '../../../common/kube/node-access.ts'
import { preparePki } from '../pki/pki.ts'
import { Wire } from '../testing/contract/http.ts'
import { lookupOf } from '../rest/core.ts'
import { AS_TESTER } from '../testing/test-api.ts'
import { remoteHeaders } from './headers.ts'
import { withRemoteGroups, withRemoteItems } from './discovery.ts'
import type { RemoteVersion } from './discovery.ts'

// Another API server, real and over HTTPS, behind a Service whose pod is reached by the nodes.

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly client: string
}

const GROUP = 'wardle.example.com'
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const reference = (name: string): object => ({ $ref: `#/definitions/${name}` })
/** As servers of the newest and older releases write it: parameters of their own, of the path, of all. */
const flunderSpec = (): object => ({
  swagger: '2.0', info: { title: 'wardle', version: 'v1' },
  parameters: { pretty: { name: 'pretty', in: 'query', type: 'string', uniqueItems: true } },
  paths: {
    [`/apis/${GROUP}/v1/namespaces/{namespace}/flunders`]: {
      parameters: [{ $ref: '#/parameters/pretty' }, { name: 'namespace', in: 'path', type: 'string', required: true }],
      post: { operationId: 'createFlunder', consumes: ['*/*'], produces: ['application/json'], parameters: [{ name: 'body', in: 'body', required: true, schema: reference('example.v1.Flunder') }], responses: { 200: { description: 'OK', schema: reference('example.v1.Flunder') } }, 'x-kubernetes-group-version-kind': { group: GROUP, version: 'v1', kind: 'Flunder' } },
      delete: { operationId: 'deleteFlunder', responses: { 200: { description: 'OK', schema: reference(`${META}.Status`) } } },
    },
    '/apis/other.example.com/v1/things': { get: { responses: { 200: { description: 'OK', schema: reference('example.v1.Other') } } } },
  },
  definitions: {
    'example.v1.Flunder': { type: 'object', description: 'A flunder.', properties: { metadata: reference(`${META}.ObjectMeta`), spec: { type: 'object', additionalProperties: true } }, 'x-kubernetes-group-version-kind': [{ group: GROUP, version: 'v1', kind: 'Flunder' }] },
    'example.v1.Other': { type: 'object' },
    [`${META}.ObjectMeta`]: { type: 'object', description: 'Another release.', properties: { name: { type: 'string' } } },
    [`${META}.Status`]: { ...status, 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Status' }, { group: GROUP, version: 'v1', kind: 'Status' }] },
  },
})
const RESOURCES = [{ name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs: ['get', 'list', 'create'] }, { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] }]
let wire: Wire
let behind: Server
let dir: string
let ca: string
let otherCa: string
let seen: Seen[]
let hash = '1'
/** This server's own. */
let status: object

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'toque-behind-'))
  const pki = await preparePki(dir, ['wardle.default.svc'], Date.now())
  ca = Buffer.from(readFileSync(join(dir, 'ca.crt'))).toString('base64')
  await preparePki(join(dir, 'other'), ['wardle.default.svc'], Date.now())
  otherCa = Buffer.from(readFileSync(join(dir, 'other', 'ca.crt'))).toString('base64')
  seen = []
  behind = createServer({ cert: pki.server.cert, key: pki.server.key, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString(), client: String((request.socket as TLSSocket).getPeerCertificate().subject.CN) })
      const json = (value: object, code = 200): void => void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value))
      if (url === `/apis/${GROUP}/v1`) return json({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${GROUP}/v1`, resources: RESOURCES })
      if (url === '/openapi/v3') return json({ paths: { [`apis/${GROUP}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP}/v1?hash=${hash}` } } })
      if (url === '/openapi/v2') return json(flunderSpec())
      if (url.startsWith('/openapi/v3/apis/')) return json({ openapi: '3.0.0', mine: true })
      if (method === 'POST') return json({ kind: 'Flunder', made: true }, 201)
      return json({ kind: 'Status', status: 'Failure', message: 'no such flunder', code: 404 }, 404)
    })
  })
  behind.on('upgrade', (request, socket: Duplex) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.on('data', (chunk: Buffer) => socket.write(`${String(request.headers['x-remote-user'])} ${chunk.toString()}`))
  })
  behind.listen(0, '127.0.0.1')
  await once(behind, 'listening')
  const { port } = behind.address() as AddressInfo
  wire = await Wire.start({
    nodes: {
      async *logs() { await Promise.resolve() },
      portForward(): Promise<ByteStream> {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined)
        return Promise.resolve({ readable: socket as AsyncIterable<Uint8Array>, end: () => { socket.end() }, destroy: () => { socket.destroy() }, write: (chunk) => new Promise((resolve, reject) => socket.write(chunk, (error) => (error === undefined || error === null ? resolve() : reject(error)))) })
      },
    },
  })
  status = ((await wire.ask('GET', '/openapi/v2')).json['definitions'] as Record<string, object>)[`${META}.Status`] ?? {}
})
afterAll(async () => {
  await wire.stop()
  behind.closeAllConnections()
  await new Promise((resolve) => behind.close(resolve))
  rmSync(dir, { recursive: true, force: true })
})

const available = (): string => {
  const { status } = wire.api.get(APIServices, '', `v1.${GROUP}`) as APIService
  const condition = status?.conditions?.find(({ type }) => type === 'Available')
  return `${condition?.status ?? ''} ${condition?.reason ?? ''}`
}

describe('an API server behind this one', () => {
  test('is available when its Service is there, has endpoints, and it answers with its certificate', async () => {
    await wire.api.create(APIServices, '', { metadata: { name: `v1.${GROUP}` }, spec: { group: GROUP, version: 'v1', groupPriorityMinimum: 2000, versionPriority: 200, service: { namespace: 'default', name: 'wardle' }, caBundle: otherCa } }, AS_TESTER)
    await expect.poll(available).toBe('False ServiceNotFound')
    expect(await wire.ask('GET', `/apis/${GROUP}/v1/namespaces/default/flunders`)).toMatchObject({ code: 503, json: { message: 'service unavailable' } })
    await wire.api.create(Services, 'default', { metadata: { name: 'wardle' }, spec: { ports: [{ port: 443, targetPort: 8443 }] } }, AS_TESTER)
    await expect.poll(available).toBe('False MissingEndpoints')
    await wire.api.create(EndpointSlices, 'default', { metadata: { name: 'wardle-1', labels: { 'kubernetes.io/service-name': 'wardle' } }, addressType: 'IPv4', ports: [{ name: '', port: 8443, protocol: 'TCP' }], endpoints: [{ addresses: ['10.244.0.5'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'p', namespace: 'default' } }] }, AS_TESTER)
    await expect.poll(available).toBe('False FailedDiscoveryCheck')
    await wire.api.patch(APIServices, '', `v1.${GROUP}`, 'application/merge-patch+json', { spec: { caBundle: ca } }, 'main', AS_TESTER)
    await expect.poll(available).toBe('True Passed')
  })

  test('reads whom it may believe before any APIService names it', async () => {
    const alone = await Wire.start({})
    try {
      const lookup = lookupOf(alone.api.core)
      // What is said, then the role to read it by.
      await expect.poll(() => lookup.get(Roles, 'kube-system', 'extension-apiserver-authentication-reader')).toBeDefined()
      expect(lookup.get(ConfigMaps, 'kube-system', 'extension-apiserver-authentication')?.data).toMatchObject({ 'requestheader-allowed-names': '["front-proxy-client"]' })
    } finally {
      await alone.stop()
    }
  })

  test('gets requests in their callers\' names, by the front proxy\'s certificate, and answers them', async () => {
    seen.length = 0
    expect(await wire.ask('POST', `/apis/${GROUP}/v1/namespaces/default/flunders?dryRun=All`, { body: { kind: 'Flunder' } })).toMatchObject({ code: 201, json: { made: true } })
    expect(seen).toMatchObject([{ method: 'POST', url: `/apis/${GROUP}/v1/namespaces/default/flunders?dryRun=All`, body: '{"kind":"Flunder"}', client: 'front-proxy-client', headers: { 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters, system:authenticated' } }])
    expect(seen[0]?.headers.authorization).toBeUndefined()
    expect(await wire.ask('GET', `/apis/${GROUP}/v1/namespaces/default/flunders/none`)).toMatchObject({ code: 404, json: { message: 'no such flunder' } })
  })

  test('is in discovery and in OpenAPI; what is this server\'s own is untouched', async () => {
    expect(await wire.ask('GET', `/apis/${GROUP}`)).toMatchObject({ json: { kind: 'APIGroup', preferredVersion: { groupVersion: `${GROUP}/v1` } } })
    expect((await wire.ask('GET', '/apis')).json['groups']).toEqual(expect.arrayContaining([expect.objectContaining({ name: GROUP }), expect.objectContaining({ name: 'apps' })]))
    expect(await wire.ask('GET', `/apis/${GROUP}/v1`)).toMatchObject({ json: { resources: RESOURCES } })
    expect(JSON.stringify((await wire.ask('GET', '/apis', { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' })).json)).toContain('"freshness":"Current","resources":[{"resource":"flunders"')
    expect((await wire.ask('GET', '/openapi/v3')).json['paths']).toMatchObject({ [`apis/${GROUP}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP}/v1?hash=1` }, 'apis/apps/v1': {} })
    expect(await wire.ask('GET', `/openapi/v3/apis/${GROUP}/v1?hash=1`)).toMatchObject({ json: { mine: true } })
    seen.length = 0
    expect((await wire.ask('GET', '/apis/apps/v1/deployments')).code).toBe(200)
    expect(seen).toEqual([])
  })

  test('has its OpenAPI v2 among this server\'s own, fetched once; definitions that clash have names of their own, those that say the same are one', async () => {
    const document = async (): Promise<{ paths: Record<string, object>; definitions: Record<string, { properties: object }> }> => (await wire.ask('GET', '/openapi/v2')).json as never
    const path = `/apis/${GROUP}/v1/namespaces/{namespace}/flunders`
    await expect.poll(async () => Object.keys((await document()).paths)).toContain(path)
    const { paths, definitions } = await document()
    expect(Object.keys(paths)).toContain('/apis/apps/v1/deployments')
    expect(Object.keys(paths)).not.toContain('/apis/other.example.com/v1/things')
    expect(paths[path]).toMatchObject({ post: { operationId: 'createFlunder', parameters: [{ name: 'body' }, { name: 'pretty' }, { name: 'namespace' }] }, delete: { responses: { 200: { schema: reference(`${META}.Status`) } } } })
    expect(definitions['example.v1.Flunder']?.properties).toMatchObject({ metadata: reference(`${META}.ObjectMeta_v2`), spec: { type: 'object', additionalProperties: {} } })
    expect(definitions[`${META}.ObjectMeta_v2`]).toMatchObject({ description: 'Another release.' })
    expect(definitions[`${META}.ObjectMeta`]?.properties).toHaveProperty('labels')
    expect(definitions[`${META}.Status`]).toEqual({ ...status, 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Status' }, { group: GROUP, version: 'v1', kind: 'Status' }] })
    expect(definitions).not.toHaveProperty(['example.v1.Other'])
    const inProtobuf = (await wire.ask('GET', '/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' })).bytes
    expect(inProtobuf.includes('example.v1.Flunder') && inProtobuf.includes('createFlunder')).toBe(true)
  })

  test('is asked for its OpenAPI v2 again when what it serves has changed, and at no other look', async () => {
    const asked = (): number => seen.filter(({ url }) => url === '/openapi/v2').length
    const looked = (): number => seen.filter(({ url }) => url === `/apis/${GROUP}/v1`).length
    seen.length = 0
    const look = async (): Promise<void> => {
      const before = looked()
      const slice = wire.api.get(EndpointSlices, 'default', 'wardle-1')
      await wire.api.update(EndpointSlices, 'default', 'wardle-1', { ...slice, metadata: { ...slice.metadata, annotations: { again: String(before) } } } as never, AS_TESTER)
      await expect.poll(looked).toBeGreaterThan(before)
      // What a look ends with.
      await expect.poll(available).toBe('True Passed')
    }
    await look()
    // Begins when the one before is over.
    await look()
    expect(asked()).toBe(0)
    hash = '2'
    await look()
    await expect.poll(asked).toBe(1)
  })

  test('gets what upgrades, both ways', async () => {
    const { socket, code } = await new Promise<{ socket: Duplex; code: number }>((resolve, reject) => {
      httpsRequest(`${wire.url}/apis/${GROUP}/v1/namespaces/default/flunders/f/exec`, { agent: wire.agent, headers: { connection: 'Upgrade', upgrade: 'echo' } })
        .on('upgrade', ({ statusCode = 0 }, upgraded) => resolve({ socket: upgraded, code: statusCode })).on('response', ({ statusCode }) => reject(new Error(String(statusCode)))).on('error', reject).end()
    })
    expect(code).toBe(101)
    socket.write('hello')
    const [said] = await once(socket, 'data') as [Buffer]
    expect(said.toString()).toBe('kubernetes-admin hello')
    socket.destroy()
  })

  test('is gone with its APIService', async () => {
    await wire.api.delete(APIServices, '', `v1.${GROUP}`, {}, AS_TESTER)
    expect(JSON.stringify((await wire.ask('GET', '/openapi/v2')).json)).not.toContain('lunder')
    expect((await wire.ask('GET', `/apis/${GROUP}/v1/namespaces/default/flunders`)).code).toBe(404)
    expect((await wire.ask('GET', `/apis/${GROUP}`)).code).toBe(404)
  })
})

test('new groups come behind the server\'s own, by their priorities; a version that another serves takes the place of its own', () => {
  const remote = (group: string, version: string, groupPriority: number, versionPriority = 1): RemoteVersion => ({ group, version, groupPriority, versionPriority, available: true, resources: [] })
  const entry = { groupVersion: 'apps/v1', version: 'v1' }
  const groups = withRemoteGroups([{ kind: 'APIGroup', apiVersion: 'v1', name: 'apps', versions: [entry], preferredVersion: entry }], [remote('a.example', 'v1', 10), remote('b.example', 'v1', 20, 1), remote('b.example', 'v2', 20, 2), remote('apps', 'v9', 5)])
  expect(groups.map(({ name, versions }) => `${name} ${versions.map(({ version }) => version).join(',')}`)).toEqual(['apps v1,v9', 'b.example v2,v1', 'a.example v1'])
  const items = withRemoteItems([{ metadata: { name: 'm', creationTimestamp: null }, versions: [{ version: 'v1', freshness: 'Current', resources: [{ resource: 'own' }] }] }], [{ ...remote('m', 'v1', 1), available: false, resources: RESOURCES }])
  expect(items).toMatchObject([{ versions: [{ version: 'v1', freshness: 'Stale', resources: [{ resource: 'flunders', scope: 'Namespaced', subresources: [{ subresource: 'status' }] }] }] }])
})

test('nobody but this server says for whom a request is, and what the client showed it stays here', () => {
  const headers = { 'authorization': 'Bearer x', 'x-remote-user': 'root', 'x-remote-group': 'system:masters', 'x-remote-extra-scopes': 'all', 'impersonate-user': 'root', 'accept': 'application/json', 'connection': 'keep-alive' }
  const request = { url: '/apis/g/v1', headers, socket: { remoteAddress: '10.0.0.1' } } as unknown as IncomingMessage
  expect(remoteHeaders(request, { user: 'ann', groups: ['a', 'b'], extra: { 'example.com/Team': ['x'] } }, false)).toEqual({
    'accept': 'application/json', 'x-forwarded-for': '10.0.0.1', 'x-remote-user': 'ann', 'x-remote-group': ['a', 'b'], 'x-remote-extra-example.com%2Fteam': ['x'],
  })
  expect(remoteHeaders(request, { user: 'bob', groups: [] }, false)).not.toHaveProperty('x-remote-group')
})
