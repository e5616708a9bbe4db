import { badRequest, notFound, StatusError } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import { type Entry, RevisionGoneError } from '../../store/store.ts'
import type { Kind } from '../registry/kind.ts'
import { type Core, viewOf } from './core.ts'
import { keyOfObject, prefixOf } from './keys.ts'
import { type Selection, selectionOf } from './selection.ts'

/** What a list asks, as in its query. */
export interface ListRequest {
  /** '' or absent: all namespaces. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** 0 or absent: everything. */
  limit?: number
  continue?: string
  resourceVersion?: string
  resourceVersionMatch?: string
}

/** A list, or a page of one. */
export interface ListResult {
  items: KubeObject[]
  resourceVersion: string
  continue?: string
  /** How many more there are; unknown when a selector is used. */
  remaining?: number
}

const PAGE = 500
/** As upstream, whose past is cut off as often: how long the pages of a list show what was there when it began. */
const TOKEN_MS = 5 * 60_000

/** Reads one object, or throws NotFound. */
export function get(core: Core, kind: Kind, namespace: string, name: string): KubeObject {
  return viewOf(kind, getEntry(core, kind, namespace, name))
}

/** Reads one store entry, or throws NotFound. */
export function getEntry(core: Core, kind: Kind, namespace: string, name: string): Entry {
  const entry = core.store.get(keyOfObject(kind.resource, namespace, name))
  if (entry === undefined) throw notFound(groupResourceOf(kind.resource), name)
  return entry
}

/** Lists by Kubernetes' rules; every page of one listing shows the same revision. */
export function list(core: Core, kind: Kind, request: ListRequest): ListResult {
  const selection = selectionOf(kind, request.labelSelector, request.fieldSelector)
  const start = startOf(core, request)
  if (start.from !== undefined && start.revision !== undefined && (start.at ?? 0) < core.clock.now() - TOKEN_MS) throw tokenTooOld(start.from)
  try {
    return collect(core, kind, request, selection, start)
  } catch (error) {
    if (!(error instanceof RevisionGoneError)) throw error
    if (start.from !== undefined) throw tokenTooOld(start.from)
    throw new StatusError('Expired', `too old resource version: ${request.resourceVersion ?? ''} (${String(core.store.compactedRevision)})`)
  }
}

/** With a token for the rest, as it is by now. */
function tokenTooOld(from: string): StatusError {
  return new StatusError('Expired', 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results: what was created, changed or deleted since the first page may show in them.',
    {}, { continue: encodeToken({ revision: AS_IT_IS, from, at: 0 }) })
}

function collect(core: Core, kind: Kind, request: ListRequest, selection: Selection, start: Start): ListResult {
  const namespace = kind.resource.namespaced ? (request.namespace ?? '') : ''
  const prefix = prefixOf(kind.resource, namespace)
  const limit = request.limit ?? 0
  const items: KubeObject[] = []
  let from = start.from
  if (from?.startsWith(prefix) === false) throw badRequest('continue key is not valid')
  let revision = start.revision
  for (;;) {
    const want = limit === 0 ? undefined : selection.all ? limit - items.length : PAGE
    const page = core.store.list(prefix, { ...(revision === undefined ? {} : { revision }), ...(from === undefined ? {} : { from }), ...(want === undefined ? {} : { limit: want }) })
    revision ??= page.revision
    for (let i = 0; i < page.entries.length; i++) {
      const entry = page.entries[i]
      if (entry === undefined) continue
      const object = viewOf(kind, entry)
      if (!selection.all && !selection.matches(object)) continue
      items.push(object)
      if (limit > 0 && items.length === limit) {
        const next = page.entries[i + 1]?.key ?? page.next
        const token = next === undefined ? {} : { continue: encodeToken({ revision, from: next, at: start.at ?? core.clock.now() }) }
        return { items, resourceVersion: String(revision), ...token, ...(next !== undefined && selection.all ? { remaining: page.remaining } : {}) }
      }
    }
    if (page.next === undefined) return { items, resourceVersion: String(revision) }
    from = page.next
  }
}

interface Start {
  revision: number | undefined
  from: string | undefined
  /** When the list began, of a page after the first. */
  at?: number
}

/** In a token: goes on in what is there now. */
const AS_IT_IS = -1

function startOf(core: Core, request: ListRequest): Start {
  const { resourceVersion = '', resourceVersionMatch = '' } = request
  if (request.continue) {
    if (resourceVersion !== '' && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue')
    return decodeToken(request.continue)
  }
  if (resourceVersionMatch !== '' && resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan') {
    throw badRequest(`resourceVersionMatch: Unsupported value: "${resourceVersionMatch}": supported values: "Exact", "NotOlderThan"`)
  }
  if (resourceVersionMatch !== '' && resourceVersion === '') throw badRequest('resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (resourceVersionMatch === 'Exact' && resourceVersion === '0') throw badRequest('resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  const revision = resourceVersion === '' ? 0 : readRevision(resourceVersion)
  if (revision > core.store.revision) throw tooLarge(revision, core.store.revision)
  const exact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && (request.limit ?? 0) > 0 && revision > 0)
  return { revision: exact ? revision : undefined, from: undefined }
}

/** The number in a resourceVersion; BadRequest when it is none. */
export function readRevision(text: string): number {
  if (!/^\d+$/.test(text)) throw badRequest(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`)
  if (BigInt(text) >= 2n ** 64n) throw badRequest(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": value out of range`)
  return Number(text)
}

/** A revision that has not been reached: the client saw another store. It lists again. */
export function tooLarge(asked: number, current: number): StatusError {
  return new StatusError('Timeout', `Too large resource version: ${String(asked)}, current: ${String(current)}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1,
  })
}

function encodeToken({ revision, from, at }: { revision: number; from: string; at: number }): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: from, at })).toString('base64url')
}

function decodeToken(token: string): Start {
  try {
    const { v, rv, start, at } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { v?: unknown; rv?: unknown; start?: unknown; at?: unknown }
    if (v === 'meta.k8s.io/v1' && typeof rv === 'number' && typeof start === 'string') return rv === AS_IT_IS ? { revision: undefined, from: start } : { revision: rv, from: start, at: typeof at === 'number' ? at : 0 }
  } catch {
    // Falls through: not our token.
  }
  throw badRequest('continue key is not valid')
}
