import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { NO_MEMORY } from '../../../policy/autoscaling/behavior.ts'
import type { TaskState, UpdateStatus } from '../../docker/types.ts'
import type { ExtraEvent } from '../event-sink.ts'
import { SwarmExtras } from '../extras.ts'
import { withReplicas } from '../change-service.ts'
import { replicasOf } from '../service-state.ts'
import { FakeSwarm } from '../testing/fake-swarm.ts'
import { NOW, ago, node, service, task } from '../testing/make.ts'
import { intendAutoscale } from './intend.ts'
import type { AutoscaleIntent } from './intend.ts'
import { readingOf } from './read-containers.ts'
import { readAutoscale } from './settings.ts'
import { UsageBook } from './usage-book.ts'

const LABELS = { 'toque.autoscale.min': '2', 'toque.autoscale.max': '10', 'toque.autoscale.cpu': '50' }

/** A look at a service of so many tasks, whose containers use these millicores (of 100 that they reserve); NaN: not measured. */
function look(milli: number[], more: { replicas?: number; labels?: Record<string, string>; state?: UpdateStatus['State']; taskStates?: TaskState[]; since?: string } = {}): AutoscaleIntent {
  const web = service('web', { ...LABELS, ...more.labels }, { replicas: more.replicas ?? milli.length, ...(more.state === undefined ? {} : { state: more.state }) })
  const tasks = milli.map((_, i) => task(web, 'a', { state: more.taskStates?.[i] ?? 'running', ...(more.since === undefined ? {} : { since: more.since }) }))
  const usage = new Map(tasks.map((t, i) => [t.Status.ContainerStatus?.ContainerID ?? '', milli[i] ?? 0]))
  const asked = readAutoscale(web)
  if (asked.is !== 'asked') throw new Error('refused')
  return intendAutoscale({
    service: web, settings: asked.settings, tasks, memory: NO_MEMORY, now: NOW,
    usage: (id) => (Number.isNaN(usage.get(id) ?? NaN) ? undefined : { time: NOW, windowMs: 5000, cpuMilli: usage.get(id) ?? 0, memoryBytes: 32 * 2 ** 20 }),
  })
}
const AT_ONCE = { 'toque.autoscale.stabilization': '0' }

describe('one look', () => {
  test.each<[string, AutoscaleIntent, number, RegExp]>([
    ['up, to what the use asks for', look([100, 100, 100]), 6, /^From 3 to 6 tasks: on average its tasks use 100 % of the CPU that they ask for \(50 % is aimed at\)\.$/],
    ['up, no faster than upstream lets it', look([400, 400, 400]), 7, /^From 3 to 7/],
    ['within the tolerance', look([54, 54, 54]), 3, /3 tasks are right for that/],
    ['down, but not before the window is over', look([0, 0, 0, 0]), 4, /right/],
    ['down at once where the label says so', look([10, 10, 10, 10], { labels: AT_ONCE }), 2, /^From 4 to 2 tasks: on average its tasks use 10 %/],
    ['fewer than the least', look([50], { replicas: 1 }), 2, /^From 1 to 2 tasks: toque\.autoscale\.min is 2\.$/],
    ['more than the most', look(Array<number>(12).fill(50)), 10, /^From 12 to 10 tasks: toque\.autoscale\.max is 10\.$/],
    ['scaled to zero by a person', look([], { replicas: 0 }), 0, /^Somebody scaled it to 0/],
    ['the most is not enough', look(Array<number>(10).fill(100)), 10, /right for that/],
    ['a new version on its way', look([100, 100, 100], { state: 'updating' }), 3, /^A new version is on its way/],
    ['one that got stuck', look([100, 100, 100], { state: 'rollback_paused' }), 3, /^Its release stopped half-way \(told by Swarm\): it is not scaled until/],
    ['nothing measured', look([NaN, NaN, NaN]), 3, /^How much its tasks use cannot be told/],
    ['one is not measured: up only as far as if it used nothing', look([100, 100, NaN]), 4, /^From 3 to 4/],
    ['one is not measured: down only as far as if it used all that it asks for', look([0, 0, NaN], { labels: AT_ONCE }), 2, /^From 3 to 2/],
    ['one is not measured, and could be busy: not down', look([30, 40, NaN], { labels: AT_ONCE }), 3, /right/],
    ['one only starts: up as if it used nothing', look([100, 100, 100], { taskStates: ['running', 'running', 'starting'] }), 4, /^From 3 to 4/],
    ['tasks that only just began say nothing yet', look([100, 100, 100], { since: ago(1) }), 3, /^How much its tasks use cannot be told/],
    ['memory', look([0, 0], { labels: { 'toque.autoscale.memory': '25', ...AT_ONCE } }), 4, /use 0 % of the CPU .* and 50 % of the memory that they ask for \(25 % is aimed at\)/],
  ])('%s', (_, intent, to, sentence) => {
    expect(intent.to).toBe(to)
    expect(intent.message).toMatch(sentence)
  })

  test('at the most, and more is needed: that is told', () => expect(look(Array<number>(10).fill(100)).states).toMatchObject([{ type: 'Warning', reason: 'AtMaximum' }]))

  test('it never leaves the bounds, and moves only in the direction of the load', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.nat(500), fc.constant(NaN)), { minLength: 2, maxLength: 10 }), (milli) => {
      const { to, from } = look(milli, { labels: AT_ONCE })
      expect(to >= 2 && to <= 10).toBe(true)
      const known = milli.filter((m) => !Number.isNaN(m))
      if (known.every((m) => m > 55)) expect(to).toBeGreaterThanOrEqual(from)
      if (known.every((m) => m < 45)) expect(to).toBeLessThanOrEqual(from)
    }))
  })
})

