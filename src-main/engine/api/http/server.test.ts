import { readFileSync, statSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigMaps, Pods } from '../../../common/kube/kinds.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import { ApiServer } from '../api-server.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { negotiate } from './negotiate.ts'
import { parseResourcePath } from './path.ts'

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
  json: { [key: string]: unknown }
}

interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string
  anonymous?: boolean
  token?: string
}

let t: TestApi
let server: ApiServer
let identity: { ca: string; cert: Buffer; key: Buffer }
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }

// A node whose one container says what it was asked.
const nodes: Pick<NodeAccess, 'logs'> = {
  async *logs(target, options) {
    await Promise.resolve()
    yield Buffer.from(`${target.container} ${JSON.stringify(options)}\n`)
  },
}

beforeAll(async () => {
  t = await startTestApi()
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, nodes })
  const pki = join(t.dir, 'pki')
  identity = { ca: server.ca, cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) }
})
afterAll(async () => {
  await server.stop()
  await t.close()
})

function open(path: string, { method = 'GET', headers = {}, body, anonymous, token }: Ask): Promise<IncomingMessage> {
  const auth = anonymous === true ? { ca: identity.ca } : token === undefined ? identity : { ca: identity.ca }
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`${server.url}${path}`, { method, agent: false, ...auth, headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers } }, resolve)
    request.on('error', reject)
    request.end(body)
  })
}

async function ask(path: string, options: Ask = {}): Promise<Answer> {
  const response = await open(path, options)
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  let json: Answer['json'] = {}
  try {
    json = JSON.parse(body.toString()) as Answer['json']
  } catch {
    // Not JSON: the test looks at the bytes.
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body, json }
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
const PODS = '/api/v1/namespaces/default/pods'

describe('who may ask', () => {
  test.each([['/healthz', 200], ['/readyz', 200], ['/version', 200], ['/api/v1/pods', 401], ['/apis', 401]])('anonymous %s is %d', async (path, status) => expect((await ask(path, { anonymous: true })).status).toBe(status))

  test.each([['/readyz?verbose', '[+]ping ok\nreadyz check passed\n'], ['/livez', 'ok'], ['/readyz/ping?verbose', 'ok']])('%s says how it is', async (path, text) => expect((await ask(path, { anonymous: true })).body.toString()).toBe(text))

  test('a token is as good as a certificate, a wrong one is not', async () => {
    const token = readFileSync(join(t.dir, 'pki/admin.token'), 'utf8')
    expect((await ask('/api/v1/pods', { token })).status).toBe(200)
    expect((await ask('/healthz', { token: `${token}x` })).json).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 })
  })

  test('keys are for the owner only, and stay the same at the next start', async () => {
    for (const file of ['pki/ca.key', 'pki/admin.key', 'pki/admin.token', 'kubeconfig.yaml']) expect(statSync(join(t.dir, file)).mode & 0o777, file).toBe(0o600)
    const again = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
    expect(again.ca).toBe(server.ca)
    await again.stop()
    expect(readFileSync(join(t.dir, 'pki/admin.crt'))).toEqual(identity.cert)
  })
})

test('an expectation that nobody knows is refused when the body is in: before, the answer would be lost', async () => {
  const socket = connectTls({ port: Number(new URL(server.url).port), host: '127.0.0.1', ...identity })
  await once(socket, 'secureConnect')
  let answered = ''
  socket.on('data', (bytes: Buffer) => (answered += bytes.toString()))
  socket.write('PUT /api HTTP/1.1\r\nHost: localhost\r\nExpect: nonsense\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhalf ')
  // By now the server has read it.
  for (let i = 0; i < 3; i++) await ask('/version')
  expect(answered).toBe('')
  socket.write('more.')
  await once(socket, 'end')
  socket.destroy()
  expect(answered).toMatch(/^HTTP\/1\.1 417 /)
})

