import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byteStream } from '../runtime/node/byte-stream.ts'
import { podPages } from './pod-pages.ts'

// A real HTTP server behind the stream that a node's access gives.
const server = createServer((request, response) => {
  if (request.url === '/metrics') response.end(`up 1\n# ${request.headers.host ?? ''}\n`)
  else if (request.url === '/big') response.end(Buffer.alloc(5 << 20, 'x'))
  else if (request.url !== '/slow') response.writeHead(404).end()
})
let port = 0
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const pages = podPages({
  portForward: async (_namespace, _pod, at) => {
    const socket = connect(at, '127.0.0.1')
    await once(socket, 'connect')
    return byteStream(socket)
  },
})
const never = new AbortController().signal

test('a page, as its program says it', async () => {
  expect(await pages.get('shop', 'web-0', port, '/metrics', never)).toBe(`up 1\n# web-0:${String(port)}\n`)
})

test('what is no page, is too long or does not come says so', async () => {
  await expect(pages.get('shop', 'web-0', port, '/none', never)).rejects.toThrow('/none answered with 404')
  await expect(pages.get('shop', 'web-0', port, '/big', never)).rejects.toThrow('/big has more than 4 MiB')
  const late = new AbortController()
  const slow = pages.get('shop', 'web-0', port, '/slow', late.signal)
  setTimeout(() => late.abort(new Error('too late')), 20)
  await expect(slow).rejects.toThrow('too late')
})
