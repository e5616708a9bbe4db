import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { testCertificate } from '../../network/ingress/testing/test-certificate.ts'
import { post } from './post.ts'

const ends: (() => void)[] = []
afterEach(() => { for (const end of ends.splice(0)) end() })
const { signal } = new AbortController()

async function serve(handle: RequestListener, tls?: { cert: string; key: string }): Promise<string> {
  const server = tls === undefined ? createServer(handle) : createTls(tls, handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String((server.address() as AddressInfo).port)}/a?token=hidden`
}
const send = (url: string, more: Partial<Parameters<typeof post>[0]> = {}): ReturnType<typeof post> => post({ url, headers: {}, body: 'x', timeoutMs: 5000, signal, ...more })

describe('a POST to others', () => {
  test('gives the status, the beginning of the text and when to come again', async () => {
    const url = await serve((_, response) => response.writeHead(429, { 'retry-after': '7' }).end(`  ${'x'.repeat(5000)}`))
    const answer = await send(url)
    expect([answer.status, answer.text.length < 2100, answer.retryAfterMs]).toEqual([429, true, 7000])
  })

  test('one that does not answer in time is given up, in a sentence that holds no secret', async () => {
    await expect(send(await serve(() => undefined), { timeoutMs: 50 })).rejects.toMatchObject({ reason: 'TimedOut', message: expect.not.stringContaining('hidden') as string })
  })

  test('an answer without an end is not read for ever', async () => {
    const url = await serve((_, response) => {
      const more = (): void => { if (!response.destroyed && response.write('x'.repeat(10_000))) setImmediate(more); else response.once('drain', more) }
      response.writeHead(200)
      more()
    })
    expect((await send(url)).status).toBe(200)
  })

  test('nobody there, no such name, an unknown authority: each in its own sentence', async () => {
    const { crt, key } = await testCertificate('127.0.0.1')
    const url = await serve((_, response) => response.end(), { cert: crt, key })
    await expect(send(url)).rejects.toMatchObject({ reason: 'WrongCertificate', message: expect.stringContaining('caSecret') as string })
    await expect(send('http://127.0.0.1:1/')).rejects.toMatchObject({ reason: 'Unreachable', message: 'nothing listens at http://127.0.0.1:1: is it running, and is the port right?' })
    await expect(send(url.replace('https', 'http'))).rejects.toMatchObject({ reason: 'Unreachable' })
    await expect(send((await serve((_, response) => response.end())).replace('http', 'https'))).rejects.toMatchObject({ reason: 'WrongCertificate', message: expect.stringContaining('does not speak TLS') as string })
  })

  test('the engine that ends does not wait for it', async () => {
    const over = new AbortController()
    const sent = send(await serve(() => over.abort(new Error('stopping'))), { signal: over.signal })
    await expect(sent).rejects.toThrow('stopping')
  })
})
