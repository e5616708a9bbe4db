import { describe, expect, test } from 'vitest'
import type { SwarmChange, SwarmNode, SwarmServer, SwarmState } from '../../../common/contract/index.ts'
import { quorumHealth } from '../quorum.ts'
import type { PlanInput } from './change-plan.ts'
import { planChange, shown } from './plan.ts'

const node = (id: string, more: Partial<SwarmNode> = {}): SwarmNode => ({
  id, hostname: id, server: id, role: 'worker', leader: false, availability: 'active', state: 'ready', message: '', address: `192.168.1.${id.slice(1)}`, dockerVersion: '27', platform: 'linux/amd64', labels: {}, tasks: 0, ...more,
})
const manager = (id: string, more: Partial<SwarmNode> = {}): SwarmNode => node(id, { role: 'manager', reachable: true, ...more })
const server = (name: string, more: Partial<SwarmServer> = {}): SwarmServer => ({ name, state: 'member', manager: false, node: name, hostname: name, managers: ['192.168.1.1:2377'], dockerVersion: '27', ...more })

function swarm(...nodes: SwarmNode[]): SwarmState {
  const managers = nodes.filter(({ role }) => role === 'manager')
  return {
    servers: nodes.map(({ id, role, state }) => server(id, state === 'ready' ? { manager: role === 'manager' } : { state: 'unreachable', manager: false })), nodes,
    cluster: { id: 'c', autolock: false, dataPathPort: 4789, pools: ['10.0.0.0/8'] }, quorum: quorumHealth(managers.length, managers.filter(({ reachable }) => reachable).length),
  }
}
const outside = (...names: string[]): SwarmServer[] => names.map((name) => ({ name, state: 'outside', manager: false, hostname: name, managers: [], dockerVersion: '27' }))
const input = (state: SwarmState, networks: Record<string, string[]> = {}): PlanInput => ({
  state, bridges: ['172.17.0.0/16'], places: new Map(Object.entries(networks).map(([name, list]) => [name, { address: list[0]?.split('/')[0] ?? '', networks: list }])),
})
const plan = (state: SwarmState, change: SwarmChange, networks: Record<string, string[]> = {}): ReturnType<typeof planChange> => planChange(input(state, networks), change)
const does = (state: SwarmState, change: SwarmChange): string[] => plan(state, change).steps.map(({ operation }) => operation.do)

describe('beginning', () => {
  test('the address is the one in the servers\' common network, the pool clear of all their networks', () => {
    const { steps } = plan({ servers: outside('n1', 'n2'), nodes: [] }, { type: 'init', server: 'n1' }, { n1: ['203.0.113.1/24', '10.7.0.1/24'], n2: ['10.7.0.2/24'] })
    expect(steps[0]?.operation).toEqual({ do: 'init', server: 'n1', address: '10.7.0.1', dataPathPort: undefined, pool: '10.208.0.0/12' })
  })

  test.each([
    ['an address that is not its own', { address: '10.9.9.9' }, 'WrongAddress'], ['a pool that a server is in', { pool: '10.0.0.0/8' }, 'PoolClash'], ['a port below 1024', { dataPathPort: 80 }, 'WrongAddress'],
    ['a port that is none', { dataPathPort: 4789.5 }, 'WrongAddress'], ['a server that is not there', { server: 'n9' }, 'NoSuchServer'],
  ] as const)('%s is refused', (_, more, reason) => {
    const { refused, steps } = plan({ servers: outside('n1'), nodes: [] }, { type: 'init', server: 'n1', ...more }, { n1: ['10.7.0.1/24'] })
    expect(refused?.reason).toBe(reason)
    expect(steps).toEqual([])
  })

  test('not twice, and not beside another swarm', () => {
    expect(plan(swarm(manager('n1')), { type: 'init', server: 'n1' }).refused?.reason).toBe('AlreadyInSwarm')
    const state = swarm(manager('n1'))
    expect(plan({ ...state, servers: [...state.servers, ...outside('n2')] }, { type: 'init', server: 'n2' }).refused?.message).toBe('There is a swarm already, on n1. Let n2 join that one.')
  })
})

