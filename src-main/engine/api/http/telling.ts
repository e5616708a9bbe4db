import { channel } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../../common/clock.ts'
import { TELEMETRY } from '../../../common/telemetry.ts'
import type { RequestTold } from '../../../common/telemetry.ts'
import type { Registry } from '../registry/registry.ts'
import { parseResourcePath } from './path.ts'

const told = channel(TELEMETRY.request)
const ON_ONE: Readonly<Record<string, string>> = { GET: 'get', HEAD: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
const ON_MANY: Readonly<Record<string, string>> = { GET: 'list', HEAD: 'list', POST: 'create', DELETE: 'deletecollection' }
const CONNECTING = new Set(['exec', 'attach', 'portforward', 'proxy'])
/** Any other method is a client's invention, and no label. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Tells of a request when it begins and when its answer is over, however that ends. */
export function telling(registry: Pick<Registry, 'find'>, clock: Clock, request: IncomingMessage, response: ServerResponse): void {
  if (!told.hasSubscribers) return
  const begin = clock.monotonic()
  const what = requestOf(registry, request.method ?? 'GET', request.url ?? '/', request.headers['content-type'] ?? '')
  told.publish(what)
  response.once('close', () => told.publish({ ...what, ended: { code: response.statusCode, seconds: (clock.monotonic() - begin) / 1000 } } satisfies RequestTold))
}

/** What a request is to those that count. */
export function requestOf(registry: Pick<Registry, 'find'>, method: string, target: string, contentType: string): RequestTold {
  const mark = target.indexOf('?')
  const path = parseResourcePath(mark < 0 ? target : target.slice(0, mark))
  const resource = path?.resource
  if (path === undefined || resource === undefined || registry.find(resource) === undefined) {
    return { verb: METHODS.has(method) ? method.toLowerCase() : 'other', group: '', version: '', resource: '', subresource: '', longRunning: false }
  }
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark))
  const flag = (name: string): boolean => ['', 'true', '1'].includes(query.get(name) ?? 'false')
  const subresource = path.subresource === undefined || KNOWN.has(path.subresource) ? path.subresource ?? '' : 'other'
  const watching = method === 'GET' && subresource === '' && flag('watch')
  const connecting = CONNECTING.has(subresource)
  const verb = watching ? 'watch' : connecting ? 'connect' : method === 'PATCH' && contentType.startsWith('application/apply-patch') ? 'apply'
    : (path.name === undefined ? ON_MANY : ON_ONE)[method] ?? 'other'
  return { verb, group: resource.group, version: resource.version, resource: resource.plural, subresource, longRunning: watching || connecting || (subresource === 'log' && flag('follow')) }
}

const KNOWN = new Set(['status', 'scale', 'log', 'exec', 'attach', 'portforward', 'proxy', 'binding', 'eviction', 'ephemeralcontainers', 'finalize', 'approval', 'token'])
