import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { WebServer } from './web-server.ts'
import { startWebServer } from './web-server.ts'

let root: string
let server: WebServer
let connections = 0
const TOKEN = 'right'
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'toque-web-'))
  writeFileSync(join(root, 'index.html'), '<p>page</p>')
  writeFileSync(join(root, '..', 'outside.txt'), 'outside')
  server = await startWebServer({ root, port: 0, token: TOKEN, onConnection: () => { connections += 1 } })
})
afterAll(async () => {
  await server.close()
  rmSync(root, { recursive: true })
  rmSync(join(root, '..', 'outside.txt'))
})

interface Answer {
  status: number
  body: string
  headers: Record<string, string | string[] | undefined>
}
async function ask(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const asked = request({ host: '127.0.0.1', port: server.port, path, headers: { host: `127.0.0.1:${String(server.port)}`, ...headers } }).end()
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number; headers: Answer['headers'] }]
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, body, headers: response.headers }
}
const cookie = (): string => `toque-${String(server.port)}=${TOKEN}`

test('the URL with the token sets a cookie and takes the token out of the address', async () => {
  const first = await ask(new URL(server.url).pathname + new URL(server.url).search)
  expect(first).toMatchObject({ status: 303, headers: { location: '/' } })
  expect(first.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/)
  const page = await ask('/', { cookie: cookie() })
  expect(page).toMatchObject({ status: 200, body: '<p>page</p>' })
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
})

test.each([
  ['no token', '/', {}, 401], ['a wrong token', '/?token=wrong', {}, 401], ['a wrong cookie', '/', { cookie: 'toque=right' }, 401],
  ['another host name, as by DNS rebinding', '/?token=right', { host: 'evil.example' }, 403],
  ['another site', '/?token=right', { origin: 'http://evil.example' }, 403],
])('%s is refused', async (_, path, headers: Record<string, string>, status) => expect((await ask(path, headers)).status).toBe(status))

test.each(['/../outside.txt', '/%2e%2e/outside.txt', '/..%2foutside.txt', '/%00', '/%', '/missing.js'])('%s is not served', async (path) => {
  const answer = await ask(path, { cookie: cookie() })
  expect(answer.status).toBe(404)
})

test.each([
  ['the cookie and the page as origin', { right: true }, true], ['no cookie', { right: false }, false],
  ['another origin', { right: true, origin: 'http://evil.example' }, false], ['no origin', { right: true, origin: '' }, false],
])('a socket with %s: let in = %s', async (_, { right, origin }: { right: boolean; origin?: string }, letIn) => {
  const before = connections
  const home = `http://127.0.0.1:${String(server.port)}`
  const from = origin ?? home
  const socket = new WebSocket(`${home.replace('http', 'ws')}/rpc`, { headers: { ...(right ? { cookie: cookie() } : {}), ...(from === '' ? {} : { origin: from }) } })
  const opened = await once(socket, 'open').then(() => true, () => false)
  socket.terminate()
  expect([opened, connections - before]).toEqual([letIn, letIn ? 1 : 0])
})

test('a path that is no URL is answered, and the server lives on', async () => {
  expect((await ask('//', { cookie: cookie() })).status).toBe(400)
  const socket = connect(server.port, '127.0.0.1')
  socket.end('GET // HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(socket.resume(), 'close')
  expect((await ask('/', { cookie: cookie() })).status).toBe(200)
})
