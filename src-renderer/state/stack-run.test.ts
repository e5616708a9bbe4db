import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeStacks } from '../testing/fake-stacks.ts'
import { StackRun } from './stack-run.svelte.ts'
import { toasts } from './toasts.svelte.ts'

let stacks: FakeStacks
let run: StackRun
beforeEach(() => {
  vi.useFakeTimers()
  stacks = new FakeStacks(undefined, true, 100)
  run = new StackRun()
})
afterEach(() => vi.useRealTimers())

test('steps are followed to the end', async () => {
  const over = run.start(stacks.rotate({ kind: 'secret', name: 'db-password', content: 'x' }))
  await vi.advanceTimersByTimeAsync(150)
  expect([run.state, run.done, run.steps.map((step) => `${step.do} ${step.name}`)]).toEqual(['running', 1, ['create db-password_3f9a1c77b2', 'update shop_api', 'update shop_db', 'wait shop_api, shop_db', 'remove db-password']])
  await vi.advanceTimersByTimeAsync(1000)
  expect([await over, run.state, run.done, run.isOver]).toEqual([true, 'done', 5, true])
})

test('it is stopped after its present step, and goes on when it is begun again', async () => {
  const over = run.start(stacks.remove('shop'))
  await vi.advanceTimersByTimeAsync(150)
  run.stop()
  expect(run.state).toBe('stopping')
  await vi.advanceTimersByTimeAsync(1000)
  expect([await over, run.state, run.done]).toEqual([false, 'stopped', 1])
  expect(run.message).toContain('goes on from there')
  expect(stacks.apps.some(({ ref }) => ref.namespace === 'shop')).toBe(true)
  const again = run.start(stacks.remove('shop'))
  await vi.advanceTimersByTimeAsync(1000)
  expect([await again, stacks.apps.some(({ ref }) => ref.namespace === 'shop')]).toEqual([true, false])
})

test('what stopped it is told; one that is left is forgotten', async () => {
  stacks.failAt = 1
  const over = run.start(stacks.remove('shop'))
  await vi.advanceTimersByTimeAsync(1000)
  expect([await over, run.state, run.done, run.message]).toEqual([false, 'stopped', 1, expect.stringContaining('port 8080 is already in use')])
  void run.start(stacks.remove('monitoring'))
  await vi.advanceTimersByTimeAsync(50)
  run.abandon()
  expect(toasts.list.at(-1)?.text).toContain('stops after its present step')
  await vi.advanceTimersByTimeAsync(1000)
  expect([run.state, run.steps]).toEqual(['idle', []])
})

test('a channel that ends before it said so was cut off; one that fails says why', async () => {
  const cut = { send: () => Promise.resolve(), close: () => undefined, async *[Symbol.asyncIterator]() { yield await Promise.resolve({ type: 'did' as const, done: 1 }) } }
  expect([await run.start(cut), run.state, run.message]).toEqual([false, 'failed', ''])
  const broken = { ...cut, async *[Symbol.asyncIterator](): AsyncGenerator<never> { await Promise.reject(new Error('No manager is reached.')) } }
  expect([await run.start(broken), run.state, run.message]).toEqual([false, 'failed', 'No manager is reached.'])
})
