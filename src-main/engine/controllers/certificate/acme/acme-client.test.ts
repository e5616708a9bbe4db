import { once } from 'node:events'
import { createServer } from 'node:https'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testCertificate } from '../../../network/ingress/testing/test-certificate.ts'
import { AccountKey } from './account-key.ts'
import { AcmeClient } from './acme-client.ts'
import { AcmeError } from './acme-error.ts'

// What a real CA does rarely and pebble never; all else is tested with pebble.
let server: Server
let base: string
let ca: string
let asked: string[]
let answer: (path: string, res: ServerResponse) => void

beforeAll(async () => {
  const { crt, key } = await testCertificate('localhost')
  ca = crt
  server = createServer({ cert: crt, key }, (req: IncomingMessage, res) => {
    const path = req.url ?? ''
    asked.push(`${req.method ?? ''} ${path}`)
    req.resume().once('end', () => {
      res.setHeader('replay-nonce', `n${String(asked.length)}`)
      if (path === '/dir') res.end(JSON.stringify({ newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` }))
      else if (path === '/nonce') res.end()
      else answer(path, res)
    })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  base = `https://localhost:${String((server.address() as AddressInfo).port)}`
})
afterAll(() => void server.close())
beforeEach(() => { asked = [] })

const client = (directory = '/dir', signal = new AbortController().signal): AcmeClient => new AcmeClient({ server: base + directory, key: new AccountKey(AccountKey.make()), ca, account: `${base}/me`, signal })
const problem = (res: ServerResponse, status: number, type: string, headers: Record<string, string> = {}): void => {
  res.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: `this is ${type}` }))
}
async function errorOf(work: Promise<unknown>): Promise<AcmeError> {
  const error = await work.then(() => undefined, (reason: unknown) => reason)
  if (!(error instanceof AcmeError)) throw new Error(`no AcmeError: ${String(error)}`)
  return error
}

test.each([['120', 120_000, 120_000], [new Date(Date.now() + 7200_000).toUTCString(), 7100_000, 7200_000], ['soon', undefined, undefined]])('a CA that wants to be left alone is asked once, and its wait is told: %s', async (text, least, most) => {
  answer = (_, res) => problem(res, 429, 'rateLimited', { 'retry-after': text })
  const error = await errorOf(client().newOrder(['a.example']))
  expect([error.type, error.message]).toEqual(['rateLimited', 'this is rateLimited'])
  if (least === undefined) expect(error.retryAfterMs).toBeUndefined()
  else expect(error.retryAfterMs).toSatisfy((ms: number) => ms >= least && ms <= most)
  expect(asked.filter((line) => line === 'POST /order')).toHaveLength(1)
})

test('a nonce that the CA does not take is replaced, but not for ever', async () => {
  let refusals = 3
  answer = (_, res) => {
    if (refusals-- > 0) problem(res, 400, 'badNonce')
    else res.writeHead(201, { location: `${base}/order/1` }).end('{}')
  }
  expect(await client().newOrder(['a.example'])).toBe(`${base}/order/1`)
  refusals = Infinity
  expect((await errorOf(client().newOrder(['a.example']))).type).toBe('badNonce')
  expect(asked.length).toBeLessThan(20)
})

test('what is no ACME server, or speaks nonsense, is told as that', async () => {
  answer = (_, res) => res.writeHead(200).end('<html>')
  expect((await errorOf(client('/other').newOrder(['a']))).message).toMatch(/its answer is no JSON|is no ACME directory/)
  answer = (_, res) => res.writeHead(404).end('not here')
  expect((await errorOf(client('/other').newOrder(['a']))).message).toContain('is no ACME directory (HTTP 404)')
  answer = (_, res) => res.writeHead(502).end('<html>Bad Gateway')
  expect((await errorOf(client().newOrder(['a']))).message).toBe('it answered HTTP 502')
  answer = (_, res) => res.writeHead(201).end('{}')
  expect((await errorOf(client().newOrder(['a']))).message).toBe('it gave the order no URL')
  answer = (_, res) => res.end('x'.repeat((1 << 20) + 1))
  await expect(client().certificate(`${base}/cert`)).rejects.toThrow('more than')
  await expect(client().certificate('http://localhost/cert')).rejects.toThrow('Protocol')
})

test('a request ends when its engine stops', async () => {
  const stopping = new AbortController()
  answer = () => stopping.abort(new Error('stopped'))
  await expect(client('/dir', stopping.signal).newOrder(['a'])).rejects.toThrow()
})
