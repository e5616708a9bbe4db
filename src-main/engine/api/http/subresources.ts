import { Namespaces, Pods, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { applyPatch } from '../patch/patch.ts'
import type { Kind, StatusPart } from '../registry/kind.ts'
import type { Produce } from '../rest/update.ts'
import { mediaTypeOf, parseBody, readBody } from './body.ts'
import { type Exchange, methodNotAllowed, noSuchPath } from './exchange.ts'
import { fieldValidationOf, readObject } from './field-validation.ts'
import { serveLog } from './pod-log.ts'
import { type HandlerDeps, isApply, readApply, readBodyObject, readPatch, servePatch } from './resources.ts'
import { badRequest } from '../../../common/errors.ts'

const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale', plural: 'scales', namespaced: true }

/** Serves what hangs below an object. */
export async function handleSubresource(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string, subresource: string): Promise<void> {
  const isPod = kind.resource.kind === Pods.kind && kind.resource.group === ''
  if (subresource === 'status' && kind.hasStatus === true) return handleStatus(deps, exchange, kind, namespace, name, 'status')
  if (subresource === 'approval' && kind.statusWrites?.approval !== undefined) return handleStatus(deps, exchange, kind, namespace, name, 'approval')
  if (subresource === 'scale' && kind.scale !== undefined) return handleScale(deps, exchange, kind, namespace, name)
  if (subresource === 'finalize' && kind.resource.kind === Namespaces.kind) return handleFinalize(deps, exchange, kind, name)
  if (subresource === 'token' && kind.resource.kind === ServiceAccounts.kind) return handleToken(deps, exchange, namespace, name)
  if (!isPod) throw noSuchPath()
  switch (subresource) {
    case 'binding': return handleBinding(deps, exchange, namespace, name)
    case 'ephemeralcontainers': return handleEphemeralContainers(deps, exchange, kind, namespace, name)
    case 'eviction': return handleEviction(deps, exchange, namespace, name)
    case 'log': return serveLog(deps, exchange, namespace, name)
    case 'exec':
    case 'attach':
    case 'portforward': throw badRequest('Upgrade request required')
    default: throw noSuchPath()
  }
}

async function handleStatus(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string, part: StatusPart): Promise<void> {
  switch (exchange.method) {
    case 'GET': return exchange.sendKubeObject(kind, 200, await deps.api.fetch(kind.resource, namespace, name))
    case 'PUT': {
      const body = await readBodyObject(deps, exchange, kind)
      return exchange.sendKubeObject(kind, 200, await deps.api.updateStatus(kind.resource, namespace, name, body, exchange.writeOptions(), part))
    }
    case 'PATCH': return servePatch(deps, exchange, kind, namespace, name, part)
    default: throw methodNotAllowed()
  }
}

async function handleScale(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string): Promise<void> {
  const { api } = deps
  switch (exchange.method) {
    case 'GET': return exchange.send(200, await api.fetchScale(kind.resource, namespace, name))
    case 'PUT': {
      const body = parseBody(await readBody(exchange.request), mediaTypeOf(exchange.request))
      const scale = readObject(api.core.schemas, SCALE, body, fieldValidationOf(exchange.query), exchange.warn)
      return exchange.send(200, await api.updateScale(kind.resource, namespace, name, scale, exchange.writeOptions()))
    }
    case 'PATCH': {
      if (isApply(exchange)) {
        const { config, force, options } = await readApply(deps, exchange, SCALE, namespace, name)
        return exchange.send(200, await api.applyScale(kind.resource, namespace, name, config, force, options))
      }
      const { type, patch } = await readPatch(exchange)
      return exchange.send(200, await api.patchScale(kind.resource, namespace, name, type, patch, exchange.writeOptions()))
    }
    default: throw methodNotAllowed()
  }
}

async function handleFinalize(deps: HandlerDeps, exchange: Exchange, kind: Kind, name: string): Promise<void> {
  if (exchange.method !== 'PUT') throw methodNotAllowed()
  const body = await readBodyObject(deps, exchange, kind)
  await exchange.sendKubeObject(kind, 200, await deps.api.finalizeNamespace(name, body, exchange.writeOptions()))
}

async function handleBinding({ api }: HandlerDeps, exchange: Exchange, namespace: string, name: string): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed()
  await api.bind(namespace, name, parseBody(await readBody(exchange.request), mediaTypeOf(exchange.request)), exchange.writeOptions())
  await sendSuccess(exchange, 201)
}

async function handleToken({ api }: HandlerDeps, exchange: Exchange, namespace: string, name: string): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed()
  const request = parseBody(await readBody(exchange.request), mediaTypeOf(exchange.request))
  await exchange.send(201, await api.requestToken(namespace, name, request, exchange.writeOptions()))
}

async function handleEphemeralContainers(deps: HandlerDeps, exchange: Exchange, kind: Kind, namespace: string, name: string): Promise<void> {
  const { api } = deps
  const write = async (produce: Produce): Promise<void> => exchange.sendKubeObject(kind, 200, await api.changeEphemeralContainers(namespace, name, produce, exchange.writeOptions()))
  switch (exchange.method) {
    case 'GET': return exchange.sendKubeObject(kind, 200, api.get(kind.resource, namespace, name))
    case 'PUT': {
      const body = await readBodyObject(deps, exchange, kind)
      return write(() => body)
    }
    case 'PATCH': {
      const { type, patch } = await readPatch(exchange)
      const schema = api.core.schemas.node(kind.resource)
      return write((current) => readObject(api.core.schemas, kind.resource, applyPatch(type, current, patch, schema), fieldValidationOf(exchange.query), exchange.warn))
    }
    default: throw methodNotAllowed()
  }
}

async function handleEviction({ api }: HandlerDeps, exchange: Exchange, namespace: string, name: string): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed()
  const eviction = parseBody(await readBody(exchange.request), mediaTypeOf(exchange.request))
  const { dryRun } = (eviction as { deleteOptions?: { dryRun?: unknown } } | undefined)?.deleteOptions ?? {}
  await api.evict(namespace, name, eviction, exchange.writeOptions(Array.isArray(dryRun) ? dryRun.map(String) : []))
  await sendSuccess(exchange, 201)
}

function sendSuccess(exchange: Exchange, code: number): Promise<void> {
  const success = { ...SUCCESS, code }
  return exchange.send(code, success)
}
