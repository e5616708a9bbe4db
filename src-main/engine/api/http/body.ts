import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { YAMLParseError, parse, parseDocument } from 'yaml'
import type { Clock } from '../../../common/clock.ts'
import { badRequest, messageOf, StatusError } from '../../../common/errors.ts'
import { deepAt, MAX_DEPTH } from '../../../common/yaml/depth.ts'
import { trailOf } from '../audit/trails.ts'
import { duplicateFields } from './duplicate-fields.ts'
import { PROTOBUF, decodeObject, isProtobuf } from '../protobuf/envelope.ts'

/** As upstream: what etcd would refuse, twice. */
const MAX_BODY_BYTES = 3 * 1024 * 1024
/** A body that is too large is read to its end and dropped, so that the client gets to hear why; but not for ever. */
const MOST_DROPPED_BYTES = 10 * MAX_BODY_BYTES
/** How long a client may go on sending what nobody reads. */
const DROP_MS = 1_000
// A YAML bomb grows by aliases; manifests hardly use any.
const MAX_YAML_ALIASES = 100
const unzip = promisify(gunzip)

/** Reads a request's whole body, unzipped. RequestEntityTooLarge beyond the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const body = await unzipped(request, await receive(request))
  trailOf(request)?.asked(body)
  return body
}

async function unzipped(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  if (request.headers['content-encoding'] !== 'gzip') return body
  try {
    return await unzip(body, { maxOutputLength: MAX_BODY_BYTES })
  } catch (error) {
    throw error instanceof RangeError ? tooLarge() : badRequest('the body is not valid gzip')
  }
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MOST_DROPPED_BYTES) throw tooLarge()
      if (size <= MAX_BODY_BYTES) chunks.push(chunk)
    }
  } catch (error) {
    // No bug of ours, and nobody hears the answer.
    throw error instanceof StatusError ? error : badRequest(`the body of the request broke off: ${messageOf(error)}`)
  }
  if (size > MAX_BODY_BYTES) throw tooLarge()
  return Buffer.concat(chunks)
}

/**
 * Reads and drops what is left of a refused request's body, for a moment: a connection that is closed with unread bytes is reset, and the client, still sending,
 * never sees the answer.
 */
export async function dropBody(request: IncomingMessage, clock: Clock): Promise<void> {
  if (request.complete || request.destroyed) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      timer.cancel()
      resolve()
    }
    const timer = clock.setTimeout(done, DROP_MS)
    request.once('end', done).once('close', done).on('error', done).resume()
  })
}

/** The media type of a body, without parameters; JSON when absent. */
export function mediaTypeOf(request: IncomingMessage): string {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  return type === undefined || type === '' ? 'application/json' : type
}

/**
 * Reads JSON, YAML or (by its type, or told by how it begins) Kubernetes' protobuf. An empty body is undefined; BadRequest when it cannot be read, 415 for another type.
 * `duplicates` gets a sentence for each field that is there twice, of which the last one counts; without it, YAML with such is refused.
 */
export function parseBody(body: Buffer, mediaType: string, duplicates?: string[]): unknown {
  if (body.length === 0) return undefined
  if (mediaType === PROTOBUF || isProtobuf(body)) return shallow(decodeObject(body))
  const text = body.toString('utf8')
  let value: unknown
  try {
    if (mediaType === 'application/yaml' || mediaType === 'text/yaml') value = parseYaml(text, duplicates)
    else if (mediaType === 'application/json' || mediaType.endsWith('+json') || mediaType === 'text/plain' || mediaType === '*/*') value = parseJson(text, duplicates)
    else throw unsupported(mediaType)
  } catch (error) {
    if (error instanceof StatusError) throw error
    throw badRequest(`the body of the request cannot be read: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`)
  }
  return shallow(value)
}

function shallow(value: unknown): unknown {
  if (!isShallow(value, MAX_DEPTH)) throw tooDeep()
  return value
}

function parseJson(text: string, duplicates: string[] | undefined): unknown {
  const value: unknown = JSON.parse(text)
  duplicates?.push(...duplicateFields(text).map((path) => `duplicate field ${JSON.stringify(path)}`))
  return value
}

/** JSON is YAML, and read a hundred times as quickly. */
function parseYaml(text: string, duplicates: string[] | undefined): unknown {
  try {
    return parseJson(text, duplicates)
  } catch {
    if (deepAt(text) !== undefined) throw tooDeep()
    try {
      return parse(text, { maxAliasCount: MAX_YAML_ALIASES, logLevel: 'error' })
    } catch (error) {
      if (duplicates === undefined || !(error instanceof YAMLParseError) || error.code !== 'DUPLICATE_KEY') throw error
      const { errors } = parseDocument(text, { logLevel: 'error' })
      duplicates.push(...errors.filter(({ code }) => code === 'DUPLICATE_KEY').map(({ pos: [at], linePos }) => `line ${String(linePos?.[0].line ?? 0)}: key ${JSON.stringify(/^["']?([^\s:"']+)/.exec(text.slice(at))?.[1] ?? '')} already set in map`))
      return parse(text, { maxAliasCount: MAX_YAML_ALIASES, logLevel: 'error', uniqueKeys: false })
    }
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((child) => isShallow(child, depth - 1))
}

function tooDeep(): StatusError {
  return badRequest(`the body of the request is nested deeper than ${String(MAX_DEPTH)} levels`)
}

function unsupported(mediaType: string): StatusError {
  return new StatusError('UnsupportedMediaType', `the body of the request was in an unknown format (${mediaType}) - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`)
}

function tooLarge(): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${String(MAX_BODY_BYTES)}`)
}
