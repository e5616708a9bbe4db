import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import type { IngressModel, IngressServer } from './ingress-model.ts'
import { serverCommands, taken } from './proxy-servers.ts'
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

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const modelOf = (servers: IngressServer[], options: Partial<IngressModel['backends'][number]['options']> = {}): IngressModel =>
  ({ hosts: [], fallback: 'ns:web:web:80', backends: [{ name: 'ns:web:web:80', options: { ...OPTIONS, ...options }, servers }], certificates: [] })

async function start(model: IngressModel): Promise<RealProxy> {
  return (proxy = await RealProxy.start(await freePort(), model))
}
async function change(to: RealProxy, before: IngressModel, after: IngressModel): Promise<void> {
  for (const line of serverCommands(before.backends, after.backends)) expect(await to.tell(line)).toSatisfy(taken)
}

const keeping = (): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  opened.push({ close: () => agent.destroy() })
  return agent
}
async function answer(port: number, path = '/', agent: Agent | false = false, cookie = ''): Promise<{ body: string; res: IncomingMessage }> {
  const req = request({ host: '127.0.0.1', port, path, agent, headers: cookie === '' ? {} : { cookie } })
  req.end()
  const [res] = await once(req, 'response') as [IncomingMessage]
  return { body: await text(res), res }
}
/** Who answers requests on new and on kept connections: these are what the proxy uses connections to pods again for. */
async function whoAnswers(port: number): Promise<Set<string>> {
  const kept = keeping()
  const bodies = new Set<string>()
  for (let i = 0; i < 20; i++) for (const agent of [kept, false as const]) bodies.add((await answer(port, '/', agent)).body)
  return bodies
}
/** A request that is under way at a pod. */
async function underWay(port: number, agent: Agent | false = false): Promise<Promise<{ body: string }>> {
  const there = new Promise<void>((resolve) => { onSlow = resolve })
  const answered = answer(port, '/slow', agent)
  await there
  return answered.then((it) => it) as never
}

test('HAProxy uses a connection again that was made before its server got another address: why no server of ours ever does', async () => {
  const [old, next] = [await pod('old'), await pod('new')]
  const { port } = await start(modelOf([old]))
  void port
})
