import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Explanation } from '../../../common/contract/objects.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ServiceSpec } from '../../docker/specs.ts'
import type { SwarmService, TaskState } from '../../docker/types.ts'
import type { ExtraEvent } from '../event-sink.ts'
import { SwarmExtras } from '../extras.ts'
import { FakeSwarm } from '../testing/fake-swarm.ts'
import { NOW, ago, node, service, task } from '../testing/make.ts'
import type { Condition } from './conditions.ts'
import { conditionsOf } from './conditions.ts'
import { EndedTasks } from './ended-tasks.ts'
import { readAlert } from './settings.ts'

const GLOBAL: ServiceSpec['Mode'] = { Global: {} }

/** What is so of a service with one label, whose tasks are in these states (`@b` behind it: on that node), whose containers use so much, and whose tasks ended so many seconds ago. */
function look(labels: Record<string, string>, states: readonly string[], more: { mode?: ServiceSpec['Mode']; desired?: number; milli?: (number | undefined)[]; endedAgo?: number[] } = {}): Condition {
  const made = service('web', labels, { replicas: 3, ...(more.mode === undefined ? {} : { mode: more.mode }) })
  const web: SwarmService = { ...made, ...(more.desired === undefined ? {} : { ServiceStatus: { DesiredTasks: more.desired, RunningTasks: 0, CompletedTasks: 0 } }) }
  const tasks = states.map((text) => task(web, text.split('@')[1] ?? 'a', { state: text.split('@')[0] as TaskState }))
  const milli = new Map(tasks.map((t, i) => [t.Status.ContainerStatus?.ContainerID ?? '', more.milli?.[i]]))
  const asked = readAlert(web)
  if (asked.is !== 'asked') throw new Error(JSON.stringify(asked))
  const [condition] = conditionsOf({
    service: web, settings: asked.settings, tasks, nodes: [node('a'), node('b', { state: 'down' })], now: NOW, ends: (more.endedAgo ?? []).map((s) => NOW - s * 1000),
    usage: (id) => (milli.get(id) === undefined ? undefined : { time: NOW, windowMs: 5000, cpuMilli: milli.get(id) ?? 0, memoryBytes: 48 * 2 ** 20 }),
  })
  if (condition === undefined) throw new Error('nothing')
  return condition
}

describe('what is so', () => {
  const [TASKS, RESTARTS, CPU] = [{ 'toque.alert.tasks': '5m' }, { 'toque.alert.restarts': '2' }, { 'toque.alert.cpu': '80' }]
  test.each<[string, Condition, boolean | undefined, RegExp]>([
    ['all run', look(TASKS, ['running', 'running', 'running']), false, /^3 of its 3 tasks run/],
    ['one only starts', look(TASKS, ['running', 'running', 'starting']), true, /^2 of its 3 tasks run, and fewer than it should have for more than 5m \(toque\.alert\.tasks\)\./],
    ['one is on a server that is down', look(TASKS, ['running', 'running', 'running@b']), true, /^2 of its 3/],
    ['of a global service Swarm says how many', look(TASKS, ['running'], { mode: GLOBAL, desired: 2 }), true, /^1 of its 2/],
    ['and where it does not, nothing is told', look(TASKS, ['running'], { mode: GLOBAL }), undefined, /./],
    ['none ended', look(RESTARTS, []), false, /./], ['as many as it lets pass', look(RESTARTS, [], { endedAgo: [1, 2, 601] }), false, /./],
    ['more', look(RESTARTS, [], { endedAgo: [1, 2, 599] }), true, /^3 of its tasks ended by themselves within 10m: more than 2 \(toque\.alert\.restarts\)\./],
    ['within its own window', look({ ...RESTARTS, 'toque.alert.window': '10s' }, [], { endedAgo: [1, 2, 11] }), false, /./],
    ['busy', look(CPU, ['running', 'running', 'running'], { milli: [100, 100, 50] }), true, /^On average its tasks use 83 % of the CPU that they may use, and more than 80 % for more than 5m \(toque\.alert\.cpu\)\.$/],
    ['at the threshold', look(CPU, ['running', 'running'], { milli: [60, 100] }), false, /80 %/],
    ['one is not measured: the others count', look(CPU, ['running', 'running'], { milli: [90, undefined] }), true, /90 %/],
    ['nothing is measured', look(CPU, ['running', 'running']), undefined, /./],
    ['memory', look({ 'toque.alert.memory': '70%' }, ['running'], { milli: [0] }), true, /^On average its tasks use 75 % of the memory that they may use/],
  ])('%s', (_, { isOver, message }, over, sentence) => {
    expect(isOver).toBe(over)
    expect(message).toMatch(sentence)
  })

  test('restarts are over when the oldest leaves the window', () => expect(look(RESTARTS, [], { endedAgo: [1, 2, 590] }).lookAgainMs).toBe(10_000))
})

