import { describe, expect, test } from 'vitest'
import type { SwarmTask } from '../docker/types.ts'
import { aNode, aService, aTask } from '../testing/objects.ts'
import { hasSeveralManagers, isBlind, isMoving, nextLook } from './pace.ts'

const web = aService('web', { ServiceStatus: { RunningTasks: 2, DesiredTasks: 2, CompletedTasks: 0 } })
const node = aNode('one', { ID: 'node-1' })
const at = (tasks: SwarmTask[], services = [web], nodes = [node]): boolean => isMoving({ services, tasks, nodes })

describe('isMoving', () => {
  test('at rest: everything runs, what ended has ended', () => {
    expect(at([aTask(web, 1, 'running'), aTask(web, 2, 'running'), aTask(web, 1, 'failed', { DesiredState: 'shutdown' }), aTask(web, 2, 'shutdown', { DesiredState: 'shutdown' })])).toBe(false)
  })

  test.each(['new', 'pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting'] as const)('a task that is %s is on its way', (state) => expect(at([aTask(web, 1, state)])).toBe(true))

  test('one that waits out its restart delay is on its way', () => expect(at([aTask(web, 1, 'ready', { DesiredState: 'ready' })])).toBe(true))

  test('one that was asked to end and runs is on its way', () => expect(at([aTask(web, 1, 'running', { DesiredState: 'shutdown' })])).toBe(true))

  test('nobody hears of tasks on a node that is down: they do not move', () => {
    const down = aNode('one', { ID: 'node-1', Status: { State: 'down' } })
    expect(at([aTask(web, 1, 'running', { DesiredState: 'shutdown' })], [web], [down])).toBe(false)
  })

  test.each([['updating', true], ['rollback_started', true], ['paused', false], ['completed', false]] as const)('an update that is %s: %s', (State, moving) => {
    expect(at([aTask(web, 1, 'running')], [aService('web', { UpdateStatus: { State } })])).toBe(moving)
  })

  test('fewer run than shall', () => expect(at([], [aService('web', { ServiceStatus: { RunningTasks: 1, DesiredTasks: 2, CompletedTasks: 0 } })])).toBe(true))

  test('a job that is done does not move, though none of its tasks runs', () => {
    const job = aService('job', { ServiceStatus: { RunningTasks: 0, DesiredTasks: 0, CompletedTasks: 3 } }, { Mode: { ReplicatedJob: { TotalCompletions: 3 } } })
    expect(at([aTask(job, 1, 'complete', { DesiredState: 'complete' })], [job])).toBe(false)
  })
})

test('a node whose role is not there yet, and a manager that the others do not reach, are looked at again', () => {
  const at = (node: Parameters<typeof aNode>[1]): boolean => isMoving({ services: [], tasks: [], nodes: [aNode('one', node)] })
  const manager = { Role: 'manager', Availability: 'active' } as const
  expect(at({ Spec: manager })).toBe(true)
  expect(at({ Spec: manager, ManagerStatus: { Reachability: 'reachable' } })).toBe(false)
  expect(at({ Spec: manager, ManagerStatus: { Reachability: 'unreachable' } })).toBe(true)
  expect(at({ ManagerStatus: { Reachability: 'reachable' } })).toBe(true)
})

test('looks come often while something changes, seldom while it does not, and not at all at rest', () => {
  const moving = [0, 1, 2, 3, 20].map((quiet) => nextLook({ moving: true, blind: false, several: true, quiet }))
  expect(moving).toEqual([150, 300, 600, 1200, 15_000])
  expect(nextLook({ moving: false, blind: false, several: false, quiet: 0 })).toBeUndefined()
  expect([0, 1, 2].map((quiet) => nextLook({ moving: false, blind: true, several: true, quiet }))).toEqual([5_000, 10_000, 15_000])
  expect([0, 9].map((quiet) => nextLook({ moving: false, blind: false, several: true, quiet }))).toEqual([30_000, 30_000])
})

test('a node is blind while it is there and its own Docker is not reached', () => {
  expect(isBlind([aNode('one')], new Set(['id-of-one']))).toBe(false)
  expect(isBlind([aNode('one'), aNode('two')], new Set(['id-of-one']))).toBe(true)
  expect(isBlind([aNode('one'), aNode('two', { Status: { State: 'down' } })], new Set(['id-of-one']))).toBe(false)
})

test('one manager agrees with itself', () => {
  const manager = aNode('one', { ManagerStatus: { Reachability: 'reachable' } })
  expect([hasSeveralManagers([manager, aNode('two')]), hasSeveralManagers([manager, manager])]).toEqual([false, true])
})
