import { describe, expect, test } from 'vitest'
import type { DockerInfo, SwarmNode, SwarmObject } from '../docker/types.ts'
import { stateOf } from './state-of.ts'
import type { Reading } from './swarm-reader.ts'

const swarmOf = (more: Partial<NonNullable<DockerInfo['Swarm']>>): NonNullable<DockerInfo['Swarm']> => ({ NodeID: 'n1', NodeAddr: '10.0.0.1', LocalNodeState: 'active', ControlAvailable: true, Error: '', RemoteManagers: [{ NodeID: 'n1', Addr: '10.0.0.1:2377' }], ...more })
const info = (more: Partial<NonNullable<DockerInfo['Swarm']>> = {}): DockerInfo => ({ ID: 'e', Name: 'host', ServerVersion: '27', Architecture: 'x86_64', Swarm: swarmOf(more) })
const node = (ID: string, more: Partial<SwarmNode> = {}): SwarmNode => ({
  ID, Version: { Index: 1 }, CreatedAt: '', UpdatedAt: '', Spec: { Role: 'manager', Availability: 'active' }, Status: { State: 'ready', Addr: '10.0.0.1' }, ManagerStatus: { Reachability: 'reachable', Addr: '10.0.0.1:2377' },
  Description: { Hostname: ID, Platform: { OS: 'linux', Architecture: 'aarch64' }, Engine: { EngineVersion: '27' }, TLSInfo: { CertIssuerPublicKey: 'new' } }, ...more,
})
const cluster: SwarmObject = { ID: 'c', Version: { Index: 1 }, Spec: {}, TLSInfo: { CertIssuerPublicKey: 'new' }, JoinTokens: { Worker: 'SWMTKN-1-aaaa-worker', Manager: 'SWMTKN-1-aaaa-manager' } }
const seen = (nodes: SwarmNode[], servers: Reading['servers'] = [{ name: 'web-1', info: info() }], swarm: Partial<SwarmObject> = {}): Reading => ({ servers, manager: { server: 'web-1', nodes, swarm: { ...cluster, ...swarm }, tasks: [] }, refusals: [] })

describe('what servers and a manager say, as screens see it', () => {
  test('no token is in it, whatever Docker says', () => {
    expect(JSON.stringify(stateOf(seen([node('n1')], [{ name: 'web-1', info: info({ Error: 'bad token SWMTKN-1-aaaa-worker' }) }])))).not.toContain('aaaa')
  })

  test('platforms are named as images name them; the port has its default', () => {
    expect(stateOf(seen([node('n1')]))).toMatchObject({ nodes: [{ platform: 'linux/arm64', server: 'web-1' }], cluster: { dataPathPort: 4789 } })
  })

  test('a manager by name only does not count for the quorum', () => {
    const gone: SwarmNode = { ...node('n2') }
    delete gone.ManagerStatus
    expect(stateOf(seen([node('n1'), gone])).quorum).toMatchObject({ managers: 1, reachable: 1 })
  })

  test('a rotation is told with how many have the new certificate', () => {
    const old = node('n2')
    expect(stateOf(seen([node('n1'), { ...old, Description: { ...old.Description, TLSInfo: { CertIssuerPublicKey: 'old' } } }], undefined, { RootRotationInProgress: true })).cluster?.rotation).toEqual({ done: 1, total: 2 })
  })

  test('a server that is away keeps its node', () => {
    expect(stateOf(seen([node('n1'), node('n2')], [{ name: 'web-1', info: info() }, { name: 'web-2', why: 'It is off.', lastNode: 'n2' }])).nodes.map(({ server }) => server)).toEqual(['web-1', 'web-2'])
  })

  test('a server that is locked does not know its node: the one that it was, else the one of its name that is down', () => {
    const locked = { name: 'web-2', info: info({ LocalNodeState: 'locked', NodeID: '' }) }
    const away: SwarmNode = { ...node('n2'), Status: { State: 'down' } }
    const named = (other: SwarmNode): SwarmNode => ({ ...other, Description: { ...other.Description, Hostname: locked.info.Name } })
    const seenBy = (nodes: SwarmNode[], lastNode?: string): (string | undefined)[] => stateOf(seen(nodes, [{ name: 'web-1', info: info() }, { ...locked, ...(lastNode === undefined ? {} : { lastNode }) }])).nodes.map(({ server }) => server)
    expect(seenBy([node('n1'), away], 'n2')).toEqual(['web-1', 'web-2'])
    expect(seenBy([node('n1'), named(away)])).toContain('web-2')
    expect(seenBy([node('n1'), named(node('n2'))])).not.toContain('web-2')
  })

  test.each([
    ['member', {}, 'member'], ['not known to the managers', { NodeID: 'n9' }, 'other'], ['in no swarm', { LocalNodeState: 'inactive', NodeID: '' }, 'outside'], ['locked', { LocalNodeState: 'locked' }, 'locked'],
    ['pending', { LocalNodeState: 'pending' }, 'joining'], ['in an error', { LocalNodeState: 'error', Error: 'x' }, 'failed'],
  ] as const)('a server that is %s', (_, more, state) => expect(stateOf(seen([node('n1')], [{ name: 'web-1', info: info(more) }])).servers[0]?.state).toBe(state))
})

