import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
import { clash } from '../../common/ipv4.ts'
import { EngineApi } from './engine-api.ts'
import { swarmCode } from './swarm-error.ts'
import { SwarmLab } from './testing/swarm-lab.ts'

// In order: each test goes on with the swarm that the one before has left.
let t: SwarmLab
beforeAll(async () => { t = await SwarmLab.make({ hosts: 3 }) })
afterAll(async () => { await t?.down() })

describe('before there is a swarm', () => {
  test.each([
    ['an address that the server does not have', { ListenAddr: '203.0.113.9:2377', AdvertiseAddr: '203.0.113.9' }, 'WrongAddress', /choose one of its own/],
    ['a port of overlay networks that cannot be', { DataPathPort: 80 }, 'WrongAddress', /between 1024 and 49151/],
    ['a pool smaller than a network', { DefaultAddrPool: ['10.0.0.0/26'], SubnetSize: 24 }, 'PoolClash', /Subnet size is too small/],
  ] as const)('%s is refused by Docker, and told in a sentence', async (_, body, code, sentence) => {
    const error = await t.refusal(new EngineApi(t.server(1)).init({ ListenAddr: '0.0.0.0:2377', AdvertiseAddr: t.lab.host(1).address, ...body }))
    expect([swarmCode(error), error.message]).toEqual([code, expect.stringMatching(sentence)])
  })

  test('so is a port that another program has', async () => {
    t.lab.host(1).spawn('echo $$ >/run/holder.pid; exec busybox nc -l -p 2377', { stdio: 'ignore' })
    await eventually('it to be held', async () => (await t.lab.host(1).exec('ss -ltn')).stdout.includes(':2377 '))
    const error = await t.refusal(t.run({ type: 'init', server: 'web-1' }))
    await t.lab.host(1).exec('kill $(cat /run/holder.pid)')
    expect([swarmCode(error), error.message]).toEqual(['PortInUse', expect.stringMatching(/in use by another program there/)])
    await eventually('it to be let go', async () => !(await t.lab.host(1).exec('ss -ltn')).stdout.includes(':2377 '))
  })
})

describe('three servers', () => {
  test('become a swarm with one manager', async () => {
    expect((await t.state()).servers.map(({ state }) => state)).toEqual(['outside', 'outside', 'outside'])
    await t.run({ type: 'init', server: 'web-1' })
    const { cluster } = await t.state()
    const networks = (await Promise.all(t.servers.map((server) => server.place()))).flatMap((place) => place.networks)
    expect(networks).toHaveLength(3)
    expect(clash(cluster?.pools[0] ?? '', networks)).toBeUndefined()
    // A port that is closed is told, and Docker does not go on trying behind our back.
    const closed = 'INPUT -i eth0 -p tcp --dport 2377 -j REJECT --reject-with tcp-reset'
    await t.lab.host(1).exec(`iptables -I ${closed}`)
    const error = await t.refusal(t.run({ type: 'join', server: 'web-2', role: 'worker' }))
    await t.lab.host(1).exec(`iptables -D ${closed}`)
    expect([swarmCode(error), error.message]).toEqual(['PortClosed', expect.stringMatching(/^web-2 cannot reach the manager on TCP port 2377/)])
    expect((await t.state()).servers[1]?.state).toBe('outside')
    for (const server of ['web-2', 'web-3']) await t.run({ type: 'join', server, role: 'worker' })
    const state = await t.state()
    expect([await t.up('manager'), await t.up('worker')]).toEqual([['web-1'], ['web-2', 'web-3']])
    expect(state.quorum).toMatchObject({ managers: 1, mayLose: 0, advice: { reason: 'OneManager' } })
    expect(state.nodes.map(({ address }) => address).sort()).toEqual(t.lab.hosts.map(({ address }) => address).sort())
    await t.tokens()
  })

  test('a worker that is asked to do a manager\'s job says so', async () => {
    const error = await t.refusal(new EngineApi(t.server(2)).nodes())
    expect(error.message).toBe('web-2 is a worker, and only managers may see or change the swarm. Ask a manager, or make web-2 one.')
    expect(swarmCode(error)).toBe('NotAManager')
  })

  test('what cannot be is refused by the plan, with a sentence', async () => {
    expect((await t.plan({ type: 'init', server: 'web-2' })).refused?.reason).toBe('AlreadyInSwarm')
    expect((await t.plan({ type: 'leave', server: 'web-1' })).refused?.reason).toBe('LastManager')
    expect((await t.plan({ type: 'remove', node: (await t.nodeOf(2)).id })).refused?.reason).toBe('NodeNotDown')
    expect(swarmCode(await t.refusal(t.run({ type: 'forceNewCluster', server: 'web-1' })))).toBe('Refused')
    expect(swarmCode(await t.refusal(t.run({ type: 'join', server: 'web-2', role: 'worker' })))).toBe('AlreadyInSwarm')
  })

  test('are promoted and demoted; the count of managers is judged', async () => {
    for (const number of [2, 3]) await t.run({ type: 'promote', node: (await t.nodeOf(number)).id })
    expect((await t.state()).quorum).toMatchObject({ managers: 3, reachable: 3, mayLose: 1, state: 'healthy' })
    await t.run({ type: 'demote', node: (await t.nodeOf(3)).id })
    expect((await t.state()).quorum).toMatchObject({ managers: 2, mayLose: 0, advice: { reason: 'TwoManagers' } })
  })

  test('labels and availability', async () => {
    const { id } = await t.nodeOf(3)
    await t.run({ type: 'labels', node: id, labels: { disk: 'ssd', zone: 'a' } })
    await t.run({ type: 'labels', node: id, labels: { zone: null } })
    await t.run({ type: 'availability', node: id, availability: 'pause' })
    expect(await t.nodeOf(3)).toMatchObject({ labels: { disk: 'ssd' }, availability: 'pause' })
    await t.run({ type: 'availability', node: id, availability: 'active' })
  })

  test('one leaves: its tasks go first; it is as if it had never been there', async () => {
    await t.lab.host(1).exec('docker service create --quiet --detach=false --name web --replicas 3 --endpoint-mode dnsrr --stop-grace-period 0s busybox sleep 9999')
    expect((await t.nodeOf(3)).tasks).toBe(1)
    expect((await t.plan({ type: 'leave', server: 'web-3' })).consequences[0]?.reason).toBe('TasksMove')
    await t.run({ type: 'leave', server: 'web-3' })
    const state = await t.state()
    expect(state.nodes.map(({ server }) => server).sort()).toEqual(['web-1', 'web-2'])
    expect(state.servers[2]?.state).toBe('outside')
    await eventually('three tasks on two nodes', async () => (await t.state()).nodes.reduce((sum, node) => sum + node.tasks, 0) === 3)
  })

  test('a token that was rotated lets nobody in; Toque takes the new one', async () => {
    const old = await t.tokens()
    await t.run({ type: 'rotateToken', role: 'manager' })
    expect((await t.tokens()).Manager).not.toBe(old.Manager)
    const managers = (await t.state()).servers[0]?.managers ?? []
    const error = await t.refusal(new EngineApi(t.server(3)).join({ ListenAddr: '0.0.0.0:2377', AdvertiseAddr: t.lab.host(3).address, RemoteAddrs: managers, JoinToken: old.Manager }))
    expect(error.message).toMatch(/^The swarm refused the join token that web-3 came with: it has been rotated/)
    await new EngineApi(t.server(3)).leave().catch(() => undefined)
    await t.run({ type: 'join', server: 'web-3', role: 'manager' })
    expect(await t.up('manager')).toEqual(['web-1', 'web-2', 'web-3'])
  })

  test('the certificate authority is replaced, and how far that is is told', async () => {
    const root = async (): Promise<string | undefined> => (await new EngineApi(t.server(1)).swarm()).TLSInfo?.TrustRoot
    const before = await root()
    const progress = await t.run({ type: 'rotateCa' })
    expect(await root()).not.toBe(before)
    expect(progress.at(-1)?.part).toEqual({ done: 3, total: 3 })
    await t.tokens()
  })
})

