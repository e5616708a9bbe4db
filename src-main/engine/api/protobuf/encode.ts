import protobuf from 'protobufjs'
import type { Writer } from 'protobufjs'
import type { Field } from './messages.ts'
import { messageOf } from './messages.ts'
import { OWN_FORMS } from './own-forms.ts'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const WIRE: Readonly<Record<string, number>> = { int: VARINT, bool: VARINT, double: FIXED64 }
const KEY = (1 << 3) | BYTES

/** Writes JSON, which its schema has been checked by, as a message. What the message has no field for is not written (apiVersion and kind stand in the envelope). */
export function encodeMessage(name: string, object: object): Uint8Array {
  const writer = protobuf.Writer.create()
  writeMessage(name, object, writer)
  return writer.finish()
}

/** One item of a list, with its field's head: lists are put together of these. */
export function encodeItem(list: string, item: object): Uint8Array {
  const field = [...messageOf(list).values()].find(({ name }) => name === 'items')
  if (field === undefined) throw new Error(`${list} is no list`)
  const writer = protobuf.Writer.create()
  writeValue(field, item, writer)
  return writer.finish()
}

function writeMessage(name: string, object: object, writer: Writer): void {
  const values = object as Readonly<Record<string, unknown>>
  for (const field of messageOf(name).values()) {
    if (field.inlined) {
      const inner = encodeMessage(field.type, object)
      if (inner.length > 0) writer.uint32((field.number << 3) | BYTES).bytes(inner)
      continue
    }
    const value = values[field.name]
    if (value === undefined || value === null) continue
    if (field.shape === 'list') for (const one of value as readonly unknown[]) writeValue(field, one, writer)
    else if (field.shape === 'map') writeMap(field, value, writer)
    else writeValue(field, value, writer)
  }
}

function writeMap(field: Field, value: object, writer: Writer): void {
  // In Go's order, so that the same object is always the same bytes.
  for (const [key, one] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.uint32((field.number << 3) | BYTES).fork().uint32(KEY).string(key)
    writeValue({ ...field, number: 2 }, one, writer)
    writer.ldelim()
  }
}

function writeValue({ number, type }: Field, value: unknown, writer: Writer): void {
  writer.uint32((number << 3) | (WIRE[type] ?? BYTES))
  switch (type) {
    case 'string': writer.string(String(value)); break
    case 'int': writer.int64(Number(value)); break
    case 'bool': writer.bool(value === true); break
    case 'double': writer.double(Number(value)); break
    case 'bytes': writer.bytes(Buffer.from(String(value), 'base64')); break
    default: {
      writer.fork()
      const form = OWN_FORMS[type]
      if (form === undefined) writeMessage(type, value as object, writer)
      else form.write(value, writer)
      writer.ldelim()
    }
  }
}
