import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { decodeMultiStream } from '@msgpack/msgpack'
import type { FluentdSink } from '../../../../common/kube/log-sink.ts'
import { orAborted } from '../../../../common/or-aborted.ts'
import { DeliveryError, explainConnection } from '../../outbound/explain.ts'
import type { LogEntry, LogOutput } from '../entry.ts'
import { Handshake, forwardMessages } from './forward-messages.ts'

const CONNECT_MS = 10_000
const ACK_MS = 30_000
const PORT = 24224

/** The secrets that a Fluentd wants, read. */
export interface FluentdAccess {
  sharedKey?: string
  ca?: string
}

interface Connection {
  socket: Socket
  /** What the other side says, one message after the other. */
  said: AsyncGenerator<unknown, void>
}

/** Sends entries by Fluentd's forward protocol over one connection, and waits for the acknowledgement of each message. */
export class FluentdOutput implements LogOutput {
  readonly #spec: FluentdSink
  readonly #access: FluentdAccess
  readonly #where: string
  #connection: Connection | undefined

  constructor(spec: FluentdSink, access: FluentdAccess) {
    this.#spec = spec
    this.#access = access
    this.#where = `${spec.host}:${String(spec.port ?? PORT)}`
  }

  async send(entries: readonly LogEntry[], signal: AbortSignal): Promise<{ dropped: number }> {
    try {
      this.#connection ??= await this.#open(signal)
      await this.#exchange(this.#connection, entries, signal)
      return { dropped: 0 }
    } catch (error) {
      await this.close()
      signal.throwIfAborted()
      throw explainConnection(error, this.#where)
    }
  }

  close(): Promise<void> {
    this.#connection?.socket.destroy()
    this.#connection = undefined
    return Promise.resolve()
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const { host, port = PORT, tls } = this.#spec
    const socket = tls === undefined ? connectPlain({ host, port }) : connectTls({ host, port, servername: tls.serverName ?? host, ...(this.#access.ca === undefined ? {} : { ca: this.#access.ca }) })
    // Whoever waits hears of it; afterwards the next write does.
    socket.on('error', () => undefined)
    const connection = { socket, said: decodeMultiStream(socket) as AsyncGenerator<unknown, void> }
    try {
      await within(once(socket, tls === undefined ? 'connect' : 'secureConnect'), CONNECT_MS, signal, `${this.#where} did not take the connection`)
      const { sharedKey } = this.#access
      if (sharedKey !== undefined) await within(greet(connection, new Handshake(sharedKey, hostname())), CONNECT_MS, signal, `${this.#where} did not greet: does it want a shared key?`)
      return connection
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  async #exchange({ socket, said }: Connection, entries: readonly LogEntry[], signal: AbortSignal): Promise<void> {
    const messages = forwardMessages(this.#spec.tag ?? 'toque', entries)
    const open = new Set(messages.map(({ chunk }) => chunk))
    for (const { bytes } of messages) socket.write(bytes)
    while (open.size > 0) {
      const answer = await within(next(said), ACK_MS, signal, `${this.#where} does not acknowledge what it gets: is its input of type forward, and does it want a shared key?`)
      open.delete((answer as { ack?: string } | null)?.ack ?? '')
    }
  }
}

async function greet({ socket, said }: Connection, handshake: Handshake): Promise<void> {
  socket.write(handshake.ping(await next(said)))
  handshake.check(await next(said))
}

async function next(said: AsyncGenerator<unknown, void>): Promise<unknown> {
  const { done, value } = await said.next()
  if (done === true) throw new DeliveryError('Unreachable', 'the other side ended the connection: is it Fluentd\'s forward input, with the same TLS and shared key settings?')
  return value
}

function within<T>(work: Promise<T>, ms: number, signal: AbortSignal, late: string): Promise<T> {
  const timeout = AbortSignal.timeout(ms)
  return orAborted(work, AbortSignal.any([signal, timeout])).catch((error: unknown) => {
    throw timeout.aborted && !signal.aborted ? new DeliveryError('TimedOut', `${late} within ${String(ms / 1000)} s`) : error
  })
}
