import type { Reader, Writer } from 'protobufjs'
import protobuf from 'protobufjs'

/** A message with a JSON form of its own. */
export interface OwnForm {
  /** Its JSON; undefined for one that says nothing. Throws where it cannot be read. */
  read(bytes: Uint8Array): unknown
  write(value: unknown, writer: Writer): void
}

const VARINT = 0
const BYTES = 2
const tag = (number: number, wire: number): number => (number << 3) | wire

/** The fields of a message, in the order in which they stand. Each must be read or skipped before the next is asked for. */
export function* fieldsIn(bytes: Uint8Array): Generator<{ number: number; wire: number; reader: Reader }> {
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    const head = reader.uint32()
    if (head >>> 3 === 0) throw new RangeError('no field has the number 0')
    yield { number: head >>> 3, wire: head & 7, reader }
  }
}

/** A message that is one text. */
const text: OwnForm = {
  read(bytes) {
    let value = ''
    for (const { number, wire, reader } of fieldsIn(bytes)) {
      if (number === 1 && wire === BYTES) value = reader.string()
      else reader.skipType(wire)
    }
    return value
  },
  write: (value, writer) => void writer.uint32(tag(1, BYTES)).string(String(value)),
}

const intOrString: OwnForm = {
  read(bytes) {
    let [isText, number, word] = [false, 0, '']
    for (const field of fieldsIn(bytes)) {
      if (field.number === 1 && field.wire === VARINT) isText = field.reader.int32() === 1
      else if (field.number === 2 && field.wire === VARINT) number = field.reader.int32()
      else if (field.number === 3 && field.wire === BYTES) word = field.reader.string()
      else field.reader.skipType(field.wire)
    }
    return isText ? word : number
  },
  write(value, writer) {
    const isText = typeof value === 'string'
    writer.uint32(tag(1, VARINT)).int32(isText ? 1 : 0)
    if (isText) writer.uint32(tag(3, BYTES)).string(value)
    else writer.uint32(tag(2, VARINT)).int32(Number(value))
  },
}

/** `fraction`: of RFC 3339, from nanoseconds. */
function time(fraction: (nanos: number) => string): OwnForm {
  return {
    read(bytes) {
      let seconds: number | undefined
      let nanos = 0
      for (const { number, wire, reader } of fieldsIn(bytes)) {
        if (number === 1 && wire === VARINT) seconds = Number(reader.int64())
        else if (number === 2 && wire === VARINT) nanos = reader.int32()
        else reader.skipType(wire)
      }
      if (seconds === undefined) return undefined
      const date = new Date(seconds * 1000)
      if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) throw new RangeError(`there is no time ${String(seconds)} seconds from 1970`)
      return `${date.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}${fraction(nanos)}Z`
    },
    write(value, writer) {
      const at = Date.parse(String(value))
      // One that is none is not the encoder's to explain.
      if (Number.isNaN(at)) return
      const digits = /\.(\d{1,9})/.exec(String(value))?.[1] ?? ''
      writer.uint32(tag(1, VARINT)).int64(Math.floor(at / 1000))
      const nanos = Number(digits.padEnd(9, '0'))
      if (nanos > 0) writer.uint32(tag(2, VARINT)).int32(nanos)
    },
  }
}

/** JSON, as bytes. */
const raw: OwnForm = {
  read(bytes) {
    let value: unknown
    for (const { number, wire, reader } of fieldsIn(bytes)) {
      if (number !== 1 || wire !== BYTES) reader.skipType(wire)
      else {
        const json = Buffer.from(reader.bytes()).toString()
        if (json !== '') value = JSON.parse(json) as unknown
      }
    }
    return value
  },
  write: (value, writer) => void writer.uint32(tag(1, BYTES)).bytes(Buffer.from(JSON.stringify(value))),
}

/** A list of texts, which JSON writes as one. */
const texts: OwnForm = {
  read(bytes) {
    const values: string[] = []
    for (const { number, wire, reader } of fieldsIn(bytes)) {
      if (number === 1 && wire === BYTES) values.push(reader.string())
      else reader.skipType(wire)
    }
    return values
  },
  write(value, writer) {
    for (const one of value as readonly unknown[]) writer.uint32(tag(1, BYTES)).string(String(one))
  },
}

const UNIT_NS: Readonly<Record<string, number>> = { h: 3_600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, ns: 1 }

/** Go's duration: `1m30s` in JSON, nanoseconds on the wire. */
const duration: OwnForm = {
  read(bytes) {
    let nanos = 0
    for (const { number, wire, reader } of fieldsIn(bytes)) {
      if (number === 1 && wire === VARINT) nanos = Number(reader.int64())
      else reader.skipType(wire)
    }
    const seconds = nanos / 1e9
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Number((seconds % 60).toFixed(9))]
    return `${hours > 0 ? `${String(hours)}h` : ''}${hours > 0 || minutes > 0 ? `${String(minutes)}m` : ''}${String(rest)}s`
  },
  write(value, writer) {
    const nanos = [...String(value).matchAll(/([\d.]+)(h|ms|us|ns|m|s)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_NS[unit ?? ''] ?? 0), 0)
    writer.uint32(tag(1, VARINT)).int64(Math.round(nanos))
  },
}

/** By the message's name. */
export const OWN_FORMS: Readonly<Record<string, OwnForm>> = {
  'api.resource.Quantity': text, 'util.intstr.IntOrString': intOrString,
  // Upstream's Time has whole seconds in JSON, its MicroTime six digits.
  'meta.v1.Time': time(() => ''), 'meta.v1.MicroTime': time((nanos) => `.${String(Math.floor(nanos / 1000)).padStart(6, '0')}`),
  'meta.v1.Duration': duration, 'meta.v1.FieldsV1': raw, 'runtime.RawExtension': raw,
  'meta.v1.Verbs': texts, 'authentication.v1.ExtraValue': texts, 'authorization.v1.ExtraValue': texts, 'certificates.v1.ExtraValue': texts,
}
