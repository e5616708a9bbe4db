import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'

type Done = (error?: Error | null) => void

/**
 * A channel of an SSH connection as a stream like any other: `destroy` works at once also when the server is silent, with its error; a write that
 * can no longer be done fails instead of hanging. Half-open like a socket. With the methods of a socket that Node's HTTP client calls.
 */
export class ChannelStream extends Duplex {
  readonly #channel: ClientChannel
  #pendingWrite: Done | undefined
  #closed = false
  /** What Node's HTTP agent compares with its own setting. */
  readonly timeout = 0

  constructor(channel: ClientChannel) {
    // Not destroyed when both directions have ended: a command's exit code comes after that, with the channel's close.
    super({ allowHalfOpen: true, autoDestroy: false })
    this.#channel = channel
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause()
    })
    channel.once('end', () => this.push(null))
    channel.once('close', () => this.#onClose())
    channel.on('error', (error: Error) => this.destroy(error))
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.#closed) return done(hungUp())
    this.#pendingWrite = done
    this.#channel.write(chunk, () => this.#wrote())
  }

  override _final(done: Done): void {
    if (!this.#closed) this.#channel.end()
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#channel.removeAllListeners('data')
    if (!this.#closed) this.#channel.close()
    this.#channel.resume() // what still comes goes nowhere
    this.#wrote(error ?? hungUp())
    done(error)
  }

  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setTimeout(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }

  #wrote(error?: Error): void {
    const done = this.#pendingWrite
    this.#pendingWrite = undefined
    done?.(error)
  }

  /** The server has closed its side and ours: nothing can be written any more; what came before may still be read. */
  #onClose(): void {
    this.#closed = true
    this.#wrote(hungUp())
    if (this.readableEnded) this.destroy()
    else this.once('end', () => this.destroy())
  }
}

function hungUp(): Error {
  return Object.assign(new Error('the other side has closed the stream'), { code: 'EPIPE' })
}
