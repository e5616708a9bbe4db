import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
import { systemClock } from '../../common/clock.ts'
import type { SwarmState as State } from '../../common/contract/index.ts'
import { watchValue } from '../../common/rpc/watches.ts'
import { openLocalHost } from '../../hosts/local-host.ts'
import { isMoving } from '../state/pace.ts'
import { SwarmState } from '../state/swarm-state.ts'
import { firstWhere } from '../testing/first-where.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { swarmCode } from './swarm-error.ts'
import { SwarmLab } from './testing/swarm-lab.ts'

// In order: each test goes on with the swarm that the one before has left.
let t: SwarmLab
beforeAll(async () => {
  t = await SwarmLab.make({ hosts: 3 })
  await t.run({ type: 'init', server: 'web-1' })
  for (const server of ['web-2', 'web-3']) await t.run({ type: 'join', server, role: 'manager' })
  await t.lab.host(1).exec('docker service create --quiet --detach --name web --replicas 3 --endpoint-mode dnsrr --stop-grace-period 0s busybox sleep 9999')
})
afterAll(async () => { await t?.down() })

/** Two of the three managers are lost, and come back. The third stays; over SSH, as a desk has it, or (`local`) with all three still answering the desk while they do not reach each other. */
const LOSSES: readonly { readonly how: string; readonly local?: boolean; lose(): Promise<unknown>; mend(): Promise<unknown> }[] = [
  { how: 'one without power, one off the network', lose: () => Promise.all([t.lab.host(3).kill(), t.lab.host(2).cut()]), mend: () => Promise.all([t.lab.host(3).start(), t.lab.host(2).heal()]) },
  { how: 'both hang', lose: () => Promise.all([t.lab.host(1).freeze(), t.lab.host(2).freeze()]), mend: () => Promise.all([t.lab.host(1).thaw(), t.lab.host(2).thaw()]) },
  { how: 'Docker stopped on both', lose: () => Promise.all([t.lab.host(1).stopDocker(), t.lab.host(3).stopDocker()]), mend: () => Promise.all([t.lab.host(1).startDocker(), t.lab.host(3).startDocker()]) },
  { how: 'they reach nobody, but answer the desk', local: true, lose: () => Promise.all([t.lab.host(2).cut(), t.lab.host(3).cut()]), mend: () => Promise.all([t.lab.host(2).heal(), t.lab.host(3).heal()]) },
]

const LOST = /Of 3 managers only 1 can be reached; 2 are needed\.|is a manager, but too few managers of the swarm reach each other to decide anything\./

test.each(LOSSES)('two of three managers are lost ($how): the overview says so, and that it is over', async ({ local, lose, mend }) => {
  const servers = local === true ? t.lab.hosts.map((host) => ({ name: host.name, host: openLocalHost({ socketPath: host.dockerSocket, description: host.name }) })) : t.servers
  const state = new SwarmState({ servers: { list: () => servers, onChange: () => () => undefined }, clock: systemClock })
  const overview = watchValue(state, systemClock, 250, () => new SwarmSnapshot(state.now).overview)
  // At rest, when no look is due any more that was due for something else.
  const whole = (): Promise<boolean> => firstWhere('a whole swarm at rest', watchValue(state, systemClock, 250, () => new SwarmSnapshot(state.now).overview), ({ health, nodes, problems }) => (
    health !== 'unknown' && nodes.ready === 3 && !isMoving(state.now) && !problems.some(({ reason }) => reason === 'SwarmUnreachable' || reason === 'ManagerUnreachable')), 120_000)
  try {
    await whole()
    await lose()
    // Before it, for a moment, that the manager does not answer: it waits for the others.
    const loss = /^(QuorumLost|SwarmUnreachable)$/
    await firstWhere('the sentence', overview, ({ health, problems: [problem] }) => health === 'unknown' && loss.test(problem?.reason ?? '') && LOST.test(problem?.message ?? ''), 120_000)
    await mend()
    t.retry()
    await whole()
  } finally {
    await state.stop()
    if (local === true) await Promise.all(servers.map(({ host }) => host.close()))
  }
}, 400_000)

test('of managers that are locked at restart two are lost: there is no recovery from the third, and it is left alone; all come back, one key after the other', async () => {
  await t.run({ type: 'autolock', on: true })
  await Promise.all([t.lab.host(2).stopDocker(), t.lab.host(3).stopDocker()])
  const told = async (what: string, is: (state: State) => boolean): Promise<State> => firstWhere(what, t.membership.watch(), (state) => is(state) && state, 120_000)
  await told('the loss', ({ why }) => why?.reason === 'QuorumLost')
  expect((await t.membership.plan({ type: 'forceNewCluster', server: 'web-1' })).refused?.message).toMatch(/^The managers of this swarm are locked when they restart, and Docker cannot/)
  await t.lab.host(1).stopDocker()
  await Promise.all([1, 2, 3].map((number) => t.lab.host(number).startDocker()))
  t.retry()
  const { servers } = await told('three locks', (state) => state.servers.every(({ state: is }) => is === 'locked'))
  // The first ones find no majority yet: that they took the key is enough.
  for (const { name } of servers) await t.run({ type: 'unlock', server: name })
  expect((await told('all of them', ({ quorum, nodes }) => quorum?.reachable === 3 && nodes.every(({ state }) => state === 'ready'))).quorum?.managers).toBe(3)
  await t.run({ type: 'autolock', on: false })
}, 400_000)

describe('a quorum that is lost', () => {
  test('is said, to whoever watches', async () => {
    // To the swarm both are the same; one without power takes longer to come back.
    await Promise.all([t.lab.host(2).cut(), t.lab.host(3).kill()])
    for await (const state of t.membership.watch()) {
      if (state.why?.reason !== 'QuorumLost') continue
      expect(state.quorum).toMatchObject({ managers: 3, reachable: 1, needed: 2, state: 'lost' })
      expect(state.why.message).toMatch(/lost its quorum: not more than half of its managers are up/)
      break
    }
    expect(swarmCode(await t.refusal(t.run({ type: 'rotateToken', role: 'worker' })))).toBe('QuorumLost')
  })

  test('is recovered by the manager that is left: the service is still there', async () => {
    const plan = await t.plan({ type: 'forceNewCluster', server: 'web-1' })
    expect(plan.consequences.map(({ reason }) => reason)).toEqual(['Stays', 'Lost', 'NeverReturn', 'ThreeAgain'])
    await t.run({ type: 'forceNewCluster', server: 'web-1' })
    const state = await t.state()
    expect(state.quorum).toMatchObject({ managers: 1, reachable: 1, state: 'fragile' })
    expect(state.nodes.map(({ server }) => server)).toEqual(['web-1'])
    expect((await t.lab.host(1).exec('docker service ls --format {{.Name}}')).stdout).toBe('web\n')
  })

  test('one that comes back is known as a stranger, and joins anew when it leaves its old place', async () => {
    await t.lab.host(2).heal()
    t.retry()
    await eventually('web-2 to be heard of', async () => (await t.state()).servers[1]?.state !== 'unreachable')
    expect((await t.plan({ type: 'join', server: 'web-2', role: 'worker' })).refused?.reason).toBe('AlreadyInSwarm')
    await t.run({ type: 'join', server: 'web-2', role: 'worker', leaveFirst: true })
    expect(await t.up('worker')).toEqual(['web-2'])
    await t.tokens()
    expect(t.leaks()).toEqual([])
  })
})

