import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { EndpointsResource, Nodes, Pods, Services } from '../../../../common/kube/kinds.ts'
import type { ByteStream } from '../../../../common/kube/node-access.ts'
import { Wire } from '../../testing/contract/http.ts'
import { AS_TESTER } from '../../testing/test-api.ts'
import { forwardedHeaders, returnedHeaders } from './headers.ts'
import { rewriteAddress, rewritePage } from './rewrite.ts'
import { nodeTarget, podTarget, readProxyName, serviceTarget } from './target.ts'

const PAGE = '<html><a href="/next">n</a> <img src=\'/i.png\'> <a href="rel/x">r</a> <a href="https://other.example/">o</a> href="/text"</html>'
const asked: { to: string; method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []

let wire: Wire
/** Ends the head of its answer by a bare newline, as CGI scripts do. */
const careless = createTcpServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\nby a script\n')))
let backend: Server
const PODS = '/api/v1/namespaces/default/pods'
const SERVICES = '/api/v1/namespaces/default/services'

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  asked.push({ to: '', method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
  if (request.url === '/page') response.setHeader('content-type', 'text/html; charset=utf-8').end(PAGE)
  else if (request.url === '/moved') response.writeHead(302, { location: '/there?x=1' }).end()
  else response.writeHead(request.url === '/teapot' ? 418 : 200, { 'content-type': 'text/plain', 'x-own': 'yes' }).end(`${request.method ?? ''} ${request.url ?? ''} ${body}`)
}

/** What a node gives for a port of a pod: here, a connection to the one real server. */
function forwarded(port: number): ByteStream {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  return {
    readable: socket as AsyncIterable<Uint8Array>, end: () => { socket.end() }, destroy: () => { socket.destroy() },
    write: (chunk) => new Promise((resolve, reject) => socket.write(chunk, (error) => (error === undefined || error === null ? resolve() : reject(error)))),
  }
}

beforeAll(async () => {
  backend = createServer((request, response) => void answer(request, response))
  const sockets = new WebSocketServer({ server: backend })
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${(data as Buffer).toString()}`)))
  backend.listen(0, '127.0.0.1')
  careless.listen(0, '127.0.0.1')
  await Promise.all([backend, careless].map((server) => once(server, 'listening')))
  const { port: real } = backend.address() as AddressInfo
  const forwards: string[] = []
  wire = await Wire.start({
    nodes: {
      async *logs() { await Promise.resolve() },
      portForward(namespace, pod, port) {
        forwards.push(`${namespace}/${pod}:${String(port)}`)
        if (port === 82) return Promise.resolve(forwarded((careless.address() as AddressInfo).port))
        if (port === 81) return Promise.reject(new Error('connection refused'))
        return Promise.resolve(forwarded(real))
      },
    },
  })
  const { api } = wire
  await api.create(Pods, 'default', { metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 8080 }] }] } }, AS_TESTER)
  await api.patch(Pods, 'default', 'web', 'application/merge-patch+json', { status: { podIP: '10.244.0.7' } }, 'status', AS_TESTER)
  await api.create(Services, 'default', { metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port: 80 }, { name: 'other', port: 90 }] } }, AS_TESTER)
  await api.create(EndpointsResource, 'default', {
    metadata: { name: 'web' }, subsets: [{ addresses: [{ ip: '10.244.0.7', targetRef: { kind: 'Pod', name: 'web' } }], ports: [{ name: 'http', port: 8080 }] }],
  }, AS_TESTER)
})
afterAll(async () => {
  await wire.stop()
  backend.closeAllConnections()
  backend.close()
  careless.close()
})

describe('over HTTP', () => {
  test('an answer whose lines end by newlines alone is passed on', async () => {
    const { code, bytes } = await wire.ask('GET', `${PODS}/web:82/proxy/`)
    expect([code, bytes.toString()]).toEqual([200, 'by a script\n'])
  })

  test.each([`${PODS}/web/proxy`, `${PODS}/web:8080/proxy`, `${PODS}/http:web:8080/proxy`, `${SERVICES}/web:http/proxy`, `${SERVICES}/web:80/proxy`, `${SERVICES}/http:web:http/proxy`])('%s: every method, path, query and body goes through', async (base) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      asked.length = 0
      const body = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? undefined : Buffer.from('said')
      const { code, headers, bytes } = await wire.ask(method, `${base}/a%20b//c/?q=1&q=2`, body === undefined ? {} : { body, type: 'text/plain' })
      expect([code, headers['x-own']]).toEqual([200, 'yes'])
      expect(asked).toMatchObject([{ method, url: '/a%20b//c/?q=1&q=2', body: body === undefined ? '' : 'said' }])
      if (method !== 'HEAD') expect(bytes.toString()).toBe(`${method} /a%20b//c/?q=1&q=2 ${body === undefined ? '' : 'said'}`)
    }
  })

  test('what answers is what comes back, and credentials stay here', async () => {
    asked.length = 0
    const response = await wire.ask('GET', `${PODS}/web/proxy/teapot`)
    expect(response.code).toBe(418)
    expect(asked[0]?.headers).toMatchObject({ 'x-forwarded-uri': `${PODS}/web/proxy/teapot`, 'x-forwarded-for': expect.stringContaining('127.0.0.1') as unknown })
    expect(asked[0]?.headers.authorization).toBeUndefined()
  })

  test('without a slash at the end, the client is sent to where relative links are right', async () => {
    const { code, headers } = await wire.ask('GET', `${PODS}/web/proxy?x=1`)
    expect([code, headers.location]).toEqual([301, `${PODS}/web/proxy/?x=1`])
    expect((await wire.ask('POST', `${PODS}/web/proxy`)).bytes.toString()).toBe('POST / ')
  })

  test('redirects and pages lead through the proxy again', async () => {
    expect((await wire.ask('GET', `${SERVICES}/web:http/proxy/moved`)).headers.location).toBe(`${SERVICES}/web:http/proxy/there?x=1`)
    const page = await wire.ask('GET', `${PODS}/web/proxy/page`)
    expect(page.bytes.toString()).toBe(PAGE.replace('"/next"', `"${PODS}/web/proxy/next"`).replace("'/i.png'", `'${PODS}/web/proxy/i.png'`))
    expect(Number(page.headers['content-length'])).toBe(page.bytes.length)
  })

  test.each([
    ['a pod that is not there', `${PODS}/none/proxy/`, 404, 'pods "none" not found'],
    ['a service that is not there', `${SERVICES}/none/proxy/`, 404, 'services "none" not found'],
    ['a port that the service does not have', `${SERVICES}/web:99/proxy/`, 503, 'no service port 99 found for service "web"'],
    ['a port without endpoints', `${SERVICES}/web:other/proxy/`, 503, 'no endpoints available for service "web:other"'],
    ['a port where nobody listens', `${PODS}/web:81/proxy/`, 503, 'error trying to reach service: connection refused'],
    ['a server that does not speak TLS', `${PODS}/https:web:8080/proxy/`, 503, 'error trying to reach service'],
    ['a name that is none', `${PODS}/ftp:web:8080/proxy/`, 400, 'invalid pod request "ftp:web:8080"'],
    ['a kind without a proxy', '/api/v1/namespaces/default/configmaps/x/proxy/', 404, 'could not find'],
  ])('%s is told as upstream tells it', async (_, path, code, message) => {
    const { code: got, json } = await wire.ask('GET', path)
    expect([got, json]).toMatchObject([code, { kind: 'Status', message: expect.stringContaining(message) as unknown }])
  })

  test('a WebSocket goes through', async () => {
    const socket = new WebSocket(`${wire.url.replace('https', 'wss')}${PODS}/web/proxy/chat`, { agent: wire.agent })
    await once(socket, 'open')
    socket.send('hello')
    const [data] = await once(socket, 'message') as [Buffer]
    expect(data.toString()).toBe('echo hello')
    socket.terminate()
  })
})

