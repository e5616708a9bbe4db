import type { WebSocket } from 'ws'
import type { ContainerSession, NodeAccess } from '../../../common/kube/node-access.ts'
import { ByteQueue } from './byte-queue.ts'
import type { Channel } from './channel.ts'
import type { SessionProtocol } from './outcome.ts'
import { forwardConnection } from './port-forward.ts'
import { serveSession } from './session.ts'
import type { WantedStreams } from './spdy-server.ts'

const READ_LIMIT = 1 << 20
const NORMAL_CLOSURE = 1000
/** v5: the client ends the channel that the second byte names. */
const CLOSE_SIGNAL = 255

/** Channels over one WebSocket: each binary message starts with its channel's number; in base64 each is a text, of the channel's digit and the encoded bytes. */
class ChannelSocket {
  readonly #socket: WebSocket
  readonly #base64: boolean
  readonly #inputs = new Map<number, ByteQueue>()
  readonly #gone = new AbortController()

  /** `channels`: the numbers that are served; what comes for others is dropped. `halfClose`: the protocol has close signals. */
  constructor(socket: WebSocket, channels: readonly number[], { halfClose = false, base64 = false } = {}) {
    this.#socket = socket
    this.#base64 = base64
    for (const channel of channels) this.#inputs.set(channel, new ByteQueue(READ_LIMIT))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      this.#gone.abort()
      for (const input of this.#inputs.values()) input.end()
    })
    socket.on('message', (data) => {
      const received = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
      const message = base64 ? decoded(received) : received
      const [channel, ended] = message
      if (halfClose && channel === CLOSE_SIGNAL) return this.#inputs.get(ended ?? -1)?.end()
      const input = this.#inputs.get(channel ?? -1)
      if (input === undefined) return
      const taken = input.push(message.subarray(1))
      if (!input.full) return
      socket.pause()
      void taken.then(() => socket.resume())
    })
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  channel(number: number): Channel {
    return {
      readable: this.#inputs.get(number) ?? new ByteQueue(0),
      write: (chunk) => this.#send(Buffer.concat([Buffer.from([number]), chunk])),
      end: () => Promise.resolve(),
    }
  }

  close(): void {
    this.#socket.close(NORMAL_CLOSURE)
  }

  #send(message: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.gone.aborted) resolve()
      else this.#socket.send(this.#base64 ? encoded(message) : message, () => resolve())
    })
  }
}

const DIGIT_0 = 0x30

/** A message of channel and bytes, from its text in base64. */
function decoded(text: Buffer): Buffer {
  const [digit = DIGIT_0] = text
  return Buffer.concat([Buffer.from([digit - DIGIT_0]), Buffer.from(text.subarray(1).toString('latin1'), 'base64')])
}

function encoded(message: Buffer): string {
  return `${String(message[0] ?? 0)}${message.subarray(1).toString('base64')}`
}

/** Exec and attach over WebSocket, in a subprotocol of SESSION_PROTOCOLS or the base64 form of one: channels 0 stdin, 1 stdout, 2 stderr, 3 outcome, 4 terminal size. */
export async function serveWebSocketSession(socket: WebSocket, session: ContainerSession, wanted: WantedStreams, protocol: string): Promise<void> {
  const channels = new ChannelSocket(socket, [0, 4], { halfClose: protocol.startsWith('v5'), base64: protocol.includes('base64') })
  await serveSession(session, {
    stdin: wanted.stdin ? channels.channel(0) : undefined,
    stdout: wanted.stdout ? channels.channel(1) : undefined,
    stderr: wanted.stderr && !wanted.tty ? channels.channel(2) : undefined,
    error: channels.channel(3),
    resize: wanted.tty ? channels.channel(4) : undefined,
    gone: channels.gone,
  }, protocol.replace('base64.', '') as SessionProtocol)
  channels.close()
}

/** Port-forward over a plain WebSocket: for the n-th port in the query, channel 2n carries data and 2n+1 errors; each starts with the port, two bytes, little-endian. */
export async function serveWebSocketPortForward(
  socket: WebSocket, nodes: Pick<NodeAccess, 'portForward'>, pod: { namespace: string; pod: string }, ports: readonly number[],
): Promise<void> {
  const channels = new ChannelSocket(socket, ports.map((_, i) => 2 * i))
  await Promise.all(ports.map(async (port, i) => {
    const [data, error] = [channels.channel(2 * i), channels.channel(2 * i + 1)]
    const announced = Buffer.alloc(2)
    announced.writeUInt16LE(port)
    await data.write(announced)
    await error.write(announced)
    await forwardConnection(nodes, { ...pod, port }, data, error, { gone: channels.gone, halfClose: false })
  }))
  channels.close()
}
