import type { IncomingMessage, ServerResponse } from 'node:http'
import { aggregated, coreVersions, groupList, groupOf, resourceList, versionInfo } from './discovery.ts'
import type { Caller } from '../rest/core.ts'
import { unauthorized } from '../authentication/authenticate.ts'
import { UNAUTHENTICATED } from '../authentication/groups.ts'
import { issuerDocument } from '../authentication/issuer-documents.ts'
import { allowed } from '../authorization/allowed.ts'
import type { Aggregator } from '../aggregation/aggregator.ts'
import { withRemoteGroups, withRemoteItems } from '../aggregation/discovery.ts'
import type { MetricsPages } from './metrics.ts'
import { serveMetrics } from './metrics.ts'
import { healthText } from './health.ts'
import { Exchange, methodNotAllowed, noSuchPath } from './exchange.ts'
import { parseAccept } from './negotiate.ts'
import { parseResourcePath, urlOf } from './path.ts'
import { type HandlerDeps, handleResource } from './resources.ts'
import { sendObject, sendText } from './respond.ts'

const NOBODY: Caller = { user: 'system:anonymous', groups: [UNAUTHENTICATED] }

/** Serves OpenAPI documents. False for a path that has none. */
export type OpenApiHandler = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>

/** What the router needs beside the resources. */
export interface RouterDeps extends HandlerDeps {
  openApi: OpenApiHandler
  /** Answers for what other API servers serve. */
  aggregator?: Aggregator
  /** Absent where nothing is measured. */
  metrics?: MetricsPages
}

/** Answers one request. Throws StatusErrors. `caller` is undefined for an anonymous one. */
export async function route(deps: RouterDeps, request: IncomingMessage, response: ServerResponse, caller: Caller | undefined): Promise<void> {
  const url = urlOf(request)
  const path = url.pathname.length > 1 && url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  const health = healthText(path, url.searchParams)
  const isPublic = health !== undefined || path === '/version'
  if (caller === undefined && !isPublic) throw unauthorized('the request has no credentials, or a client certificate that this cluster did not issue')
  const who = caller === undefined ? NOBODY : allowed(deps.api.rbac, caller, request, url, isPublic)
  const exchange = new Exchange(request, response, url, who, () => deps.clock.now())

  if (health !== undefined) return sendText(response, 200, health, 'text/plain; charset=utf-8', false)
  const remote = deps.aggregator?.remoteFor(path)
  if (remote !== undefined) return deps.aggregator?.forward(remote, request, response, who)
  if (path.startsWith('/openapi/') && (await deps.openApi(request, response, path))) return
  if (deps.metrics !== undefined && (await serveMetrics(deps.metrics, exchange, path))) return
  const document = discoveryDocument(deps, exchange, path)
  if (document !== undefined) {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw methodNotAllowed()
    return sendObject(response, 200, document.body, document.type === undefined ? exchange.format : exchange.jsonFormat, document.type)
  }
  const keys = issuerDocument(deps.api.core.tokens, path)
  if (keys !== undefined) return sendObject(response, 200, keys.body, exchange.format, keys.type)
  // Behind a proxy, a slash at the end is another page.
  const resource = parseResourcePath(url.pathname)
  if (resource === undefined) throw noSuchPath()
  await handleResource(deps, exchange, resource)
}

function discoveryDocument({ api: { registry }, aggregator }: RouterDeps, exchange: Exchange, path: string): { body: object; type?: string } | undefined {
  if (path === '/version') return { body: versionInfo() }
  if (path === '/') return { body: { paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] } }
  if (path === '/api' || path === '/apis') {
    for (const { type, parameters: { g, v, as } } of parseAccept(exchange.request.headers.accept)) {
      if (type !== 'application/json' || as !== 'APIGroupDiscoveryList' || g !== 'apidiscovery.k8s.io' || (v !== 'v2' && v !== 'v2beta1')) continue
      const own = aggregated(registry, path === '/api', v)
      const body = path === '/api' || aggregator === undefined ? own : { ...own, items: withRemoteItems(own.items, aggregator.versions()) }
      return { body, type: `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList` }
    }
    if (path === '/api') return { body: coreVersions() }
    const own = groupList(registry)
    return { body: { ...own, groups: withRemoteGroups(own.groups, aggregator?.versions() ?? []) } }
  }
  const parts = path.split('/').slice(1)
  const list = parts[0] === 'api' && parts.length === 2 ? resourceList(registry, '', parts[1] ?? '')
    : parts[0] === 'apis' && parts.length === 3 ? resourceList(registry, parts[1] ?? '', parts[2] ?? '')
      : parts[0] === 'apis' && parts.length === 2 ? oneGroup(parts[1] ?? '') : undefined
  return list === undefined ? undefined : { body: list }

  function oneGroup(name: string): object | undefined {
    const own = groupOf(registry, name)
    return withRemoteGroups(own === undefined ? [] : [own], (aggregator?.versions() ?? []).filter(({ group }) => group === name))[0]
  }
}
