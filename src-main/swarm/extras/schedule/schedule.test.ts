import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ServiceSpec, TaskSpec } from '../../docker/specs.ts'
import type { SwarmService, SwarmTask, TaskState, UpdateStatus } from '../../docker/types.ts'
import { withReplicas } from '../change-service.ts'
import type { ExtraEvent } from '../event-sink.ts'
import { SwarmExtras } from '../extras.ts'
import { labelsOf, LAST_RUN, RUNNING } from '../labels.ts'
import { replicasOf } from '../service-state.ts'
import { FakeSwarm } from '../testing/fake-swarm.ts'
import { NOW, ago, service, task } from '../testing/make.ts'
import { intendSchedule } from './intend.ts'
import type { ScheduleIntent } from './intend.ts'
import { readSchedule } from './settings.ts'

const LABELS = { 'toque.schedule': '*/10 * * * *' }
const NONE: TaskSpec = { RestartPolicy: { Condition: 'none' } }
const JOB: ServiceSpec['Mode'] = { ReplicatedJob: { TotalCompletions: 1 } }
const marked = (at: string): Record<string, string> => ({ [LAST_RUN]: at, [RUNNING]: 'true' })

/** A look at a service, twelve o'clock and `late` seconds, that was last written at `updated`; tasks by state (`-` after it: Swarm wants it no more). */
function look(labels: Record<string, string>, tasks: string[], more: { mode?: ServiceSpec['Mode']; replicas?: number; updated?: string; late?: number; state?: UpdateStatus['State']; forced?: number } = {}): ScheduleIntent {
  const spec: TaskSpec = { ...NONE, ...(more.forced === undefined ? {} : { ForceUpdate: more.forced }) }
  const night = service('night', { ...LABELS, ...labels }, { replicas: more.replicas ?? 0, task: spec, updatedAt: more.updated ?? ago(30), ...(more.mode === undefined ? {} : { mode: more.mode }), ...(more.state === undefined ? {} : { state: more.state }) })
  const asked = readSchedule(night)
  if (asked.is !== 'asked') throw new Error('refused')
  return intendSchedule({
    service: night, settings: asked.settings, now: NOW + (more.late ?? 0) * 1000,
    tasks: tasks.map((text, i) => task(night, 'a', { Slot: i + 1, state: text.replace('-', '') as TaskState, DesiredState: text.endsWith('-') ? 'shutdown' : 'running', CreatedAt: ago(20), ...(text.startsWith('failed') ? { exitCode: 3 } : {}) })),
  })
}

describe('one look', () => {
  test.each<[string, ScheduleIntent, ScheduleIntent['what'], RegExp]>([
    ['it is time', look({}, []), 'run', /^It is run for 2026-01-01T12:00:00Z \(\*\/10 \* \* \* \*, UTC\)\.$/],
    ['it was just written', look({}, [], { updated: ago(0) }), 'nothing', /^It runs next at 2026-01-01T12:10:00Z/],
    ['it ran for this time', look({ [LAST_RUN]: ago(0) }, []), 'nothing', /12:10:00Z/],
    ['it ran for the time before', look({ [LAST_RUN]: ago(600) }, []), 'run', /12:00:00Z/],
    ['of what was missed the latest counts', look({ [LAST_RUN]: ago(7200) }, [], { late: 61 }), 'run', /12:00:00Z/],
    ['missed by more than it allows', look({ [LAST_RUN]: ago(7200), 'toque.schedule.deadline': '60s' }, [], { late: 61 }), 'nothing', /12:10:00Z/],
    ['missed by less', look({ [LAST_RUN]: ago(7200), 'toque.schedule.deadline': '60s' }, [], { late: 59 }), 'run', /12:00:00Z/],
    ['in its zone', look({ 'toque.schedule': '0 21 * * *', 'toque.schedule.timezone': 'Asia/Seoul' }, []), 'run', /Asia\/Seoul/],
    ['it still runs', look(marked(ago(600)), ['running'], { replicas: 1 }), 'wait', /the run before is not over: it waits for that/],
    ['it still runs, and is to be replaced', look({ ...marked(ago(600)), 'toque.schedule.concurrency': 'replace' }, ['running'], { replicas: 1 }), 'run', /in the place of the one before/],
    ['one of two still runs', look(marked(ago(0)), ['complete-', 'running'], { replicas: 2 }), 'nothing', /^It runs now\. It runs next/],
    ['its tasks are not there yet', look(marked(ago(0)), [], { replicas: 1 }), 'nothing', /^It runs now\./],
    ['it failed and may be started again', look(marked(ago(0)), ['failed'], { replicas: 1 }), 'nothing', /^It runs now\./],
    ['it failed for good', look(marked(ago(0)), ['failed-', 'complete-'], { replicas: 2 }), 'rest', /^The run is over: 1 of its 2 tasks failed \(exit code 3\)\.$/],
    ['it did its work', look(marked(ago(0)), ['complete-', 'complete-'], { replicas: 2 }), 'rest', /^The run is over: it did its work\.$/],
    ['somebody stopped it', look(marked(ago(0)), [], { replicas: 0 }), 'rest', /somebody scaled it to 0/],
    ['a person runs it by hand', look({ [LAST_RUN]: ago(0) }, ['complete-'], { replicas: 1 }), 'nothing', /12:10:00Z/],
    ['a job that is over: nothing is written to it', look({ [LAST_RUN]: ago(0) }, ['complete'], { mode: JOB }), 'nothing', /12:10:00Z/],
    ['a job that still runs', look({ [LAST_RUN]: ago(600) }, ['running'], { mode: JOB }), 'wait', /not over/],
    ['its tasks are being replaced', look({}, [], { state: 'updating' }), 'wait', /being replaced/],
    ['that stopped half-way', look({}, [], { state: 'paused' }), 'run', /12:00:00Z/],
    ['a time that never comes', look({ 'toque.schedule': '0 0 31 2 *' }, []), 'nothing', /^It will not run again\.$/],
  ])('%s', (_, intent, what, sentence) => {
    expect(intent.what).toBe(what)
    expect(intent.message).toMatch(sentence)
  })

  test('tasks of another run are not taken for those of this one', () => {
    const night = service('night', { ...LABELS, ...marked(ago(0)) }, { replicas: 1, task: { ...NONE, ForceUpdate: 5 } })
    const asked = readSchedule(night)
    const old = task(service('night', {}, { task: { ...NONE, ForceUpdate: 4 } }), 'a', { ServiceID: night.ID, state: 'complete', DesiredState: 'shutdown' })
    if (asked.is !== 'asked') throw new Error('refused')
    expect(intendSchedule({ service: night, settings: asked.settings, tasks: [old], now: NOW }).what).toBe('nothing')
    expect(intendSchedule({ service: night, settings: asked.settings, tasks: [old, task(night, 'a', { state: 'complete', DesiredState: 'shutdown' })], now: NOW }).what).toBe('rest')
  })

  test('many missed times are told', () => expect(look({ [LAST_RUN]: ago(600 * 200) }, []).states).toMatchObject([{ reason: 'MissedRuns' }]))
})

