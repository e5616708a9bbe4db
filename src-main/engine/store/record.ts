import type { Cipher } from './cipher.ts'
import type { Author, Key } from './store.ts'

/** One version of one key, as it lies on disk. */
export interface StoredRecord {
  readonly type: 'put' | 'delete'
  readonly createRevision: number
  /** The revision of the version before it; 0 when this one creates the key. */
  readonly previous: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly author: Author
  /** Absent for a delete. */
  readonly value: Readonly<Record<string, unknown>> | undefined
}

const PLAIN = 0
const SEALED = 1
const PREFIX_BYTES = 5

/** Which keys' values are encrypted on disk: Secrets. */
export function isSecret(key: Key): boolean {
  return key.startsWith('//secrets/')
}

/** Layout: one byte (value plain or sealed), the header's length (uint32), the header as JSON, the value as JSON or sealed JSON. */
export function encodeRecord(key: Key, revision: number, record: StoredRecord, cipher: Cipher): Buffer {
  const { value, ...header } = record
  const head = Buffer.from(JSON.stringify(header))
  const plain = value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value))
  const sealed = value !== undefined && isSecret(key)
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt8(sealed ? SEALED : PLAIN, 0)
  prefix.writeUInt32LE(head.length, 1)
  return Buffer.concat([prefix, head, sealed ? cipher.seal(plain, `${key}@${revision}`) : plain])
}

/** All of a record but its value, without looking at that. */
export function decodeHeader(bytes: Buffer): Omit<StoredRecord, 'value'> {
  return JSON.parse(bytes.toString('utf8', PREFIX_BYTES, PREFIX_BYTES + bytes.readUInt32LE(1))) as Omit<StoredRecord, 'value'>
}

/** The other way round. Throws EncryptionKeyError when a sealed value does not open. */
export function decodeRecord(key: Key, revision: number, bytes: Buffer, cipher: Cipher): StoredRecord {
  const start = PREFIX_BYTES + bytes.readUInt32LE(1)
  const header = decodeHeader(bytes)
  const body = bytes.subarray(start)
  if (body.length === 0) return { ...header, value: undefined }
  const plain = bytes.readUInt8(0) === SEALED ? cipher.open(body, `${key}@${revision}`) : body
  return { ...header, value: JSON.parse(plain.toString()) as Record<string, unknown> }
}
