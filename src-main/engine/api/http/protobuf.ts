import protobuf from 'protobufjs'
import { badRequest, StatusError } from '../../../common/errors.ts'
import { MESSAGES } from './protobuf-fields.ts'

type Reader = protobuf.Reader
interface Field { name: string; type: string; keepZero: boolean; list: boolean }

/** What begins every Kubernetes object in protobuf. */
const MAGIC = Buffer.from('k8s\0')
const VARINT = 0
const BYTES = 2
const SCALARS = new Set(['string', 'int', 'bool'])
const tables = new Map<string, Map<number, Field>>()

/** Whether a body is a Kubernetes object in protobuf. */
export function isProtobuf(body: Buffer): boolean {
  return body.subarray(0, MAGIC.length).equals(MAGIC)
}

/**
 * Reads an object in Kubernetes' protobuf: what Go clients send for built-in kinds. UnsupportedMediaType, naming it, for a kind or a field that is
 * not in the table and not empty: nothing is dropped in silence. BadRequest when it is no protobuf.
 */
export function decodeProtobuf(body: Buffer): unknown {
  try {
    const envelope = new Map<number, Uint8Array>()
    for (const { number, wire, reader } of fieldsOf(body.subarray(MAGIC.length))) {
      if (wire === BYTES) envelope.set(number, reader.bytes())
      else reader.skipType(wire)
    }
    const type = { apiVersion: '', kind: '' }
    for (const { number, reader } of fieldsOf(envelope.get(1) ?? new Uint8Array())) {
      const text = reader.string()
      if (number === 1) type.apiVersion = text
      else if (number === 2) type.kind = text
    }
    const message = type.kind === 'DeleteOptions' ? 'v1/DeleteOptions' : `${type.apiVersion}/${type.kind}`
    if (MESSAGES[message] === undefined) throw notUnderstood(`${type.kind} of ${type.apiVersion}`)
    return { ...type, ...decode(message, envelope.get(2) ?? new Uint8Array()) }
  } catch (error) {
    if (error instanceof StatusError) throw error
    throw badRequest(`the body of the request cannot be read as protobuf: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function decode(message: string, bytes: Uint8Array): Record<string, unknown> {
  const table = tableOf(message)
  const object: Record<string, unknown> = {}
  for (const { number, wire, reader } of fieldsOf(bytes)) {
    const field = table.get(number)
    if (field === undefined) {
      if (!isEmpty(wire, reader)) throw notUnderstood(`field ${String(number)} of ${message}`)
    } else if (field.type === 'map' || field.type === 'bytes' || field.type === 'quantities') {
      const [key, value] = mapEntry(field.type, reader.bytes())
      object[field.name] = Object.assign((object[field.name] as object | undefined) ?? {}, Object.fromEntries([[key, value]]))
    } else {
      const value = valueOf(field.type, reader)
      if (field.list) object[field.name] = [...((object[field.name] as unknown[] | undefined) ?? []), value]
      else if (value !== undefined && (field.keepZero || (value !== '' && value !== 0 && value !== false))) object[field.name] = value
    }
  }
  return object
}

function valueOf(type: string, reader: Reader): unknown {
  switch (type) {
    case 'string': return reader.string()
    case 'blob': return Buffer.from(reader.bytes()).toString('base64')
    case 'int': return Number(reader.int64())
    case 'bool': return reader.bool()
    case 'Time': {
      let seconds: number | undefined
      // Each field is read before the next one is looked for: the reader stands where the last one ended.
      for (const { number, reader: r } of fieldsOf(reader.bytes())) {
        const value = Number(r.int64())
        if (number === 1) seconds = value
      }
      return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
    }
    case 'IntOrString': {
      const either = { type: 0, number: 0, text: '' }
      for (const { number, reader: r } of fieldsOf(reader.bytes())) {
        if (number === 1) either.type = r.int32()
        else if (number === 2) either.number = r.int32()
        else either.text = r.string()
      }
      // A target port that is not told is 0.
      return either.type === 1 ? either.text : either.number
    }
    default: return decode(type, reader.bytes())
  }
}

function mapEntry(type: string, bytes: Uint8Array): [string, string] {
  let key = ''
  let value: Uint8Array = new Uint8Array()
  for (const { number, reader } of fieldsOf(bytes)) {
    if (number === 1) key = reader.string()
    else value = reader.bytes()
  }
  if (type === 'quantities') for (const { reader } of fieldsOf(value)) value = reader.bytes()
  return [key, Buffer.from(value).toString(type === 'bytes' ? 'base64' : 'utf8')]
}

/** Go writes fields that nobody set: nothing is lost with them. A message is empty when all in it is. */
function isEmpty(wire: number, reader: Reader): boolean {
  if (wire === VARINT) return Number(reader.int64()) === 0
  if (wire !== BYTES) {
    reader.skipType(wire)
    return false
  }
  const bytes = reader.bytes()
  if (bytes.length === 0) return true
  try {
    for (const inner of fieldsOf(bytes)) if (!isEmpty(inner.wire, inner.reader)) return false
    return true
  } catch {
    return false
  }
}

function* fieldsOf(bytes: Uint8Array): Generator<{ number: number; wire: number; reader: Reader }> {
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 === 0) throw new RangeError('no field has the number 0')
    yield { number: tag >>> 3, wire: tag & 7, reader }
  }
}

function tableOf(message: string): Map<number, Field> {
  let table = tables.get(message)
  if (table === undefined) {
    table = new Map((MESSAGES[message] ?? '').split(' ').filter(Boolean).map((text) => {
      const [, name = '', number = '', type = 'string', zero, list] = /^(\w+)=(\d+)(?::([\w/]+))?(\?)?(\*)?$/.exec(text) ?? []
      return [Number(number), { name, type, list: list !== undefined, keepZero: zero !== undefined || !SCALARS.has(type) && type !== 'IntOrString' }]
    }))
    tables.set(message, table)
  }
  return table
}

function notUnderstood(what: string): StatusError {
  return new StatusError('UnsupportedMediaType', `${what} is not understood in protobuf yet; send JSON or YAML (\`kubectl apply -f\` and \`kubectl create -f\` do)`)
}
