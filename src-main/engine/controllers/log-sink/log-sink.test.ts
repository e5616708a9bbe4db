import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../../common/fake-clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods, Secrets } from '../../../common/kube/kinds.ts'
import { LogPositions, LogSinks } from '../../../common/kube/log-sink.ts'
import type { LinePosition, LogSink } from '../../../common/kube/log-sink.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { DeliveryError } from '../outbound/explain.ts'
import { LogSinkController } from './controller.ts'
import type { LogEntry, LogOutput } from './entry.ts'
import { LineQueue } from './line-queue.ts'
import { Resumption, advanced } from './position.ts'
import { PositionBook } from './position-book.ts'
import { SinkWorker } from './sink-worker.ts'
import { FakeLogs } from './testing/fake-logs.ts'
import { TimedLines } from './timed-lines.ts'

const pod = (name: string, overrides: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-02T00:00:00Z', labels: { app: name } },
  spec: { nodeName: 'n1', containers: [{ name: 'c' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'c', image: 'i', imageID: 'i', ready: true, restartCount: 0, containerID: `docker://${name}-1`, state: { running: { startedAt: 'a' } } }] },
  ...overrides,
} as Pod)
const sink = { apiVersion: 'toque.dev/v1', kind: 'LogSink', metadata: { name: 's', uid: 'sink-1', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { type: 'file', file: { directory: '/x' } } } as LogSink
const text = (entries: readonly LogEntry[]): string[] => entries.map((e) => e.text)

/** Remembers batches, and refuses while `failure` is set. */
class Remembering implements LogOutput {
  readonly batches: string[][] = []
  failure: DeliveryError | undefined
  /** It got the batch, but nobody learns of it. */
  lost = false
  send(entries: readonly LogEntry[], signal: AbortSignal): Promise<{ dropped: number }> {
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (this.failure !== undefined) return Promise.reject(this.failure)
    this.batches.push(text(entries))
    if (this.lost) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
    return Promise.resolve({ dropped: 0 })
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}

describe('lines', () => {
  test('however the bytes are cut, also inside a character, the lines are the same', () => {
    const log = '2026-01-01T00:00:00.000000001Z 한글 a\n2026-01-01T00:00:00.5Z  b\r\n2026-01-01T00:00:01Z \nno time\n2026-01-01T00:00:02Z last'
    const wanted = [['00.000000001Z', '한글 a'], ['00.500000000Z', ' b'], ['01.000000000Z', ''], ['01.000000000Z', 'no time'], ['02.000000000Z', 'last']]
    fc.assert(fc.property(fc.array(fc.nat(Buffer.byteLength(log))), (cuts) => {
      const lines = new TimedLines()
      const at = [0, ...cuts.sort((a, b) => a - b), Buffer.byteLength(log)]
      const found = at.slice(1).flatMap((end, i) => lines.take(Buffer.from(log).subarray(at[i], end)))
      expect([...found, ...lines.end()].map((l) => [l.time.slice(17), l.text])).toEqual(wanted)
    }))
  })

  test('one that never ends is cut before it fills the memory', () => {
    const lines = new TimedLines()
    const found = [lines.take(Buffer.from('2026-01-01T00:00:00Z ')), ...Array.from({ length: 40 }, () => lines.take(Buffer.alloc(16_384, 'x')))].flat()
    expect(found.length).toBe(2)
    expect([...found, ...lines.end()].reduce((sum, l) => sum + l.text.length, 0)).toBe(40 * 16_384)
  })

  test('stopping after any line and going on there leaves none out and repeats none, also where many have one time', () => {
    fc.assert(fc.property(fc.array(fc.nat(3), { minLength: 1 }), fc.nat(), (steps, stop) => {
      let now = 0
      const all = steps.map((step, i) => ({ time: `2026-01-01T00:00:00.${String(now += step).padStart(9, '0')}Z`, text: String(i) }))
      const first = all.slice(0, stop % (all.length + 1))
      const position = first.reduce<LinePosition | undefined>((p, line) => advanced(p, { id: 'a', time: line.time }), undefined)
      const resumption = new Resumption(position)
      const rest = all.filter((line) => position === undefined || line.time >= position.time).filter((line) => resumption.isNew(line))
      expect([...first, ...rest].map((l) => l.text)).toEqual(all.map((l) => l.text))
      expect(resumption.gap).toBe(false)
    }))
  })

  test('a queue holds as much as it may, and whoever brings more waits', async () => {
    const queue = new LineQueue(1000)
    const { signal } = new AbortController()
    const entry: LogEntry = { source: { namespace: '', pod: '', podUid: '', container: '', node: '', app: '' }, id: '', time: '', text: 'x'.repeat(400) }
    let pushed = 0
    const pushing = Array.from({ length: 5 }, () => queue.push(entry, signal).then(() => pushed++))
    await settle()
    expect([pushed, queue.bytes]).toEqual([2, 1000])
    queue.drop(2)
    await settle()
    queue.drop(2)
    await Promise.all(pushing)
    expect([pushed, queue.length]).toEqual([5, 1])
  })
})

describe('a worker', () => {
  let clock: FakeClock
  let client: MemoryClient
  let logs: FakeLogs
  let output: Remembering
  beforeEach(() => {
    clock = new FakeClock()
    client = new MemoryClient(clock)
    logs = new FakeLogs()
    output = new Remembering()
  })
  const workers: SinkWorker[] = []
  afterEach(async () => { for (const worker of workers.splice(0)) await worker.stop() })

  async function start(queueBytes?: number): Promise<SinkWorker> {
    const worker = new SinkWorker({ sink, output, access: logs, clock, positions: await PositionBook.open(client, sink), onChange: () => undefined, ...(queueBytes === undefined ? {} : { queueBytes }) })
    workers.push(worker)
    return worker
  }
  const run = async (ms = 1000): Promise<void> => { for (let i = 0; i < 5; i++) await clock.advance(ms / 5) }
  const sent = (): string[] => output.batches.flat()

  test('sends what comes, and goes on after the node was cut off, with nothing twice', async () => {
    const worker = await start()
    logs.write('a', '1')
    worker.follow(pod('a'))
    await run()
    logs.write('a', '2', true)
    await run()
    logs.cut()
    logs.broken = true
    await run()
    logs.write('a', '3', true)
    logs.write('a', '4')
    logs.broken = false
    await run(30_000)
    expect(sent()).toEqual(['1', '2', '3', '4'])
    expect(worker.progress).toMatchObject({ sentLines: 4, gaps: 0, waitingLines: 0, delivery: { ok: true } })
  })

  test('at rest nothing is asked, and no timer runs', async () => {
    const worker = await start()
    logs.write('a', '1')
    worker.follow(pod('a'))
    await run()
    const [asked, written] = [logs.asked.length, (await client.list(LogPositions)).resourceVersion]
    await run(600_000)
    expect([logs.asked.length, (await client.list(LogPositions)).resourceVersion, clock.pending]).toEqual([asked, written, 0])
  })

  test('a sink that refuses holds no more than its bound, says how far behind it is, and gets all of it later', async () => {
    output.failure = new DeliveryError('Unreachable', 'nothing listens')
    const worker = await start(2000)
    for (let i = 0; i < 500; i++) logs.write('a', String(i))
    worker.follow(pod('a'))
    await run(5000)
    const { waitingLines, oldestWaitingTime, delivery } = worker.progress
    expect([waitingLines > 10 && waitingLines < 30, oldestWaitingTime, delivery?.ok, delivery?.reason]).toEqual([true, '2026-01-01T00:00:00.000000001Z', false, 'Unreachable'])
    output.failure = undefined
    await run(600_000)
    expect(sent()).toEqual(Array.from({ length: 500 }, (_, i) => String(i)))
  })

  test('lines that the node no longer has are noticed', async () => {
    const first = await start()
    for (const line of ['1', '2', '3', '4']) logs.write('a', line)
    first.follow(pod('a'))
    await run()
    await first.stop()
    for (const line of ['5', '6', '7']) logs.write('a', line)
    logs.rotate('a', 5)
    const second = await start()
    second.follow(pod('a'))
    await run()
    expect([sent(), second.progress.gaps]).toEqual([['1', '2', '3', '4', '6', '7'], 1])
  })

  test('of pods that were there before the sink, only what comes later', async () => {
    const worker = await start()
    worker.follow(pod('a', { metadata: { ...pod('a').metadata, creationTimestamp: '2025-12-31T00:00:00Z' } }))
    await run()
    expect(logs.asked[0]).toMatchObject({ sinceTime: '2026-01-01T00:00:00Z', allRuns: true, follow: true })
  })

  test('a pod that is gone is read to its end, and then nothing of it is kept', async () => {
    const worker = await start()
    logs.write('a', '1')
    worker.follow(pod('a'))
    await run()
    logs.write('a', '2')
    const ending = worker.end('uid-a')
    logs.cut()
    await run()
    await ending
    await run()
    expect([sent(), (await client.list(LogPositions)).items, worker.pods.size]).toEqual([['1', '2'], [], 0])
  })

  test('engines that die at any moment: no line is lost, and none but those of the last batch comes twice', async () => {
    const step = fc.constantFrom('write', 'write', 'write', 'same', 'run', 'run', 'cut', 'fail', 'heal', 'lose', 'crash')
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      clock = new FakeClock()
      ;[client, logs, output] = [new MemoryClient(clock), new FakeLogs(), new Remembering()]
      let [worker, written] = [await start(), 0]
      const crashes: number[] = []
      worker.follow(pod('a'))
      const crash = async (): Promise<void> => {
        crashes.push(output.batches.length)
        await worker.stop()
        output.lost = false
        worker = await start()
        worker.follow(pod('a'))
      }
      for (const what of steps) {
        if (what === 'write' || what === 'same') logs.write('a', String(written++), what === 'same')
        if (what === 'run') await run(300)
        if (what === 'cut') logs.cut()
        if (what === 'fail') output.failure = new DeliveryError('Unreachable', 'no')
        if (what === 'heal') output.failure = undefined
        if (what === 'lose') output.lost = true
        if (what === 'crash') await crash()
      }
      output.failure = undefined
      await crash()
      await run(120_000)
      expect([...new Set(sent())]).toEqual(Array.from({ length: written }, (_, i) => String(i)))
      for (const at of crashes) {
        const before = new Set(output.batches.slice(0, at).flat())
        const again = output.batches.slice(at).flat().filter((line) => before.has(line))
        // Each of them was in the last batch before that crash, which may have been under way.
        expect(again.filter((line) => output.batches[at - 1]?.includes(line) !== true)).toEqual([])
      }
      await worker.stop()
    }), { numRuns: 60 })
  })
})

