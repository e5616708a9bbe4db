import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkHttp, tellHttp } from './check.ts'
import type { CheckTools } from './check.ts'

let server: Server
let asked: string[]
let closed: number

const ANSWERS: Record<string, [number, string?]> = {
  '/ok?a=b': [200], '/bad': [500], '/missing': [404], '/here': [302, '/ok?a=b'], '/to-bad': [301, '/bad'], '/away': [302, 'http://elsewhere.example/'], '/round': [307, '/round'], '/nowhere': [302],
}

beforeAll(async () => {
  server = createServer(({ url = '', headers }, response) => {
    asked.push(`${url} ${headers.host?.split(':')[0] ?? ''} ${headers['user-agent'] ?? ''}`)
    const [status, location] = ANSWERS[url] ?? [400]
    response.writeHead(status, location === undefined ? {} : { location }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  closed = (probe.address() as AddressInfo).port
  probe.close()
})
afterAll(() => server.close())

const tools: CheckTools = {
  dial: async (host, port) => {
    const socket = connect(port, host)
    await once(socket, 'connect')
    return socket
  },
  exec: () => Promise.reject(new Error('no exec')),
}
const container = { name: 'c', ports: [{ name: 'web', containerPort: 1 }] }
const ask = (how: typeof checkHttp, path: string, port?: number): ReturnType<typeof checkHttp> => {
  asked = []
  return how(tools, container, '127.0.0.1', { path, port: port ?? (server.address() as AddressInfo).port }, new AbortController().signal)
}

test.each<[string, string, string, number]>([
  ['/ok?a=b', 'success', '', 1], ['ok?a=b', 'success', '', 1], ['/bad', 'failure', 'HTTP probe failed with statuscode: 500', 1],
  ['/here', 'success', '', 2], ['/to-bad', 'failure', 'HTTP probe failed with statuscode: 500', 2], ['/away', 'success', '', 1], ['/nowhere', 'success', '', 1], ['/round', 'failure', 'stopped after 10 redirects', 10],
])('a probe of %s is a %s (%s) after %i requests', async (path, result, message, requests) => {
  const answer = await ask(checkHttp, path)
  expect(answer).toEqual({ result, message: expect.stringContaining(message) as string })
  expect(asked).toHaveLength(requests)
  expect(asked[0]).toMatch(/ 127\.0\.0\.1 kube-probe\/1\.32$/)
})

test('a hook is told of whatever is answered, but not where nobody answers', async () => {
  for (const path of ['/ok?a=b', '/missing', '/bad']) expect((await ask(tellHttp, path)).result).toBe('success')
  expect(await ask(tellHttp, '/ok', closed)).toMatchObject({ result: 'failure', message: expect.stringMatching(/^Get "http:\/\/127\.0\.0\.1:\d+\/ok": connect: connection refused$/) as string })
})
