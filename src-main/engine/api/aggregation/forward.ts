import { request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StatusError, messageOf } from '../../../common/errors.ts'
import { returnedHeaders } from '../http/proxy/headers.ts'
import type { Caller } from '../rest/core.ts'
import { remoteHeaders } from './headers.ts'
import { type LinkOptions, connectTo } from './link.ts'
import type { Remote } from './remote.ts'

const CONNECT_MS = 30_000

/** Sends a request on to the API server that answers for it, and its answer back. ServiceUnavailable where it cannot be reached. */
export async function forward(remote: Remote, request: IncomingMessage, response: ServerResponse, caller: Caller, options: LinkOptions): Promise<void> {
  const connection = await reached(remote, options)
  response.on('close', () => connection.destroy())
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const on = httpRequest({ method: request.method ?? 'GET', path: request.url ?? '/', headers: remoteHeaders(request, caller, false), createConnection: () => connection }, resolve)
    on.on('error', (error) => reject(unavailable(error)))
    request.pipe(on)
  })
  response.writeHead(answer.statusCode ?? 502, returnedHeaders(answer.headers))
  // A watch's first event may be long in coming; its head is not.
  response.flushHeaders()
  await pipeline(answer, response).catch(() => response.destroy())
}

/** As `forward`, for a client that upgrades: bytes go both ways until either side ends. */
export async function forwardUpgrade(remote: Remote, request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller, options: LinkOptions): Promise<void> {
  const connection = await reached(remote, options)
  socket.on('close', () => connection.destroy())
  connection.on('close', () => socket.destroy())
  const headers = Object.entries(remoteHeaders(request, caller, true)).flatMap(([name, value]) => [value].flat().filter((one) => one !== undefined).map((one) => `${name}: ${String(one)}\r\n`))
  connection.write(`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1\r\n${headers.join('')}\r\n`)
  if (head.length > 0) connection.write(head)
  // Its answer, whatever it is, is the client's.
  socket.pipe(connection).pipe(socket)
}

async function reached(remote: Remote, options: LinkOptions): Promise<Duplex> {
  // Only while it is known to answer, as upstream.
  if (!remote.available) throw new StatusError('ServiceUnavailable', 'service unavailable')
  try {
    return await connectTo(remote, options, AbortSignal.timeout(CONNECT_MS))
  } catch (error) {
    throw unavailable(error)
  }
}

function unavailable(error: unknown): StatusError {
  return new StatusError('ServiceUnavailable', `error trying to reach service: ${messageOf(error)}`)
}