describe('joining', () => {
  const state = swarm(manager('n1'))
  test('takes the managers\' addresses from a manager, and no token is in the plan', () => {
    const made = plan({ ...state, servers: [...state.servers, ...outside('n2')] }, { type: 'join', server: 'n2', role: 'manager' }, { n2: ['192.168.1.2/24'] })
    expect(made.steps.map(({ operation }) => operation)).toEqual([{ do: 'join', server: 'n2', role: 'manager', address: '192.168.1.2', managers: ['192.168.1.1:2377'] }, { do: 'ready', server: 'n2' }])
    expect(made.consequences.map(({ reason }) => reason)).toEqual(['TwoManagers'])
  })

  test('several at once: one after the other, judged by what there is at the end; one that cannot is named', () => {
    const three = { ...state, servers: [...state.servers, ...outside('n2', 'n3')] }
    const made = plan(three, { type: 'join', server: 'n2', more: ['n3', 'n2'], role: 'manager' }, { n2: ['192.168.1.2/24'], n3: ['192.168.1.3/24'] })
    expect(made.steps.map(({ operation, server: of }) => [operation.do, of])).toEqual([['join', 'n2'], ['ready', 'n2'], ['join', 'n3'], ['ready', 'n3']])
    expect(made.consequences).toEqual([])
    expect(plan(three, { type: 'join', server: 'n2', more: ['n9'], role: 'worker' }).refused?.message).toBe('There is no server n9 here.')
  })

  test('from another swarm only when it shall leave that, and that is dangerous', () => {
    const other = { ...state, servers: [...state.servers, server('n2', { state: 'other' })] }
    expect(plan(other, { type: 'join', server: 'n2', role: 'worker' }).refused?.reason).toBe('AlreadyInSwarm')
    expect(plan(other, { type: 'join', server: 'n2', role: 'worker', leaveFirst: true })).toMatchObject({ dangerous: true, steps: [{ operation: { do: 'leave' } }, { operation: { do: 'join' } }, { operation: { do: 'ready' } }] })
  })

  test.each([[{ servers: outside('n2'), nodes: [] }, 'NotInSwarm'], [{ servers: outside('n2'), nodes: [], why: { reason: 'QuorumLost', message: 'x' } }, 'QuorumLost'], [swarm(manager('n1'), node('n2')), 'AlreadyInSwarm']] as const)('is refused where it cannot be', (where, reason) => {
    expect(plan(where as SwarmState, { type: 'join', server: 'n2', role: 'worker' }).refused?.reason).toBe(reason)
  })
})

describe('roles', () => {
  test.each([
    ['one of three', swarm(manager('n1'), manager('n2'), manager('n3')), 'n3', ['role'], ['TwoManagers']],
    ['the lost one of three', swarm(manager('n1'), manager('n2'), manager('n3', { reachable: false, state: 'down' })), 'n3', ['role'], ['TwoManagers']],
  ] as const)('demoting %s', (_, state, id, ops, consequences) => {
    expect(does(state, { type: 'demote', node: id })).toEqual(ops)
    expect(plan(state, { type: 'demote', node: id }).consequences.map(({ reason }) => reason)).toEqual(consequences)
  })

  test.each([
    ['the last one', swarm(manager('n1'), node('n2')), 'n1', 'LastManager'],
    ['a good one of three when another is lost', swarm(manager('n1'), manager('n2'), manager('n3', { reachable: false, state: 'down' })), 'n1', 'QuorumLost'],
    ['nobody', swarm(manager('n1')), 'n9', 'NoSuchNode'],
  ] as const)('demoting %s is refused', (_, state, id, reason) => expect(plan(state, { type: 'demote', node: id }).refused?.reason).toBe(reason))

  test('promoting what is down is refused; what is a manager already stays', () => {
    expect(plan(swarm(manager('n1'), node('n2', { state: 'down' })), { type: 'promote', node: 'n2' }).refused?.reason).toBe('Refused')
    expect(does(swarm(manager('n1')), { type: 'promote', node: 'n1' })).toEqual([])
  })
})

