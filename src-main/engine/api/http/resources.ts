import { badRequest, StatusError } from '../../../common/errors.ts'
import type { DeleteOptions } from '../../../common/kube/generated/meta-v1.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Clock } from '../../../common/clock.ts'
import type { Api } from '../api.ts'
import { PATCH_TYPES } from '../patch/patch.ts'
import type { Kind, StatusPart } from '../registry/kind.ts'
import type { WriteOptions } from '../rest/core.ts'
import { successStatus } from '../rest/delete.ts'
import { mediaTypeOf, parseBody, readBody } from './body.ts'
import { type Exchange, methodNotAllowed, noSuchPath } from './exchange.ts'
import { fieldValidationOf, readConfiguration, readObject } from './field-validation.ts'
import { notAcceptable } from './negotiate.ts'
import type { ResourcePath } from './path.ts'
import { serveProxy } from './proxy/serve.ts'
import { deleteOptionsOf, flag, listRequestOf } from './query.ts'
import { handleSubresource } from './subresources.ts'
import { serveWatch } from './watch.ts'

const APPLY = 'application/apply-patch+yaml'

/** What the handlers work with. */
export interface HandlerDeps {
  api: Api
  clock: Clock
  /** The nodes' side of logs and proxies; absent where there are none. */
  nodes: (Pick<NodeAccess, 'logs'> & Partial<Pick<NodeAccess, 'portForward'>>) | undefined
}

/** Serves collections and objects of every kind. */
export async function handleResource(deps: HandlerDeps, exchange: Exchange, path: ResourcePath): Promise<void> {
  const kind = deps.api.registry.kindOf(path.resource)
  if (path.namespace !== '' && !kind.resource.namespaced) throw noSuchPath()
  if (kind.deprecated !== undefined) exchange.warn(kind.deprecated)
  if (path.name === undefined) return handleCollection(deps, exchange, kind, path.namespace)
  // Only collections span all namespaces.
  if (kind.resource.namespaced && path.namespace === '') throw noSuchPath()
  if (path.rest !== undefined) return serveProxy(deps.api, deps.nodes, exchange, path)
  if (path.subresource !== undefined) return handleSubresource(deps, exchange, kind, path.namespace, path.name, path.subresource)
  return handleObject(deps, exchange, kind, path.namespace, path.name)
}

async function handleCollection(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string): Promise<void> {
  const { api } = deps
  switch (exchange.method) {
    case 'GET': {
      const request = listRequestOf(exchange.query, namespace)
      if (flag(exchange.query, 'watch')) return serveWatch(deps, exchange, kind, request)
      const { items, resourceVersion, continue: next, remaining } = await api.fetchList(kind.resource, request)
      return exchange.sendList(kind, items, { resourceVersion, ...(next === undefined ? {} : { continue: next }), ...(remaining === undefined ? {} : { remainingItemCount: remaining }) })
    }
    case 'POST': {
      // An answer has no rows, upstream's neither.
      if (kind.answer !== undefined && exchange.wanted.as === 'table') throw notAcceptable()
      const body = await readBodyObject(deps, exchange, kind)
      return exchange.sendKubeObject(kind, 201, await api.create(kind.resource, namespace, body, exchange.writeOptions()))
    }
    case 'DELETE': {
      const options = await readDeleteOptions(exchange)
      const deleted = await api.deleteCollection(kind.resource, listRequestOf(exchange.query, namespace), options, exchange.writeOptions(options.dryRun))
      return exchange.sendList(kind, deleted, { resourceVersion: String(api.core.store.revision) })
    }
    default: throw methodNotAllowed()
  }
}

