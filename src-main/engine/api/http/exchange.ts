import type { IncomingMessage, ServerResponse } from 'node:http'
import { badRequest, StatusError } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { trailOf } from '../audit/trails.ts'
import { type Kind, listKindOf } from '../registry/kind.ts'
import type { Caller, WriteOptions } from '../rest/core.ts'
import { type IncludeObject, type TableRow, columnsOf, partialOf, rowOf } from '../table/table.ts'
import { PROTOBUF, encodeList, hasProtobuf } from '../protobuf/envelope.ts'
import { jsonOf } from './encoded.ts'
import { fieldManagerOf } from './field-manager.ts'
import { type Wanted, negotiate } from './negotiate.ts'
import { isDryRun } from './query.ts'
import { type Format, sendBytes, sendItems, sendObject } from './respond.ts'

const NEWLINE = Buffer.from('\n')

/** One HTTP request and its answer. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: URLSearchParams
  readonly caller: Caller
  readonly #now: () => number
  readonly #warnings = new Set<string>()

  constructor(request: IncomingMessage, response: ServerResponse, url: URL, caller: Caller, now: () => number) {
    this.request = request
    this.response = response
    this.path = url.pathname
    this.query = url.searchParams
    this.caller = caller
    this.#now = now
  }

  get method(): string {
    return this.request.method ?? 'GET'
  }

  get wanted(): Wanted {
    return negotiate(this.request.headers.accept)
  }

  /** How an answer of a kind is wanted: in protobuf only where that kind has it. */
  wantedOf(object: { apiVersion: string; kind: string }): Wanted {
    return negotiate(this.request.headers.accept, hasProtobuf(object))
  }

  get format(): Format {
    return this.#formatOf(this.wanted)
  }

  /** As JSON, for what says itself which of the media types asked for it is. */
  get jsonFormat(): Format {
    return this.#formatOf({ encoding: 'json' })
  }

  #formatOf({ encoding }: Pick<Wanted, 'encoding'>): Format {
    const pretty = this.query.get('pretty')
    return { encoding, pretty: pretty !== null && pretty !== 'false' && pretty !== '0', gzip: this.gzip }
  }

  /** The client takes gzip. */
  get gzip(): boolean {
    return /\bgzip\b/.test(this.request.headers['accept-encoding'] ?? '')
  }

  get includeObject(): IncludeObject {
    const value = this.query.get('includeObject')
    if (value === null || value === '') return 'Metadata'
    if (value === 'None' || value === 'Metadata' || value === 'Object') return value
    throw badRequest(`includeObject: Unsupported value: "${value}": supported values: "Metadata", "None", "Object"`)
  }

  /** Says something in a Warning header, once. */
  warn = (message: string): void => {
    if (this.#warnings.has(message)) return
    this.#warnings.add(message)
    this.response.appendHeader('Warning', `299 - ${JSON.stringify(message.replace(/[^\x20-\x7e]/g, '?'))}`)
  }

  /** Adds to the request's audit events. */
  annotate = (key: string, value: string): void => {
    trailOf(this.response)?.annotates(key, value)
  }

  /** How this request writes. `bodyDryRun`: the dryRun of a delete's body. */
  writeOptions(bodyDryRun: readonly string[] = []): WriteOptions {
    const manager = fieldManagerOf(this.query.get('fieldManager'), this.request.headers['user-agent'], this.method)
    return { caller: this.caller, dryRun: isDryRun([...this.query.getAll('dryRun'), ...bodyDryRun]), warn: this.warn, annotate: this.annotate, fieldManager: manager }
  }

  /** Sends an object as it was asked for: whole, as a table of one row, or its metadata. */
  async sendKubeObject(kind: Kind, code: number, object: KubeObject): Promise<void> {
    trailOf(this.response)?.answers(object)
    const { as, version, encoding } = this.wantedOf(object)
    if (as === 'table') await this.sendTable(kind, code, [object], { resourceVersion: object.metadata.resourceVersion })
    // What a write answers is nobody else's to read.
    else if (as === 'object' && encoding === 'json' && this.method === 'GET' && !this.format.pretty) await sendBytes(this.response, code, Buffer.concat([jsonOf(object), NEWLINE]), 'application/json', this.gzip)
    else await this.send(code, as === 'metadata' ? partialOf(object, version) : object)
  }

  /** Sends any object in the encoding asked for. */
  async send(code: number, object: { apiVersion: string; kind: string }): Promise<void> {
    await sendObject(this.response, code, object, this.#formatOf(this.wantedOf(object)))
  }

  /** Sends objects as a list in the shape asked for. */
  async sendList(kind: Kind, items: readonly KubeObject[], metadata: object): Promise<void> {
    const { group, version: ofKind } = kind.resource
    const own = { kind: listKindOf(kind), apiVersion: group === '' ? ofKind : `${group}/${ofKind}` }
    const { as, version, encoding } = this.wantedOf(own)
    if (as === 'table') return this.sendTable(kind, 200, items, metadata)
    const head = as === 'metadata' ? { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata } : { ...own, metadata }
    if (encoding === 'protobuf') return sendBytes(this.response, 200, await encodeList(head, mapped(items, (item) => as === 'metadata' ? partialOf(item, version) : item)), PROTOBUF, this.gzip)
    if (this.format.pretty || encoding === 'yaml') return sendObject(this.response, 200, { ...head, items: as === 'metadata' ? items.map((item) => partialOf(item, version)) : items }, this.format)
    await this.#sendJoined(head, 'items', mapped(items, (item) => as === 'metadata' ? JSON.stringify(partialOf(item, version)) : jsonOf(item)))
  }

  async sendTable(kind: Kind, code: number, objects: readonly KubeObject[], metadata: object): Promise<void> {
    const { version } = this.wanted
    const [include, now] = [this.includeObject, this.#now()]
    const head = { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions: columnsOf(kind) }
    const rowFor = (object: KubeObject): TableRow => rowOf(kind, object, include, version, now)
    if (code !== 200 || this.format.pretty) return sendObject(this.response, code, { ...head, rows: objects.map(rowFor) }, this.format)
    await this.#sendJoined(head, 'rows', mapped(objects, (object) => JSON.stringify(rowFor(object))))
  }

  async #sendJoined(head: object, field: string, parts: Iterable<string | Buffer>): Promise<void> {
    await sendItems(this.response, `${JSON.stringify(head).slice(0, -1)},"${field}":[`, parts, ']}\n', 'application/json', this.gzip)
  }
}

/** Each value when its turn comes, not all at once. */
function* mapped<T, R>(values: Iterable<T>, map: (value: T) => R): Generator<R> {
  for (const value of values) yield map(value)
}

/** The method is not served at this path. */
export function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
}

/** Nothing is served at this path. */
export function noSuchPath(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource')
}
