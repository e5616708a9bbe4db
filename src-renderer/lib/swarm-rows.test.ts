import { describe, expect, test } from 'vitest'
import type { SwarmNode, SwarmServer, SwarmState } from '../../src-main/common/contract/index.ts'
import { changeOf, hasSwarm, rowActions, swarmRows } from './swarm-rows.ts'

const node = (id: string, more: Partial<SwarmNode> = {}): SwarmNode => ({
  id, hostname: id, server: id, role: 'worker', leader: false, availability: 'active', state: 'ready', message: '', address: '', dockerVersion: '27', platform: 'linux/amd64', labels: {}, tasks: 0, ...more,
})
const manager = (id: string, more: Partial<SwarmNode> = {}): SwarmNode => node(id, { role: 'manager', reachable: true, ...more })
const server = (name: string, state: SwarmServer['state'], more: Partial<SwarmServer> = {}): SwarmServer => ({ name, state, manager: false, hostname: name, managers: [], dockerVersion: '27', ...more })
const CLUSTER: SwarmState['cluster'] = { id: 'c', autolock: false, dataPathPort: 4789, pools: [] }
const swarm = (servers: SwarmServer[], nodes: SwarmNode[], managers = 3): SwarmState => ({ servers, nodes, ...(CLUSTER === undefined ? {} : { cluster: CLUSTER }), quorum: { managers, reachable: managers, needed: 2, mayLose: 1, state: 'healthy' } })

test('servers with their nodes, then those that this desk has no way to', () => {
  const rows = swarmRows({ servers: [server('b', 'member'), server('a', 'outside')], nodes: [node('b'), node('z', { server: undefined as never }), node('y', { server: 'gone' })] })
  expect(rows.map(({ name, server: s, node: n }) => [name, s?.state, n?.id])).toEqual([['a', 'outside', undefined], ['b', 'member', 'b'], ['y', undefined, 'y'], ['z', undefined, 'z']])
})

test('a swarm that cannot be asked is one, too', () => {
  expect([hasSwarm({}), hasSwarm({ why: { reason: 'Locked', message: '' } }), hasSwarm(swarm([], []))]).toEqual([false, true, true])
})

describe('what can be done', () => {
  const first = (state: SwarmState): string[] => {
    const [row] = swarmRows(state)
    return row === undefined ? [] : rowActions(row, state)
  }
  test.each([
    ['a server where there is no swarm', { servers: [server('a', 'outside')], nodes: [] }, ['begin']],
    ['a server outside while the swarm cannot be asked: the plan says why not', { servers: [server('a', 'outside')], nodes: [], why: { reason: 'QuorumLost', message: '' } }, ['join']],
    ['a server beside a swarm', swarm([server('a', 'outside')], []), ['join']],
    ['one in another swarm', swarm([server('a', 'other')], []), ['joinLeaving', 'leaveOther']],
    ['a worker', swarm([server('a', 'member')], [node('a')]), ['promote', 'pause', 'drain', 'labels', 'leave']],
    ['a paused worker', swarm([server('a', 'member')], [node('a', { availability: 'pause' })]), ['promote', 'activate', 'drain', 'labels', 'leave']],
    ['a drained manager', swarm([server('a', 'member')], [manager('a', { availability: 'drain' })]), ['demote', 'activate', 'labels', 'leave']],
    ['the last manager', swarm([server('a', 'member')], [manager('a')], 1), ['pause', 'drain', 'labels', 'end']],
    ['what is not reached and down', swarm([server('a', 'unreachable')], [node('a', { state: 'down' })]), ['reconnect', 'remove']],
    ['a manager that is down', swarm([server('a', 'unreachable')], [manager('a', { state: 'down', reachable: false })]), ['reconnect', 'remove', 'demote']],
    ['what is not reached from here, but up', swarm([server('a', 'unreachable')], [node('a')]), ['reconnect', 'promote', 'pause', 'drain', 'labels']],
    ['a locked one', { servers: [server('a', 'locked')], nodes: [], why: { reason: 'Locked', message: '' } }, ['unlock', 'leaveOther']],
    ['a manager without a majority', { servers: [server('a', 'member', { manager: true })], nodes: [], why: { reason: 'QuorumLost', message: '' } }, ['recover']],
    ['a worker that reaches no manager: else it could never get out', { servers: [server('a', 'member')], nodes: [], why: { reason: 'Unreachable', message: '' } }, ['leave']],
    ['a manager that is slow to answer', { servers: [server('a', 'member', { manager: true })], nodes: [], why: { reason: 'Timeout', message: '' } }, []],
  ] satisfies [string, SwarmState, string[]][])('%s', (_, state, actions) => expect(first(state)).toEqual(actions))
})

test('what an action comes to', () => {
  const row = { name: 'a', server: server('a', 'member'), node: node('id') }
  expect(changeOf('end', row)).toEqual({ type: 'leave', server: 'a', endSwarm: true })
  expect(changeOf('drain', row)).toEqual({ type: 'availability', node: 'id', availability: 'drain' })
  expect(changeOf('remove', { name: 'z', node: node('z') })).toEqual({ type: 'remove', node: 'z' })
  expect([changeOf('labels', row), changeOf('begin', row), changeOf('leave', { name: 'z', node: node('z') })]).toEqual([undefined, undefined, undefined])
})
