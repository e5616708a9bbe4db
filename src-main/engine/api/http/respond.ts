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
const COMMA = Buffer.from(',')

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

/** Sends `head`, the items (each a piece of JSON) with commas between them, and `tail`; in slices, waiting for a slow reader. */
export async function sendItems(response: ServerResponse, head: string, items: Iterable<string | Buffer>, tail: string, contentType: string, gzip: boolean): Promise<void> {
  const parts = joined(head, items, tail)
  const begun: Buffer[] = []
  let bytes = 0
  while (bytes < SLICE_BYTES) {
    const next = parts.next()
    if (next.done === true) return sendBytes(response, 200, Buffer.concat(begun), contentType, gzip)
    begun.push(next.value)
    bytes += next.value.length
  }
  if (!gzip) response.writeHead(200, { 'Content-Type': contentType })
  await writeAll(gzip ? zipped(response, 200, contentType) : response, sliced(begun, parts))
}

/** Sends text that is made while it is sent, piece by piece, so that nobody waits for all of it. */
export async function sendPieces(response: ServerResponse, pieces: Iterable<string>, contentType: string, gzip: boolean): Promise<void> {
  if (!gzip) response.writeHead(200, { 'Content-Type': contentType })
  await writeAll(gzip ? zipped(response, 200, contentType) : response, pieces)
}

function* joined(head: string, items: Iterable<string | Buffer>, tail: string): Generator<Buffer, void> {
  yield Buffer.from(head)
  let isFirst = true
  for (const item of items) {
    if (!isFirst) yield COMMA
    isFirst = false
    yield typeof item === 'string' ? Buffer.from(item) : item
  }
  yield Buffer.from(tail)
}

/** All parts in slices, which share their memory: who takes one is done with it before it takes the next. So a list of any length costs one slice. */
function* sliced(...lists: Iterable<Buffer>[]): Generator<Buffer, void> {
  const slice = Buffer.allocUnsafeSlow(SLICE_BYTES)
  let used = 0
  for (const parts of lists) {
    for (const part of parts) {
      for (let from = 0; from < part.length;) {
        const copied = part.copy(slice, used, from)
        from += copied
        used += copied
        if (used < SLICE_BYTES) continue
        yield slice
        used = 0
      }
    }
  }
  yield slice.subarray(0, used)
}

function zipped(response: ServerResponse, code: number, contentType: string): Writable {
  response.writeHead(code, { 'Content-Type': contentType, 'Content-Encoding': 'gzip', 'Vary': 'Accept-Encoding' })
  const zip = createGzip({ level: constants.Z_BEST_SPEED })
  zip.pipe(response)
  // A pipe that lost its reader takes no more, and says nothing.
  response.once('close', () => zip.destroy())
  return zip
}

/** Writes one chunk after the other, each when the one before is with the kernel; between them others have their turn. */
async function writeAll(out: Writable, chunks: Iterable<string | Uint8Array>): Promise<void> {
  for (const chunk of chunks) {
    if (out.destroyed) return
    if (chunk.length > 0) await written(out, chunk)
    await new Promise((resolve) => setImmediate(resolve))
  }
  out.end()
}

/** Until it has taken a chunk, or never will. */
function written(out: Writable, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('close', done)
      resolve()
    }
    out.on('close', done)
    out.write(chunk, done)
  })
}
