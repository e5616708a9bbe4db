import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeSwarm } from '../testing/fake-swarm.ts'
import { SwarmTask } from './swarm-task.svelte.ts'

let swarm: FakeSwarm
let task: SwarmTask
beforeEach(() => {
  vi.useFakeTimers()
  swarm = new FakeSwarm('swarm-empty', 100)
  task = new SwarmTask(swarm)
})
afterEach(() => void vi.useRealTimers())
const wait = async (ms: number): Promise<void> => { await vi.advanceTimersByTimeAsync(ms) }
const states = (): string[] => task.steps.map(({ state }) => state)

async function begun(): Promise<void> {
  void task.look({ type: 'init', server: 'kitchen-1' })
  await wait(60)
  void task.start()
  await wait(100)
}

test('the plan first, then step by step to the end; nothing is done before it is started', async () => {
  await begun()
  void task.look({ type: 'join', server: 'kitchen-2', role: 'manager' })
  await wait(60)
  expect([task.isReady, states(), task.plan.value?.consequences.map(({ reason }) => reason), swarm.ran.length]).toEqual([true, ['waiting', 'waiting'], ['TwoManagers'], 1])
  const done = task.start()
  await wait(10)
  expect([task.state, states()]).toEqual(['running', ['now', 'waiting']])
  await wait(100)
  expect(states()).toEqual(['done', 'now'])
  await wait(100)
  expect([await done, task.state, states(), swarm.state.quorum?.managers]).toEqual([true, 'done', ['done', 'done'], 2])
})

test('what is refused cannot be started; why is in the plan', async () => {
  void task.look({ type: 'forceNewCluster', server: 'kitchen-1' })
  await wait(60)
  expect([task.isReady, task.plan.value?.refused?.reason, await task.start(), swarm.ran]).toEqual([false, 'Refused', false, []])
})

test('nothing to do is no failure, and nothing to start', async () => {
  void task.look({ type: 'labels', node: 'x', labels: {} })
  await wait(60)
  expect([task.isReady, task.plan.value?.steps, await task.start()]).toEqual([false, [], false])
})

test('a step that fails says where and why; looking again makes a new plan', async () => {
  await begun()
  void task.look({ type: 'join', server: 'slow', role: 'worker' })
  await wait(60)
  void task.start()
  await wait(110)
  expect([task.state, states()]).toEqual(['failed', ['failed', 'waiting']])
  expect(task.error).toMatch(/^slow cannot reach the manager on TCP port 2377/)
  void task.look({ type: 'join', server: 'pantry', role: 'worker' })
  await wait(60)
  expect([task.state, task.error, task.isReady, states()]).toEqual(['planned', '', true, ['waiting', 'waiting']])
})

test('stopped, nothing more is begun, and what comes late changes nothing', async () => {
  await begun()
  void task.look({ type: 'join', server: 'pantry', role: 'worker' })
  await wait(60)
  const done = task.start()
  await wait(10)
  task.stop()
  await wait(500)
  expect([task.state, await done, states(), task.hasRest, swarm.state.nodes.length]).toEqual(['stopped', false, ['asked', 'waiting'], true, 1])
})

test('a rotation that is stopped goes on by itself: there is no rest of it to ask for', async () => {
  await begun()
  void task.look({ type: 'rotateCa' })
  await wait(60)
  void task.start()
  await wait(10)
  task.stop()
  expect([task.state, states(), task.hasRest]).toEqual(['stopped', ['asked'], false])
  void task.look({ type: 'rotateCa' })
  await wait(60)
  void task.start()
  task.stop()
  // Before anything was asked for.
  expect([task.state, states(), task.hasRest]).toEqual(['stopped', ['waiting'], true])
})
