import type { Inflate } from 'node:zlib'
import { constants, createInflate } from 'node:zlib'

/** More than this, bytes, is no header block of an honest client. */
const MAX_HEADERS = 65_536

const NAMES = ('options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization ' +
  'cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type ' +
  'date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards ' +
  'pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning ' +
  'www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin').split(' ').map((name) => name.replace('_', ' '))
const TEXT = '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found' +
  '500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 ' +
  'Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,' +
  'text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

/** The dictionary that SPDY/3 starts its compression with (draft, section 2.6.10.1). */
export const DICTIONARY: Buffer = Buffer.concat([...NAMES.map((name) => lengthAnd(name)), Buffer.from(TEXT)])

/** An empty stored block, as zlib's sync flush ends with: Go's reader hands out what it has only at one, and fails beyond. */
const SYNC = Buffer.from([0, 0, 0, 0xff, 0xff])

/** Reads the header blocks of one connection, in order: they share one compression state. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH })
  readonly #broken: Promise<never>
  #output: Buffer[] = []
  #size = 0

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#output.push(chunk)
      this.#size += chunk.length
      // A few bytes can inflate to very many.
      if (this.#size > MAX_HEADERS) this.#inflate.destroy(new Error('a header block is too large'))
    })
    // zlib forgets the callback of a write that fails.
    this.#broken = new Promise((_resolve, reject) => {
      this.#inflate.on('error', reject)
      this.#inflate.on('close', () => reject(new Error('the header compression is over')))
    })
    this.#broken.catch(() => undefined)
  }

  /** Names in lower case. Rejects when the block is not one. */
  async read(block: Buffer): Promise<Map<string, string>> {
    const written = new Promise<void>((resolve, reject) => {
      this.#inflate.write(block, (error) => (error ? reject(error) : resolve()))
    })
    await Promise.race([written, this.#broken])
    if (this.#inflate.destroyed) throw new Error('the header compression is over')
    const bytes = Buffer.concat(this.#output)
    this.#output = []
    this.#size = 0
    return decodePairs(bytes)
  }

  close(): void {
    this.#inflate.close()
  }
}

/** Writes the header blocks of one connection: as stored deflate blocks, which every reader takes and which need no state but whether it is the first. */
export class HeaderWriter {
  #first = true

  write(headers: ReadonlyMap<string, string>): Buffer {
    const pairs = [...headers].flatMap(([name, value]) => [lengthAnd(name), lengthAnd(value)])
    const count = Buffer.alloc(4)
    count.writeUInt32BE(headers.size)
    const bytes = Buffer.concat([count, ...pairs])
    const stored = Buffer.alloc(5)
    stored.writeUInt16LE(bytes.length, 1)
    stored.writeUInt16LE(~bytes.length & 0xffff, 3)
    const zlibHeader = this.#first ? Buffer.from([0x78, 0x01]) : Buffer.alloc(0)
    this.#first = false
    return Buffer.concat([zlibHeader, stored, bytes, SYNC])
  }
}

function decodePairs(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 4
  const next = (): string => {
    const length = bytes.readUInt32BE(at)
    const text = bytes.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return text
  }
  for (let left = bytes.readUInt32BE(0); left > 0; left--) {
    const name = next().toLowerCase()
    headers.set(name, next())
  }
  return headers
}

function lengthAnd(text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text)])
}
