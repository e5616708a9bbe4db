import { decodeObject, encodeObject, hasProtobuf, isProtobuf, PROTOBUF } from '../../../src-main/engine/api/protobuf/envelope.ts'
import { fieldsIn } from '../../../src-main/engine/api/protobuf/own-forms.ts'

/** How objects are said to the cluster: as JSON, or as Go's typed clients do, in protobuf wherever a kind has one. */
export type Wire = 'json' | 'protobuf'

/** What Go's clients ask for: what has no protobuf comes in JSON. */
export const ACCEPT: Readonly<Record<Wire, string>> = { json: 'application/json', protobuf: `${PROTOBUF}, */*` }

interface Typed {
  readonly apiVersion: string
  readonly kind: string
}

/** A body and its media type; an object that has no protobuf is JSON. */
export function written(wire: Wire, path: string, method: string, body: object): { bytes: string | Buffer; type: string } {
  if (wire === 'protobuf') {
    // Go's clients say of which group and version the options are.
    const typed = (method === 'DELETE' ? { apiVersion: versionIn(path), kind: 'DeleteOptions', ...body } : body) as Partial<Typed>
    if (typed.apiVersion !== undefined && typed.kind !== undefined && hasProtobuf(typed as Typed)) return { bytes: encodeObject(typed as Typed), type: PROTOBUF }
  }
  return { bytes: JSON.stringify(body), type: 'application/json' }
}

/** What an answer's bytes say: an object, or the text as it is. */
export function understood(bytes: Buffer, type = ''): unknown {
  if (isProtobuf(bytes)) return withItems(decodeObject(bytes))
  const text = bytes.toString('utf8')
  return text !== '' && type.includes('json') ? JSON.parse(text) : text
}

/** Protobuf has no empty lists; everybody who asks for a list expects one. */
function withItems(object: Record<string, unknown>): Record<string, unknown> {
  return String(object['kind']).endsWith('List') ? { items: [], ...object } : object
}

/** The events of a watch in protobuf: frames of a length and a WatchEvent. */
export async function* framed<T>(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ type: string; object: T }> {
  let left = Buffer.alloc(0)
  for await (const chunk of chunks) {
    left = Buffer.concat([left, chunk])
    while (left.length >= 4 && left.length >= 4 + left.readUInt32BE(0)) {
      const end = 4 + left.readUInt32BE(0)
      yield eventOf<T>(left.subarray(4, end))
      left = left.subarray(end)
    }
  }
}

function eventOf<T>(bytes: Buffer): { type: string; object: T } {
  let type = ''
  let object: unknown
  for (const { number, reader } of fieldsIn(bytes)) {
    if (number === 1) type = reader.string()
    else for (const inner of fieldsIn(reader.bytes())) object = decodeObject(Buffer.from(inner.reader.bytes()))
  }
  return { type, object: object as T }
}

function versionIn(path: string): string {
  const [, root, group = '', version = ''] = path.split('?')[0]?.split('/') ?? []
  return root === 'api' ? group : `${group}/${version}`
}
