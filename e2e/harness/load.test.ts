import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startLoad } from './load.ts'

let server: Server
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())))

async function serve(handler: Parameters<typeof createServer>[1]): Promise<number> {
  server = createServer(handler as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
async function run(port: number, keepAlive: boolean, atLeast: number): ReturnType<ReturnType<typeof startLoad>['stop']> {
  const load = startLoad({ host: '127.0.0.1', port, concurrency: 4, keepAlive })
  while (load.answered < atLeast) await new Promise((resolve) => setImmediate(resolve))
  return load.stop()
}

test.each([true, false])('a good server loses nothing (keep-alive %s)', async (keepAlive) => {
  const port = await serve((_req, res) => res.end('hello'))
  const report = await run(port, keepAlive, 200)
  expect(report.failures).toEqual([])
  expect(report.bodies.get('hello')).toBe(report.requests)
})

test('an error page and a reset on a fresh connection are failures', async () => {
  let n = 0
  const port = await serve((req, res) => {
    n += 1
    if (n % 10 === 0) req.socket.destroy()
    else if (n % 10 === 5) res.writeHead(503).end('no')
    else res.end('ok')
  })
  const report = await run(port, false, 100)
  expect(report.failures.some((f) => f.why.startsWith('HTTP 503'))).toBe(true)
  expect(report.failures.some((f) => /hang up|ECONNRESET/.test(f.why))).toBe(true)
})
