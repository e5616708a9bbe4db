import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ServiceSpec } from '../../common/kube/generated/core-v1.ts'
import type { Endpoint } from '../../common/kube/generated/discovery-v1.ts'
import { compileTable, inPlace, stickyBuckets } from './nft-rules.ts'
import type { NodeNet } from './nft-rules.ts'
import type { Peer } from './pod-paths.ts'
import type { Backend } from './service-model.ts'
import { serviceModel } from './service-model.ts'
import { endpoint, service, slice } from './testing/objects.ts'

const NODE: NodeNet = { bridge: 'toque0', gateway: '10.244.0.1', podCidr: '10.244.0.0/24', clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12', bridgeNetfilter: true }
const A = endpoint('10.244.0.2')
const B = endpoint('10.244.0.3')
const AWAY = endpoint('10.244.1.2', { nodeName: 'node-2' })
const NODE_PORT: ServiceSpec = { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] }

function models(endpoints: Endpoint[], spec: ServiceSpec = {}) {
  return serviceModel({ services: [service('web', '10.96.0.5', spec)], slices: [slice('web', endpoints)], nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() })
}
function rules(endpoints: Endpoint[], spec: ServiceSpec = {}, node: Partial<NodeNet> = {}): string {
  return named(compileTable(models(endpoints, spec), { ...NODE, ...node }))
}
/** Chains are called after what they serve, by a hash: here by their order, to be read. */
function named(text: string): string {
  const names = [...new Set(text.match(/svc-[0-9a-f]{16}/g))]
  return text.replaceAll(/svc-[0-9a-f]{16}/g, (name) => `svc-${String(names.indexOf(name))}`)
}
const backend = (ip: string): Backend => ({ ip, port: 80, local: true, ending: false })

