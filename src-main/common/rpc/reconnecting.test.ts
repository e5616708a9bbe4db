import { expect, test } from 'vitest'
import { FakeClock, settle } from '../fake-clock.ts'
import { makeStream } from './make-stream.ts'
import { ReconnectingClient } from './reconnecting.ts'
import { serveRpc } from './server.ts'
import type { ShapeOf } from './shape.ts'
import type { Stream } from './stream.ts'
import { memoryTransports } from './testing/memory-transport.ts'
import type { Transport } from './transport.ts'
import { DisconnectedError } from './transport.ts'

interface Things {
  name(): Promise<string>
  watchThings(): Stream<string>
  lines(): Stream<string>
}
const SHAPE: ShapeOf<{ things: Things }> = { things: { name: 'call', watchThings: 'watch', lines: 'stream' } }

/** A server that can go down and come up, and a client of it. */
function setUp(): { clock: FakeClock; client: ReconnectingClient<{ things: Things }>; states: string[]; server: { up: boolean; drop(): void } } {
  const clock = new FakeClock()
  let generation = 0
  let serving: Transport | undefined
  const server = { up: true, drop: () => serving?.close() }
  const forever = (word: string): Stream<string> => makeStream(async (push, signal) => {
    await push(word)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  const client = new ReconnectingClient<{ things: Things }>(SHAPE, () => {
    if (!server.up) return Promise.reject(new Error('refused'))
    const [near, far] = memoryTransports()
    generation += 1
    const word = `engine ${String(generation)}`
    serveRpc<{ things: Things }>(SHAPE, { things: { name: () => Promise.resolve(word), watchThings: () => forever(word), lines: () => forever(word) } }, far)
    serving = far
    return Promise.resolve(near)
  }, clock)
  const states: string[] = []
  client.onState((state) => states.push(state))
  return { clock, client, states, server }
}

test('a watch goes on over a lost connection; a log stream fails', async () => {
  const { clock, client, states, server } = setUp()
  const watch = client.services.things.watchThings()[Symbol.asyncIterator]()
  const lines = client.services.things.lines()[Symbol.asyncIterator]()
  expect((await watch.next()).value).toBe('engine 1')
  expect((await lines.next()).value).toBe('engine 1')
  server.up = false
  server.drop()
  await settled()
  await expect(lines.next()).rejects.toBeInstanceOf(DisconnectedError)
  const next = watch.next()
  await clock.advance(5_000)
  server.up = true
  await clock.advance(2_000)
  expect((await next).value).toBe('engine 2')
  expect(states).toEqual(['connected', 'lost', 'connected'])
})

test('a call made while the engine is away waits for it, but not forever', async () => {
  const { clock, client, server } = setUp()
  await settle()
  server.up = false
  server.drop()
  await settled()
  const patient = client.services.things.name()
  await clock.advance(3_000)
  server.up = true
  await clock.advance(2_000)
  expect(await patient).toBe('engine 2')
  server.up = false
  server.drop()
  await settled()
  const failed = expect(client.services.things.name()).rejects.toBeInstanceOf(DisconnectedError)
  await clock.advance(15_000)
  await failed
})

test('leaving a watch while disconnected, and stopping, leave nothing behind', async () => {
  const { clock, client, server } = setUp()
  const watch = client.services.things.watchThings()[Symbol.asyncIterator]()
  await watch.next()
  server.up = false
  server.drop()
  await settled()
  expect((await watch.return?.())?.done).toBe(true)
  client.stop()
  await settle()
  expect(clock.pending).toBe(0)
})

/** Both ends have told their handlers of the close. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await settle()
}
