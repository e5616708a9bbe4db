import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { Duplex, PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { LiveValue } from '../../common/rpc/live-value.ts'
import { reverseForward } from './reverse-forward.ts'
import type { SshConnection } from './ssh-connection.ts'
import { SshError } from './ssh-error.ts'
import type { SshState } from './ssh-link.ts'

type Accept = Parameters<SshConnection['listen']>[0]

let server: Server | undefined
afterEach(() => void server?.close())

/** A link whose connections answer as told, each in its turn. */
function setUp(answers: (number | SshError)[]) {
  const state = new LiveValue<SshState>({ phase: 'connecting' })
  const accepts: Accept[] = []
  let connection: SshConnection | undefined
  const connect = async (): Promise<void> => {
    connection = {
      listen: (accept: Accept) => {
        accepts.push(accept)
        const answer = answers.shift() ?? 0
        return typeof answer === 'number' ? Promise.resolve(answer) : Promise.reject(answer)
      },
    } as unknown as SshConnection
    state.set({ phase: 'connected', since: 0 })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const link = { state, connection: () => Promise.resolve(connection as SshConnection) }
  return { link, state, accepts, connect }
}

test('each connection gives another port; in between the last one stays', async () => {
  const { link, state, connect } = setUp([40001, 40002])
  const forwarded = reverseForward(link, 1)
  expect(forwarded.get()).toEqual({ port: 0 })
  await connect()
  expect(forwarded.get()).toEqual({ port: 40001 })
  state.set({ phase: 'connecting' })
  expect(forwarded.get()).toEqual({ port: 40001 })
  await connect()
  expect(forwarded.get()).toEqual({ port: 40002 })
})

test('a refusal is told in a sentence; a lost connection is not, for the next is asked again', async () => {
  const { link, connect } = setUp([new SshError('lost', 'lost'), new SshError('channel', 'not allowed'), 40003])
  const forwarded = reverseForward(link, 1)
  await connect()
  expect(forwarded.get()).toEqual({ port: 0 })
  await connect()
  expect(forwarded.get()).toEqual({ port: 0, problem: 'not allowed' })
  await connect()
  expect(forwarded.get()).toEqual({ port: 40003 })
})

test('what connects there reaches the port here, both ways, each to its own end', async () => {
  const listening = server = createServer({ allowHalfOpen: true }, (socket) => socket.on('data', (chunk: Buffer) => socket.write(`heard ${chunk.toString()}`)).on('end', () => socket.end(' bye')))
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { link, accepts, connect } = setUp([40001])
  reverseForward(link, (listening.address() as AddressInfo).port)
  await connect()
  const [ours, theirs] = pair()
  accepts[0]?.(theirs as unknown as Parameters<Accept>[0])
  let seen = ''
  ours.setEncoding('utf8').on('data', (text: string) => (seen += text))
  ours.end('hello')
  await new Promise((resolve) => ours.once('end', resolve))
  expect(seen).toBe('heard hello bye')
})

/** Two ends of one stream. */
function pair(): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()]
  return [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })]
}
