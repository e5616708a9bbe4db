import { expect, test } from 'vitest'
import type { SwarmMembership } from '../docker/types.ts'
import type { MemberState } from './member-watch.ts'
import { isMajorityAway, whyNoManager, whyRefused } from './why-offline.ts'

const is = (more: Partial<SwarmMembership>): MemberState => ({ state: 'connected', membership: { NodeID: '', LocalNodeState: 'inactive', ControlAvailable: false, ...more } })
const silent: MemberState = { state: 'unreachable', message: 'Docker is not running.' }

test.each<[string, { name: string; state: MemberState }[], RegExp]>([
  ['no server', [], /knows no server\. Add one/],
  ['one that is silent', [{ name: 'a', state: silent }], /^Nothing is heard of the swarm: a: Docker is not running\.$/],
  ['all silent', [{ name: 'a', state: silent }, { name: 'b', state: silent }], /none of its servers is reached: a: .*b: /],
  ['a worker only', [{ name: 'a', state: is({ LocalNodeState: 'active' }) }], /a is a worker .*Add one of its managers/],
  ['a worker, its manager silent', [{ name: 'a', state: is({ LocalNodeState: 'active' }) }, { name: 'b', state: silent }], /a is a worker .*No manager is reached \(b: Docker is not running\.\)/],
  ['locked', [{ name: 'a', state: is({ LocalNodeState: 'locked' }) }], /is locked.*docker swarm unlock/],
  ['in error', [{ name: 'a', state: is({ LocalNodeState: 'error', Error: 'certificate expired' }) }], /a cannot take its place in the swarm: certificate expired/],
  ['no swarm yet', [{ name: 'a', state: is({}) }], /There is no swarm on a yet\. Begin one/],
])('%s', (_, members, words) => expect(whyNoManager(members)).toMatch(words))

test('a manager without a majority says what to do', () => {
  const refusal = Object.assign(new Error('(HTTP code 500) server error - rpc error: code = Unknown desc = The swarm does not have a leader.'), { statusCode: 500 })
  expect(whyRefused('a', refusal)).toMatch(/too few managers.*force-new-cluster/)
  expect(whyRefused('a', new Error('no answer within 10 seconds'))).toBe('a does not tell about the swarm: no answer within 10 seconds')
  expect(whyRefused('a', new Error('no answer within 10 seconds'), true)).toMatch(/^a is a manager, but too few managers/)
})

test.each<[string, string[], boolean]>([['r r r', [], false], ['r u r', [], false], ['r u u', [], true], ['r r r', ['n1'], false], ['r r r', ['n1', 'n2'], true], ['r u r', ['n2'], true], ['r u r', ['n1'], false], ['r', [], false], ['- -', ['n0', 'n1'], false], ['r r - -', ['n1', 'n2'], true]])(
  'managers %s, away %j: no majority is left: %s', (text, away, lost) => {
    const nodes = text.split(' ').map((is, i) => ({ ID: `n${String(i)}`, ...(is === '-' ? {} : { ManagerStatus: { Reachability: is === 'r' ? 'reachable' as const : 'unreachable' as const } }) }))
    expect(isMajorityAway(nodes, new Set(away))).toBe(lost)
  },
)