describe('leaving', () => {
  test('what may run nowhere else is named: it waits without the node, whether that leaves or is removed', () => {
    const bound = new Map([['n2', ['db', 'files']], ['n3', ['cache']]])
    const sentences = (state: SwarmState, change: SwarmChange): string[] => planChange({ ...input(state), bound }, change).consequences.filter(({ reason }) => reason === 'NoOtherFits').map(({ message }) => message)
    expect(sentences(swarm(manager('n1'), node('n2')), { type: 'leave', server: 'n2' })).toEqual(['By placement constraints no other node takes db, files: nothing of that runs until the constraints are changed.'])
    expect(sentences(swarm(manager('n1'), node('n2'), node('n3', { state: 'down' })), { type: 'remove', node: 'n3' })).toEqual(['By placement constraints no other node takes cache: nothing of that runs until the constraints are changed.'])
    expect(sentences(swarm(manager('n1'), node('n2')), { type: 'availability', node: 'n2', availability: 'pause' })).toEqual([])
  })

  test('a worker is emptied first, a manager becomes a worker before', () => {
    expect(does(swarm(manager('n1'), node('n2')), { type: 'leave', server: 'n2' })).toEqual(['availability', 'empty', 'leave', 'remove'])
    expect(does(swarm(manager('n1'), manager('n2'), manager('n3')), { type: 'leave', server: 'n3' })).toEqual(['availability', 'empty', 'role', 'leave', 'remove'])
  })

  test('says where the tasks go, or that they have nowhere to go', () => {
    const reasons = (state: SwarmState): string[] => plan(state, { type: 'leave', server: 'n2' }).consequences.map(({ reason }) => reason)
    expect(reasons(swarm(manager('n1'), node('n2', { tasks: 2 })))).toEqual(['TasksMove'])
    expect(reasons(swarm(manager('n1', { availability: 'drain' }), node('n2', { tasks: 1 })))).toEqual(['NowhereToRun'])
  })

  test('the last manager only with the whole swarm, workers first', () => {
    const state = swarm(manager('n1'), node('n2'), node('n3', { state: 'down' }))
    expect(plan(state, { type: 'leave', server: 'n1' }).refused?.reason).toBe('LastManager')
    expect(plan(state, { type: 'leave', server: 'n1', endSwarm: true })).toMatchObject({ dangerous: true, steps: [{ operation: { do: 'leave', server: 'n2' } }, { operation: { do: 'leave', server: 'n1' } }] })
  })

  test('a worker that no manager can be asked about leaves by itself, told what stays; a manager does not', () => {
    const alone = (more: Partial<SwarmServer>): SwarmState => ({ servers: [server('n2', more)], nodes: [], why: { reason: 'Unreachable', message: 'no manager' } })
    expect(plan(alone({}), { type: 'leave', server: 'n2' })).toMatchObject({ dangerous: true, steps: [{ operation: { do: 'leave', server: 'n2' } }], consequences: [{ reason: 'LeavesUnseen' }] })
    expect(plan(alone({ manager: true }), { type: 'leave', server: 'n2' }).refused?.reason).toBe('Unreachable')
  })

  test('not when the quorum would go with it; not from a server that is away', () => {
    const state = swarm(manager('n1'), manager('n2'), manager('n3', { reachable: false, state: 'down' }))
    expect(plan(state, { type: 'leave', server: 'n2' }).refused?.reason).toBe('QuorumLost')
    expect(plan(state, { type: 'leave', server: 'n3' }).refused?.reason).toBe('Unreachable')
  })
})

