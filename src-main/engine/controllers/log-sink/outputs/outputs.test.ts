import { createServer as createHttp } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FluentServer } from '@fluent-org/logger'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testCertificate } from '../../../network/ingress/testing/test-certificate.ts'
import { nanosOf } from '../entry.ts'
import type { LogEntry, LogSource } from '../entry.ts'
import { FileOutput } from './file.ts'
import { FluentdOutput } from './fluentd.ts'
import type { FluentdAccess } from './fluentd.ts'
import { lokiOutput, verdictOf } from './loki.ts'

const web: LogSource = { namespace: 'default', pod: 'web-1', podUid: 'u1', container: 'nginx', node: 'n1', app: 'web' }
const job: LogSource = { namespace: 'batch', pod: 'job-1', podUid: 'u2', container: 'c', node: 'n2', app: '' }
const entry = (source: LogSource, i: number, text = `line ${String(i)}`): LogEntry => ({ source, id: 'abc', time: `2026-01-02T03:04:05.${String(i).padStart(9, '0')}Z`, text })
const { signal } = new AbortController()
const ends: (() => Promise<unknown> | void)[] = []
afterEach(async () => { for (const end of ends.splice(0)) await end() })

test('times keep their nanoseconds', () => {
  expect([nanosOf('2026-01-02T03:04:05.000000001Z'), nanosOf('1970-01-01T00:00:01Z')]).toEqual(['1767323045000000001', '1000000000'])
})

describe('Fluentd\'s own server', () => {
  class Server extends FluentServer {
    readonly got: { tag: string; nanos: string; log: string }[] = []
    protected override onEntry(tag: string, time: unknown, record: Record<string, unknown>): void {
      const { epoch, nano } = time as { epoch: number; nano: number }
      this.got.push({ tag, nanos: `${String(epoch)}${String(nano).padStart(9, '0')}`, log: String(record['log']) })
    }
  }
  async function serve(options: ConstructorParameters<typeof FluentServer>[0] = {}): Promise<Server> {
    const server = new Server({ listenOptions: { port: 0, host: '127.0.0.1' }, ...options })
    await server.listen()
    ends.push(() => server.close())
    return server
  }
  const output = (server: Server, access: FluentdAccess = {}, tls?: { serverName?: string }): FluentdOutput => {
    const made = new FluentdOutput({ host: '127.0.0.1', port: server.port ?? 0, ...(tls === undefined ? {} : { tls }) }, access)
    ends.push(() => made.close())
    return made
  }
  const security = { serverHostname: 'fluentd.test', sharedKey: 'key-1', authorize: false, userDict: {} }

  test('gets each line with its tag and its nanoseconds, and acknowledges it', async () => {
    const server = await serve()
    const to = output(server)
    await to.send([entry(web, 1), entry(job, 2), entry(web, 3, 'quote " and 한글')], signal)
    await to.send([entry(web, 4)], signal)
    expect(server.got).toEqual([
      { tag: 'toque.default.web-1.nginx', nanos: nanosOf(entry(web, 1).time), log: 'line 1' }, { tag: 'toque.default.web-1.nginx', nanos: nanosOf(entry(web, 3).time), log: 'quote " and 한글' },
      { tag: 'toque.batch.job-1.c', nanos: nanosOf(entry(job, 2).time), log: 'line 2' }, { tag: 'toque.default.web-1.nginx', nanos: nanosOf(entry(web, 4).time), log: 'line 4' },
    ])
  })

  test('with a shared key: the right one is let in, a wrong one is told so', async () => {
    const server = await serve({ security })
    await output(server, { sharedKey: 'key-1' }).send([entry(web, 1)], signal)
    expect(server.got).toHaveLength(1)
    await expect(output(server, { sharedKey: 'other' }).send([entry(web, 2)], signal)).rejects.toMatchObject({ reason: 'WrongCredentials', message: expect.stringContaining('shared key') as string })
    expect(server.got).toHaveLength(1)
  })

  test('over TLS: its authority must be known', async () => {
    const { crt: cert, key } = await testCertificate('fluentd.test')
    const server = await serve({ tlsOptions: { cert, key } })
    await output(server, { ca: cert }, { serverName: 'fluentd.test' }).send([entry(web, 1)], signal)
    expect(server.got).toHaveLength(1)
    await expect(output(server, {}, { serverName: 'fluentd.test' }).send([entry(web, 2)], signal)).rejects.toMatchObject({ reason: 'WrongCertificate', message: expect.stringContaining('caSecret') as string })
    await expect(output(server, { ca: cert }, { serverName: 'other.test' }).send([entry(web, 2)], signal)).rejects.toMatchObject({ reason: 'WrongCertificate', message: expect.stringContaining('another name') as string })
  })

  test('one that is not there, and comes back: the same output goes on', async () => {
    const server = await serve()
    const to = output(server)
    await to.send([entry(web, 1)], signal)
    const { port } = server
    await server.close()
    await expect(to.send([entry(web, 2)], signal)).rejects.toMatchObject({ reason: 'Unreachable' })
    await expect(to.send([entry(web, 2)], signal)).rejects.toMatchObject({ message: `nothing listens at 127.0.0.1:${String(port)}: is it running, and is the port right?` })
    const again = await serve({ listenOptions: { port: port ?? 0, host: '127.0.0.1' } })
    await to.send([entry(web, 2)], signal)
    expect(again.got).toHaveLength(1)
  })
})

