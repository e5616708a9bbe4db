import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { NETWORK_MODES } from '../../common/kube/pod-network.ts'
import { compilePaths } from './path-text.ts'
import { choosePath, isPublic, netNodes, peersOf, shareLink } from './pod-paths.ts'
import type { NetNode } from './pod-paths.ts'

function node(n: number, address: string, more: Partial<NetNode> = {}): NetNode {
  return { name: `n${String(n)}`, podCidr: `10.244.${String(n)}.0/24`, address, networks: [`${address}/24`], mtu: 1500, key: `key${String(n)}`, ...more }
}
const [A, B, C] = [node(1, '10.0.0.1'), node(2, '10.0.0.2'), node(3, '10.0.9.3')]
const [P, Q] = [node(4, '203.0.113.4'), node(5, '198.51.100.5')]

describe('choosePath', () => {
  test.each<[string, Parameters<typeof choosePath>[0], NetNode[], string]>([
    ['auto on one link: plain routes', 'auto', [A, B], 'routes'],
    ['auto, no shared link: VXLAN for that pair', 'auto', [A, B, C], 'routes vxlan vxlan'],
    ['auto, one public address is nobody\'s business yet', 'auto', [A, B, P], 'routes vxlan vxlan'],
    ['auto, two public addresses: encrypted everywhere, on one link too', 'auto', [A, B, P, Q], 'wireguard wireguard wireguard wireguard wireguard wireguard'],
    ['a server with its address alone (/32), as clouds give it', 'auto', [A, node(2, '10.0.0.2', { networks: ['10.0.0.2/32'] })], 'vxlan'],
    ['a server that says no networks', 'auto', [A, node(2, '10.0.0.2', { networks: [] })], 'vxlan'],
    ['routes is what was asked for, link or not', 'routes', [A, C], 'routes'],
    ['vxlan, link or not', 'vxlan', [A, B], 'vxlan'],
    ['wireguard', 'wireguard', [A, B], 'wireguard'],
  ])('%s', (_, mode, nodes, ways) => {
    const choose = choosePath(mode, nodes)
    expect(nodes.flatMap((a, i) => nodes.slice(i + 1).map((b) => choose(a, b))).join(' ')).toBe(ways)
  })

  const octet = fc.integer({ min: 1, max: 250 })
  const address = fc.oneof(
    fc.tuple(fc.constantFrom('10.0.0', '10.0.1', '192.168.7', '100.64.3', '203.0.113', '8.8.4'), octet).map(([net, host]) => `${net}.${String(host)}`),
    fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.')),
  )
  const cluster = fc.tuple(fc.uniqueArray(address, { minLength: 2, maxLength: 6 }), fc.array(fc.constantFrom(8, 16, 24, 32), { minLength: 6, maxLength: 6 }))
    .map(([addresses, bits]) => addresses.map((a, i) => node(i + 1, a, { networks: [`${a}/${String(bits[i])}`] })))

  test('every pair goes one kind of way in both directions, nobody is left out, and encryption is for all or none', () => {
    fc.assert(fc.property(fc.constantFrom(...NETWORK_MODES), cluster, (mode, nodes) => {
      const seen = new Set<string>()
      for (const a of nodes) {
        const peers = peersOf(mode, nodes, a)
        expect(peers.map((p) => p.name).sort()).toEqual(nodes.filter((n) => n !== a).map((n) => n.name).sort())
        for (const b of peers) {
          expect(['routes', 'vxlan', 'wireguard']).toContain(b.path)
          expect(peersOf(mode, nodes, b).find((p) => p.name === a.name)?.path).toBe(b.path)
          // Unasked, plain routes only where the kernel takes them.
          if (mode === 'auto' && b.path === 'routes') expect(shareLink(a, b)).toBe(true)
          seen.add(b.path)
        }
        // One line leads to each.
        const text = compilePaths(a, peers, '10.244.0.1')
        for (const b of peers) expect(text.split('\n').filter((line) => line.startsWith(`to route replace ${b.podCidr} `))).toHaveLength(1)
      }
      if (seen.has('wireguard')) expect(seen.size).toBe(1)
      if (mode === 'auto' && nodes.filter((n) => isPublic(n.address)).length >= 2) expect([...seen]).toEqual(['wireguard'])
    }))
  })
})

