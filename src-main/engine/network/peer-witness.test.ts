import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Node, NodeCondition } from '../../common/kube/generated/core-v1.ts'
import { PEERS_REACH, RESPONDING } from '../../common/kube/node-conditions.ts'
import { PeerWitness } from './peer-witness.ts'

let clock: FakeClock
let nodes: Node[]
/** What a peer's helper says of an address. */
let sees: string
let asked: number
let witness: PeerWitness

beforeEach(() => {
  clock = new FakeClock()
  asked = 0
  nodes = ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: {}, status: { addresses: [{ type: 'InternalIP', address: `10.0.0.${name}` }] } }))
  witness = new PeerWitness({
    clock, nodes: () => nodes, write: set,
    session: () => ({ request: () => { asked += 1; return Promise.resolve(sees) } }),
  })
})

function set(name: string, condition: NodeCondition): void {
  nodes = nodes.map((n) => (n.metadata.name !== name ? n : { ...n, status: { ...n.status, conditions: [...(n.status?.conditions ?? []).filter((c) => c.type !== condition.type), condition] } }))
  witness.look()
}
const responds = (status: string): void => set('b', { type: RESPONDING, status })
const peersReach = (): NodeCondition | undefined => nodes[1]?.status?.conditions?.find((c) => c.type === PEERS_REACH)

test.each<[string, string, string, RegExp]>([
  ['nobody reaches', '', 'False', /^Neither we nor a get an answer/],
  ['a peer reaches', 'yes', 'True', /a can reach it/],
])('a silent node that %s', async (_, answer, status, says) => {
  sees = answer
  responds('False')
  await clock.advance(0)
  expect(peersReach()).toMatchObject({ status, message: expect.stringMatching(says) as string })
  responds('True')
  await clock.advance(1_000)
  expect(peersReach()).toMatchObject({ status: 'True', reason: 'Responding' })
  const before = asked
  await clock.advance(10_000)
  expect(asked).toBe(before)
})

test('what an engine before this one said of a node that speaks is taken back, without asking anybody', async () => {
  nodes = nodes.map((n) => ({ ...n, status: { ...n.status, conditions: [{ type: PEERS_REACH, status: 'False', reason: 'NoPeerReachesIt' }] } }))
  witness.look()
  await clock.advance(0)
  expect(peersReach()).toMatchObject({ status: 'True', reason: 'Responding' })
  expect(asked).toBe(0)
  expect(clock.pending).toBe(0)
})