describe('removing', () => {
  test.each([
    ['a worker that is down', swarm(manager('n1'), node('n2', { state: 'down' })), ['remove']],
    ['a manager that is down', swarm(manager('n1'), manager('n3'), manager('n2', { state: 'down', reachable: false })), ['role', 'remove']],
  ] as const)('%s', (_, state, ops) => expect(does(state, { type: 'remove', node: 'n2' })).toEqual(ops))
  test('what is up is refused', () => expect(plan(swarm(manager('n1'), node('n2')), { type: 'remove', node: 'n2' }).refused?.reason).toBe('NodeNotDown'))
})

describe('labels, locks, certificates', () => {
  const state = swarm(manager('n1'), node('n2', { labels: { zone: 'a' } }))
  test('only what changes is a step; a name with a space is refused', () => {
    expect(does(state, { type: 'labels', node: 'n2', labels: { zone: 'a' } })).toEqual([])
    expect(plan(state, { type: 'labels', node: 'n2', labels: { zone: null, disk: 'ssd' } }).steps[0]?.message).toBe('Set the labels of n2: without zone, disk=ssd')
    expect(plan(state, { type: 'labels', node: 'n2', labels: { 'a b': 'x' } }).refused?.message).toMatch(/"a b" cannot be the name/)
  })

  test('unlocking is for what is locked; its plan does not hold the key', () => {
    const locked = { servers: [server('n1', { state: 'locked' })], nodes: [], why: { reason: 'Locked', message: 'x' } }
    expect(JSON.stringify(shown(plan(locked, { type: 'unlock', server: 'n1', key: 'SWMKEY-1-abcdefgh' })))).not.toContain('abcdefgh')
    expect(plan(state, { type: 'unlock', server: 'n1' }).refused?.reason).toBe('NotLocked')
    expect(plan(state, { type: 'rotateUnlockKey' }).refused?.reason).toBe('NotLocked')
  })

  test('a CA is not replaced while it is', () => {
    expect(plan({ ...state, cluster: { id: 'c', autolock: false, dataPathPort: 4789, pools: [], rotation: { done: 1, total: 2 } } }, { type: 'rotateCa' }).refused?.reason).toBe('Refused')
  })
})

describe('recovery', () => {
  const lost: SwarmState = {
    servers: [server('n1', { manager: true, address: '192.168.1.1' }), server('n2', { state: 'unreachable' }), server('n3', { state: 'unreachable' })], nodes: [],
    why: { reason: 'QuorumLost', message: 'no leader' }, quorum: quorumHealth(3, 1),
  }
  test('says what is lost and what stays', () => {
    const made = plan(lost, { type: 'forceNewCluster', server: 'n1' })
    expect(made.dangerous).toBe(true)
    expect(made.steps.map(({ operation }) => operation.do)).toEqual(['forceNewCluster', 'forgetManagers'])
    expect(made.consequences.map(({ reason }) => reason)).toEqual(['Stays', 'Lost', 'NeverReturn', 'ThreeAgain'])
    expect(made.consequences[1]?.message).toContain('n2, n3')
  })

  test('another manager without a quorum leaves its old place before', () => {
    const two = { ...lost, servers: [...lost.servers.slice(0, 2), server('n3', { manager: true })] }
    expect(does(two, { type: 'forceNewCluster', server: 'n1' })).toEqual(['leave', 'forceNewCluster', 'forgetManagers'])
  })

  test.each([
    ['while a manager answers', swarm(manager('n1'), manager('n2')), 'n1', 'Refused'], ['when managers are only locked', { ...lost, why: { reason: 'Locked', message: 'x' } }, 'n1', 'Refused'],
    ['where managers are locked at restart: Docker cannot', { ...lost, wasAutolocked: true }, 'n1', 'Refused'],
    ['from a worker', { ...lost, servers: [server('n1')] }, 'n1', 'NotAManager'],
  ] as const)('not %s', (_, state, name, reason) => expect(plan(state as SwarmState, { type: 'forceNewCluster', server: name }).refused?.reason).toBe(reason))
})
