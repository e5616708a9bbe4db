import { request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Duplex } from 'node:stream'
import { EndpointsResource, Nodes, Pods, Services } from '../../../../common/kube/kinds.ts'
import type { Endpoints, Node, Pod, Service } from '../../../../common/kube/generated/core-v1.ts'
import type { Api } from '../../api.ts'
import { lookupOf } from '../../rest/core.ts'
import type { WriteOptions } from '../../rest/core.ts'
import { type Exchange, noSuchPath } from '../exchange.ts'
import type { ResourcePath } from '../path.ts'
import { type Reach, connectTo, unreachable } from './connection.ts'
import { forwardedHeaders, returnedHeaders } from './headers.ts'
import { rewriteAddress, rewritePage } from './rewrite.ts'
import type { SeenFrom } from './rewrite.ts'
import { type ProxyName, type ProxyTarget, nodeTarget, podTarget, readProxyName, serviceTarget } from './target.ts'

/** A page that is larger is passed on as it is: its links may lead astray, its bytes do not fill the memory. */
const LARGEST_PAGE = 8 * 1024 * 1024

/** Serves the proxy of a pod, a service or a node: any method, with the path that follows. */
export async function serveProxy(api: Api, reach: Reach, exchange: Exchange, path: ResourcePath): Promise<void> {
  const { request, response, method } = exchange
  const { target, scheme } = targetOf(api, path)
  if (path.rest === '' && (method === 'GET' || method === 'HEAD')) {
    const query = exchange.query.size === 0 ? '' : `?${exchange.query.toString()}`
    response.writeHead(301, { 'Location': `${exchange.path}/${query}` }).end()
    return
  }
  await admitProxy(api, path, exchange.writeOptions())
  const connection = await connectTo(target, scheme, reach)
  response.on('close', () => connection.destroy())
  const answer = await ask(connection, request, path, false)
  const seen = seenFrom(request, exchange.path, path)
  const headers = returnedHeaders(answer.headers)
  if (answer.headers.location !== undefined) headers['location'] = rewriteAddress(answer.headers.location, seen)
  if (isPage(answer)) return sendPage(response, answer, headers, seen)
  response.writeHead(answer.statusCode ?? 502, headers)
  await pipeline(answer, response).catch(() => response.destroy())
}

/** Serves the proxy to a client that upgrades (WebSocket): bytes go both ways until either side ends. Throws StatusErrors. */
export async function proxyUpgrade(api: Api, reach: Reach, request: IncomingMessage, socket: Duplex, head: Buffer, path: ResourcePath, options: WriteOptions): Promise<void> {
  const { target, scheme } = targetOf(api, path)
  await admitProxy(api, path, options)
  const connection = await connectTo(target, scheme, reach)
  socket.on('close', () => connection.destroy())
  const answer = await ask(connection, request, path, true, (back, backHead) => {
    if (head.length > 0) back.write(head)
    if (backHead.length > 0) socket.write(backHead)
    back.on('error', () => socket.destroy())
    socket.pipe(back).pipe(socket)
  }, (text) => socket.write(text))
  if (answer.statusCode === 101) return
  socket.write(headOf(answer, { ...returnedHeaders(answer.headers), connection: 'close' }))
  await pipeline(answer, socket).catch(() => socket.destroy())
}

const PROXY_OPTIONS: Readonly<Record<string, string>> = { pods: 'PodProxyOptions', services: 'ServiceProxyOptions', nodes: 'NodeProxyOptions' }

function admitProxy(api: Api, { resource, namespace, name = '', rest = '' }: ResourcePath, options: WriteOptions): Promise<void> {
  return api.admitConnection(resource, namespace, name, 'proxy', { kind: PROXY_OPTIONS[resource.plural] ?? '', ...(rest === '' ? {} : { path: rest }) }, options)
}

function targetOf(api: Api, { resource: { plural, group }, namespace, name = '' }: ResourcePath): { target: ProxyTarget; scheme: ProxyName['scheme'] } {
  if (group !== '') throw noSuchPath()
  switch (plural) {
    case 'pods': {
      const asked = readProxyName(name, 'pod')
      return { scheme: asked.scheme, target: podTarget(api.get(Pods, namespace, asked.name) as Pod, asked) }
    }
    case 'services': {
      const asked = readProxyName(name, 'service')
      const service = api.get(Services, namespace, asked.name) as Service
      return { scheme: asked.scheme, target: serviceTarget(service, lookupOf(api.core).get<Endpoints>(EndpointsResource, namespace, asked.name), asked, Math.random()) }
    }
    case 'nodes': {
      const asked = readProxyName(name, 'node')
      return { scheme: asked.scheme, target: nodeTarget(api.get(Nodes, '', asked.name) as Node, asked) }
    }
    default: throw noSuchPath()
  }
}

/** Sends the client's request on. `onUpgrade` gets both ends once the server behind has agreed, `say` the words in which it did. */
function ask(
  connection: Duplex, request: IncomingMessage, path: ResourcePath, isUpgrade: boolean, onUpgrade?: (back: Duplex, head: Buffer) => void, say?: (text: string) => void,
): Promise<IncomingMessage> {
  const mark = (request.url ?? '').indexOf('?')
  const query = mark < 0 ? '' : (request.url ?? '').slice(mark)
  const headers = forwardedHeaders(request.headers, request.socket.remoteAddress ?? '', (request.url ?? '/').slice(0, mark < 0 ? undefined : mark), isUpgrade)
  // A page is read to be rewritten: it must come as it is.
  if (!isUpgrade) delete headers['accept-encoding']
  return new Promise((resolve, reject) => {
    // Programs that end their lines by \n alone (CGI scripts do) are understood, as upstream; the connection is of this one answer, so nothing can be taken for another.
    const on = httpRequest({ method: request.method ?? 'GET', path: `${path.rest === '' ? '/' : path.rest ?? '/'}${query}`, headers, createConnection: () => connection, insecureHTTPParser: true })
    on.on('error', (error) => reject(unreachable(error)))
    on.on('response', resolve)
    on.on('upgrade', (answer, back, head) => {
      say?.(headOf(answer, answer.headers))
      onUpgrade?.(back, head)
      resolve(answer)
    })
    if (isUpgrade) on.end()
    else request.pipe(on)
  })
}

function headOf({ statusCode = 502, statusMessage = '' }: IncomingMessage, headers: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${String(one)}\r\n`))
  return `HTTP/1.1 ${String(statusCode)} ${statusMessage}\r\n${lines.join('')}\r\n`
}

function seenFrom({ headers }: IncomingMessage, whole: string, { rest = '' }: ResourcePath): SeenFrom {
  return { prefix: whole.slice(0, whole.length - rest.length), hosts: headers.host === undefined ? [] : [headers.host] }
}

function isPage({ headers }: IncomingMessage): boolean {
  const known = Number(headers['content-length'] ?? 0)
  return /^text\/html\b/i.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined && known <= LARGEST_PAGE
}

async function sendPage(response: ServerResponse, answer: IncomingMessage, headers: ReturnType<typeof returnedHeaders>, seen: SeenFrom): Promise<void> {
  // Latin 1 keeps every byte as it is, whatever the page's encoding: tags and addresses are ASCII.
  const page = Buffer.from(rewritePage((await buffer(answer)).toString('latin1'), seen), 'latin1')
  response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': page.length })
  response.end(page)
}