async function handleObject(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string): Promise<void> {
  const { api } = deps
  switch (exchange.method) {
    case 'GET':
      if (flag(exchange.query, 'watch')) return serveWatch(deps, exchange, kind, { ...listRequestOf(exchange.query, namespace), fieldSelector: `metadata.name=${name}` })
      return exchange.sendKubeObject(kind, 200, await api.fetch(kind.resource, namespace, name))
    case 'PUT': {
      const body = await readBodyObject(deps, exchange, kind)
      return exchange.sendKubeObject(kind, 200, await api.update(kind.resource, namespace, name, body, exchange.writeOptions()))
    }
    case 'PATCH':
      return servePatch(deps, exchange, kind, namespace, name, 'main')
    case 'DELETE': {
      const options = await readDeleteOptions(exchange)
      const { gone, object } = await api.delete(kind.resource, namespace, name, options, exchange.writeOptions(options.dryRun))
      // As upstream, a pod and a namespace come back themselves; of others only what is left.
      if (gone && kind.gracePeriod === undefined && kind.isHeld === undefined) return exchange.send(200, successStatus(kind, object))
      return exchange.sendKubeObject(kind, 200, object)
    }
    default: throw methodNotAllowed()
  }
}

/** Patches an object or its status, in any way. */
export async function servePatch(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string, part: 'main' | StatusPart): Promise<void> {
  if (isApply(exchange) && part !== 'approval') return serveApply(deps, exchange, kind, namespace, name, part)
  const { type, patch } = await readPatch(exchange)
  const validation = fieldValidationOf(exchange.query)
  const review = (object: unknown): unknown => readObject(deps.api.core.schemas, kind.resource, object, validation, exchange.warn)
  const options = exchange.writeOptions()
  await exchange.sendKubeObject(kind, 200, await deps.api.patch(kind.resource, namespace, name, type, patch, part, options, review))
}

async function serveApply(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string, part: 'main' | 'status'): Promise<void> {
  const { config, force, options } = await readApply(deps, exchange, kind.resource, namespace, name)
  const { object, created } = await deps.api.apply(kind.resource, namespace, name, config, force, options, part)
  await exchange.sendKubeObject(kind, created ? 201 : 200, object)
}

/** Is it an apply? */
export function isApply({ request }: Exchange): boolean {
  return mediaTypeOf(request) === APPLY
}

/** Reads what an apply configures, an object of this kind, and how it is to be done. The manager must be named: a user agent is none. */
export async function readApply({ api }: HandlerDeps, exchange: Exchange, resource: Resource, namespace: string, name: string): Promise<{ config: Record<string, unknown>; force: boolean; options: WriteOptions }> {
  const duplicates: string[] = []
  const body = parseBody(await readBody(exchange.request), 'application/yaml', duplicates)
  const config = readConfiguration(api.core.schemas, resource, body, fieldValidationOf(exchange.query), exchange.warn, duplicates, { namespace, name })
  const { fieldManager: _userAgent, ...options } = exchange.writeOptions()
  const manager = exchange.query.get('fieldManager')
  return { config, force: flag(exchange.query, 'force'), options: { ...options, ...(manager ? { fieldManager: manager } : {}) } }
}

/** Reads a patch and its type; 415 for a type that is not served. */
export async function readPatch(exchange: Exchange): Promise<{ type: string; patch: unknown }> {
  const type = mediaTypeOf(exchange.request)
  if (!(PATCH_TYPES as readonly string[]).includes(type)) {
    throw new StatusError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(', ')}`)
  }
  return { type, patch: parseBody(await readBody(exchange.request), 'application/json') }
}

/** Reads a body as an object of the kind, by its schema. */
export async function readBodyObject(deps: HandlerDeps, exchange: Exchange, kind: Kind): Promise<Record<string, unknown>> {
  const duplicates: string[] = []
  const body = parseBody(await readBody(exchange.request), mediaTypeOf(exchange.request), duplicates)
  return readObject(deps.api.core.schemas, kind.resource, body, fieldValidationOf(exchange.query), exchange.warn, duplicates)
}

async function readDeleteOptions(exchange: Exchange): Promise<DeleteOptions> {
  const body = parseBody(await readBody(exchange.request), mediaTypeOf(exchange.request))
  const fromQuery = deleteOptionsOf(exchange.query)
  if (body === undefined) return fromQuery
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('the body of a delete must be DeleteOptions')
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as DeleteOptions
  return { ...fromQuery, ...given }
}
