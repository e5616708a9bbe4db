import { once, setMaxListeners } from 'node:events'
import type { Duplex } from 'node:stream'
import { ByteQueue } from '../byte-queue.ts'
import type { Channel } from '../channel.ts'
import type { Frame } from './frames.ts'
import { HEADER_BYTES, INITIAL_WINDOW, RESET, decodeFrame, encodeData, encodeGoAway, encodePing, encodeRstStream, encodeSynReply, encodeWindowUpdate, payloadLength } from './frames.ts'
import { HeaderReader, HeaderWriter } from './header-block.ts'

/** Unread bytes of one stream at which the connection stops reading. */
const READ_LIMIT = 1 << 20
const MAX_DATA = 65_536
const MAX_STREAMS = 1000

/** A stream that the client opened. */
export interface SpdyStream extends Channel {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Refuses or ends it at once. */
  reset(): void
}

/**
 * The server's end of a SPDY/3.1 connection, on any byte stream. Kubernetes' own client (Go's spdystream) neither sends nor honours window
 * updates, so the windows bind us only once the client has sent one; until then the transport's own pressure holds us back. Ours are
 * always sent: who counts needs them, who does not skips them.
 */
export class SpdyConnection {
  readonly #transport: Duplex
  readonly #onStream: (stream: SpdyStream) => void
  readonly #streams = new Map<number, Stream>()
  readonly #headerReader = new HeaderReader()
  readonly #headerWriter = new HeaderWriter()
  readonly #gone = new AbortController()
  #lastStream = 0
  #drained: Promise<void> | undefined
  #closing = false
  readonly windows = new Windows()

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport
    this.#onStream = onStream
    // Every forwarded connection listens.
    setMaxListeners(0, this.#gone.signal)
    transport.on('error', () => transport.destroy())
    transport.on('close', () => this.#end())
  }

  /** Aborted when the connection is over. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Serves the connection until it is over. Never rejects. */
  async serve(head: Buffer): Promise<void> {
    try {
      await this.#read(head)
    } catch {
      // Broken frames or a broken connection: the same end.
    }
    this.#transport.destroy()
    this.#headerReader.close()
    this.#end()
  }

  /** Tells the client that no more streams are served, and leaves the closing to it: data under way arrives. */
  async goAway(): Promise<void> {
    this.#closing = true
    await this.send(encodeGoAway(this.#lastStream))
  }

  destroy(): void {
    this.#transport.destroy()
  }

  /** Resolves when the transport has room again. Never rejects. */
  async send(frame: Buffer): Promise<void> {
    if (this.#transport.destroyed || this.#transport.write(frame)) return
    this.#drained ??= once(this.#transport, 'drain', { signal: this.gone }).then(() => undefined, () => undefined).finally(() => (this.#drained = undefined))
    await this.#drained
  }

  forget(id: number): void {
    this.#streams.delete(id)
  }

  async #read(head: Buffer): Promise<void> {
    let buffer = head
    const input = this.#transport[Symbol.asyncIterator]()
    for (;;) {
      while (buffer.length >= HEADER_BYTES && buffer.length >= HEADER_BYTES + payloadLength(buffer)) {
        const end = HEADER_BYTES + payloadLength(buffer)
        await this.#handle(decodeFrame(buffer, buffer.subarray(HEADER_BYTES, end)))
        buffer = buffer.subarray(end)
      }
      const { value, done } = (await input.next()) as { value: Buffer; done?: boolean }
      if (done === true) return
      buffer = buffer.length === 0 ? value : Buffer.concat([buffer, value])
    }
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'synStream':
        return this.#open(frame.stream, await this.#headerReader.read(frame.block), frame.fin)
      case 'headers':
      case 'synReply':
        // We open no streams and use no late headers, but the compression state needs every block.
        await this.#headerReader.read(frame.block)
        return
      case 'data': {
        const stream = this.#streams.get(frame.stream)
        if (stream === undefined) return this.send(encodeRstStream(frame.stream, RESET.invalidStream))
        const taken = stream.input.push(frame.data)
        if (frame.fin) stream.inputEnded()
        // Not reading is what holds the client back, all its streams together.
        return taken
      }
      case 'rstStream':
        return this.#streams.get(frame.stream)?.dropped()
      case 'ping':
        // Ours would have even ids; we send none.
        return frame.id % 2 === 1 ? this.send(encodePing(frame.id)) : undefined
      case 'settings':
        if (frame.initialWindow !== undefined) this.windows.setInitial(frame.initialWindow)
        return
      case 'windowUpdate':
        return this.windows.update(frame.stream, frame.delta)
      case 'goAway':
      case 'unknown':
        return
    }
  }

  async #open(id: number, headers: Map<string, string>, fin: boolean): Promise<void> {
    if (id % 2 === 0 || id <= this.#lastStream) return this.send(encodeRstStream(id, RESET.protocolError))
    if (this.#closing || this.#streams.size >= MAX_STREAMS) return this.send(encodeRstStream(id, RESET.refusedStream))
    this.#lastStream = id
    const stream = new Stream(this, id, headers)
    this.#streams.set(id, stream)
    await this.send(encodeSynReply(id, this.#headerWriter.write(new Map())))
    if (fin) stream.inputEnded()
    this.#onStream(stream)
  }

  #end(): void {
    if (this.gone.aborted) return
    this.#gone.abort()
    for (const stream of [...this.#streams.values()]) stream.dropped()
    this.windows.open()
  }
}

class Stream implements SpdyStream {
  readonly headers: ReadonlyMap<string, string>
  readonly input: ByteQueue
  readonly #connection: SpdyConnection
  readonly #id: number
  #inputOver = false
  #outputOver = false

  constructor(connection: SpdyConnection, id: number, headers: ReadonlyMap<string, string>) {
    this.#connection = connection
    this.#id = id
    this.headers = headers
    this.input = new ByteQueue(READ_LIMIT, (bytes) => {
      void connection.send(Buffer.concat([encodeWindowUpdate(id, bytes), encodeWindowUpdate(0, bytes)]))
    })
  }

  get readable(): AsyncIterable<Uint8Array> {
    return this.input
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#outputOver; ) {
      const length = await this.#connection.windows.take(this.#id, Math.min(MAX_DATA, chunk.length - at))
      await this.#connection.send(encodeData(this.#id, chunk.subarray(at, at + length), false))
      at += length
    }
  }

  async end(): Promise<void> {
    if (this.#outputOver) return
    this.#outputOver = true
    this.#forgetWhenOver()
    await this.#connection.send(encodeData(this.#id, Buffer.alloc(0), true))
  }

  reset(): void {
    void this.#connection.send(encodeRstStream(this.#id, RESET.cancel))
    this.dropped()
  }

  /** The client has ended its side. */
  inputEnded(): void {
    this.#inputOver = true
    this.input.end()
    this.#forgetWhenOver()
  }

  /** The client has reset it or is gone. */
  dropped(): void {
    this.#outputOver = true
    this.inputEnded()
  }

  #forgetWhenOver(): void {
    if (!this.#inputOver || !this.#outputOver) return
    this.#connection.forget(this.#id)
    this.#connection.windows.forget(this.#id)
  }
}

/** How much the client still takes, by stream and (as stream 0) in all. Counts only once the client has shown that it does. */
class Windows {
  readonly #left = new Map<number, number>()
  #initial = INITIAL_WINDOW
  #binding = false
  #waiting: (() => void)[] = []

  /** Waits until the client takes something of `id`; returns how much, at most `wanted`. */
  async take(id: number, wanted: number): Promise<number> {
    for (;;) {
      const room = this.#binding ? Math.min(this.#leftOf(id), this.#leftOf(0)) : wanted
      if (room > 0) {
        const length = Math.min(room, wanted)
        for (const key of [id, 0]) this.#left.set(key, this.#leftOf(key) - length)
        return length
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  update(id: number, delta: number): void {
    this.#left.set(id, this.#leftOf(id) + delta)
    this.#binding = true
    this.#wake()
  }

  /** The client's setting, for its streams present and to come. */
  setInitial(initial: number): void {
    for (const [id, left] of this.#left) if (id !== 0) this.#left.set(id, left + initial - this.#initial)
    this.#initial = initial
    this.#binding = true
    this.#wake()
  }

  forget(id: number): void {
    this.#left.delete(id)
  }

  /** The connection is over: nobody waits any more. */
  open(): void {
    this.#binding = false
    this.#wake()
  }

  #leftOf(id: number): number {
    return this.#left.get(id) ?? (id === 0 ? INITIAL_WINDOW : this.#initial)
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