describe('the controller', () => {
  let cluster: TestCluster
  let controller: LogSinkController
  beforeEach(async () => {
    cluster = new TestCluster()
    controller = new LogSinkController(cluster.context, new FakeLogs())
    await cluster.informers.synced()
    controller.start()
  })
  afterEach(async () => {
    await controller.stop()
    await cluster.stop()
  })
  const make = (spec: LogSink['spec']): Promise<unknown> => cluster.client.create(LogSinks, { apiVersion: 'toque.dev/v1', kind: 'LogSink', metadata: { name: 's' }, spec })
  const condition = async (): Promise<string[]> => ((await cluster.client.get(LogSinks, '', 's')).status?.conditions ?? []).map((c) => `${c.status} ${c.reason ?? ''}: ${c.message ?? ''}`)
  const change = async (edit: (copy: LogSink) => void): Promise<void> => {
    const copy = structuredClone(await cluster.client.get(LogSinks, '', 's')) as LogSink
    edit(copy)
    copy.metadata.generation = (copy.metadata.generation ?? 1) + 1
    await cluster.client.update(LogSinks, copy)
    await cluster.settle()
  }

  test('a Secret that is missing is named, and once it is there the sink works', async () => {
    await make({ type: 'loki', loki: { url: 'http://127.0.0.1:1', tokenSecret: { namespace: 'default', name: 'token', key: 'value' } } })
    await cluster.settle()
    expect(await condition()).toEqual(['False SecretMissing: there is no Secret default/token: make it, and it goes on by itself'])
    await cluster.client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace: 'default' }, data: { value: Buffer.from('x').toString('base64') } })
    await cluster.settle()
    expect(await condition()).toEqual(['Unknown NothingSentYet: no line has come since the engine began'])
    const { resourceVersion } = (await cluster.client.get(LogSinks, '', 's')).metadata
    await cluster.clock.advance(600_000)
    expect((await cluster.client.get(LogSinks, '', 's')).metadata.resourceVersion).toBe(resourceVersion)
  })

  test('suspended it reads nothing; only what is selected is read', async () => {
    for (const name of ['a', 'b']) await cluster.client.create(Pods, pod(name))
    await make({ type: 'file', suspend: true, file: { directory: '/nowhere' } })
    await cluster.settle()
    expect(await condition()).toEqual(['False Suspended: nothing is sent: spec.suspend is true'])
    const containers = async (): Promise<number | undefined> => {
      await cluster.clock.advance(20_000)
      await cluster.settle()
      return (await cluster.client.get(LogSinks, '', 's')).status?.containers
    }
    await change((s) => { s.spec.suspend = false })
    expect(await containers()).toBe(2)
    await change((s) => { s.spec.selector = { matchLabels: { app: 'a' } } })
    expect(await containers()).toBe(1)
    await change((s) => { s.spec.namespaces = ['other'] })
    expect(await containers()).toBe(0)
    expect(cluster.failures).toEqual([])
  })
})
