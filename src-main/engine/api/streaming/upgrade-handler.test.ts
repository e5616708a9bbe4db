import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import type { StreamRequest } from '../upgrade.ts'
import { encodeOutcome } from './outcome.ts'
import type { Seen } from './testing/fake-node.ts'
import { fakeNode } from './testing/fake-node.ts'
import { streamUpgrades } from './upgrade-handler.ts'

const target = { namespace: 'default', pod: 'p', container: 'c' }
const exec = (command: string[], more: { tty?: boolean } = {}): StreamRequest => ({ type: 'exec', target, options: { command, stdin: true, stdout: true, stderr: true, tty: false, ...more } })

let server: Server
let seen: Seen
let wanted: StreamRequest
beforeEach(async () => {
  const fake = fakeNode()
  seen = fake.seen
  const handler = streamUpgrades(fake.nodes)
  server = createServer().on('upgrade', (req, socket, head) => handler(req, socket, head, wanted))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})
const address = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`

/** A WebSocket client that keeps what comes on each channel. */
async function connected(stream: StreamRequest, protocols: string[]): Promise<{ socket: WebSocket; channel(n: number): string; closed: Promise<unknown> }> {
  wanted = stream
  const channels = new Map<number, Buffer[]>()
  const socket = new WebSocket(`ws://${address()}/`, protocols)
  socket.on('message', (data: Buffer) => channels.set(data[0] ?? -1, [...(channels.get(data[0] ?? -1) ?? []), data.subarray(1)]))
  const closed = once(socket, 'close')
  await once(socket, 'open')
  return { socket, closed, channel: (n) => Buffer.concat(channels.get(n) ?? []).toString('latin1') }
}
const message = (channel: number, text: string): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(text)])

