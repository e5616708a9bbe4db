import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { TaskSpec } from '../../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask, UpdateStatus } from '../../docker/types.ts'
import { withReplicas } from '../change-service.ts'
import type { ExtraEvent } from '../event-sink.ts'
import { SwarmExtras } from '../extras.ts'
import { FakeSwarm } from '../testing/fake-swarm.ts'
import { NOW, ago, node, service, task } from '../testing/make.ts'
import { meets } from '../../placement/constraints.ts'
import { intendRebalance } from './intend.ts'
import type { RebalanceIntent } from './intend.ts'
import { mayTake } from './may-take.ts'

const LABELS = { 'toque.rebalance': 'true' }
/** Node c came half an hour after the tasks were placed. */
const CAME = [node('a'), node('b'), node('c', { updatedAt: ago(1800) })]

/** A look at a service whose tasks are on these nodes, one letter each. */
function look(places: string, nodes: readonly SwarmNode[] = CAME, more: { service?: Parameters<typeof service>[2]; others?: (web: SwarmService) => SwarmTask[]; settledMs?: number; edit?: (tasks: SwarmTask[]) => SwarmTask[] } = {}): RebalanceIntent {
  const web = service('web', LABELS, { replicas: places.length, ...more.service })
  const own = [...places].map((at, i) => task(web, at, { Slot: i + 1 }))
  const tasks = [...(more.edit?.(own) ?? own), ...(more.others?.(web) ?? [])]
  return intendRebalance({ service: web, settings: { settleSeconds: 60 }, tasks, nodes, settledMs: () => more.settledMs ?? 60_000 })
}
const other = (places: string): SwarmTask[] => [...places].map((at) => task(service('other', {}), at))
const placed = (constraint: string): { service: { task: TaskSpec } } => ({ service: { task: { Placement: { Constraints: [constraint] } } } })

describe('one look', () => {
  test.each<[string, RebalanceIntent, RebalanceIntent['what'], RegExp]>([
    ['a node came and has none', look('aaabbb'), 'rebalance', /^c has none of its 6 tasks, and another node has 3\. Its tasks are made anew one after the other/],
    ['a node came and has too few', look('aaabbbc'), 'rebalance', /^c has 1 of its 7 tasks/],
    ['all on one', look('aa'), 'rebalance', /^c has none of its 2 tasks/],
    ['one more is even', look('aabbc'), 'nothing', /^Its tasks are spread evenly\.$/],
    ['as even as can be', look('aabbcc'), 'nothing', /evenly/],
    ['no node came since', look('aaabbb', [node('a'), node('b'), node('c')]), 'nothing', /no node came since/],
    ['the node still settles', look('aaabbb', CAME, { settledMs: 20_000 }), 'wait', /once c has stayed for 60 seconds/],
    ['it is down again', look('aaabbb', [node('a'), node('b'), node('c', { updatedAt: ago(9), state: 'down' })]), 'nothing', /evenly/],
    ['it is drained', look('aaabbb', [node('a'), node('b'), node('c', { updatedAt: ago(9), availability: 'drain' })]), 'nothing', /evenly/],
    ['its constraints leave it where it is', look('aaabbb', CAME, placed('node.hostname != c')), 'nothing', /evenly/],
    ['a new version is on its way', look('aaabbb', CAME, { service: { state: 'updating' } }), 'wait', /new version/],
    ['not all run', look('aaabbb', CAME, { service: { replicas: 7 } }), 'wait', /Not all of its tasks run/],
    ['one is only starting', look('aaabbb', CAME, { edit: ([first, ...rest]) => (first === undefined ? [] : [{ ...first, Status: { ...first.Status, State: 'starting' } }, ...rest]) }), 'wait', /Not all/],
    ['history counts for nothing', look('aabb', CAME, { others: (web) => [task(web, 'a', { state: 'failed', DesiredState: 'shutdown' }), task(web, 'a', { state: 'complete', DesiredState: 'shutdown' })] }), 'rebalance', /4 tasks/],
    ['its only task, on a node that has much to do', look('a', CAME, { others: () => other('aab') }), 'rebalance', /^c has 0 tasks of all services, and a node that it runs on has 3\./],
    ['its only task, on a node that has a little to do', look('a', CAME, { others: () => other('b') }), 'nothing', /evenly/],
    ['scaled to zero', look(''), 'nothing', /evenly/],
  ])('%s', (_, intent, what, sentence) => {
    expect(intent.what).toBe(what)
    expect(intent.message).toMatch(sentence)
  })

  test('the settling of a node is waited for, no longer', () => expect(look('aaabbb', CAME, { settledMs: 20_000 }).waitMs).toBe(40_000))

  test('never where all tasks are younger than every node, and never where it is even', () => {
    const places = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 9 }).map((l) => l.join(''))
    fc.assert(fc.property(places, fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 3, maxLength: 3 }), (where, came) => {
      const nodes = ['a', 'b', 'c'].map((id, i) => node(id, { updatedAt: ago(came[i] ?? 0) }))
      const { what } = look(where, nodes)
      const counts = ['a', 'b', 'c'].map((id) => [...where].filter((x) => x === id).length)
      // Tasks are 3550 seconds old.
      if (came.every((s) => s > 3550)) expect(what).toBe('nothing')
      if (Math.max(...counts) - Math.min(...counts) < 2 && where.length >= 3) expect(what).toBe('nothing')
    }))
  })
})

