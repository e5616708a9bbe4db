import { afterEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../errors.ts'
import { rpcClient } from '../client.ts'
import { makeStream } from '../make-stream.ts'
import { WINDOW } from '../message.ts'
import { serveRpc } from '../server.ts'
import type { ShapeOf } from '../shape.ts'
import type { Channel, Stream } from '../stream.ts'
import type { Transport } from '../transport.ts'
import { DisconnectedError } from '../transport.ts'

interface Probe {
  add(a: number, b: number): Promise<number>
  fail(): Promise<void>
  never(): Promise<void>
  count(): Stream<number>
  three(): Stream<string>
  broken(): Stream<number>
  echo(): Channel<string, string>
}
interface ProbeContract {
  probe: Probe
}
const SHAPE: ShapeOf<ProbeContract> = {
  probe: { add: 'call', fail: 'call', never: 'call', count: 'stream', three: 'watch', broken: 'stream', echo: 'channel' },
}

/** What every transport must do under the RPC. `connect` gives a connected pair; the cleanup releases what it needed. */
export function describeTransport(name: string, connect: () => Promise<{ client: Transport; server: Transport; cleanup?: () => Promise<void> }>): void {
  describe(`RPC over ${name}`, () => {
    const cleanups: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0)) await cleanup()
    })

    async function start(): Promise<{ probe: Probe; hidden: unknown; produced: () => number; left: Promise<void>; closed: Promise<void>; client: Transport; server: Transport }> {
      const { client, server, cleanup } = await connect()
      if (cleanup !== undefined) cleanups.push(cleanup)
      let produced = 0
      let onLeft = (): void => undefined
      let onClosed = (): void => undefined
      const left = new Promise<void>((resolve) => { onLeft = resolve })
      const closed = new Promise<void>((resolve) => { onClosed = resolve })
      const probe: Probe & { secret(): Promise<string> } = {
        add: (a, b) => Promise.resolve(a + b),
        fail: () => Promise.reject(new StatusError('Invalid', 'spec.replicas: no', { name: 'web', causes: [{ field: 'spec.replicas', message: 'no' }] })),
        never: () => new Promise(() => undefined),
        count: () => makeStream(async (push, signal) => {
          signal.addEventListener('abort', onLeft)
          while (!signal.aborted) {
            produced += 1
            await push(produced)
          }
        }),
        three: () => makeStream(async (push) => {
          for (const word of ['하나', 'two', '3']) await push(word)
        }),
        broken: () => makeStream(async (push) => {
          await push(1)
          throw new StatusError('NotFound', 'pods "web" not found')
        }),
        echo: () => echoChannel(onClosed),
        secret: () => Promise.resolve('not in the contract'),
      }
      serveRpc<ProbeContract>(SHAPE, { probe }, server)
      return { probe: rpcClient<ProbeContract>(SHAPE, client).probe, hidden: probe, produced: () => produced, left, closed, client, server }
    }

    test('a call returns its value', async () => {
      const { probe } = await start()
      expect(await Promise.all([probe.add(1, 2), probe.add(3, 4)])).toEqual([3, 7])
    })

    test('an error crosses as the same Status error', async () => {
      const { probe } = await start()
      const error: unknown = await probe.fail().catch((e: unknown) => e)
      expect(error).toBeInstanceOf(StatusError)
      expect(error).toMatchObject({ reason: 'Invalid', code: 422, details: { name: 'web', causes: [{ field: 'spec.replicas', message: 'no' }] } })
    })

    test('only methods of the contract can be called', async () => {
      const { client } = await start()
      const sneaky = { probe: { secret: 'call', constructor: 'call', count: 'call' }, toString: { call: 'call' } } as const
      const services = rpcClient<Record<string, Record<string, () => Promise<unknown>>>>(sneaky, client)
      for (const [service, method] of [['probe', 'secret'], ['probe', 'constructor'], ['probe', 'count'], ['toString', 'call']] as const) {
        await expect(services[service]?.[method]?.()).rejects.toMatchObject({ reason: 'NotFound' })
      }
    })

    test('a stream ends, and fails after what came before', async () => {
      const { probe } = await start()
      expect(await collect(probe.three())).toEqual(['하나', 'two', '3'])
      const seen: number[] = []
      await expect((async () => {
        for await (const n of probe.broken()) seen.push(n)
      })()).rejects.toMatchObject({ reason: 'NotFound' })
      expect(seen).toEqual([1])
    })

    test('an unread stream holds its source; reading on loses nothing; leaving stops it', async () => {
      const { probe, produced, left } = await start()
      const iterator = probe.count()[Symbol.asyncIterator]()
      const first = await iterator.next()
      // A round trip behind the values already sent: whatever the source may send unread, it has sent.
      for (let i = 0; i < 5; i++) await probe.add(1, 1)
      expect(first.value).toBe(1)
      expect(produced()).toBeLessThanOrEqual(WINDOW + 2)
      for (let n = 2; n <= WINDOW * 5; n++) expect((await iterator.next()).value).toBe(n)
      await iterator.return?.()
      await left
    })

    test('a channel carries both ways, in order, beyond its window, and closes', async () => {
      const { probe, closed } = await start()
      const channel = probe.echo()
      const words = Array.from({ length: WINDOW * 4 }, (_, i) => `word ${String(i)}`)
      const reading = (async () => {
        const seen: string[] = []
        for await (const word of channel) {
          seen.push(word)
          if (seen.length === words.length) break
        }
        return seen
      })()
      for (const word of words) await channel.send(word)
      expect(await reading).toEqual(words)
      channel.close()
      await closed
    })

    test('a lost connection fails what is under way, and the server leaves its streams', async () => {
      const { probe, server, left } = await start()
      const iterator = probe.count()[Symbol.asyncIterator]()
      await iterator.next()
      const call = probe.never()
      const failed = expect(call).rejects.toBeInstanceOf(DisconnectedError)
      server.close()
      await failed
      await left
      await expect((async () => {
        for (;;) if ((await iterator.next()).done === true) return
      })()).rejects.toBeInstanceOf(DisconnectedError)
      await expect(probe.add(1, 2)).rejects.toBeInstanceOf(DisconnectedError)
    })
  })
}

function echoChannel(onClose: () => void): Channel<string, string> {
  let push: (value: string) => Promise<void> = () => Promise.resolve()
  const output = makeStream<string>((give, signal) => {
    push = give
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  return { [Symbol.asyncIterator]: () => output[Symbol.asyncIterator](), send: (value) => push(value), close: onClose }
}

async function collect<T>(stream: Stream<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of stream) all.push(value)
  return all
}
