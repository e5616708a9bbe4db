import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Cipher } from '../store/cipher.ts'
import { EncryptionKeyError } from '../store/store.ts'
import type { Key } from '../store/store.ts'
import { RecoveryKeyError } from './recovery-key.ts'

// The form of a copy of a cluster's state, as it lies on a server: one line of text, then sealed frames, each after its length (uint32, big endian).
// The first `whole` frames are the state at one moment; those after them are what changed since. What was cut off at the end does not count.
// Each frame is bound to its file and its place in it: none can be left out, moved or taken from another copy unnoticed.

/** A key and its value, or null where it was deleted. */
export type Change = readonly [Key, Readonly<Record<string, unknown>> | null]

/** Changes up to a revision. */
export interface Frame {
  readonly revision: number
  readonly changes: readonly Change[]
}

/** The line that a copy begins with. */
export interface Header {
  readonly clusterId: string
  /** Random: tells one copy from the next. */
  readonly file: string
  readonly epoch: number
  /** How many frames hold the whole state. */
  readonly whole: number
}

const MAGIC = 'toque-copy-1'
const LENGTH_BYTES = 4
/** Larger is no frame of ours, bytes. */
const MAX_FRAME = 64 << 20

const zip = promisify(gzip)
const unzip = promisify(gunzip)

export function headerLine({ clusterId, file, epoch, whole }: Header): Buffer {
  return Buffer.from(`${MAGIC} ${clusterId} ${file} ${String(epoch)} ${String(whole)}\n`)
}

/** One frame with its length. `index` counts from 0 over the whole file. */
export async function sealFrame(cipher: Cipher, header: Pick<Header, 'clusterId' | 'file'>, index: number, frame: Frame): Promise<Buffer> {
  const sealed = cipher.seal(await zip(JSON.stringify(frame)), contextOf(header, index))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(sealed.length)
  return Buffer.concat([length, sealed])
}

/** Throws EncryptionKeyError when the key is another, or the frame was changed or moved. */
async function openFrame(cipher: Cipher, header: Pick<Header, 'clusterId' | 'file'>, index: number, sealed: Buffer): Promise<Frame> {
  return JSON.parse((await unzip(cipher.open(sealed, contextOf(header, index)))).toString()) as Frame
}

/** The copy is no copy: damaged, or of a newer Toque. */
export class CopyError extends Error {
  override readonly name = 'CopyError'
}

/** Takes a copy apart as its bytes come. A copy that is begun anew in the same stream (its file was replaced) begins with its header again. */
class CopyReader {
  #rest: Buffer = Buffer.alloc(0)

  /** What became whole by these bytes, in order. Throws CopyError when they are no copy's. */
  push(bytes: Buffer): ({ header: Header } | { sealed: Buffer })[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const parts: ({ header: Header } | { sealed: Buffer })[] = []
    for (let part = this.#next(); part !== undefined; part = this.#next()) parts.push(part)
    return parts
  }

  #next(): { header: Header } | { sealed: Buffer } | undefined {
    if (this.#rest.length < LENGTH_BYTES) return undefined
    if (this.#rest.toString('latin1', 0, LENGTH_BYTES) === MAGIC.slice(0, LENGTH_BYTES)) {
      const end = this.#rest.indexOf(10)
      return end < 0 ? undefined : { header: parseHeader(this.#take(end + 1).toString('utf8', 0, end)) }
    }
    const end = LENGTH_BYTES + this.#rest.readUInt32BE(0)
    if (end > MAX_FRAME) throw new CopyError('The copy of the state is damaged: it holds something that is no part of it.')
    return this.#rest.length < end ? undefined : { sealed: this.#take(end).subarray(LENGTH_BYTES) }
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes)
    this.#rest = this.#rest.subarray(bytes)
    return taken
  }
}

/** A frame, the copy that it is of, and its place there, from 0. */
export interface PlacedFrame {
  readonly header: Header
  readonly index: number
  readonly frame: Frame
}

/**
 * A copy's frames in order, opened, as its bytes come; from place 0 again where it is begun anew. Throws RecoveryKeyError when the key is another
 * cluster's, EncryptionKeyError when a later frame was changed or moved, CopyError when the bytes are no copy's.
 */
export async function* framesOf(bytes: AsyncIterable<Buffer>, cipher: Cipher): AsyncGenerator<PlacedFrame> {
  const reader = new CopyReader()
  let header: Header | undefined
  let index = 0
  for await (const chunk of bytes) {
    for (const part of reader.push(chunk)) {
      if ('header' in part) {
        header = part.header
        index = 0
        continue
      }
      if (header === undefined) throw new CopyError('The copy of the state is damaged: it does not begin as one.')
      const frame = await openFrame(cipher, header, index, part.sealed).catch((error: unknown) => {
        if (error instanceof EncryptionKeyError && index === 0) throw new RecoveryKeyError('This recovery key does not open the copy: it is another cluster’s.')
        throw error
      })
      yield { header, index, frame }
      index += 1
    }
  }
}

function parseHeader(line: string): Header {
  const [, clusterId, file, epoch, whole] = /^toque-copy-1 (\S+) (\S+) (\d+) (\d+)$/.exec(line) ?? []
  if (clusterId === undefined || file === undefined) throw new CopyError('The copy of the state is damaged, or was written by a newer Toque: its first line is not one that this version knows.')
  return { clusterId, file, epoch: Number(epoch), whole: Number(whole) }
}

function contextOf({ clusterId, file }: Pick<Header, 'clusterId' | 'file'>, index: number): string {
  return `copy ${clusterId} ${file} ${String(index)}`
}
