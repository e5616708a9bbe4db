import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import { stringify } from 'yaml'
import type { StatusError } from '../../../common/errors.ts'
import { trailOf } from '../audit/trails.ts'
import { PROTOBUF, encodeObject } from '../protobuf/envelope.ts'

/** Below this an answer is not worth zipping. */
const GZIP_BYTES = 128 * 1024
/** Writing more than this in YAML's own style takes seconds; JSON is YAML, too. */
const YAML_STYLE_BYTES = 128 * 1024
/** Encoding goes on in slices of about this, so that nobody waits long. */
const SLICE_BYTES = 256 * 1024

/** How to write one answer. */
export interface Format {
  encoding: 'json' | 'yaml' | 'protobuf'
  pretty: boolean
  /** The client takes gzip. */
  gzip: boolean
}

/** Sends one object. */
export async function sendObject(response: ServerResponse, code: number, body: unknown, format: Format, contentType?: string): Promise<void> {
  trailOf(response)?.answers(body)
  if (format.encoding === 'protobuf') return sendBytes(response, code, encodeObject(body as { apiVersion: string; kind: string }), PROTOBUF, format.gzip)
  const json = `${JSON.stringify(body, undefined, format.pretty ? 2 : undefined)}\n`
  if (format.encoding === 'json') return sendText(response, code, json, contentType ?? 'application/json', format.gzip)
  const yaml = json.length > YAML_STYLE_BYTES ? json : stringify(body, { aliasDuplicateObjects: false, lineWidth: 0, version: '1.1' })
  return sendText(response, code, yaml, contentType ?? 'application/yaml', format.gzip)
}

/** Sends an error as a Status: in protobuf where that is what the client reads. */
export async function sendError(response: ServerResponse, error: StatusError, accept?: string): Promise<void> {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error.details.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(error.details.retryAfterSeconds))
  if (accept?.startsWith(PROTOBUF) === true) return sendBytes(response, error.code, encodeObject(error.toStatus()), PROTOBUF, false)
  await sendText(response, error.code, `${JSON.stringify(error.toStatus())}\n`, 'application/json', false)
}

/** Sends a text of any type. */
export async function sendText(response: ServerResponse, code: number, text: string, contentType: string, gzip: boolean): Promise<void> {
  return sendBytes(response, code, Buffer.from(text), contentType, gzip)
}

/** Sends bytes of any type. */
export async function sendBytes(response: ServerResponse, code: number, body: Uint8Array, contentType: string, gzip: boolean): Promise<void> {
  if (!gzip || body.length < GZIP_BYTES) {
    response.writeHead(code, { 'Content-Type': contentType, 'Content-Length': body.length })
    response.end(body)
    return
  }
  await writeAll(zipped(response, code, contentType), [body])
}

/** Sends `head`, the items as JSON with commas between them, and `tail`; in slices, waiting for a slow reader. */
export async function sendItems(response: ServerResponse, head: string, items: Iterable<unknown>, tail: string, contentType: string, gzip: boolean): Promise<void> {
  const slices = sliced(head, items, tail)
  const first = slices.next()
  const second = slices.next()
  if (second.done === true) return sendText(response, 200, first.done === true ? '' : first.value, contentType, gzip)
  let out: Writable = response
  if (gzip) out = zipped(response, 200, contentType)
  else response.writeHead(200, { 'Content-Type': contentType })
  await writeAll(out, (function* () {
    if (first.done !== true) yield first.value
    yield second.value
    yield* slices
  })())
}

/** Sends text that is made while it is sent, piece by piece, so that nobody waits for all of it. */
export async function sendPieces(response: ServerResponse, pieces: Iterable<string>, contentType: string, gzip: boolean): Promise<void> {
  if (!gzip) response.writeHead(200, { 'Content-Type': contentType })
  await writeAll(gzip ? zipped(response, 200, contentType) : response, pieces)
}

function* sliced(head: string, items: Iterable<unknown>, tail: string): Generator<string, void> {
  let slice = head
  let comma = ''
  for (const item of items) {
    slice += comma + JSON.stringify(item)
    comma = ','
    if (slice.length >= SLICE_BYTES) {
      yield slice
      slice = ''
    }
  }
  yield slice + tail
}

function zipped(response: ServerResponse, code: number, contentType: string): Writable {
  response.writeHead(code, { 'Content-Type': contentType, 'Content-Encoding': 'gzip', 'Vary': 'Accept-Encoding' })
  const zip = createGzip({ level: constants.Z_BEST_SPEED })
  zip.pipe(response)
  return zip
}

async function writeAll(out: Writable, chunks: Iterable<string | Uint8Array>): Promise<void> {
  for (const chunk of chunks) {
    if (out.destroyed) return
    if (chunk.length > 0 && !out.write(chunk)) await drainOf(out)
    else await new Promise((resolve) => setImmediate(resolve))
  }
  out.end()
}

/** Until it takes more, or never will. */
function drainOf(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done).off('close', done)
      resolve()
    }
    out.on('drain', done).on('close', done)
  })
}
