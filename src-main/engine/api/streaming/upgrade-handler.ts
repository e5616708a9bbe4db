import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, createWebSocketStream } from 'ws'
import type { WebSocket } from 'ws'
import type { Clock } from '../../../common/clock.ts'
import { systemClock } from '../../../common/clock.ts'
import type { ContainerSession, NodeAccess } from '../../../common/kube/node-access.ts'
import { refuse } from '../upgrade.ts'
import type { StreamRequest, UpgradeHandler } from '../upgrade.ts'
import type { SessionProtocol } from './outcome.ts'
import { SESSION_PROTOCOLS, unknownProtocol } from './outcome.ts'
import { serveSpdyPortForward, serveSpdySession } from './spdy-server.ts'
import { serveWebSocketLog } from './websocket-log.ts'
import { serveWebSocketPortForward, serveWebSocketSession } from './websocket-server.ts'

const PORT_FORWARD = 'portforward.k8s.io'
/** kubectl 1.31+: a whole SPDY connection inside a WebSocket. */
const TUNNEL = `SPDY/3.1+${PORT_FORWARD}`
const OVER_SPDY: Record<StreamRequest['type'], readonly string[]> = { exec: SESSION_PROTOCOLS.slice(1), attach: SESSION_PROTOCOLS.slice(1), log: [], portforward: [PORT_FORWARD] }
/** In the order that a server chooses in; the last one is meant by a client that names none. */
const CHANNELS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'base64.channel.k8s.io', 'channel.k8s.io']
const OVER_WEBSOCKET: Record<StreamRequest['type'], readonly string[]> = {
  exec: CHANNELS, attach: CHANNELS, log: ['base64.binary.k8s.io', 'binary.k8s.io'], portforward: [TUNNEL, 'v4.channel.k8s.io'],
}

type Nodes = Pick<NodeAccess, 'exec' | 'attach' | 'logs' | 'portForward'>

/** Serves exec, attach and port-forward over SPDY/3.1 and WebSocket, and logs over WebSocket. What a node refuses is answered before the upgrade, as a Status. */
export function streamUpgrades(nodes: Nodes, clock: Clock = systemClock): UpgradeHandler {
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  return (request, socket, head, stream) => {
    const kind = (request.headers.upgrade ?? '').toLowerCase()
    const served = kind === 'spdy/3.1' ? overSpdy(nodes, clock, request, socket, head, stream) : overWebSocket(nodes, clock, webSockets, request, socket, head, stream)
    served.catch((error: unknown) => refuse(socket, error))
  }
}

async function overSpdy(nodes: Nodes, clock: Clock, request: IncomingMessage, socket: Duplex, head: Buffer, stream: StreamRequest): Promise<void> {
  const offered = listOf(request.headers['x-stream-protocol-version'])
  const known = OVER_SPDY[stream.type]
  if (stream.type === 'log') throw unknownProtocol(offered, known)
  // A client that names none means the first there was.
  const protocol = offered.length === 0 ? known.at(-1) : known.find((name) => offered.includes(name))
  if (protocol === undefined) throw unknownProtocol(offered, known)
  const accept = (): void => void socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`)
  if (stream.type === 'portforward') {
    accept()
    return serveSpdyPortForward(socket, head, nodes, stream, clock)
  }
  const session = await start(nodes, stream, socket)
  accept()
  return serveSpdySession(socket, head, session, stream.options, protocol as SessionProtocol, clock)
}

async function overWebSocket(nodes: Nodes, clock: Clock, server: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer, stream: StreamRequest): Promise<void> {
  const offered = listOf(request.headers['sec-websocket-protocol'])
  const known = OVER_WEBSOCKET[stream.type]
  const isPlain = offered.length === 0 && request.headers.upgrade?.toLowerCase() === 'websocket' && stream.type !== 'portforward'
  const protocol = isPlain ? known.at(-1) : known.find((name) => offered.includes(name))
  if (protocol === undefined) throw unknownProtocol(offered, known)
  const session = stream.type === 'portforward' || stream.type === 'log' ? undefined : await start(nodes, stream, socket)
  // ws answers with the first protocol that the client names: leave it the chosen one.
  if (!isPlain) request.headers['sec-websocket-protocol'] = protocol
  const webSocket = await new Promise<WebSocket>((resolve, reject) => {
    // A handshake that ws refuses ends in a closed socket and nothing else.
    socket.once('close', () => reject(new Error('the client has left')))
    server.handleUpgrade(request, socket, head, resolve)
  }).catch((error: unknown) => {
    session?.destroy()
    throw error
  })
  if (stream.type === 'log') return serveWebSocketLog(webSocket, nodes, stream, protocol)
  if (stream.type !== 'portforward') return serveWebSocketSession(webSocket, session as ContainerSession, stream.options, protocol)
  if (protocol === TUNNEL) return serveSpdyPortForward(createWebSocketStream(webSocket), Buffer.alloc(0), nodes, stream, clock)
  return serveWebSocketPortForward(webSocket, nodes, stream, stream.ports)
}

/** Starts the program; should the client leave meanwhile, ends it again. */
async function start(nodes: Nodes, stream: Extract<StreamRequest, { type: 'exec' | 'attach' }>, socket: Duplex): Promise<ContainerSession> {
  const { stdin, tty } = stream.options
  const session = stream.type === 'exec' ? await nodes.exec(stream.target, { stdin, tty, command: stream.options.command }) : await nodes.attach(stream.target, { stdin, tty })
  if (socket.destroyed) {
    session.destroy()
    throw new Error('the client has left')
  }
  return session
}

function listOf(header: string | string[] | undefined): string[] {
  return (Array.isArray(header) ? header : [header ?? '']).flatMap((line) => line.split(',')).map((name) => name.trim()).filter((name) => name !== '')
}
