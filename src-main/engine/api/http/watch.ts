import type { KubeObject } from '../../../common/kube/object.ts'
import { toStatusError } from '../../../common/errors.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'
import { trailOf } from '../audit/trails.ts'
import { PROTOBUF, encodeEvent, encodeObject } from '../protobuf/envelope.ts'
import type { Kind } from '../registry/kind.ts'
import type { ListRequest } from '../rest/read.ts'
import { selectionOf } from '../rest/selection.ts'
import { columnsOf, partialOf, rowOf } from '../table/table.ts'
import { jsonOf } from './encoded.ts'
import { type Exchange, methodNotAllowed } from './exchange.ts'
import type { Wanted } from './negotiate.ts'
import { flag, wholeNumber } from './query.ts'
import type { HandlerDeps } from './resources.ts'
import { type EventType, WatchStream } from './watch-stream.ts'

// Spread, so that watchers that began together do not come back together.
const MIN_TIMEOUT_S = 1800

/** Serves a watch until the client leaves or its time is over. A revision that is gone is told in the stream, as upstream does. */
export function serveWatch({ api, clock }: HandlerDeps, exchange: Exchange, kind: Kind, request: ListRequest): void {
  if (kind.live !== undefined) throw methodNotAllowed()
  const initial = exchange.query.get('sendInitialEvents')
  const seconds = wholeNumber(exchange.query, 'timeoutSeconds') ?? Math.round(MIN_TIMEOUT_S * (1 + Math.random()))
  // A selector that cannot be read is an answer of its own, not an event.
  selectionOf(kind, request.labelSelector, request.fieldSelector)
  const wanted = exchange.wantedOf({ apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind })
  const encode = encoder(exchange, wanted, kind, () => clock.now())
  const stream = new WatchStream(exchange.response, {
    clock, encode, ...(wanted.encoding === 'protobuf' ? inProtobuf : {}), bookmarks: flag(exchange.query, 'allowWatchBookmarks'), timeoutMs: seconds === 0 ? undefined : seconds * 1000,
    revision: () => api.core.store.revision,
    bookmark: (resourceVersion, annotations) => ({ kind: kind.resource.kind, apiVersion: apiVersionOf(kind.resource), metadata: { resourceVersion, creationTimestamp: null, ...(annotations === undefined ? {} : { annotations }) } }) as unknown as KubeObject,
  })
  try {
    stream.onEnd = api.watch(kind.resource, { ...request, ...(initial === null ? {} : { sendInitialEvents: initial === 'true' }) }, stream)
    trailOf(exchange.request)?.begins(200)
    stream.live()
  } catch (error) {
    stream.fail(error)
  }
}

const ENCODED_KEPT = 256

/** Encodes objects; the newest few are kept, because all watchers of a kind ask for the same ones in a row. */
function keeping<T>(encode: (object: KubeObject) => T): (object: KubeObject) => T {
  const encoded = new Map<KubeObject, T>()
  return (object) => {
    const kept = encoded.get(object)
    if (kept !== undefined) return kept
    const made = encode(object)
    encoded.set(object, made)
    if (encoded.size > ENCODED_KEPT) encoded.delete(encoded.keys().next().value as KubeObject)
    return made
  }
}

const LINE_END = Buffer.from('}\n')
const lineOf = (type: EventType): ((object: KubeObject) => Buffer) => {
  const start = Buffer.from(`{"type":"${type}","object":`)
  return keeping((object) => Buffer.concat([start, jsonOf(object), LINE_END]))
}
const LINES = { ADDED: lineOf('ADDED'), MODIFIED: lineOf('MODIFIED'), DELETED: lineOf('DELETED'), BOOKMARK: lineOf('BOOKMARK') } satisfies Record<EventType, unknown>
const protobufOf = keeping((object) => encodeObject(object))

const inProtobuf = {
  contentType: `${PROTOBUF};stream=watch`,
  encodeError: (error: unknown): Uint8Array => encodeEvent('ERROR', encodeObject(toStatusError(error).toStatus())),
}

function encoder(exchange: Exchange, { as, version, encoding }: Wanted, kind: Kind, now: () => number): (type: EventType, object: KubeObject) => string | Uint8Array {
  const include = exchange.includeObject
  if (encoding === 'protobuf') return (type, object) => encodeEvent(type, as === 'object' ? protobufOf(object) : encodeObject(partialOf(object, version)))
  if (as === 'object') return (type, object) => LINES[type](object)
  if (as === 'metadata') return (type, object) => JSON.stringify({ type, object: partialOf(object, version) })
  let isFirst = true
  return (type, object) => {
    // The columns come with the first event only.
    const columnDefinitions = isFirst ? columnsOf(kind) : []
    isFirst = false
    const rows = type === 'BOOKMARK' ? [] : [rowOf(kind, object, include, version, now())]
    return JSON.stringify({ type, object: { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata: { resourceVersion: object.metadata.resourceVersion }, columnDefinitions, rows } })
  }
}