test('stop ends what came while it started', async () => {
  const first = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
  const port = Number(new URL(first.url).port)
  await first.stop()
  // Somebody who waits for it to be there again, and then keeps silent.
  const held: Socket[] = []
  const knock = (): void => {
    const socket = connect(port, '127.0.0.1', () => held.push(socket.off('error', knock).on('error', () => undefined)))
    socket.on('error', knock)
  }
  knock()
  const again = await ApiServer.start({ api: t.api, dataDir: t.dir, port })
  await expect.poll(() => held.length).toBe(1)
  const ended = held.map((socket) => once(socket.resume(), 'close'))
  await again.stop()
  await Promise.all(ended)
})

test('stop ends even what was upgraded and never ends by itself', async () => {
  const upgraded: string[] = []
  const other = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, upgrade: (_request, socket, _head, stream) => {
    upgraded.push(stream.type)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n')
  } })
  await t.api.create(Pods, 'default', { ...pod, metadata: { name: 'held' } }, AS_TESTER)
  const request = httpsRequest(`${other.url}${PODS}/held/portforward`, { method: 'POST', agent: false, ...identity, headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } })
  const closed = new Promise<void>((resolve) => request.on('upgrade', (_response, socket) => socket.on('close', () => resolve()).on('error', () => resolve())))
  request.on('error', () => undefined)
  request.end()
  await new Promise((resolve) => request.on('upgrade', resolve))
  await Promise.all([other.stop(), closed])
  expect(upgraded).toEqual(['portforward'])
  await t.api.delete(Pods, 'default', 'held', {}, AS_TESTER)
})

