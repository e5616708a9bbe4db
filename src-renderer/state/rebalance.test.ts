import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeRebalance } from '../testing/fake-rebalance.ts'
import { FakeWorld } from '../testing/fake-world.ts'
import { RebalanceTask } from './rebalance.svelte.ts'
import { toasts } from './toasts.svelte.ts'

let task: RebalanceTask
let leave: () => void
beforeEach(() => {
  vi.useFakeTimers()
  task = new RebalanceTask(new FakeRebalance(new FakeWorld(Date.now(), true), { stepMs: 100 }))
  leave = task.state.use()
})
afterEach(() => {
  leave()
  for (const toast of toasts.list) toasts.dismiss(toast.id)
  vi.useRealTimers()
})
const wait = async (ms: number): Promise<void> => { await vi.advanceTimersByTimeAsync(ms) }

test('a plan, a run that can be followed, and nothing more to do', async () => {
  void task.look()
  await wait(100)
  expect([task.plan.value?.moves.length, task.plan.value?.kept.length, task.run]).toEqual([3, expect.any(Number), undefined])
  void task.start()
  await wait(210)
  expect([task.isUnderWay, task.run?.phase, task.run?.moves.map((move) => move.over)]).toEqual([true, 'Running', [false]])
  await wait(400)
  expect([task.isUnderWay, task.run?.phase, task.run?.moves.every((move) => move.over)]).toEqual([false, 'Done', true])
  void task.look()
  await wait(100)
  expect([task.run, task.plan.value?.moves]).toEqual([undefined, []])
})

test('one that is under way is shown to whoever comes, and can be stopped', async () => {
  void task.start()
  await wait(250)
  void task.look()
  await wait(70)
  expect(task.run?.phase).toBe('Running')
  void task.stop()
  await wait(100)
  expect([task.run, task.isUnderWay, task.plan.value?.moves.length]).toEqual([undefined, false, 3])
})

test('by itself, until that is taken back; a failure is told', async () => {
  void task.keep(true)
  await wait(10)
  expect(task.state.value?.always).toBe(true)
  void task.keep(false)
  await wait(10)
  expect(task.state.value?.always).toBe(false)
  const failing = new RebalanceTask(new FakeRebalance(new FakeWorld(Date.now(), true), { fails: true }))
  void failing.look()
  await wait(100)
  expect(failing.plan.error).toMatch(/disk .* is full/)
  void failing.start()
  await wait(100)
  expect([toasts.list.at(-1)?.tone, failing.busy]).toEqual(['bad', false])
})