test('tasks that ended: what was there before counts from then, what comes while it is watched from when it was seen, also when Swarm keeps it no more', () => {
  const web = service('web', {})
  const ended = new EndedTasks()
  const old = [task(web, 'a', { state: 'failed', since: ago(100) }), task(web, 'a', { state: 'complete', since: ago(5) }), task(web, 'a', { state: 'shutdown', since: ago(1) }), task(web, 'a')]
  ended.take(web.ID, old, 1_000_000, NOW)
  expect(ended.times(web.ID, 600_000, old, 1_000_000)).toEqual([900_000, 995_000])
  // Its node's clock is an hour behind.
  const fresh = [task(web, 'a', { state: 'rejected', since: ago(3600) })]
  ended.take(web.ID, fresh, 1_010_000, NOW + 10_000)
  ended.take(web.ID, fresh, 1_020_000, NOW + 20_000)
  expect(ended.times(web.ID, 600_000, fresh, 1_020_000)).toEqual([900_000, 995_000, 1_010_000])
  expect(ended.times(web.ID, 20_000, fresh, 1_020_000)).toEqual([1_010_000])
  expect(ended.times('other', 600_000, fresh, 0)).toEqual([])
})

describe('over time', () => {
  const LABELS = { 'toque.alert.tasks': '60s', 'toque.alert.restarts': '2', 'toque.alert.window': '2m', 'toque.alert.cpu': '80', 'toque.alert.for': '30s', 'toque.alert.every': '5s' }
  let clock: FakeClock
  let swarm: FakeSwarm
  let extras: SwarmExtras
  let events: ExtraEvent[]
  let board: ReadonlyMap<string, readonly Explanation[]>
  let shown: number
  const begin = (): SwarmExtras => {
    const made = new SwarmExtras({
      picture: swarm.picture, manager: () => swarm.docker, dockerOf: () => swarm.docker, clock, sink: { event: (e) => events.push(e) }, onError: () => undefined,
      board: { raised: (alerts) => {
        board = alerts
        shown++
      } },
    })
    made.start()
    return made
  }
  const tasks = (count: number): void => {
    const kept = swarm.tasks.filter((t) => t.Status.State !== 'running')
    const running = swarm.tasks.filter((t) => t.Status.State === 'running').slice(0, count)
    swarm.tasks = [...kept, ...running, ...Array.from({ length: count - running.length }, () => task(swarm.get('web'), 'a'))]
    swarm.tell()
  }
  const said = (): string[] => events.map((e) => `${e.type} ${e.reason}`)
  const up = (): string[] => (board.get('web-id') ?? []).map((a) => a.reason)

  beforeEach(() => {
    clock = new FakeClock(NOW)
    swarm = new FakeSwarm(() => clock.now())
    swarm.nodes = [node('a')]
    swarm.services = [service('web', LABELS), service('other', {})]
    swarm.tasks = []
    events = []
    board = new Map()
    shown = 0
    tasks(3)
    extras = begin()
  })
  afterEach(() => extras.stop())

  test('too few tasks: told once when it has been so for long enough, and once when it is over', async () => {
    await clock.advance(100_000)
    tasks(2)
    await clock.advance(59_000)
    expect([said(), up()]).toEqual([[], []])
    await clock.advance(2_000)
    expect([said(), up()]).toEqual([['Warning TasksMissing'], ['TasksMissing']])
    for (let i = 0; i < 20; i++) {
      await clock.advance(10_000)
      swarm.tell()
    }
    tasks(3)
    await clock.advance(1)
    expect([said(), up(), shown, swarm.written]).toEqual([['Warning TasksMissing', 'Normal AlertCleared'], [], 2, []])
    expect(events.map((e) => [e.about.name, e.message.split(',')[0]])).toEqual([['web', '2 of its 3 tasks run'], ['web', 'All of its 3 tasks run again.']])
  })

  test('a short gap is none, and a crash loop is told although each gap is short', async () => {
    await clock.advance(1)
    for (let i = 0; i < 3; i++) {
      tasks(2)
      swarm.tasks = [...swarm.tasks.filter((t) => t.Status.State === 'running'), task(swarm.get('web'), 'a', { state: 'failed', DesiredState: 'shutdown' })]
      await clock.advance(5_000)
      tasks(3)
      await clock.advance(15_000)
    }
    expect([said(), up()]).toEqual([['Warning RestartsOften'], ['RestartsOften']])
    await clock.advance(50_000)
    expect(up()).toEqual(['RestartsOften'])
    await clock.advance(50_000)
    expect([said(), up()]).toEqual([['Warning RestartsOften', 'Normal AlertCleared'], []])
    expect(events[1]?.message).toBe('Within 2m 2 of its tasks ended by themselves: no more than 2.')
  })

  test('much CPU, for long enough, and not in what cannot be measured', async () => {
    swarm.cpuOf = () => 95
    await clock.advance(30_000)
    expect(said()).toEqual([])
    await clock.advance(15_000)
    expect([said(), up()]).toEqual([['Warning CpuHigh'], ['CpuHigh']])
    swarm.cpuOf = () => undefined
    await clock.advance(300_000)
    expect(up()).toEqual(['CpuHigh'])
    swarm.cpuOf = () => 10
    await clock.advance(60_000)
    expect([said(), up()]).toEqual([['Warning CpuHigh', 'Normal AlertCleared'], []])
  })

  test('other thresholds, no labels, and a service that is gone', async () => {
    tasks(2)
    await clock.advance(61_000)
    swarm.edit('web', (spec) => ({ ...spec, Labels: { ...spec.Labels, 'toque.alert.tasks': '2h' } }))
    swarm.tell()
    await clock.advance(1_000)
    // It is still so: that it takes longer to be told of does not end it.
    expect([said(), up()]).toEqual([['Warning TasksMissing'], ['TasksMissing']])
    swarm.edit('web', (spec) => ({ ...spec, Labels: { 'toque.alert.restarts': '5' } }))
    swarm.tell()
    await clock.advance(1)
    expect([said(), up()]).toEqual([['Warning TasksMissing', 'Normal AlertCleared'], []])
    events = []
    swarm.edit('web', (spec) => ({ ...spec, Labels: { 'toque.alert.tasks': '0' } }))
    swarm.tell()
    await clock.advance(1)
    expect(up()).toEqual(['TasksMissing'])
    swarm.edit('web', (spec) => ({ ...spec, Labels: {} }))
    swarm.tell()
    await clock.advance(1)
    expect([said(), up(), clock.pending]).toEqual([['Warning TasksMissing', 'Normal AlertCleared'], [], 0])
    const asked = swarm.statsAsked
    await clock.advance(600_000)
    expect(swarm.statsAsked).toBe(asked)
    swarm.edit('web', (spec) => ({ ...spec, Labels: LABELS }))
    swarm.tell()
    await clock.advance(61_000)
    expect(up()).toEqual(['TasksMissing'])
    swarm.services = swarm.services.slice(1)
    swarm.tell()
    await clock.advance(1)
    expect([board.size, clock.pending, said().length]).toEqual([0, 0, 3])
  })

  test('labels that cannot be followed are told once, and nothing is watched', async () => {
    swarm.edit('web', (spec) => ({ ...spec, Labels: { ...LABELS, 'toque.alert.disk': '90' } }))
    for (let i = 0; i < 5; i++) swarm.tell()
    tasks(0)
    await clock.advance(300_000)
    expect([said(), clock.pending]).toEqual([['Warning AlertRefused'], 0])
    expect((await extras.plan(new AbortController().signal)).map(({ extra, what }) => [extra, what])).toEqual([['alert', 'refused']])
  })
})
