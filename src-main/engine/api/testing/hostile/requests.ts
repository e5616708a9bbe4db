import { hostileBody, hostilePatch, type Body } from './bodies.ts'
import type { Chance } from './chance.ts'

/** How its bytes come. */
export type Delivery = 'whole' | 'slow' | 'cut' | 'too short' | 'pipelined'

/** One request, as it is written to a connection. */
export interface HostileRequest {
  method: string
  /** The request's target, sent as it is. */
  target: string
  headers: readonly (readonly [string, string])[]
  body: Buffer
  delivery: Delivery
  /** HTTP itself is broken: whoever parses HTTP may answer, or hang up. */
  isBrokenHttp: boolean
}

/** A kind to send hostile objects of: its path in a namespace (or the cluster), and a good object. */
export interface Target {
  path: string
  good: object
}

const VERBS: readonly [string, ...string[]] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']
const SEGMENTS: readonly [string, ...string[]] = [
  'api', 'apis', 'v1', 'namespaces', 'default', 'pods', 'target', 'status', 'scale', 'log', 'exec', 'proxy', '..', '.', '', '%2e%2e', '%2f', '%00', '%zz', '%', '%ff%fe', 'ä', '*', '\\', ';', ':', 'watch', 'apps', 'x'.repeat(300), 'y'.repeat(30_000), 'openapi', 'v3', 'metrics', 'healthz', '__proto__',
]
const NUMBERS: readonly [string, ...string[]] = ['-1', '0', '1', '1e99', 'NaN', '', '99999999999999999999', '0x10', '1.5', ' 1', '٣']
const SELECTORS: readonly [string, ...string[]] = ['a=b', 'a', '!a', 'a in (b', 'a in ()', 'a notin (b,,c)', 'a==', '=b', ',', 'a=b,,c=d', '((((', 'a>1', 'a>x', `a in (${'b,'.repeat(5_000)}c)`, 'metadata.name=x', 'spec.nodeName!=', 'status.phase', 'metadata.name=a\\', '%', 'a=\u0000', 'x'.repeat(60_000)]
const PARAMETERS: readonly [(c: Chance) => string, ...((c: Chance) => string)[]] = [
  (c) => `limit=${encodeURIComponent(c.of(NUMBERS))}`, (c) => `resourceVersion=${encodeURIComponent(c.of(NUMBERS))}`, (c) => `resourceVersionMatch=${c.of(['Exact', 'NotOlderThan', 'x'])}`, (c) => `labelSelector=${encodeURIComponent(c.of(SELECTORS))}`,
  (c) => `fieldSelector=${encodeURIComponent(c.of(SELECTORS))}`, (c) => `labelSelector=${c.of(SELECTORS).replaceAll(/[\s\u0000-\u0020#]/g, '+')}`, (c) => `continue=${c.bytes(c.below(40)).toString('base64url')}`, (c) => `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"\\u0000"}').toString('base64url')}${c.percent(50) ? '=' : ''}`,
  (c) => `watch=${c.of(['1', 'true', 'x', ''])}&timeoutSeconds=1`, (c) => `timeoutSeconds=${c.of(['1', '-1', 'x'])}`, (c) => `dryRun=${c.of(['All', 'None', 'x', ''])}`, (c) => `fieldManager=${c.of(['x', '', 'm'.repeat(200), '%00'])}`, (c) => `force=${c.of(['true', 'x'])}`,
  (c) => `fieldValidation=${c.of(['Strict', 'Warn', 'Ignore', 'x'])}`, (c) => `propagationPolicy=${c.of(['Foreground', 'Orphan', 'x'])}`, (c) => `gracePeriodSeconds=${encodeURIComponent(c.of(NUMBERS))}`, () => 'sendInitialEvents=true', () => 'allowWatchBookmarks=maybe', () => 'pretty=1', () => '%', () => '&&=&', () => '__proto__=1', () => 'a='.repeat(3_000),
]
const ACCEPTS: readonly [string, ...string[]] = ['application/json', '*/*', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'application/json;as=Nonsense;v=v9;g=x', 'text/html', '', ';;;q=', 'application/cbor', 'a/b;q=9'.repeat(500)]
const ODD_HEADERS: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['Impersonate-User', ''], ['Impersonate-User', 'bob'], ['Impersonate-Group', 'system:masters'], ['Impersonate-Extra-a', 'b'], ['Authorization', 'Bearer'], ['Authorization', 'Bearer a.b.c'], ['Authorization', `Bearer ${'a'.repeat(9_000)}`], ['Authorization', 'Basic Og=='], ['Accept-Encoding', 'gzip;q=x'], ['Content-Encoding', 'gzip, gzip'],
  ['Upgrade', 'websocket'], ['Expect', '100-continue'], ['Expect', 'nonsense'], ['Range', 'bytes=0-1'], ['X-HTTP-Method-Override', 'DELETE'], ['Cookie', 'a'.repeat(5_000)], ['Connection', 'upgrade, close'],
]
const BROKEN: readonly [string, ...string[]] = ['GET', 'GET /\r\n', '\r\n\r\n\r\n', 'GET / HTTP/9.9', 'GET  /api HTTP/1.1', 'get / http/1.1', 'POST /api HTTP/1.1\r\nContent-Length: -1', 'POST /api HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked', 'POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz', 'GET /api HTTP/1.1\r\nA\u0000: b', `GET /${'a'.repeat(2_000_000)} HTTP/1.1`, `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(200_000)}`, 'PRI * HTTP/2.0', '\u0016\u0003\u0001']

