import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { pagePolicy } from '../common/contract/page-policy.ts'
import type { Transport } from '../common/rpc/transport.ts'
import type { Gate, Refusal } from './guard.ts'
import { cookieName, hasCookie, refuseForeign, sameSecret } from './guard.ts'
import { keepAlive } from './keep-alive.ts'
import { socketTransport } from './socket-transport.ts'
import { readStatic } from './static-files.ts'

/** What a web server needs. */
export interface WebServerOptions {
  /** The built page. */
  readonly root: string
  /** 0: any free one. Listens on 127.0.0.1 only. */
  readonly port: number
  /** Whoever opens the URL with it may do everything. */
  readonly token: string
  /** A page has connected. */
  readonly onConnection: (transport: Transport) => void
}

/** A running web server. */
export interface WebServer {
  /** With the token: what a person opens. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** The largest message a page may send: a manifest of some thousand objects. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024

/** Serves the page and its RPC (a WebSocket at `/rpc`) to this machine's browsers. Rejects with the system's error when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const http = createServer()
  http.listen(options.port, '127.0.0.1')
  await once(http, 'listening')
  const gate: Gate = { token: options.token, port: (http.address() as AddressInfo).port }
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  const stopPinging = keepAlive(sockets)
  http.on('request', (request, response) => void answer(options.root, gate, request, response))
  http.on('upgrade', (request, socket, head) => {
    // Nobody else listens for its errors until it is a WebSocket; an unheard one would end the process.
    socket.on('error', () => socket.destroy())
    const path = parsed(request)?.pathname
    const refusal = refuseForeign(request, gate, true) ?? (hasCookie(request, gate) ? undefined : NO_TOKEN)
    if (refusal !== undefined || path !== '/rpc') return rejectUpgrade(socket, refusal)
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      sockets.emit('connection', accepted, request)
      options.onConnection(socketTransport(accepted))
    })
  })
  return {
    url: `http://127.0.0.1:${String(gate.port)}/?token=${encodeURIComponent(gate.token)}`,
    port: gate.port,
    close: () => close(http, sockets, stopPinging),
  }
}

/** Only makes a request's path a whole URL. */
const BASE = 'http://toque'
const NO_TOKEN: Refusal = { status: 401, message: 'Open the address that Toque printed when it started: it ends in ?token=…' }

async function answer(root: string, gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  const host = request.headers.host ?? ''
  const refusal = refuseForeign(request, gate, false)
  if (refusal !== undefined) return refuse(response, refusal)
  response.setHeader('Content-Security-Policy', pagePolicy(`ws://${host}`))
  const url = parsed(request)
  if (url === undefined) return refuse(response, { status: 400, message: 'This is not an address.' })
  const token = url.searchParams.get('token')
  if (token !== null && sameSecret(token, gate.token)) {
    // The token leaves the address bar and the history at once.
    response.setHeader('Set-Cookie', `${cookieName(gate)}=${gate.token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`)
    response.writeHead(303, { Location: url.pathname }).end()
    return
  }
  if (!hasCookie(request, gate)) return refuse(response, NO_TOKEN)
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, { status: 400, message: 'This address can only be read.' })
  try {
    const file = await readStatic(root, url.pathname)
    if (file === undefined) return void response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('There is nothing here.')
    const fingerprinted = url.pathname.startsWith('/assets/')
    response.writeHead(200, { 'Content-Type': file.type, 'Cache-Control': fingerprinted ? 'private, max-age=31536000, immutable' : 'no-cache' })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  } catch (error) {
    response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`The page cannot be read: ${(error as Error).message}`)
  }
}

/** Where a request goes; undefined when that is no URL (`//`). */
function parsed(request: IncomingMessage): URL | undefined {
  const url = request.url ?? '/'
  return URL.canParse(url, BASE) ? new URL(url, BASE) : undefined
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(message)
}

function rejectUpgrade(socket: Duplex, refusal: Refusal | undefined): void {
  const status = refusal?.status ?? 404
  socket.end(`HTTP/1.1 ${String(status)} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

async function close(http: Server, sockets: WebSocketServer, stopPinging: () => void): Promise<void> {
  stopPinging()
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeAllConnections()
  await closed
}