describe('targets', () => {
  test('names', () => {
    expect(readProxyName('https:web:8443', 'pod')).toEqual({ scheme: 'https', name: 'web', port: '8443' })
    expect(readProxyName(':web:', 'pod')).toEqual({ scheme: 'http', name: 'web', port: '' })
    for (const bad of ['', ':80', 'a:b:c:d', 'gopher:web:1']) expect(() => readProxyName(bad, 'service'), bad).toThrow(`invalid service request ${JSON.stringify(bad)}`)
  })

  test('a pod without an address, a port beyond all, an endpoint that is no pod', () => {
    const pod = { metadata: { name: 'p', namespace: 'n' }, spec: { containers: [] }, status: { podIP: '10.0.0.1' } } as unknown as Parameters<typeof podTarget>[0]
    expect(podTarget(pod, { port: '' })).toMatchObject({ pod: 'p', port: 80 })
    expect(() => podTarget({ ...pod, status: {} }, { port: '' })).toThrow('address not allowed')
    expect(() => podTarget(pod, { port: '70000' })).toThrow('invalid pod request')
    const service = { metadata: { name: 's', namespace: 'n' }, spec: { ports: [{ port: 80 }] } } as unknown as Parameters<typeof serviceTarget>[0]
    const byHand = { subsets: [{ addresses: [{ ip: '169.254.169.254' }], ports: [{ port: 80 }] }] } as unknown as Parameters<typeof serviceTarget>[1]
    expect(() => serviceTarget(service, byHand, { port: '' }, 0)).toThrow('no endpoints available')
  })

  test.each(['127.0.0.1', '169.254.169.254', '0.0.0.0', '::1', 'fe80::1', ''])('a node at %s is not gone to', async (address) => {
    const node = { metadata: { name: 'n' }, status: { addresses: [{ type: 'InternalIP', address }] } } as unknown as Parameters<typeof nodeTarget>[0]
    expect(() => nodeTarget(node, { port: '9100' })).toThrow('address not allowed')
    expect(() => nodeTarget(node, { port: '' })).toThrow('has no kubelet')
    await wire.api.create(Nodes, '', { metadata: { name: 'n' } }, AS_TESTER).catch(() => undefined)
    expect((await wire.ask('GET', '/api/v1/nodes/n/proxy/pods')).code).toBe(503)
  })
})