describe('where a task may go', () => {
  test.each<[string, boolean]>([
    ['node.role == worker', true], ['node.role==Manager', false], ['node.labels.zone == B', true], ['node.labels.zone != b', false], ['node.labels.none != x', true], ['node.hostname == a', true],
    ['node.platform.os == linux', true], ['engine.labels.disk == ssd', false], ['node.moon == full', false], ['nonsense', false],
  ])('%s: %s', (constraint, fits) => expect(meets(node('a', { labels: { zone: 'b' } }), constraint)).toBe(fits))

  test.each<[string, TaskSpec, boolean]>([
    ['another name of its architecture', { Placement: { Platforms: [{ Architecture: 'amd64', OS: 'linux' }] } }, true], ['another architecture', { Placement: { Platforms: [{ Architecture: 'arm64', OS: 'linux' }] } }, false],
    ['as many as a node may have', { Placement: { MaxReplicas: 2 } }, false], ['one more is allowed', { Placement: { MaxReplicas: 3 } }, true],
    ['no CPU left', { Resources: { Reservations: { NanoCPUs: 1_400_000_000 } } }, false], ['enough left', { Resources: { Reservations: { NanoCPUs: 1_300_000_000 } } }, true],
    ['no memory left', { Resources: { Reservations: { MemoryBytes: 3 * 2 ** 30 } } }, false],
  ])('two are there, %s: %s', (_, spec, fits) => {
    const web = service('web', {}, { task: spec })
    expect(mayTake(web, node('a'), [task(web, 'a'), task(web, 'a'), task(web, 'b')])).toBe(fits)
  })
})

