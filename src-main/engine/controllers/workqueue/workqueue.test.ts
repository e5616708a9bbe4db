import { describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { FakeClock, settle } from '../../../common/fake-clock.ts'
import { Controller, TerminalError } from './controller.ts'
import type { Reconcile, ReconcileFailure } from './controller.ts'
import { RetryLimiter } from './rate-limiter.ts'
import { WorkQueue } from './work-queue.ts'

describe('WorkQueue', () => {
  test('a waiting key is queued once; first come, first served', async () => {
    const queue = new WorkQueue(new FakeClock())
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key)
    expect([await queue.take(), await queue.take(), await queue.take(), queue.length]).toEqual(['a', 'b', 'c', 0])
  })

  test('a key added while it is worked on comes again after done, never to two workers', async () => {
    const queue = new WorkQueue(new FakeClock())
    queue.add('a')
    await queue.take()
    queue.add('a')
    queue.add('a')
    let second: string | undefined
    const taking = queue.take().then((key) => (second = key))
    await settle()
    expect(second).toBeUndefined()
    queue.done('a')
    await taking
    expect(second).toBe('a')
    queue.done('a')
    expect(queue.length).toBe(0)
  })

  test('the earliest of several delays counts, once', async () => {
    const clock = new FakeClock()
    const queue = new WorkQueue(clock)
    queue.addAfter('a', 100)
    queue.addAfter('b', 50)
    queue.addAfter('a', 20)
    queue.addAfter('a', 300)
    await clock.advance(20)
    expect(queue.length).toBe(1)
    expect(await queue.take()).toBe('a')
    queue.done('a')
    await clock.advance(1000)
    expect([queue.length, await queue.take(), clock.pending]).toEqual([1, 'b', 0])
  })

  test('close lets a worker go and waits for the other', async () => {
    const queue = new WorkQueue(new FakeClock())
    queue.add('a')
    await queue.take()
    const waiting = queue.take()
    let closed = false
    const closing = queue.close().then(() => (closed = true))
    expect(await waiting).toBeUndefined()
    await settle()
    expect(closed).toBe(false)
    queue.done('a')
    await closing
    queue.add('b')
    expect(queue.length).toBe(0)
  })
})

test('backoff doubles per key up to the longest; many keys together are held to the rate', () => {
  const limiter = new RetryLimiter({ firstMs: 5, longestMs: 30, perSecond: 10 })
  expect([1, 2, 3, 4, 5].map(() => limiter.next('a', 0))).toEqual([5, 10, 20, 30, 30])
  limiter.forget('a')
  expect(limiter.next('a', 0)).toBe(5)
  const waits = Array.from({ length: 104 }, (_, i) => limiter.next(`k${String(i)}`, 0))
  expect(waits[90]).toBe(5)
  expect(waits[103]).toBeCloseTo(1000)
})

describe('Controller', () => {
  function make(reconcile: Reconcile): { clock: FakeClock; controller: Controller; failures: ReconcileFailure[] } {
    const clock = new FakeClock()
    const failures: ReconcileFailure[] = []
    return { clock, failures, controller: new Controller({ name: 'test', reconcile, clock, workers: 2, onError: (f) => failures.push(f) }) }
  }

  test('what throws is retried with backoff and reported; success forgets', async () => {
    let runs = 0
    const { clock, controller, failures } = make(() => (++runs < 3 ? Promise.reject(new Error('no')) : Promise.resolve()))
    controller.enqueue('k')
    controller.start()
    await clock.advance(100)
    expect(runs).toBe(3)
    expect(failures.map((f) => [f.failures, f.retryInMs])).toEqual([[1, 5], [2, 10]])
    await controller.stop()
  })

  test('a TerminalError is reported and not retried; a first Conflict is retried and not reported', async () => {
    const errors = [new StatusError('Conflict', 'stale'), new TerminalError('never')]
    let runs = 0
    const { clock, controller, failures } = make(() => Promise.reject(errors[runs++]))
    controller.start()
    controller.enqueue('k')
    await clock.advance(60_000)
    expect(runs).toBe(2)
    expect(failures.map((f) => f.retryInMs)).toEqual([undefined])
    await controller.stop()
  })

  test('requeueAfterMs runs again; stop aborts what runs', async () => {
    let runs = 0
    let aborted = false
    const { clock, controller } = make(async (_, signal) => {
      if (++runs < 2) return { requeueAfterMs: 500 }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      aborted = true
    })
    controller.start()
    controller.enqueue('k')
    await clock.advance(499)
    expect(runs).toBe(1)
    await clock.advance(1)
    expect(runs).toBe(2)
    await controller.stop()
    expect(aborted).toBe(true)
  })
})
