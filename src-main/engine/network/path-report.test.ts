import { describe, expect, test } from 'vitest'
import { pathReport, readHandshakes } from './path-report.ts'
import type { PathFacts } from './path-report.ts'
import type { NetNode, Peer } from './pod-paths.ts'

function node(name: string, address: string): NetNode {
  return { name, podCidr: '10.244.1.0/24', address, networks: [`${address}/24`], mtu: 1500, key: `key-${name}` }
}
const SELF = node('b', '10.0.0.2')
const peer = (name: string, address: string, path: Peer['path'], more: Partial<Peer> = {}): Peer => ({ ...node(name, address), path, ...more })
const WG = [peer('a', '10.0.0.1', 'wireguard'), peer('c', '10.0.0.3', 'wireguard')]
function facts(peers: Peer[], more: Partial<PathFacts> = {}): PathFacts {
  return { self: SELF, peers, handshakes: new Map(), waited: new Map(), silent: new Set(), failure: undefined, problem: undefined, ...more }
}
const shaken = (...names: string[]): Map<string, number> => new Map(names.map((name) => [`key-${name}`, 30]))
const waited = (ms: number): Map<string, number> => new Map([['a', ms], ['c', ms]])

describe('pathReport', () => {
  test.each<[string, PathFacts, string, string, RegExp, number | undefined]>([
    // what, facts, status, reason, message, look again
    ['alone', facts([]), 'True', 'Alone', /no other node/, undefined],
    ['plain routes', facts([peer('a', '10.0.0.1', 'routes')]), 'True', 'Routes', /by plain routes: a\.$/, undefined],
    ['two ways', facts([peer('a', '10.0.0.1', 'routes'), peer('c', '10.9.0.1', 'vxlan')]), 'True', 'RoutesAndVXLAN', /plain routes: a; through VXLAN \(UDP port 8472\): c\.$/, undefined],
    ['routes with no shared link name the pair', facts([peer('a', '10.9.0.1', 'routes')], { failure: 'Nexthop has invalid gateway' }), 'False', 'Routes', /^a \(10\.9\.0\.1\) and b \(10\.0\.0\.2\) share no network link[^;]*$/, undefined],
    ['WireGuard is being set up', facts(WG, { handshakes: shaken('a'), waited: waited(2000) }), 'Unknown', 'WireGuard', /set up with c\.$/, 1000],
    ['WireGuard is on when all have shaken hands, and looked after', facts(WG, { handshakes: shaken('a', 'c'), waited: waited(2000) }), 'True', 'WireGuard', /encrypted \(UDP port 51871\): a, c\.$/, 60_000],
    ['WireGuard without an answer names pair and port', facts(WG, { handshakes: shaken('a'), waited: waited(9000) }), 'False', 'WireGuard', /^WireGuard gets no answer between b \(10\.0\.0\.2\) and c \(10\.0\.0\.3\).*UDP port 51871/, 5000],
    ['an old handshake is none', facts(WG, { handshakes: new Map([['key-a', 30], ['key-c', 200]]), waited: waited(9000) }), 'False', 'WireGuard', /and c \(/, 5000],
    ['a peer with no key yet has shaken no hand', facts([peer('a', '10.0.0.1', 'wireguard', { key: undefined })], { waited: waited(9000) }), 'False', 'WireGuard', /between a/, 5000],
    ['a server that is silent anyway is not blamed on a port', facts(WG, { handshakes: shaken('a'), waited: waited(9000), silent: new Set(['c']) }), 'True', 'WireGuard', /a, c/, 60_000],
    ['a choice that makes no sense', facts(WG, { handshakes: shaken('a', 'c'), problem: 'No such way.' }), 'False', 'WireGuard', /^No such way\.$/, 60_000],
    ['what the tools say', facts([peer('a', '10.0.0.1', 'vxlan')], { failure: 'Error: Unknown device type.\nCommand failed -:1\n' }), 'False', 'VXLAN', /on b: Error: Unknown device type\.; Command failed -:1$/, 5000],
  ])('%s', (_, given, status, reason, message, lookAgainMs) => {
    expect(pathReport(given)).toEqual({ status, reason, message: expect.stringMatching(message) as string, lookAgainMs })
  })

  test('both nodes of a pair say it in the same words', () => {
    const [a, b] = [peer('a', '10.9.0.1', 'routes'), { ...SELF, path: 'routes' as const }]
    expect(pathReport(facts([a])).message).toBe(pathReport({ ...facts([b]), self: a }).message)
  })
})

test('handshakes are read by the server\'s own clock; never is none', () => {
  expect(readHandshakes('1764000100\nkey-a\t1764000070\nkey-c\t0\n')).toEqual(new Map([['key-a', 30]]))
  expect(readHandshakes('')).toEqual(new Map())
})