describe('exec over WebSocket', () => {
  test('v5: a close signal ends the input and nothing else', async () => {
    const { socket, channel, closed } = await connected(exec(['echo']), ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
    expect(socket.protocol).toBe('v5.channel.k8s.io')
    socket.send(message(0, 'hello '))
    socket.send(message(0, 'world'))
    socket.send(Buffer.from([255, 0]))
    await closed
    expect([channel(1), JSON.parse(channel(3))]).toEqual(['hello world', { metadata: {}, status: 'Success' }])
  })

  test('v4: outputs apart, the exit code as a Status', async () => {
    const { channel, closed } = await connected(exec(['fail', '7']), ['v4.channel.k8s.io'])
    await closed
    expect([channel(1), channel(2), JSON.parse(channel(3))]).toEqual(['to stdout\n', 'to stderr\n', {
      metadata: {}, status: 'Failure', reason: 'NonZeroExitCode', message: 'command terminated with non-zero exit code: exit status 7', details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    }])
  })

  test('a terminal is resized, whole and in pieces; nonsense is ignored', async () => {
    const { socket } = await connected(exec(['echo'], { tty: true }), ['v5.channel.k8s.io'])
    for (const part of ['{"Width":80,"Height":24}', '{"Width":1', '00,"Height":30}\n', 'x}{"Width":0,"Height":1}', '{"Width":120,"Height":40}']) socket.send(message(4, part))
    await expect.poll(() => seen.sizes).toEqual(['80x24', '100x30', '120x40'])
    socket.close()
    await expect.poll(() => seen.destroyed).toBe(1)
  })

  test('a client that does not read holds the program back', async () => {
    const { socket, channel, closed } = await connected(exec(['flood', '64']), ['v5.channel.k8s.io'])
    socket.pause()
    let last = -1
    await expect.poll(() => {
      const before = last
      last = seen.written
      return last > 0 && last === before
    }, { interval: 100 }).toBe(true)
    expect(last).toBeLessThan(32 << 20)
    socket.resume()
    await closed
    expect(channel(1).length).toBe(64 << 20)
  })
})

describe('what older and simpler clients speak', () => {
  test('the first channel protocol, also of a client that names none: an outcome is a text', async () => {
    for (const offered of [['channel.k8s.io'], []]) {
      const { channel, closed, socket } = await connected(exec(['fail', '7']), offered)
      await closed
      expect([socket.protocol, channel(1), channel(2), channel(3)]).toEqual([offered[0] ?? '', 'to stdout\n', 'to stderr\n', 'command terminated with non-zero exit code: exit status 7'])
    }
  })

  test('channels as text in base64, both ways', async () => {
    wanted = exec(['echo'])
    const socket = new WebSocket(`ws://${address()}/`, ['v4.base64.channel.k8s.io'])
    const messages: string[] = []
    socket.on('message', (data: Buffer, isBinary) => messages.push(`${isBinary ? 'binary ' : ''}${data.toString()}`))
    await once(socket, 'open')
    socket.send(`0${Buffer.from('hello').toString('base64')}`)
    await expect.poll(() => messages).toEqual([`1${Buffer.from('hello').toString('base64')}`])
    socket.close()
  })

  test.each([['binary.k8s.io', (data: Buffer) => data.toString()], ['base64.binary.k8s.io', (data: Buffer) => Buffer.from(data.toString(), 'base64').toString()]])('a log in %s, closed at its end', async (protocol, read) => {
    wanted = { type: 'log', target, options: { tailLines: 3 } }
    const socket = new WebSocket(`ws://${address()}/`, [protocol])
    const messages: string[] = []
    socket.on('message', (data: Buffer) => messages.push(read(data)))
    const [code] = await once(socket, 'close') as [number]
    expect([socket.protocol, code, messages.join('')]).toEqual([protocol, 1000, 'of c\nthe last 3\n'])
  })
})

describe('port-forward over a plain WebSocket', () => {
  test('announces each port, carries it, and says why one cannot be reached', async () => {
    const { socket, channel } = await connected({ type: 'portforward', namespace: 'default', pod: 'p', ports: [80, 9] }, ['v4.channel.k8s.io'])
    socket.send(message(0, 'hello'))
    await expect.poll(() => [channel(0), channel(1), channel(2), channel(3)]).toEqual(['P\0HELLO', 'P\0', '\t\0', '\t\0port 9 of pod default/p cannot be reached: connection refused'])
    socket.close()
  })
})

describe('refusals are Statuses, before the upgrade', () => {
  const refusal = async (stream: StreamRequest, headers: Record<string, string>): Promise<{ code: number | undefined; message: string }> => {
    wanted = stream
    const [response] = (await once(request(`http://${address()}/`, { headers: { Connection: 'Upgrade', ...headers } }).end(), 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response) body += String(chunk)
    return { code: response.statusCode, message: (JSON.parse(body) as { message: string }).message }
  }

  test.each([
    ['a node that says no', exec(['missing']), { Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': 'v4.channel.k8s.io' }, 400, 'container "c" has not started: its image is being pulled'],
    ['an unknown SPDY protocol', exec(['echo']), { Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': 'v9' }, 400, /the client offers v9, the server knows v4\.channel\.k8s\.io/],
    ['an unknown WebSocket protocol', exec(['echo']), { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'chat' }, 400, /the client offers chat/],
    ['a log over SPDY', { type: 'log', target, options: {} } as StreamRequest, { Upgrade: 'SPDY/3.1' }, 400, /the client offers none/],
    ['another upgrade', exec(['echo']), { Upgrade: 'h2c' }, 400, /the client offers none/],
  ])('%s', async (_name, stream, headers, code, message) => {
    expect(await refusal(stream, headers as Record<string, string>)).toEqual({ code, message: typeof message === 'string' ? message : expect.stringMatching(message) })
  })
})

test.each([
  ['v4.channel.k8s.io', 0, '{"metadata":{},"status":"Success"}'], ['v3.channel.k8s.io', 0, ''], ['v2.channel.k8s.io', 2, 'command terminated with non-zero exit code: exit status 2'],
] as const)('in %s an exit code %i is said as %s', (protocol, exitCode, text) => expect(Buffer.from(encodeOutcome({ exitCode }, protocol)).toString()).toBe(text))
