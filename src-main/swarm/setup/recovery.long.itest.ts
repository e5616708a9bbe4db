import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
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

