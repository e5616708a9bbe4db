import type { Duplex } from 'node:stream'
import { duplexPair } from 'node:stream'
import { constants, createDeflate } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { settle } from '../../../../common/fake-clock.ts'
import type { SpdyStream } from './connection.ts'
import { SpdyConnection } from './connection.ts'
import type { Frame } from './frames.ts'
import { HEADER_BYTES, decodeFrame, encodeData, encodePing, encodeSynStream, encodeWindowUpdate, payloadLength } from './frames.ts'
import { DICTIONARY } from './header-block.ts'

/** A client of the test's own: real compression, frames in and out. */
class Client {
  readonly frames: Frame[] = []
  readonly streams: SpdyStream[] = []
  readonly connection: SpdyConnection
  readonly served: Promise<void>
  readonly #side: Duplex
  readonly #transport: Duplex
  readonly #deflate = createDeflate({ dictionary: DICTIONARY })
  #buffer = Buffer.alloc(0)

  constructor() {
    const [mine, theirs] = duplexPair()
    this.#side = mine
    this.#transport = theirs
    this.connection = new SpdyConnection(theirs, (stream) => void this.streams.push(stream))
    this.served = this.connection.serve(Buffer.alloc(0))
    mine.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#buffer.length >= HEADER_BYTES && this.#buffer.length >= HEADER_BYTES + payloadLength(this.#buffer)) {
      const end = HEADER_BYTES + payloadLength(this.#buffer)
      this.frames.push(decodeFrame(this.#buffer, this.#buffer.subarray(HEADER_BYTES, end)))
      this.#buffer = this.#buffer.subarray(end)
    }
  }

  async block(headers: Record<string, string>): Promise<Buffer> {
    const word = (n: number): Buffer => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n])
    const output: Buffer[] = []
    const listen = (chunk: Buffer): void => void output.push(chunk)
    this.#deflate.on('data', listen)
    this.#deflate.write(Buffer.concat([word(Object.keys(headers).length), ...Object.entries(headers).flat().flatMap((s) => [word(s.length), Buffer.from(s)])]))
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    this.#deflate.off('data', listen)
    return Buffer.concat(output)
  }

  send(...frames: Buffer[]): boolean {
    return frames.map((frame) => this.#side.write(frame)).at(-1) ?? true
  }

  async open(id: number, headers: Record<string, string>): Promise<SpdyStream> {
    this.send(encodeSynStream(id, await this.block(headers)))
    await expect.poll(() => this.frames.some((f) => f.type === 'synReply' && f.stream === id)).toBe(true)
    return this.streams.at(-1) as SpdyStream
  }

  /** As a socket does when the other side is gone. */
  leave(): void {
    this.#transport.destroy()
  }

  received(id: number): string {
    return this.frames.map((f) => (f.type === 'data' && f.stream === id ? f.data.toString() : '')).join('')
  }
}

let client: Client
const start = (): Client => (client = new Client())
afterEach(async () => {
  client.connection.destroy()
  await client.served
})

async function textOf(stream: SpdyStream): Promise<string> {
  let text = ''
  for await (const chunk of stream.readable) text += Buffer.from(chunk).toString()
  return text
}

describe('streams', () => {
  test('have headers, and bytes each way to an end of their own', async () => {
    start()
    const [a, b] = [await client.open(1, { streamtype: 'stdin', port: '80' }), await client.open(3, { StreamType: 'stdout' })]
    expect([a.headers.get('port'), b.headers.get('streamtype')]).toEqual(['80', 'stdout'])
    client.send(encodeData(1, Buffer.from('for a'), false), encodeData(3, Buffer.from('for b'), true), encodeData(1, Buffer.from(', more'), true))
    expect([await textOf(a), await textOf(b)]).toEqual(['for a, more', 'for b'])
    await b.write(Buffer.from('answer'))
    await b.end()
    await expect.poll(() => client.received(3)).toBe('answer')
    await expect.poll(() => client.frames.at(-1)?.type).toBe('data')
    expect(client.frames.at(-1)).toMatchObject({ type: 'data', stream: 3, fin: true })
  })

  test('are refused with an even, a repeated or an old number; data for none is reset; pings come back', async () => {
    start()
    await client.open(5, {})
    client.send(encodeSynStream(2, await client.block({})), encodeSynStream(5, await client.block({})), encodeSynStream(3, await client.block({})), encodeData(9, Buffer.from('x'), false), encodePing(7), encodePing(8))
    await expect.poll(() => client.frames.slice(1).map((f) => `${f.type} ${'stream' in f ? f.stream : 'id' in f ? f.id : ''}`)).toEqual(['rstStream 2', 'rstStream 5', 'rstStream 3', 'rstStream 9', 'ping 7'])
    expect(client.streams).toHaveLength(1)
  })

  test('end when the client leaves', async () => {
    start()
    const stream = await client.open(1, {})
    client.leave()
    expect(await textOf(stream)).toBe('')
    expect(client.connection.gone.aborted).toBe(true)
    await stream.write(Buffer.alloc(10_000_000))
  })
})

describe('pressure', () => {
  test('a client that counts windows gets no more than it takes', async () => {
    start()
    const stream = await client.open(1, {})
    client.send(encodeWindowUpdate(0, 0), encodeWindowUpdate(1, 0))
    await settle()
    let written = false
    const writing = stream.write(Buffer.alloc(100_000, 'x')).then(() => (written = true))
    await expect.poll(() => client.received(1).length).toBe(65_536)
    client.send(encodeWindowUpdate(1, 10_000))
    await settle()
    expect([client.received(1).length, written]).toEqual([65_536, false])
    client.send(encodeWindowUpdate(0, 50_000), encodeWindowUpdate(1, 50_000))
    await writing
    await expect.poll(() => client.received(1).length).toBe(100_000)
  })

  test('one that does not count gets everything', async () => {
    start()
    const stream = await client.open(1, {})
    await stream.write(Buffer.alloc(300_000, 'x'))
    await expect.poll(() => client.received(1).length).toBe(300_000)
  })

  test('what nobody reads stops the client; reading lets it go on, and says so in window updates', async () => {
    start()
    const stream = await client.open(1, {})
    const chunk = Buffer.alloc(65_536, 'x')
    let sent = 0
    for (let i = 0; i < 200 && client.send(encodeData(1, chunk, false)); i++) {
      sent += chunk.length
      await settle()
    }
    expect(sent).toBeLessThan(3 << 20)
    client.send(encodeData(1, Buffer.alloc(0), true))
    expect((await textOf(stream)).length).toBe(sent + chunk.length)
    await expect.poll(() => client.frames.flatMap((f) => (f.type === 'windowUpdate' && f.stream === 1 ? [f.delta] : [])).reduce((a, b) => a + b, 0)).toBe(sent + chunk.length)
  })
})

test('a header block that inflates without end closes the connection', async () => {
  start()
  client.send(encodeSynStream(1, await client.block({ bomb: 'x'.repeat(10_000_000) })))
  await client.served
  expect(client.streams).toEqual([])
})

test('any bytes at all end in a closed connection, never in an exception', async () => {
  const frames = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.tuple(fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 24 })).map(([type, payload]) => Buffer.concat([Buffer.from([0x80, 3, 0, type, 0, 0, 0, payload.length]), payload])))
  await fc.assert(
    fc.asyncProperty(fc.array(frames, { maxLength: 8 }), async (parts) => {
      start()
      client.send(...parts.map((p) => Buffer.from(p)))
      await settle()
      client.leave()
      await client.served
      expect(client.connection.gone.aborted).toBe(true)
    }),
    { numRuns: 200 },
  )
})