describe('Loki', () => {
  interface Push { headers: IncomingHttpHeaders; path: string; body: { streams: { stream: Record<string, string>; values: [string, string][] }[] } }
  async function serve(status = 204, text = '', headers: Record<string, string> = {}): Promise<{ url: string; pushes: Push[] }> {
    const pushes: Push[] = []
    const server = createHttp((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        pushes.push({ headers: request.headers, path: request.url ?? '', body: JSON.parse(body) as Push['body'] })
        response.writeHead(status, headers).end(text)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ends.push(() => new Promise((resolve) => server.close(resolve)))
    return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, pushes }
  }

  test('a push is as its API says: streams by labels, times in nanoseconds as text', async () => {
    const { url, pushes } = await serve()
    await lokiOutput({ url: `${url}/`, tenant: 't1', labels: { cluster: 'home' } }, { token: 'secret' }).send([entry(web, 1), entry(job, 2), entry(web, 3)], signal)
    const { headers, path, body } = pushes[0] as Push
    expect([path, headers['content-type'], headers['authorization'], headers['x-scope-orgid']]).toEqual(['/loki/api/v1/push', 'application/json', 'Bearer secret', 't1'])
    expect(body).toEqual({ streams: [
      { stream: { cluster: 'home', app: 'web', namespace: 'default', pod: 'web-1', container: 'nginx', node: 'n1' }, values: [['1767323045000000001', 'line 1'], ['1767323045000000003', 'line 3']] },
      { stream: { cluster: 'home', namespace: 'batch', pod: 'job-1', container: 'c', node: 'n2' }, values: [['1767323045000000002', 'line 2']] },
    ] })
  })

  test('a user name makes it basic; a redirect is not followed, with the token or without', async () => {
    const elsewhere = await serve()
    const { url, pushes } = await serve(302, '', { location: elsewhere.url })
    await expect(lokiOutput({ url, username: 'u' }, { token: 'p' }).send([entry(web, 1)], signal)).rejects.toMatchObject({ reason: 'Refused', message: expect.stringContaining('redirect') as string })
    expect([pushes[0]?.headers['authorization'], elsewhere.pushes.length]).toEqual([`Basic ${Buffer.from('u:p').toString('base64')}`, 0])
  })

  test.each([
    [401, 'no credentials', 'WrongCredentials'], [403, '', 'WrongCredentials'], [404, '404 page not found', 'Refused'], [429, 'too many', 'Overloaded'], [500, '', 'Overloaded'], [503, '', 'Overloaded'],
  ])('%d %j is tried again: %s', (status, text, reason) => {
    expect(() => verdictOf({ status, text, retryAfterMs: 7000 }, 3)).toThrow(expect.objectContaining({ reason }) as Error)
  })

  test.each([[400, 'entry with timestamp too far behind, total ignored: 2 out of order', 2], [400, 'error parsing', 3], [413, '', 3]])('%d %j cannot be helped: %d lines are dropped', (status, text, dropped) => {
    expect(verdictOf({ status, text, retryAfterMs: undefined }, 3)).toMatchObject({ dropped, why: expect.stringContaining(String(status)) as string })
  })
})

describe('files', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'toque-sink-'))
    ends.push(() => rmSync(dir, { recursive: true, force: true }))
  })
  const lines = (file: string): { log: string }[] => readFileSync(join(dir, file), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { log: string })

  test('are lines of JSON that only their owner reads, put aside when they are long, a few of them kept', async () => {
    const to = new FileOutput('all', { directory: join(dir), maxBytes: 65_536, maxFiles: 3 })
    ends.push(() => to.close())
    for (let i = 0; i < 100; i++) await to.send(Array.from({ length: 30 }, (_, j) => entry(web, i * 30 + j)))
    expect(readdirSync(dir).sort()).toEqual(['all.log', 'all.log.1', 'all.log.2'])
    for (const file of readdirSync(dir)) expect([statSync(join(dir, file)).size <= 65_536, statSync(join(dir, file)).mode & 0o777]).toEqual([true, 0o600])
    const kept = ['all.log.2', 'all.log.1', 'all.log'].flatMap(lines).map((l) => Number(l.log.slice(5)))
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 3000 - kept.length + i))
    expect(lines('all.log').at(-1)).toEqual({ time: entry(web, 2999).time, namespace: 'default', pod: 'web-1', container: 'nginx', node: 'n1', log: 'line 2999' })
  })

  test('half a line that a crash left behind goes; what was whole stays', async () => {
    const first = new FileOutput('all', { directory: dir })
    await first.send([entry(web, 1)])
    await first.close()
    appendFileSync(join(dir, 'all.log'), '{"time":"2026')
    const second = new FileOutput('all', { directory: dir })
    ends.push(() => second.close())
    await second.send([entry(web, 2)])
    expect(lines('all.log').map((l) => l.log)).toEqual(['line 1', 'line 2'])
  })

  test('a directory that cannot be one says so', async () => {
    writeFileSync(join(dir, 'file'), '')
    await expect(new FileOutput('all', { directory: join(dir, 'file') }).send([entry(web, 1)])).rejects.toMatchObject({ reason: 'NotAllowed' })
  })
})