test('what is about one connection, and what the client showed to this server, does not go on', () => {
  const sent = { 'authorization': 'Bearer t', 'impersonate-user': 'u', 'connection': 'keep-alive, X-Mine', 'x-mine': '1', 'te': 'trailers', 'cookie': 'c=1', 'x-forwarded-for': '10.0.0.1', 'upgrade': 'websocket' }
  expect(forwardedHeaders(sent, '10.0.0.2', '/whole', false)).toEqual({ 'cookie': 'c=1', 'x-forwarded-for': '10.0.0.1, 10.0.0.2', 'x-forwarded-uri': '/whole' })
  expect(forwardedHeaders(sent, '10.0.0.2', '/whole', true)).toMatchObject({ connection: 'Upgrade', upgrade: 'websocket' })
  expect(returnedHeaders({ 'transfer-encoding': 'chunked', 'connection': 'close', 'set-cookie': ['a=1', 'b=2'] })).toEqual({ 'set-cookie': ['a=1', 'b=2'] })
})

describe('rewriting', () => {
  const seen = { prefix: '/p', hosts: ['api.example:6443'] }
  test.each([
    ['/x', '/p/x'], ['/', '/p/'], ['/p/x', '/p/x'], ['/px', '/p/px'], ['x/y', 'x/y'], ['#a', '#a'], ['//api.example:6443/x', '/p/x'], ['https://api.example:6443', '/p/'], ['https://other.example/x', 'https://other.example/x'], ['mailto:a@b', 'mailto:a@b'],
  ])('%s becomes %s', (address, becomes) => expect(rewriteAddress(address, seen)).toBe(becomes))

  test('only addresses, only in tags', () => {
    expect(rewritePage('<a title="/x" href=/y>/z</a><script>href="/q"</script><form ACTION = "/f">', seen)).toBe('<a title="/x" href=/p/y>/z</a><script>href="/q"</script><form ACTION = "/p/f">')
  })
})
