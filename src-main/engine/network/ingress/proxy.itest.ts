import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import type { IngressModel, IngressServer } from './ingress-model.ts'
import { serverCommands, taken } from './proxy-servers.ts'
import { freePort } from './testing/free-port.ts'
import { RealProxy } from './testing/real-proxy.ts'
import { testCertificate } from './testing/test-certificate.ts'

// What HAProxy itself makes of our commands: who answers after them. A request to /slow waits until it is let go.
const OPTIONS = { redirect: 'never', cookie: undefined, backendTls: false, timeoutSeconds: 60 } as const
const opened: { close(): unknown }[] = []
let proxy: RealProxy | undefined
let slow: (() => void)[] = []
let onSlow = (): void => undefined

afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
  for (const each of opened.splice(0)) each.close()
  slow = []
})

/** A pod that answers with its name. */
async function pod(name: string, tls?: { crt: string; key: string }): Promise<IngressServer> {
  const answer: RequestListener = (req, res) => {
    if (req.url !== '/slow') return void res.end(name)
    slow.push(() => res.end(name))
    onSlow()
  }
  const server: Server = tls === undefined ? createServer(answer) : createTlsServer({ cert: tls.crt, key: tls.key }, answer)
  opened.push({ close: () => { server.close(); server.closeAllConnections() } })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { ip: '127.0.0.1', port: (server.address() as AddressInfo).port, weight: 1, ending: false }
}

const modelOf = (servers: IngressServer[], options: Partial<IngressModel['backends'][number]['options']> = {}): IngressModel =>
  ({ hosts: [], fallback: 'ns:web:web:80', backends: [{ name: 'ns:web:web:80', options: { ...OPTIONS, ...options }, servers }], certificates: [] })

async function start(model: IngressModel): Promise<RealProxy> {
  return (proxy = await RealProxy.start(await freePort(), model))
}
async function change(to: RealProxy, before: IngressModel, after: IngressModel): Promise<void> {
  const commands = serverCommands(before.backends, after.backends)
  let said = ''
  for (const line of commands) said += await to.tell(line)
  expect(taken(commands, said), said).toBe(true)
}

const keeping = (): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  opened.push({ close: () => agent.destroy() })
  return agent
}
async function answer(port: number, path = '/', agent: Agent | false = false, cookie = ''): Promise<{ body: string; res: IncomingMessage; reused: boolean }> {
  const req = request({ host: '127.0.0.1', port, path, agent, headers: cookie === '' ? {} : { cookie } })
  req.end()
  const [res] = await once(req, 'response') as [IncomingMessage]
  return { body: await text(res), res, reused: req.reusedSocket }
}
/** Who answers clients, three requests on a connection each: from the second on, the proxy uses any of its own connections again. */
async function whoAnswers(port: number): Promise<Set<string>> {
  const bodies = new Set<string>()
  for (let client = 0; client < 5; client++) {
    const kept = keeping()
    for (let i = 0; i < 3; i++) bodies.add((await answer(port, '/', kept)).body)
    kept.destroy()
  }
  return bodies
}
/** A request that is under way at a pod; what it is given resolves with the answer. */
async function underWay(port: number): Promise<{ answered: Promise<{ body: string }> }> {
  const there = new Promise<void>((resolve) => { onSlow = resolve })
  const answered = answer(port, '/slow', keeping())
  await Promise.race([there, answered])
  return { answered }
}

test('HAProxy uses a connection again that was in use while its server got another address: why no server of ours gets one', async () => {
  const [old, next] = [await pod('old'), await pod('new')]
  const proxied = await start(modelOf([old]))
  const { answered } = await underWay(proxied.port)
  expect(await proxied.tell(`set server ns:web:web:80/127.0.0.1:${String(old.port)} addr 127.0.0.1 port ${String(next.port)}`)).toContain('port changed')
  slow.forEach((end) => end())
  expect((await answered).body).toBe('old')
  expect(await whoAnswers(proxied.port)).toEqual(new Set(['old', 'new']))
})

test('after a switch nobody is led to who left, while requests are under way there, which finish', async () => {
  const [old, next] = [await pod('old'), await pod('new')]
  const [blue, green] = [modelOf([old]), modelOf([next])]
  const proxied = await start(blue)
  const { answered } = await underWay(proxied.port)
  await change(proxied, blue, green)
  expect(await whoAnswers(proxied.port)).toEqual(new Set(['new']))
  slow.forEach((end) => end())
  expect((await answered).body).toBe('old')
  expect(await whoAnswers(proxied.port)).toEqual(new Set(['new']))
  // The way back, and there again: the servers are known by then.
  for (const [from, to, name] of [[green, blue, 'old'], [blue, green, 'new']] as const) {
    await change(proxied, from, to)
    expect(await whoAnswers(proxied.port)).toEqual(new Set([name]))
  }
})

test('a connection that a client has kept to the process before is answered by who serves now', async () => {
  const [old, next] = [await pod('old'), await pod('new')]
  const [blue, green] = [modelOf([old]), { ...modelOf([next]), hosts: [{ host: 'a.example', exact: new Map(), prefix: new Map() }] }]
  const proxied = await start(blue)
  const kept = keeping()
  expect((await answer(proxied.port, '/', kept)).body).toBe('old')
  await change(proxied, blue, green)
  await proxied.load(green)
  const { body, reused } = await answer(proxied.port, '/', kept)
  expect([body, reused]).toEqual(['new', true])
})

test('a backend that had nobody gets its first server, with its cookie and its weight', async () => {
  const [a, b] = [await pod('a'), await pod('b')]
  const none = modelOf([], { cookie: 'pod' })
  const proxied = await start(none)
  expect((await answer(proxied.port)).res.statusCode).toBe(503)
  const both = modelOf([{ ...a, weight: 3 }, b], { cookie: 'pod' })
  await change(proxied, none, both)
  const bodies: string[] = []
  for (let i = 0; i < 40; i++) bodies.push((await answer(proxied.port)).body)
  expect(bodies.filter((body) => body === 'a')).toHaveLength(30)
  const { body, res } = await answer(proxied.port)
  const [cookie = ''] = res.headers['set-cookie']?.[0]?.split(';') ?? []
  expect(cookie).toMatch(/^pod=\w+$/)
  for (let i = 0; i < 10; i++) expect((await answer(proxied.port, '/', false, cookie)).body).toBe(body)
  // The same cookie in the configuration of another node, and after a load.
  await proxied.load(both)
  for (let i = 0; i < 10; i++) expect((await answer(proxied.port, '/', false, cookie)).body).toBe(body)
})

test('a server that comes is spoken to by TLS where the others are', async () => {
  const certificate = await testCertificate('pod.example')
  const [a, b] = [await pod('a', certificate), await pod('b', certificate)]
  const [first, second] = [modelOf([a], { backendTls: true }), modelOf([b], { backendTls: true })]
  const proxied = await start(first)
  expect(await whoAnswers(proxied.port)).toEqual(new Set(['a']))
  await change(proxied, first, second)
  expect(await whoAnswers(proxied.port)).toEqual(new Set(['b']))
})