describe('over time', () => {
  let clock: FakeClock
  let swarm: FakeSwarm
  let events: ExtraEvent[]
  const engines: SwarmExtras[] = []
  const begin = (picture = swarm.picture): SwarmExtras => {
    const made = new SwarmExtras({ picture, manager: () => swarm.docker, dockerOf: () => undefined, clock, sink: { event: (e) => events.push(e) }, onError: () => undefined })
    engines.push(made)
    made.start()
    return made
  }
  /** What Swarm does with a run: its tasks, one for each replica, in this state. */
  const tasksAre = (state: TaskState, desired: TaskState): void => {
    const night: SwarmService = swarm.get('night')
    swarm.tasks = Array.from({ length: replicasOf(night) }, (_, i): SwarmTask => task(night, 'a', { Slot: i + 1, state, DesiredState: desired, ...(state === 'failed' ? { err: 'no space left' } : {}) }))
    swarm.tell()
  }
  const reasons = (): string[] => events.map((e) => e.reason)

  beforeEach(() => {
    clock = new FakeClock(NOW - 60_000)
    swarm = new FakeSwarm(() => clock.now())
    swarm.services = [service('night', { ...LABELS, 'toque.schedule.replicas': '2' }, { replicas: 0, task: NONE, updatedAt: ago(120) }), service('other', {}, { replicas: 0, task: NONE })]
    events = []
    begin()
  })
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((e) => e.stop()))
  })

  test('from nothing to two tasks, and back to nothing when they did their work; only then the next', async () => {
    await clock.advance(59_000)
    expect(swarm.written).toEqual([])
    await clock.advance(2_000)
    expect([replicasOf(swarm.get('night')), labelsOf(swarm.get('night'))[LAST_RUN], reasons()]).toEqual([2, '2026-01-01T12:00:00Z', ['RunStarted']])
    tasksAre('running', 'running')
    await clock.advance(300_000)
    tasksAre('complete', 'shutdown')
    await clock.advance(1)
    expect([replicasOf(swarm.get('night')), labelsOf(swarm.get('night'))[RUNNING], reasons()]).toEqual([0, undefined, ['RunStarted', 'RunCompleted']])
    swarm.tasks = []
    await clock.advance(300_000)
    expect(swarm.written.map((s) => s.Name)).toEqual(['night', 'night', 'night'])
    tasksAre('failed', 'shutdown')
    await clock.advance(1)
    expect(events.at(-1)).toMatchObject({ type: 'Warning', reason: 'RunFailed', message: 'The run is over: 2 of its 2 tasks failed (no space left).' })
  })

  test('a job is written once a run, as Swarm begins it anew with each write, and how it ended is told once', async () => {
    swarm.services = [service('night', LABELS, { mode: JOB, updatedAt: ago(120) })]
    swarm.tell()
    const run = (state: TaskState, desired: TaskState): void => {
      swarm.tasks = [task(swarm.get('night'), 'a', { Slot: 0, state, DesiredState: desired, ...(state === 'failed' ? { exitCode: 3 } : {}) })]
      swarm.tell()
    }
    run('complete', 'complete')
    await clock.advance(61_000)
    swarm.tell()
    await clock.advance(1000)
    expect([reasons(), swarm.written.map((s) => s.Labels?.[RUNNING])]).toEqual([['RunStarted'], [undefined]])
    run('running', 'complete')
    // An engine that comes upon it tells how it ended, too.
    await engines.shift()?.stop()
    begin()
    await clock.advance(1000)
    run('failed', 'complete')
    await clock.advance(1000)
    run('failed', 'shutdown')
    await clock.advance(100_000)
    expect([reasons(), swarm.written.length, swarm.get('night').Spec.TaskTemplate.ForceUpdate]).toEqual([['RunStarted', 'RunFailed'], 1, 1])
  })

  test('two engines, and one that dies right after the write: each time runs once', async () => {
    const second = begin()
    await clock.advance(61_000)
    await second.stop()
    await engines[0]?.stop()
    begin()
    await clock.advance(300_000)
    expect(swarm.written).toHaveLength(1)
    // Whatever tool wrote the service from its file again, and the labels of ours with it.
    swarm.edit('night', (spec) => ({ ...withReplicas(spec, 0), Labels: LABELS }))
    await clock.advance(100_000)
    expect([swarm.written, replicasOf(swarm.get('night'))]).toMatchObject([[{}], 0])
  })

  test.each<[string, ServiceSpec['Mode']]>([['a service', { Replicated: { Replicas: 0 } }], ['a job', JOB]])('engines that have not heard of each other yet run %s once, and write its end once', async (_, mode) => {
    await engines.shift()?.stop()
    swarm.services = [service('night', LABELS, { mode, task: NONE, updatedAt: ago(120) })]
    const views = [swarm.view(), swarm.view(), swarm.view()]
    for (const view of views) begin(view)
    await clock.advance(65_000)
    expect([swarm.written.length, swarm.get('night').Spec.TaskTemplate.ForceUpdate, reasons()]).toEqual([1, 1, ['RunStarted']])
    swarm.tasks = [task(swarm.get('night'), 'a', { Slot: 0, state: 'complete', DesiredState: 'shutdown' })]
    for (const view of views) view.refresh()
    await clock.advance(60_000)
    expect([swarm.written.length, reasons()]).toEqual([mode?.ReplicatedJob === undefined ? 2 : 1, ['RunStarted', 'RunCompleted']])
  })

  test('who was away runs what was missed once', async () => {
    await engines[0]?.stop()
    await clock.advance(3 * 3600_000)
    begin()
    await clock.advance(1000)
    expect(swarm.written).toHaveLength(1)
    expect(labelsOf(swarm.get('night'))[LAST_RUN]).toBe('2026-01-01T14:50:00Z')
  })

  test('a run that is not over is waited for, and that is told once', async () => {
    await clock.advance(61_000)
    tasksAre('running', 'running')
    await clock.advance(1200_000)
    expect(reasons()).toEqual(['RunStarted', 'StillRunning', 'StillRunning'])
    tasksAre('complete', 'shutdown')
    await clock.advance(1)
    swarm.tasks = []
    await clock.advance(60_000)
    expect(reasons().slice(3)).toEqual(['RunCompleted', 'RunStarted'])
  })

  test('what Swarm refuses is told once and tried again', async () => {
    swarm.refusal = 'no quorum'
    await clock.advance(120_000)
    expect(reasons()).toEqual(['ScheduleFailed'])
    swarm.refusal = undefined
    await clock.advance(20_000)
    expect(reasons()).toEqual(['ScheduleFailed', 'RunStarted'])
  })

  test('no timer without a schedule; with one the wall clock is looked at once a minute', async () => {
    await clock.advance(1)
    expect(clock.pending).toBe(1)
    swarm.edit('night', (spec) => ({ ...spec, Labels: {} }))
    swarm.tell()
    await clock.advance(1)
    expect(clock.pending).toBe(0)
  })

  test('whatever becomes of its engines, no time runs twice', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('stop', 'start', 'wait', 'end'), fc.integer({ min: 1, max: 900 })), { maxLength: 12 }), async (steps) => {
      const written = swarm.written.length
      for (const [step, seconds] of steps) {
        if (step === 'stop') await engines.shift()?.stop()
        if (step === 'start') begin()
        if (step === 'end') tasksAre('complete', 'shutdown')
        await clock.advance(seconds * 1000)
      }
      const times = swarm.written.slice(written).filter((s) => s.Labels?.[RUNNING] === 'true').map((s) => s.Labels?.[LAST_RUN])
      expect(new Set(times).size).toBe(times.length)
    }), { numRuns: 40 })
  })
})
