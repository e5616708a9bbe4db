import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import type { HostileRequest } from './requests.ts'

/** What came back before the server closed the connection; `code` undefined: nothing, or nothing of HTTP. */
export interface HostileAnswer {
  code: number | undefined
  contentType: string
  body: string
  /** The body as it came: protobuf is no text. */
  bytes: Buffer
  /** The server neither answered nor hung up in time. */
  isLate: boolean
}

const MOST_READ = 4 * 2 ** 20
/** A watch that was asked for no longer than a second, a server that is busy with the others. */
const PATIENCE_MS = 60_000

/** Writes the request to a connection of its own and reads what comes until the server is done. Closes it in any case. */
export async function deliver(socket: TLSSocket, request: HostileRequest): Promise<HostileAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MOST_READ) chunks.push(chunk)
  })
  const ended = new Promise<boolean>((resolve) => void socket.once('close', () => resolve(false)))
  socket.once('end', () => socket.destroy())
  await write(socket, request)
  if (request.delivery === 'cut') socket.destroy()
  const isLate = await Promise.race([ended, sleep(PATIENCE_MS, true, { ref: false })])
  socket.destroy()
  return { ...parse(Buffer.concat(chunks)), isLate }
}

async function write(socket: TLSSocket, { method, target, headers, body, delivery, isBrokenHttp }: HostileRequest): Promise<void> {
  if (method === '') return void socket.end(`${target}\r\n\r\n`, 'latin1')
  const length = delivery === 'too short' ? body.length + 10 : body.length
  const own = headers.some(([name]) => name === 'Connection') ? [] : [['Connection', 'close'] as const]
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...[...headers, ...own, ['Content-Length', String(length)] as const].map(([name, value]) => `${name}: ${value}`)]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, isBrokenHttp ? 'latin1' : 'utf8')
  if (delivery === 'slow') {
    const step = Math.max(1, Math.ceil((head.length + body.length) / 10))
    const all = Buffer.concat([head, body])
    for (let at = 0; at < all.length && !socket.destroyed; at += step) {
      socket.write(all.subarray(at, at + step))
      await sleep(5)
    }
  } else if (delivery === 'cut') {
    socket.write(Buffer.concat([head, body.subarray(0, body.length / 2)]))
    await sleep(2)
  } else socket.write(Buffer.concat(delivery === 'pipelined' ? [head, body, Buffer.from('GET /api HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE')] : [head, body]))
  // The server waits for what was promised: it must be let go by whoever promised.
  if (delivery === 'too short') socket.end()
}

function parse(bytes: Buffer): Omit<HostileAnswer, 'isLate'> {
  const text = bytes.toString('utf8')
  const end = text.indexOf('\r\n\r\n')
  const head = (end < 0 ? text : text.slice(0, end)).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  const code = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]
  return { code: code === undefined ? undefined : Number(code), contentType: /\r\ncontent-type: ([^\r\n]*)/i.exec(head)?.[1] ?? '', body: end < 0 ? '' : text.slice(end + 4), bytes: bytes.subarray(end < 0 ? bytes.length : bytes.indexOf('\r\n\r\n') + 4) }
}