test.each([
  ['10.1.2.3', false], ['172.15.0.1', true], ['172.16.0.1', false], ['172.31.255.255', false], ['172.32.0.1', true], ['192.168.1.1', false], ['100.64.0.1', false],
  ['100.128.0.1', true], ['169.254.1.1', false], ['127.0.0.1', false], ['203.0.113.9', true], ['1.1.1.1', true], ['', false], ['fe80::1', false],
])('%s is public: %s', (address, expected) => expect(isPublic(address)).toBe(expected))

describe('compilePaths', () => {
  const text = (self: NetNode, mode: Parameters<typeof peersOf>[0], nodes: NetNode[]): string => compilePaths(self, peersOf(mode, nodes, self), '10.244.1.1')

  test('plain routes; a peer whose link takes less says so', () => {
    expect(text(A, 'auto', [A, B, node(3, '10.0.0.3', { mtu: 1400 })])).toBe(
      'to route replace 10.244.2.0/24 via 10.0.0.2 src 10.244.1.1 proto 170\nto route replace 10.244.3.0/24 via 10.0.0.3 src 10.244.1.1 mtu 1400 proto 170\n')
  })

  test('VXLAN: a device, and each peer as next hop, neighbour and end', () => {
    expect(text(A, 'vxlan', [A, C]).split('\n')).toEqual([
      'new link add toque.vx type vxlan id 7630705 dstport 8472 local 10.0.0.1 nolearning',
      'ip link set toque.vx type vxlan id 7630705 local 10.0.0.1',
      'ip link set toque.vx address 0a:58:0a:f4:01:00 mtu 1450 addrgenmode none up',
      'ip neigh replace 10.244.3.0 lladdr 0a:58:0a:f4:03:00 dev toque.vx nud permanent',
      'bridge fdb replace 0a:58:0a:f4:03:00 dev toque.vx dst 10.0.9.3',
      'to route replace 10.244.3.0/24 via 10.244.3.0 dev toque.vx onlink src 10.244.1.1 proto 170', '',
    ])
  })

  test('WireGuard: peers with a key; one without has no way at all, least of all a plain one', () => {
    const lines = text(A, 'wireguard', [A, B, node(3, '10.0.0.3', { key: undefined, mtu: 1400 })]).split('\n')
    expect(lines).toEqual([
      'wg ListenPort = 51871', 'ip link set toque.wg mtu 1340 up',
      'wg [Peer]', 'wg PublicKey = key2', 'wg AllowedIPs = 10.244.2.0/24', 'wg Endpoint = 10.0.0.2:51871', 'wg PersistentKeepalive = 25',
      'to route replace 10.244.2.0/24 dev toque.wg src 10.244.1.1 proto 170', '',
    ])
  })

  test('WireGuard: one behind NAT is not called, it calls', () => {
    const ends = (self: NetNode): string[] => text(self, 'wireguard', [A, P, Q]).match(/Endpoint = \S+/g) ?? []
    expect(ends(P)).toEqual(['Endpoint = 198.51.100.5:51871'])
    expect(ends(A)).toEqual(['Endpoint = 203.0.113.4:51871', 'Endpoint = 198.51.100.5:51871'])
  })

  test('alone: nothing', () => expect(text(A, 'auto', [A])).toBe(''))
})

test('nodes are read from their objects; one without addresses is none yet', () => {
  const object: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', uid: '', resourceVersion: '', creationTimestamp: '', annotations: { 'toque.dev/networks': '10.0.0.1/24,10.9.0.1/16', 'toque.dev/mtu': '1450' } }, spec: { podCIDR: '10.244.1.0/24' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }
  const key = 'wi34OOPecNt8bK4HxMoz1OQsxAbkB0w8BotN1rYmNz8='
  const keyed = (text: string) => netNodes([{ ...object, metadata: { ...object.metadata, annotations: { 'toque.dev/wireguard-key': text } } }])[0]?.key
  expect([keyed(key), keyed(`${key}\nto route flush table main`), keyed('')]).toEqual([key, undefined, undefined])
  expect(netNodes([object, { ...object, spec: {} }, { ...object, status: {} }])).toEqual([
    { name: 'a', podCidr: '10.244.1.0/24', address: '10.0.0.1', networks: ['10.0.0.1/24', '10.9.0.1/16'], mtu: 1450, key: undefined },
  ])
})