describe('compileTable', () => {
  test.each<[string, string, string[], string[]]>([
    // what, rules, must hold, must not
    ['one backend', rules([A]), ['10.96.0.5 . tcp . 80 : goto svc-0', 'dnat ip to 10.244.0.2:8080'], ['numgen']],
    ['several share evenly, at random', rules([A, B]), ['numgen random mod 2 map { 0 : 10.244.0.2 . 8080, 1 : 10.244.0.3 . 8080 }'], []],
    ['a sticky Service hashes the client', rules([A, B], { sessionAffinity: 'ClientIP' }), ['jhash ip saddr mod 64'], ['numgen']],
    ['nobody ready: no way in, and the refusal is there', rules([]), ['ip daddr 10.96.0.0/12 jump refuse', 'reject with tcp reset'], ['goto svc']],
    ['a node port leads where the cluster IP does', rules([A], NODE_PORT), ['tcp . 30080 : goto svc-0', '10.96.0.5 . tcp . 80 : goto svc-0'], []],
    ['a node port without backends is left to the host', rules([], NODE_PORT), [], ['30080']],
    ['external policy Local: outside stays here, inside does not', rules([A, AWAY], { ...NODE_PORT, externalTrafficPolicy: 'Local' }),
      ['tcp . 30080 : goto svc-0-out', 'ip saddr 10.244.0.0/16 goto svc-0-all', 'chain svc-0-local { # default/web:http\n    meta l4proto tcp dnat ip to 10.244.0.2:8080'], []],
    ['external policy Local with nobody here', rules([AWAY], { ...NODE_PORT, externalTrafficPolicy: 'Local' }), ['goto svc-0-all'], ['svc-0-local']],
    ['internal policy Local with nobody here is refused, the node port is not', rules([AWAY], { ...NODE_PORT, internalTrafficPolicy: 'Local' }),
      ['tcp . 30080 : goto svc-0-all'], ['10.96.0.5 . tcp']],
    ['external IPs', rules([A], { externalIPs: ['192.0.2.7'] }), ['192.0.2.7 . tcp . 80 : goto svc-0'], []],
    ['external IPs with nobody', rules([], { externalIPs: ['192.0.2.7'] }), ['elements = {\n      192.0.2.7 . tcp . 80'], ['goto svc']],
    ['only what comes back to itself is masqueraded on the bridge', rules([A, AWAY]), ['10.244.0.2 . 10.244.0.2', '@selves masquerade'], ['10.244.1.2 . 10.244.1.2', 'ip saddr 10.244.0.0/24 ip daddr 10.244.0.0/24']],
    ['without br_netfilter, all of the bridge\'s own', rules([A], {}, { bridgeNetfilter: false }), ['ct status dnat ip saddr 10.244.0.0/24 ip daddr 10.244.0.0/24 masquerade'], []],
  ])('%s', (_, text, present, absent) => {
    for (const part of present) expect(text).toContain(part)
    for (const part of absent) expect(text).not.toContain(part)
  })

  test('what changes is changed in place: no hook is taken away, and what nobody needs any more goes', () => {
    const before = compileTable(models([A, AWAY], { ...NODE_PORT, externalTrafficPolicy: 'Local' }), NODE)
    const after = compileTable(models([A]), NODE)
    const text = inPlace(after, before)
    expect(text.match(/^(table|flush table|delete table|delete chain) .*/gm)?.map((line) => line.replace(/[0-9a-f]{16}/, 'x'))).toEqual([
      'table ip toque {', 'flush table ip toque', ...['-local', '-all', '-out'].map((suffix) => `delete chain ip toque svc-x${suffix}`), 'table ip toque {',
    ])
    expect(text.match(/^flush (map|set) .*/gm)).toEqual(['flush map ip toque vips', 'flush map ip toque nodeports', 'flush set ip toque refused', 'flush set ip toque selves'])
    expect(text.endsWith(after)).toBe(true)
    // A Service keeps its chain whatever comes before it.
    const [own] = /svc-[0-9a-f]{16}/.exec(after) ?? []
    const two = serviceModel({ services: [service('a', '10.96.0.4', {}), service('web', '10.96.0.5', {})], slices: [slice('a', [B]), slice('web', [A])], nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() })
    expect(compileTable(two, NODE)).toContain(`10.96.0.5 . tcp . 80 : goto ${own ?? 'none'}`)
  })

  test('two Services that claim one node port cost nobody the rules: the first has it', () => {
    const services = [service('a', '10.96.0.1', NODE_PORT), service('b', '10.96.0.2', NODE_PORT)]
    const text = compileTable(serviceModel({ services, slices: [slice('a', [A]), slice('b', [B])], nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() }), NODE)
    expect(text.match(/tcp \. 30080/g)).toHaveLength(1)
    expect(text).toContain('10.96.0.2 . tcp . 80')
  })
})

describe('the ways to other nodes', () => {
  const peer = (path: Peer['path'], n: number): Peer => ({ name: `n${String(n)}`, path, podCidr: `10.244.${String(n)}.0/24`, address: `10.0.0.${String(n)}`, networks: [], mtu: 1500, key: undefined })
  const text = (...peers: Peer[]): string => compileTable([], NODE, peers)

  test('plain routes need no guard', () => expect(text(peer('routes', 2))).toBe(text()))

  test('VXLAN is taken from other nodes only; somebody else\'s on its port is left alone', () => {
    expect(text(peer('vxlan', 2), peer('routes', 3), peer('vxlan', 4))).toContain('udp dport 8472 @th,96,24 7630705 ip saddr != { 10.0.0.2, 10.0.0.4 } drop')
  })

  test('what WireGuard is chosen for never takes another way, key or not', () => {
    const rules = text(peer('wireguard', 2), peer('wireguard', 3))
    expect(rules).toContain('oifname != "toque.wg" ip daddr { 10.244.2.0/24, 10.244.3.0/24 } drop')
    expect(rules).toContain('iifname != "toque.wg" ip saddr { 10.244.2.0/24, 10.244.3.0/24 } drop')
  })
})

test('a backend that leaves moves only its own clients', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 250 }), { minLength: 2, maxLength: 12 }), fc.nat(), (hosts, pick) => {
    const all = hosts.map((h) => backend(`10.244.0.${String(h)}`))
    const gone = all[pick % all.length]
    const before = stickyBuckets(all)
    const after = stickyBuckets(all.filter((b) => b !== gone))
    before.forEach((b, i) => {
      if (b !== gone) expect(after[i]).toBe(b)
    })
  }))
})