describe('answers', () => {
  test.each([
    ['/nothing', {}, 404, 'NotFound'], ['/api/v1/unicorns', {}, 404, 'NotFound'], [`${PODS}/none`, {}, 404, 'NotFound'], [PODS, { method: 'PUT' }, 405, 'MethodNotAllowed'], ['/api/v1/pods/x', {}, 404, 'NotFound'],
    [`${PODS}?limit=x`, {}, 400, 'BadRequest'], [PODS, { headers: { accept: 'image/png' } }, 406, 'NotAcceptable'], [PODS, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400, 'BadRequest'],
    [PODS, { method: 'POST', body: '{}', headers: { 'content-type': 'application/cbor' } }, 415, 'UnsupportedMediaType'], [`${PODS}/none`, { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/json' } }, 415, 'UnsupportedMediaType'],
    [PODS, { method: 'POST', body: JSON.stringify({ ...pod, kind: 'Service' }) }, 400, 'BadRequest'], [PODS, { method: 'POST', body: '[1]' }, 400, 'BadRequest'], [PODS, { method: 'POST', body: `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}` }, 400, 'BadRequest'],
    ['/api/v1/namespaces/default/pods/%E0%A4%A', {}, 404, 'NotFound'], [`${PODS}?watch=true&fieldSelector=spec.x=1`, {}, 400, 'BadRequest'], [`${PODS}?watch=true&timeoutSeconds=x`, {}, 400, 'BadRequest'],
  ] as [string, Ask, number, string][])('%s %j is %d %s, as a Status', async (path, options, code, reason) => {
    expect((await ask(path, options)).json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason })
  })

  test('a body that is too big is 413', async () => {
    const big = JSON.stringify({ ...pod, x: 'x'.repeat(4 * 1024 * 1024) })
    const answer = await post(PODS, big).catch((error: NodeJS.ErrnoException) => error.code)
    // The server may hang up before the client has sent it all.
    expect(typeof answer === 'object' ? answer?.status : answer).toSatisfy((x) => x === 413 || x === 'EPIPE' || x === 'ECONNRESET')
  })

  test('what is applied has no field that nobody can own, and in a strict request none twice', async () => {
    const apply = (yaml: string, validation: string): Promise<Answer> => ask(`${PODS}/applied?fieldManager=m&dryRun=All&fieldValidation=${validation}`, { method: 'PATCH', body: yaml, headers: { 'content-type': 'application/apply-patch+yaml' } })
    const yaml = (more: string): string => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: applied\nspec:\n  containers:\n  - name: c\n    image: i\n${more}`
    for (const validation of ['Strict', 'Ignore']) {
      expect((await apply(yaml('    imag: j\n  odd: 1\n'), validation)).json).toMatchObject({ code: 500, message: 'failed to create typed patch object (default/applied; /v1, Kind=Pod): errors:\n  .spec.containers[name="c"].imag: field not declared in schema\n  .spec.odd: field not declared in schema' })
    }
    expect((await apply(yaml('  nodeName: a\n  nodeName: b\n'), 'Strict')).json).toMatchObject({ code: 400, message: expect.stringContaining('error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 10: key "nodeName" already set in map') as string })
    expect((await apply(yaml('  nodeName: a\n  nodeName: b\n'), 'Warn')).headers.warning).toContain('already set in map')
  })

  test('a scale is applied, by who says that it is his', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    await post(path, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'scaled' }, spec: { replicas: 2, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod.spec } } })
    const apply = (replicas: number, query: string): Promise<Answer> => ask(`${path}/scaled/scale?${query}`, { method: 'PATCH', body: `apiVersion: autoscaling/v1\nkind: Scale\nspec: {replicas: ${String(replicas)}}\n`, headers: { 'content-type': 'application/apply-patch+yaml' } })
    expect((await apply(3, 'fieldManager=m')).json).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(await apply(3, 'fieldManager=m&force=true')).toMatchObject({ status: 200, json: { kind: 'Scale', spec: { replicas: 3 } } })
    expect((await apply(4, 'fieldManager=m')).json).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } })
    expect((await ask(`${path}/scaled`)).json).toMatchObject({ spec: { replicas: 4 } })
  })

  test('aggregated discovery is given to who takes nothing else, and an answer is no table', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const { status, headers, json } = await ask('/apis', { headers: { accept } })
    expect([status, headers['content-type'], json['kind']]).toEqual([200, accept, 'APIGroupDiscoveryList'])
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { nonResourceAttributes: { path: '/', verb: 'get' } } }
    expect((await post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })).json).toMatchObject({ code: 406, reason: 'NotAcceptable' })
  })

  test('unknown fields: an error, a warning, or nothing; a wrong type is always an error', async () => {
    const odd = { ...pod, metadata: { name: 'odd' }, spec: { ...pod.spec, containres: [] } }
    expect((await post(`${PODS}?dryRun=All&fieldValidation=Strict`, odd)).json).toMatchObject({ code: 400, message: expect.stringContaining('strict decoding error: unknown field "spec.containres"') as string })
    expect((await post(`${PODS}?dryRun=All`, odd)).headers.warning).toBe('299 - "unknown field \\"spec.containres\\""')
    const ignored = await post(`${PODS}?dryRun=All&fieldValidation=Ignore`, odd)
    expect([ignored.status, ignored.headers.warning]).toEqual([201, undefined])
    expect((await post(PODS, { ...pod, spec: { containers: 'x' } })).json).toMatchObject({ code: 400, message: expect.stringContaining('cannot unmarshal string into Go struct field PodSpec.spec.containers') as string })
  })

  test('YAML in and out, and pretty', async () => {
    const made = await post(`${PODS}?dryRun=All`, 'metadata: {name: y}\nspec: {containers: [{name: c, image: i}]}', { 'content-type': 'application/yaml', accept: 'application/yaml' })
    expect(made.status).toBe(201)
    expect(made.body.toString()).toMatch(/^apiVersion: v1\nkind: Pod\nmetadata:\n/)
    expect((await ask('/version?pretty=true')).body.toString()).toContain('{\n  "major": "1"')
  })

  test('big lists are zipped and whole', async () => {
    for (let i = 0; i < 40; i++) await t.api.create(ConfigMaps, 'kube-public', { metadata: { name: `big-${String(i)}` }, data: { x: 'y'.repeat(10_000) } }, AS_TESTER)
    const { headers, body } = await ask('/api/v1/namespaces/kube-public/configmaps', { headers: { 'accept-encoding': 'gzip' } })
    expect(headers['content-encoding']).toBe('gzip')
    expect((JSON.parse(gunzipSync(body).toString()) as { items: unknown[] }).items).toHaveLength(40)
    expect((await ask('/api/v1/namespaces/kube-public/configmaps?limit=7')).json).toMatchObject({ kind: 'ConfigMapList', metadata: { remainingItemCount: 33 } })
  })

  test('a table, and metadata only', async () => {
    await t.api.create(Pods, 'default', pod, AS_TESTER)
    const table = await ask(`${PODS}/p`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } })
    expect(table.json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', rows: [{ cells: ['p', '0/1', 'Pending', '0', expect.any(String), '<none>', '<none>', '<none>', '<none>'], object: { kind: 'PartialObjectMetadata' } }] })
    const partial = await ask(PODS, { headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' } })
    expect(partial.json).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'p' } }] })
    expect((partial.json['items'] as object[])[0]).not.toHaveProperty('spec')
  })

  test('logs reach the node with every option', async () => {
    const { body } = await ask(`${PODS}/p/log?previous=true&tailLines=5&timestamps=true&sinceSeconds=60&limitBytes=9`)
    expect(body.toString()).toBe('c {"previous":true,"timestamps":true,"tailLines":5,"sinceSeconds":60,"limitBytes":9}\n')
    expect((await ask(`${PODS}/p/log?container=x`)).json).toMatchObject({ code: 400, message: 'container x is not valid for pod p' })
  })
})

describe('watches', () => {
  async function events(path: string, count: number): Promise<{ type: string; object: { [key: string]: unknown } }[]> {
    const response = await open(path, {})
    let text = ''
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString()
      if (text.split('\n').length > count) break
    }
    response.destroy()
    return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as never)
  }

  test('tells what is there, then a bookmark, where asked', async () => {
    const told = await events('/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', 5)
    expect(told.map((e) => e.type)).toEqual(['ADDED', 'ADDED', 'ADDED', 'ADDED', 'BOOKMARK'])
    expect(told[4]?.object).toMatchObject({ kind: 'Namespace', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } })
  })

  test('a revision to come is told in the stream', async () => {
    expect(await events('/api/v1/pods?watch=true&resourceVersion=999999', 1)).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', reason: 'Timeout' } }])
  })

  test('ends at its time', async () => {
    const response = await open('/api/v1/pods?watch=true&timeoutSeconds=1&resourceVersion=1', {})
    for await (const _ of response) void _
    expect(response.complete).toBe(true)
  })
})

test.each([
  ['/api/v1/pods', { namespace: '', name: undefined }], ['/api/v1/namespaces/a/pods/b/log', { namespace: 'a', name: 'b', subresource: 'log' }], ['/api/v1/namespaces/a', { namespace: '', name: 'a' }],
  ['/api/v1/namespaces/a/finalize', { name: 'a', subresource: 'finalize' }], ['/api/v1/namespaces/status/pods', { namespace: 'status', name: undefined }], ['/apis/apps/v1/deployments/', { name: undefined }],
])('path %s', (path, expected) => expect(parseResourcePath(path)).toMatchObject(expected))

test.each(['/', '/api', '/api/v1', '/apis/apps', '/apis/apps/v1', '/x/v1/pods', '/api/v1/namespaces/a/pods/b/log/c', '/api/v1//pods'])('%s names no resource', (path) => expect(parseResourcePath(path)).toBeUndefined())

test.each([
  [undefined, 'object'], ['*/*', 'object'], ['application/vnd.kubernetes.protobuf,application/json', 'object'], ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'table'],
  ['application/json;as=Table;v=v2;g=meta.k8s.io,application/json', 'object'], ['application/json;q=0.5,application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'table'],
])('Accept %s gives %s', (accept, as) => expect(negotiate(accept).as).toBe(as))
