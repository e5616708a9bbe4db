import { expect, test } from 'vitest'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import type { SimulatedNode } from '../testing/simulated-node.ts'
import { onSimulatedNode } from '../testing/simulated-node.ts'

let s: SimulatedNode
onSimulatedNode((node) => (s = node))

test('a container killed by hand is started again, at once when it ran well, once', async () => {
  await s.create('p', 'steady')
  await s.clock.advance(10_500)
  s.node.containers.kill(await s.container('p'), true)
  await s.clock.advance(0)
  await s.clock.advance(0)
  expect((await s.pod('p')).status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true, lastState: { terminated: { exitCode: 137, reason: 'Error' } } })
})

test.each(['app', 'sandbox'])('a killed %s is started again before the runtime has answered any question, and is unready meanwhile', async (role) => {
  await s.create('p', 'steady')
  await s.clock.advance(10_500)
  const victim = (await s.node.containers.list()).find((c) => c.labels[DockerLabel.role] === role)?.id ?? ''
  const ready: (boolean | undefined)[] = []
  const removeHandler = s.informers.for(Pods).addHandler({ onUpdate: (p) => void ready.push(p.status?.containerStatuses?.[0]?.ready) })
  let answer: (nothing: undefined) => void = () => undefined
  const silence = new Promise<undefined>((resolve) => (answer = resolve))
  s.node.containers.inspect = () => silence
  s.node.containers.kill(victim, true)
  await s.clock.advance(0)
  expect((await s.node.containers.list()).find((c) => c.id === victim)?.state).toBe('running')
  expect(ready[0]).toBe(false)
  answer(undefined)
  removeHandler()
})

test('a crash loop is said, counted, and goes on over an engine restart without a start too many', async () => {
  await s.create('p', 'crashes')
  await s.clock.advance(10_000)
  const before = (await s.pod('p')).status?.containerStatuses?.[0]
  expect(before?.restartCount).toBeGreaterThan(2)
  // One for each death but the first, all in the same words, so that they are one Event with a count.
  expect(s.told.length).toBeGreaterThanOrEqual((before?.restartCount ?? 0) - 1)
  expect(new Set(s.told)).toEqual(new Set(['BackOff: Back-off restarting failed container app: it ends soon after each start, its log says why']))
  await s.end()
  await s.begin()
  const after = (await s.pod('p')).status?.containerStatuses?.[0]
  expect((after?.restartCount ?? 0) - (before?.restartCount ?? 0)).toBeLessThanOrEqual(1)
  const id = await s.container('p')
  for (let i = 0; i < 100 && (await s.node.containers.inspect(id))?.state !== 'restarting'; i++) await s.clock.advance(100)
  await s.clock.advance(1)
  expect((await s.pod('p')).status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff')
})

test.each([['after a while', 'crashes', 100], ['at once, its start told late', 'stumbles', 60]])('a run that is over before Docker answers about the one before is counted, once: %s', async (_, image, afterMs) => {
  const { inspect } = s.node.containers
  let late = true
  s.node.containers.inspect = async (id) => {
    const now = await inspect.call(s.node.containers, id)
    if (!late || now?.state !== 'restarting' || now.finishedAt === undefined) return now
    late = false
    // What Docker's own restart made meanwhile; its events come after this answer.
    return { ...now, state: 'exited', startedAt: now.finishedAt + afterMs, finishedAt: now.finishedAt + 150, exitCode: 0 }
  }
  await s.create('p', image, 'OnFailure')
  await s.clock.advance(1050)
  expect(late).toBe(false)
  expect((await s.pod('p')).status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ restartCount: 1, state: { terminated: { exitCode: 0 } } }] })
})

/** A container that runs, and what Docker tells and answers of it from `at` on, whatever it does. */
async function retold(): Promise<{ at: number; tell: (type: 'start' | 'die', time: number, exitCode?: number) => void; answer: (seen: Partial<ObservedContainer> | undefined) => void; status: () => Promise<unknown> }> {
  const { inspect } = s.node.containers
  await s.create('p', 'steady')
  await s.clock.advance(200)
  const id = await s.container('p')
  const handlers: ((event: RuntimeEvent) => void)[] = []
  const labels = (await inspect.call(s.node.containers, id))?.labels ?? {}
  await s.end()
  const follow = s.node.containers.follow.bind(s.node.containers)
  s.node.containers.follow = (handler, signal) => {
    handlers.push((event) => handler.onEvent(event))
    return follow(handler, signal)
  }
  await s.begin()
  let answered: Partial<ObservedContainer> | undefined
  s.node.containers.inspect = async (asked) => {
    const now = await inspect.call(s.node.containers, asked)
    return asked === id && now !== undefined ? { ...now, ...answered } : now
  }
  return {
    at: s.clock.now(),
    tell: (type, time, exitCode) => handlers.forEach((handle) => handle({ type, id, labels, time, ...(exitCode === undefined ? {} : { exitCode }) })),
    answer: (seen) => void (answered = seen),
    status: async () => (await s.pod('p')).status?.containerStatuses?.[0],
  }
}

test('Docker answers about a run when the one after the next is under way: both that ended are counted, and it is not said to crash on', async () => {
  const { at, tell, answer, status } = await retold()
  answer({ state: 'running', startedAt: at + 1500, finishedAt: at + 1300, exitCode: 0 })
  tell('die', at + 1000, 1)
  await s.clock.advance(0)
  tell('start', at + 1200)
  tell('die', at + 1300, 0)
  tell('start', at + 1501)
  await s.clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 2, ready: true, state: { running: {} }, lastState: { terminated: { exitCode: 0 } } })
})

test.each([['', 1120], [', and the run was so short that Docker has its end before its start', 1080]])('a start is told later than the end of its run was seen, by more than a restart takes%s: it is one run', async (_, endMs) => {
  const { at, tell, answer, status } = await retold()
  answer({ state: 'restarting', startedAt: at + 1100, finishedAt: at + endMs, exitCode: 2 })
  tell('die', at + 1000, 1)
  tell('start', at + 1300)
  tell('die', at + 1120, 2)
  await s.clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 1, ready: false, lastState: { terminated: { exitCode: 2 } } })
  // The next one is another.
  answer({ state: 'running', startedAt: at + 1320, finishedAt: at + 1120, exitCode: 2 })
  tell('start', at + 1330)
  await s.clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 2, ready: true, state: { running: {} }, lastState: { terminated: { exitCode: 2 } } })
})

test('a start is told when the run after it is over, too: all three are counted', async () => {
  const { at, tell, answer, status } = await retold()
  answer({ state: 'restarting', finishedAt: at + 1000, exitCode: 1 })
  tell('die', at + 1000, 1)
  await s.clock.advance(0)
  answer({ state: 'running', startedAt: at + 1400, finishedAt: at + 1250, exitCode: 2 })
  tell('start', at + 1110)
  tell('die', at + 1250, 2)
  tell('start', at + 1410)
  await s.clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 2, ready: true, state: { running: {} }, lastState: { terminated: { exitCode: 2 } } })
})