/** The next request. */
export function hostileRequest(chance: Chance, targets: readonly [Target, ...Target[]]): HostileRequest {
  if (chance.percent(4)) return { method: '', target: chance.of(BROKEN), headers: [], body: Buffer.alloc(0), delivery: 'whole', isBrokenHttp: true }
  const { path, good } = chance.of(targets)
  const method = chance.percent(70) ? chance.of(['POST', 'PUT', 'PATCH']) : chance.of(VERBS)
  const name = chance.percent(80) ? '/target' : `/${chance.of(SEGMENTS)}`
  const isOdd = chance.percent(15)
  const place = isOdd ? oddPath(chance) : method === 'POST' ? path : `${path}${method === 'GET' && chance.percent(50) ? '' : name}${chance.percent(15) ? `/${chance.of(SEGMENTS)}` : ''}`
  const body: Body | undefined = method === 'PATCH' ? hostilePatch(chance, good) : method === 'POST' || method === 'PUT' || (method === 'DELETE' && chance.percent(50)) ? hostileBody(chance, good) : undefined
  const query = Array.from({ length: chance.percent(50) ? 0 : 1 + chance.below(3) }, () => chance.of(PARAMETERS)(chance)).join('&')
  const headers: (readonly [string, string])[] = [['Accept', chance.percent(70) ? 'application/json' : chance.of(ACCEPTS)]]
  if (body !== undefined) headers.push(['Content-Type', body.type], ...(body.encoding === undefined ? [] : [['Content-Encoding', body.encoding] as const]))
  if (chance.percent(12)) headers.push(chance.of(ODD_HEADERS))
  const delivery: Delivery = chance.percent(88) ? 'whole' : chance.of(['slow', 'cut', 'too short', 'pipelined'])
  return { method, target: `${place}${query === '' ? '' : `?${query}`}`, headers, body: body?.bytes ?? Buffer.alloc(0), delivery, isBrokenHttp: isBroken(place) || delivery === 'pipelined' }
}

function oddPath(chance: Chance): string {
  const path = Array.from({ length: 1 + chance.below(8) }, () => chance.of(SEGMENTS)).join('/')
  return chance.percent(90) ? `/${path}` : chance.of([path, `http://[${path}`, `//${path}`, '*', `https://other.example/${path}`])
}

/** A target that no HTTP parser need take. */
function isBroken(target: string): boolean {
  return !target.startsWith('/') || /[^\u0021-\u007e]/.test(target)
}