test('a server whose node was removed from the swarm tries to get back in without end: what to do is said, and it may leave its old place to join', () => {
  const back = (NodeID: string): ReturnType<typeof stateOf>['servers'][number] | undefined => stateOf(seen([node('n1')], [{ name: 'web-1', info: info() }, { name: 'web-2', info: info({ LocalNodeState: 'pending', NodeID, ControlAvailable: false }) }])).servers[1]
  expect(back('n2')).toMatchObject({ state: 'other', why: { reason: 'Removed', message: expect.stringMatching(/it was removed there\. Let web-2 leave its old place and join anew\.$/) as string } })
  // One that joins for the first time has no node yet, or one that the managers know.
  expect([back('')?.state, back('n1')?.state]).toEqual(['joining', 'joining'])
})

describe('where no manager can be asked', () => {
  const none = (servers: Reading['servers'], refusals: Reading['refusals'] = []): ReturnType<typeof stateOf> => stateOf({ servers, refusals })
  const lost = { server: 'web-1', code: 'QuorumLost', message: 'no leader' }

  test('no swarm is no trouble', () => expect(none([{ name: 'web-1', info: info({ LocalNodeState: 'inactive' }) }]).why).toBeUndefined())
  test('a lost quorum is counted by what the survivors remember', () => {
    const three = ['n1', 'n2', 'n3'].map((NodeID) => ({ NodeID, Addr: `${NodeID}:2377` }))
    expect(none([{ name: 'web-1', info: info({ RemoteManagers: three }) }, { name: 'web-2', why: 'off' }], [lost])).toMatchObject({ why: { reason: 'QuorumLost' }, quorum: { managers: 3, reachable: 1, state: 'lost' } })
  })
  test('that managers are locked at restart is kept from when one could be asked; what gRPC says of itself is not shown', () => {
    const Error = 'rpc error: code = Unknown desc = The swarm does not have a leader.'
    expect(stateOf({ servers: [{ name: 'web-1', info: info({ Error }) }], refusals: [lost], wasAutolocked: true })).toMatchObject({ wasAutolocked: true, servers: [{ why: { message: 'The swarm does not have a leader.' } }] })
  })
  test('one that remembers only itself has lost others all the same', () => expect(none([{ name: 'web-1', info: info() }], [lost]).quorum).toMatchObject({ managers: 2, state: 'lost' }))
  test('locked ones are managers, too; those that are up are too few as long as they have no leader', () => {
    const locked = { name: 'web-3', info: info({ LocalNodeState: 'locked', NodeID: '', ControlAvailable: false }) }
    const restarted = (name: string, NodeID: string): Reading['servers'][number] => ({ name, info: info({ LocalNodeState: 'pending', NodeID, RemoteManagers: [{ NodeID, Addr: `${NodeID}:2377` }] }) })
    expect(none([restarted('web-1', 'n1'), restarted('web-2', 'n2'), locked], [lost]).quorum).toMatchObject({ managers: 3, reachable: 1, state: 'lost' })
  })
  test('locked, and nobody but workers', () => {
    expect(none([{ name: 'web-1', info: info({ LocalNodeState: 'locked', ControlAvailable: false }) }]).why).toMatchObject({ reason: 'Locked', })
    expect(none([{ name: 'web-1', info: info({ ControlAvailable: false }) }]).why?.reason).toBe('Unreachable')
  })
})