describe('what containers use', () => {
  test.each([
    ['version 1 of cgroups', { read: ago(0), cpu_stats: { cpu_usage: { total_usage: 5 } }, memory_stats: { usage: 100, stats: { inactive_file: 1, total_inactive_file: 30 } } }, { at: NOW, cpuNanos: 5, memoryBytes: 70 }],
    ['version 2', { read: ago(0), cpu_stats: { cpu_usage: { total_usage: 5 } }, memory_stats: { usage: 100, stats: { inactive_file: 30 } } }, { at: NOW, cpuNanos: 5, memoryBytes: 70 }],
    ['one that ended', { read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {} }, undefined],
  ])('%s', (_, stats, expected) => expect(readingOf(stats)).toEqual(expected))

  test('rates are taken over the window, and not out of what could not be read', () => {
    const book = new UsageBook()
    const at = (second: number, cores: number): void => book.take('c', { at: NOW + second * 1000, cpuNanos: cores * 1e9, memoryBytes: 1 }, 2000)
    at(0, 0)
    expect(book.usage('c')).toBeUndefined()
    at(2, 1)
    expect(book.usage('c')).toMatchObject({ cpuMilli: 500, windowMs: 2000, time: NOW + 2000 })
    for (const second of [4, 6, 8, 10]) at(second, second / 2 + 1)
    expect(book.usage('c')).toMatchObject({ windowMs: 6000, cpuMilli: 500 })
    book.take('c', undefined, 2000)
    expect(book.usage('c')).toBeUndefined()
    at(12, 0)
    expect(book.usage('c')).toBeUndefined()
    book.keep(new Set())
    at(14, 1)
    expect(book.usage('c')).toBeUndefined()
  })
})

