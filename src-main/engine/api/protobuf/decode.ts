import type { Reader } from 'protobufjs'
import type { Field } from './messages.ts'
import { messageOf } from './messages.ts'
import { OWN_FORMS, fieldsIn } from './own-forms.ts'

type Json = Record<string, unknown>

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const WIRE: Readonly<Record<string, number>> = { int: VARINT, bool: VARINT, double: FIXED64 }

/** Reads a message as JSON. Throws where the bytes are none. As upstream, what only a newer release knows is passed over. */
export function decodeMessage(name: string, bytes: Uint8Array): Json {
  const message = messageOf(name)
  const object: Json = {}
  // Put together at the end: a key may be called anything.
  const maps = new Map<string, [string, unknown][]>()
  for (const { number, wire, reader } of fieldsIn(bytes)) {
    const field = message.get(number)
    if (field === undefined) {
      reader.skipType(wire)
      continue
    }
    if (field.shape === 'map') {
      if (!maps.has(field.name)) maps.set(field.name, [])
      maps.get(field.name)?.push(entryOf(field, expected(BYTES, wire, reader).bytes()))
    } else if (field.shape === 'list') {
      // Into the same list: a hostile body has a million items.
      const list = (object[field.name] ??= []) as unknown[]
      for (const value of listed(field, wire, reader)) list.push(value)
    } else if (field.inlined) Object.assign(object, decodeMessage(field.type, expected(BYTES, wire, reader).bytes()))
    else {
      const value = valueOf(field.type, expected(WIRE[field.type] ?? BYTES, wire, reader))
      if (value !== undefined && (field.keepZero || (value !== '' && value !== 0 && value !== false))) object[field.name] = value
    }
  }
  for (const [field, entries] of maps) object[field] = Object.fromEntries(entries)
  return object
}

function expected(wanted: number, wire: number, reader: Reader): Reader {
  if (wire !== wanted) throw new RangeError(`a field has the wire type ${String(wire)}, not ${String(wanted)}`)
  return reader
}

function valueOf(type: string, reader: Reader): unknown {
  switch (type) {
    case 'string': return reader.string()
    case 'int': return Number(reader.int64())
    case 'bool': return reader.bool()
    case 'double': return reader.double()
    case 'bytes': return Buffer.from(reader.bytes()).toString('base64')
    default: {
      const form = OWN_FORMS[type]
      return form === undefined ? decodeMessage(type, reader.bytes()) : form.read(reader.bytes())
    }
  }
}

/** What of a list stands here: one of it, or (packed) several numbers. */
function listed(field: Field, wire: number, reader: Reader): unknown[] {
  if (wire !== BYTES || WIRE[field.type] === undefined) return [valueOf(field.type, expected(WIRE[field.type] ?? BYTES, wire, reader))]
  const end = reader.uint32() + reader.pos
  const values: unknown[] = []
  while (reader.pos < end) values.push(valueOf(field.type, reader))
  return values
}

function entryOf(field: Field, bytes: Uint8Array): [string, unknown] {
  let key = ''
  let value: unknown
  for (const { number, wire, reader } of fieldsIn(bytes)) {
    if (number === 1) key = expected(BYTES, wire, reader).string()
    else if (number === 2) value = valueOf(field.type, expected(WIRE[field.type] ?? BYTES, wire, reader))
    else reader.skipType(wire)
  }
  // Go leaves out an empty value of a map.
  return [key, value ?? (WIRE[field.type] === undefined ? OWN_FORMS[field.type]?.read(new Uint8Array()) ?? '' : 0)]
}
