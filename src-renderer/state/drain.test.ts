import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { Actions } from './actions.svelte.ts'
import { DrainRun } from './drain.svelte.ts'
import { toasts } from './toasts.svelte.ts'

const node = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'kitchen-1' }
let cluster: FakeCluster
let actions: Actions
let run: DrainRun
beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  cluster = new FakeCluster('lively', 50)
  actions = new Actions(cluster)
  run = new DrainRun(cluster, (of, complete) => actions.drainEnded(of, complete))
})
afterEach(() => {
  cluster.stop()
  for (const toast of toasts.list) toasts.dismiss(toast.id)
  vi.useRealTimers()
})
const schedulable = (): boolean | undefined => cluster.world.nodes.find((n) => n.ref.name === node.name)?.schedulable

test('cordoning is taken back', async () => {
  await actions.cordon(node, true)
  expect(schedulable()).toBe(false)
  await toasts.list.at(-1)?.undo?.()
  expect(schedulable()).toBe(true)
})

test('a drain runs until the node is empty; taking it back opens the node', async () => {
  const plan = await cluster.drainPlan(node)
  expect(plan.pods.length).toBeGreaterThan(3)
  expect(plan.elsewhere).toEqual(['kitchen-2'])
  const over = run.start(node)
  // Its toast goes after 8 s.
  for (let i = 0; i < 400 && run.state === 'running'; i++) await vi.advanceTimersByTimeAsync(50)
  await over
  expect([run.state, run.progress?.done, run.progress?.pods.every((p) => p.state === 'ended')]).toEqual(['done', true, true])
  expect(cluster.world.pods.filter((p) => p.node === node.name)).toEqual([])
  expect(toasts.list.at(-1)?.tone).toBe('ok')
  await toasts.list.at(-1)?.undo?.()
  expect(schedulable()).toBe(true)
})

test('one that is left stops, and says that the node is still closed', async () => {
  const over = run.start(node)
  await vi.advanceTimersByTimeAsync(100)
  expect(run.state).toBe('running')
  run.leave()
  await vi.advanceTimersByTimeAsync(200)
  await over
  expect([run.state, run.progress, toasts.list.at(-1)?.tone, schedulable()]).toEqual(['idle', undefined, 'info', false])
  expect(cluster.world.pods.filter((p) => p.node === node.name).length).toBeGreaterThan(0)
})

test('a failure is told, and can be tried again', async () => {
  const failing = new DrainRun(new FakeCluster('error', 1_000_000), () => undefined)
  const over = failing.start(node)
  await vi.advanceTimersByTimeAsync(100)
  await over
  expect([failing.state, failing.error]).toEqual(['failed', expect.stringMatching(/disk .* is full/)])
})