describe('a locked swarm', () => {
  test('opens with the key, and with no other', async () => {
    await t.run({ type: 'autolock', on: true })
    const key = t.keys.get() ?? ''
    t.secrets.add(key)
    expect(key).toMatch(/^SWMKEY-1-/)
    expect(await t.membership.unlockKey()).toBe(key)
    await t.lab.host(3).stopDocker()
    await t.lab.host(3).startDocker()
    await eventually('web-3 to be locked', async () => (await t.state()).servers[2]?.state === 'locked')
    expect(swarmCode(await t.refusal(new EngineApi(t.server(3)).nodes()))).toBe('Locked')
    const wrong = `SWMKEY-1-${'A'.repeat(43)}`
    t.secrets.add(wrong)
    const error = await t.refusal(t.run({ type: 'unlock', server: 'web-3', key: wrong }))
    expect(error.message).toMatch(/^This is not the unlock key of web-3/)
    await t.run({ type: 'unlock', server: 'web-3' })
    await eventually('all three to vote', async () => (await t.state()).quorum?.reachable === 3)
    await t.run({ type: 'rotateUnlockKey' })
    t.secrets.add(t.keys.get() ?? '')
    expect(t.keys.get()).not.toBe(key)
    expect(await t.membership.unlockKey()).toBe(t.keys.get())
    await t.run({ type: 'autolock', on: false })
    expect((await t.state()).cluster?.autolock).toBe(false)
    expect(await t.membership.unlockKey()).toBeUndefined()
  })
})

test('the last manager ends the swarm only when that is wanted; then all servers are out of it', async () => {
  for (const number of [2, 3]) await t.run({ type: 'demote', node: (await t.nodeOf(number)).id })
  expect((await t.plan({ type: 'leave', server: 'web-1', endSwarm: true })).consequences[0]?.reason).toBe('SwarmEnds')
  await t.run({ type: 'leave', server: 'web-1', endSwarm: true })
  expect((await t.state()).servers.map(({ state }) => state)).toEqual(['outside', 'outside', 'outside'])
})

test('no token and no key was in anything that was shown, thrown or logged', () => {
  expect(t.secrets.size).toBeGreaterThan(6)
  expect(t.said.length).toBeGreaterThan(30)
  expect(t.leaks()).toEqual([])
})
