import { Writable } from 'node:stream'
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../../common/fake-clock.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { ObjectEvent } from '../rest/watch.ts'
import { MAX_WAITING_EVENTS, WatchStream } from './watch-stream.ts'

/** A connection whose other side reads only when told to. */
class StuckResponse extends Writable {
  lines: string[] = []
  #stuck: (() => void)[] = []
  reading: boolean

  constructor(reading: boolean) {
    super({ decodeStrings: false })
    this.reading = reading
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.lines.push(...chunk.toString().split('\n').filter((line) => line !== ''))
    if (this.reading) done()
    else this.#stuck.push(done)
  }

  writeHead(): void { /* Nothing to show. */ }
  flushHeaders(): void { /* Nothing to show. */ }

  read(): void {
    this.reading = true
    this.#stuck.splice(0).forEach((done) => done())
  }
}

const event = (name: string, size = 1): ObjectEvent => ({ type: 'ADDED', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, uid: '', resourceVersion: '1', creationTimestamp: '' }, data: { x: 'x'.repeat(size) } } as KubeObject })

function start(reading: boolean, bookmarks = false): { response: StuckResponse; stream: WatchStream; clock: FakeClock; ended: () => boolean } {
  const response = new StuckResponse(reading)
  const clock = new FakeClock()
  const stream = new WatchStream(response as unknown as ServerResponse, {
    clock, bookmarks, timeoutMs: undefined, revision: () => 42, encode: (type, object) => JSON.stringify({ type, object }),
    bookmark: (resourceVersion) => ({ metadata: { resourceVersion } }) as KubeObject,
  })
  let ended = false
  stream.onEnd = () => (ended = true)
  stream.live()
  return { response, stream, clock, ended: () => ended }
}

describe('watch stream', () => {
  test('a watcher that does not read is dropped with 410, and its events are let go', async () => {
    const { response, stream, clock, ended } = start(false)
    // The first of these fill the connection; the rest wait.
    for (let i = 0; i < 20; i++) stream.onEvents([event('big', 100_000)])
    for (let i = 0; i < MAX_WAITING_EVENTS - 20 && !ended(); i++) stream.onEvents([event('small')])
    expect(ended()).toBe(false)
    for (let i = 0; i < 40; i++) stream.onEvents([event('last')])
    expect(ended()).toBe(true)
    expect(response.writableLength).toBeLessThan(2_000_000)
    await clock.advance(10_000)
    expect(response.destroyed).toBe(true)
  })

  test('one that reads late gets everything, in order', async () => {
    const { response, stream, ended } = start(false)
    for (let i = 0; i < 50; i++) stream.onEvents([event(`o${String(i)}`, 100_000)])
    response.read()
    for (let i = 0; i < 50; i++) await settle()
    expect(ended()).toBe(false)
    expect(response.lines.map((line) => (JSON.parse(line) as ObjectEvent).object.metadata.name)).toEqual(Array.from({ length: 50 }, (_, i) => `o${String(i)}`))
  })

  test('bookmarks come each minute, with all that was told before', async () => {
    const { response, clock, stream } = start(true, true)
    await clock.advance(125_000)
    expect(response.lines.map((line) => JSON.parse(line) as unknown)).toEqual([1, 2].map(() => ({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '42' } } })))
    stream.end()
    expect(clock.pending).toBeLessThanOrEqual(1)
  })
})