describe('over time', () => {
  let clock: FakeClock
  let swarm: FakeSwarm
  let extras: SwarmExtras
  let events: ExtraEvent[]
  const begin = (): SwarmExtras => {
    const made = new SwarmExtras({ picture: swarm.picture, manager: () => swarm.docker, dockerOf: () => swarm.docker, clock, sink: { event: (e) => events.push(e) }, onError: () => undefined })
    made.start()
    return made
  }
  /** As many running tasks as are asked for, as Swarm would have them. */
  const settleTasks = (): void => {
    const web = swarm.get('web')
    const own = swarm.tasks.slice(0, replicasOf(web))
    swarm.tasks = [...own, ...Array.from({ length: replicasOf(web) - own.length }, () => task(web, 'a'))]
  }
  const pass = async (seconds: number): Promise<void> => {
    for (let s = 0; s < seconds; s++) {
      await clock.advance(1000)
      settleTasks()
    }
  }

  beforeEach(() => {
    clock = new FakeClock(NOW)
    swarm = new FakeSwarm(() => clock.now())
    swarm.nodes = [node('a')]
    swarm.services = [service('web', { ...LABELS, 'toque.autoscale.min': '3', 'toque.autoscale.stabilization': '60s', 'toque.autoscale.every': '5s' }), service('other', {})]
    events = []
    settleTasks()
    extras = begin()
  })
  afterEach(() => extras.stop())

  test('3, 10, 3; the other service is not touched, and each step is told', async () => {
    await pass(20)
    expect(replicasOf(swarm.get('web'))).toBe(3)
    swarm.cpuOf = () => 100
    await pass(60)
    expect(replicasOf(swarm.get('web'))).toBe(10)
    swarm.cpuOf = () => 0
    await pass(40)
    expect(replicasOf(swarm.get('web'))).toBe(10)
    await pass(60)
    expect(replicasOf(swarm.get('web'))).toBe(3)
    expect(new Set(swarm.written.map((s) => s.Name))).toEqual(new Set(['web']))
    expect(events.filter((e) => e.reason === 'Scaled').map((e) => /From \d+ to \d+/.exec(e.message)?.[0])).toEqual(['From 3 to 6', 'From 6 to 7', 'From 7 to 10', 'From 10 to 3'])
    expect(events.filter((e) => e.reason === 'AtMaximum')).toHaveLength(1)
  })

  test('an engine that was started again takes nothing away before the window is over', async () => {
    swarm.edit('web', (spec) => withReplicas(spec, 8))
    settleTasks()
    await extras.stop()
    extras = begin()
    await pass(55)
    expect(replicasOf(swarm.get('web'))).toBe(8)
    await pass(30)
    expect(replicasOf(swarm.get('web'))).toBe(3)
  })

  test('what a person sets wins: at the moment of a write, and for the window afterwards', async () => {
    await pass(70)
    swarm.edit('web', (spec) => withReplicas(spec, 4))
    settleTasks()
    swarm.tell()
    await pass(50)
    expect(replicasOf(swarm.get('web'))).toBe(4)
    swarm.cpuOf = () => 100
    swarm.beforeWrite = () => swarm.edit('web', (spec) => withReplicas(spec, 0))
    await pass(30)
    expect(replicasOf(swarm.get('web'))).toBe(0)
    expect(swarm.written).toEqual([])
  })

  test('a node that does not answer: what ran there counts as not measured, and when nothing can be measured that is told once', async () => {
    await pass(10)
    swarm.cpuOf = () => undefined
    await pass(50)
    expect(events).toEqual([])
    await pass(60)
    expect([events.map((e) => e.reason), swarm.written]).toEqual([['UsageUnknown'], []])
  })

  test('what Swarm refuses is told once', async () => {
    swarm.refusal = 'no quorum'
    swarm.cpuOf = () => 100
    await pass(60)
    expect(events.map((e) => `${e.reason}: ${e.message}`)).toEqual([expect.stringMatching(/^ScaleFailed: It should have 6 tasks instead of 3, but that could not be told to Swarm: no quorum$/)])
  })

  test('labels that cannot be followed are told, once, and nothing is done', async () => {
    swarm.edit('web', (spec) => ({ ...spec, Labels: { ...LABELS, 'toque.autoscale.max': '1' } }))
    swarm.cpuOf = () => 100
    for (let i = 0; i < 5; i++) swarm.tell()
    await pass(40)
    expect([events.map((e) => e.reason), swarm.written, clock.pending]).toEqual([['AutoscaleRefused'], [], 0])
  })

  test('without labels there is no timer and nothing is measured', async () => {
    await pass(10)
    expect(clock.pending).toBe(1)
    swarm.edit('web', (spec) => ({ ...spec, Labels: {} }))
    swarm.tell()
    await pass(1)
    const asked = swarm.statsAsked
    swarm.tell()
    await pass(120)
    expect([clock.pending, swarm.statsAsked]).toEqual([0, asked])
    await extras.stop()
    expect(swarm.listeners).toBe(0)
  })

  test('a plan says what would be done, and does nothing', async () => {
    await extras.stop()
    swarm.cpuOf = () => 100
    const planner = new SwarmExtras({ picture: swarm.picture, manager: () => swarm.docker, dockerOf: () => swarm.docker, clock, sink: { event: (e) => events.push(e) }, onError: () => undefined })
    const { signal } = new AbortController()
    expect(await planner.plan(signal)).toMatchObject([{ extra: 'autoscale', what: 'nothing', message: expect.stringMatching(/cannot be told/) as string }])
    await clock.advance(5000)
    expect(await planner.plan(signal)).toMatchObject([
      { about: { apiVersion: 'swarm', kind: 'Service', name: 'web' }, extra: 'autoscale', what: 'scale', message: expect.stringMatching(/^From 3 to 6/) as string },
    ])
    expect([swarm.written, events, clock.pending]).toEqual([[], [], 0])
  })
})
