import protobuf from 'protobufjs'
import { badRequest, StatusError } from '../../../common/errors.ts'
import { decodeMessage } from './decode.ts'
import { encodeItem, encodeMessage } from './encode.ts'
import { messageOfKind } from './messages.ts'
import { fieldsIn } from './own-forms.ts'

/** The media type of an object in protobuf. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** What begins every Kubernetes object in protobuf; a runtime.Unknown follows. */
const MAGIC = Buffer.from('k8s\0')
const BYTES = 2
const TYPE = 1
const RAW = 2
const head = (number: number): number => (number << 3) | BYTES

interface Typed {
  readonly apiVersion: string
  readonly kind: string
}

/** Whether a body is a Kubernetes object in protobuf. */
export function isProtobuf(body: Uint8Array): boolean {
  return MAGIC.equals(body.subarray(0, MAGIC.length))
}

/** Whether objects of a kind can be written in protobuf. */
export function hasProtobuf({ apiVersion, kind }: Typed): boolean {
  return messageOfKind(apiVersion, kind) !== undefined
}

/** Reads an object. UnsupportedMediaType for a kind that has no protobuf, BadRequest for bytes that are none. */
export function decodeObject(body: Uint8Array): Record<string, unknown> {
  try {
    if (!isProtobuf(body)) throw new RangeError('it does not begin as Kubernetes objects do')
    const { type, raw } = readEnvelope(body.subarray(MAGIC.length))
    const message = messageOfKind(type.apiVersion, type.kind)
    if (message === undefined) throw new StatusError('UnsupportedMediaType', `${type.kind || 'an object without a kind'} of ${type.apiVersion || 'no version'} cannot be sent in protobuf, only Kubernetes' own kinds; send JSON or YAML`)
    return { ...type, ...decodeMessage(message, raw) }
  } catch (error) {
    if (error instanceof StatusError) throw error
    throw badRequest(`the body of the request cannot be read as protobuf: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readEnvelope(bytes: Uint8Array): { type: Typed; raw: Uint8Array } {
  const type = { apiVersion: '', kind: '' }
  let raw = new Uint8Array()
  for (const { number, wire, reader } of fieldsIn(bytes)) {
    if (wire !== BYTES || number > RAW) reader.skipType(wire)
    else if (number === RAW) raw = Uint8Array.from(reader.bytes())
    else {
      for (const inner of fieldsIn(reader.bytes())) {
        if (inner.wire !== BYTES) inner.reader.skipType(inner.wire)
        else if (inner.number === 1) type.apiVersion = inner.reader.string()
        else if (inner.number === 2) type.kind = inner.reader.string()
        else inner.reader.skipType(inner.wire)
      }
    }
  }
  return { type, raw }
}

/** Writes an object of a kind that has protobuf. */
export function encodeObject(object: Typed): Buffer {
  const raw = encodeMessage(nameOf(object), object)
  return Buffer.concat([opening(object, raw.length), raw])
}

/** Writes a list from its head and its items, in turns, so that nobody waits for a long one. */
export async function encodeList(list: Typed & { readonly metadata: object }, items: Iterable<object>): Promise<Buffer> {
  const name = nameOf(list)
  const parts = [Buffer.from(encodeMessage(name, { metadata: list.metadata }))]
  let began = performance.now()
  for (const item of items) {
    parts.push(Buffer.from(encodeItem(name, item)))
    if (performance.now() - began < SLICE_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    began = performance.now()
  }
  return Buffer.concat([opening(list, parts.reduce((sum, part) => sum + part.length, 0)), ...parts])
}

const SLICE_MS = 10

/** One event of a watch: its length in four bytes, then a WatchEvent without an envelope around an object with one. */
export function encodeEvent(type: string, object: Uint8Array): Buffer {
  const event = protobuf.Writer.create().uint32(head(1)).string(type).uint32(head(2)).fork().uint32(head(1)).bytes(object).ldelim().finish()
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}

function opening({ apiVersion, kind }: Typed, rawBytes: number): Buffer {
  const type = protobuf.Writer.create().uint32(head(1)).string(apiVersion).uint32(head(2)).string(kind).finish()
  return Buffer.concat([MAGIC, protobuf.Writer.create().uint32(head(TYPE)).bytes(type).uint32(head(RAW)).uint32(rawBytes).finish()])
}

function nameOf({ apiVersion, kind }: Typed): string {
  const name = messageOfKind(apiVersion, kind)
  if (name === undefined) throw new StatusError('NotAcceptable', `object *${kind} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`)
  return name
}