describe('over time', () => {
  let clock: FakeClock
  let swarm: FakeSwarm
  let extras: SwarmExtras
  let events: ExtraEvent[]
  const begin = (): SwarmExtras => {
    const made = new SwarmExtras({ picture: swarm.picture, manager: () => swarm.docker, dockerOf: () => undefined, clock, sink: { event: (e) => events.push(e) }, onError: () => undefined })
    made.start()
    return made
  }
  const on = (web: SwarmService, places: string, created: string): SwarmTask[] => [...places].map((at, i) => task(web, at, { Slot: i + 1, CreatedAt: created }))
  const isoNow = (): string => new Date(clock.now()).toISOString()
  /** What Swarm does after a forced update: tells of it, makes the tasks anew, and says that it is done. */
  const update = (name: string, state: UpdateStatus['State'], places?: string): void => {
    const { Version, UpdatedAt } = swarm.get(name)
    swarm.services = swarm.services.map((s) => (s.Spec.Name === name ? { ...s, UpdateStatus: { State: state, Message: 'told by Swarm' }, Version, UpdatedAt } : s))
    if (places !== undefined) swarm.tasks = [...swarm.tasks.filter((t) => t.ServiceID !== `${name}-id`), ...on(swarm.get(name), places, isoNow())]
    swarm.tell()
  }
  const reasons = (): string[] => events.map((e) => `${e.about.name} ${e.reason}`)
  const comeBack = (id: string): void => {
    swarm.nodes = swarm.nodes.map((n) => (n.ID === id ? node(id, { updatedAt: isoNow() }) : n))
    swarm.tell()
  }

  beforeEach(() => {
    clock = new FakeClock(NOW)
    swarm = new FakeSwarm(() => clock.now())
    swarm.nodes = [node('a'), node('b'), node('c', { state: 'down', updatedAt: ago(600) })]
    swarm.services = [service('api', LABELS, { replicas: 4 }), service('web', LABELS, { replicas: 4 }), service('plain', {}, { replicas: 4 })]
    swarm.tasks = swarm.services.flatMap((s) => on(s, 'aabb', ago(300)))
    events = []
    extras = begin()
  })
  afterEach(() => extras.stop())

  test('a node returns: one service after the other is spread again, each once; the one without a label is left', async () => {
    await clock.advance(1000)
    comeBack('c')
    await clock.advance(59_000)
    expect(swarm.written).toEqual([])
    await clock.advance(2_000)
    expect(reasons()).toEqual(['api Rebalancing'])
    swarm.tell()
    await clock.advance(60_000)
    update('api', 'updating')
    await clock.advance(60_000)
    expect(swarm.written).toHaveLength(1)
    update('api', 'completed', 'abcc')
    await clock.advance(1)
    update('web', 'updating')
    update('web', 'completed', 'aabb')
    await clock.advance(1)
    expect(reasons()).toEqual(['api Rebalancing', 'api Rebalanced', 'web Rebalancing', 'web Rebalanced'])
    expect(events[1]?.message).toBe('Its tasks were made anew: a 1, b 1, c 2.')
    // Swarm put web where it was. That is its say: it is not asked again, not by another engine either.
    await extras.stop()
    extras = begin()
    await clock.advance(600_000)
    expect([swarm.written.map((s) => s.Name), clock.pending]).toEqual([['api', 'web'], 0])
  })

  test('a node that comes and goes is not one to move to', async () => {
    for (let i = 0; i < 5; i++) {
      comeBack('c')
      await clock.advance(30_000)
    }
    expect(swarm.written).toEqual([])
  })

  test('an engine that dies in the middle leaves it to Swarm, and the next one begins nothing while that goes on', async () => {
    comeBack('c')
    await clock.advance(61_000)
    await extras.stop()
    update('api', 'updating')
    extras = begin()
    await clock.advance(61_000)
    expect(swarm.written.map((s) => s.Name)).toEqual(['api'])
    update('api', 'completed', 'abcc')
    await clock.advance(61_000)
    expect(swarm.written.map((s) => s.Name)).toEqual(['api', 'web'])
  })

  test('one that goes wrong stops the others until nodes change', async () => {
    comeBack('c')
    await clock.advance(61_000)
    update('api', 'paused')
    await clock.advance(600_000)
    expect(reasons()).toEqual(['api Rebalancing', 'api RebalanceStopped'])
    expect(events[1]).toMatchObject({ type: 'Warning', message: expect.stringMatching(/told by Swarm/) as string })
    comeBack('c')
    await clock.advance(61_000)
    expect(reasons()).toEqual(['api Rebalancing', 'api RebalanceStopped', 'web Rebalancing'])
  })

  test('what a person writes at that moment wins', async () => {
    comeBack('c')
    await clock.advance(59_000)
    swarm.beforeWrite = () => swarm.edit('api', (spec) => withReplicas(spec, 2))
    await clock.advance(2_000)
    expect([swarm.written, events, swarm.get('api').Spec.TaskTemplate.ForceUpdate]).toEqual([[], [], undefined])
  })

  test('data on the disk stays, and why is told once; a plan says it, too', async () => {
    swarm.services = [service('db', LABELS, { replicas: 2, task: { ContainerSpec: { Image: 'web', Mounts: [{ Type: 'volume', Source: 'data', Target: '/data' }] } } })]
    swarm.tasks = on(swarm.get('db'), 'aa', ago(300))
    comeBack('c')
    await clock.advance(120_000)
    expect([reasons(), swarm.written, clock.pending]).toEqual([['db RebalanceRefused'], [], 0])
    expect(await extras.plan(new AbortController().signal)).toMatchObject([{ extra: 'rebalance', what: 'refused' }])
  })
})
