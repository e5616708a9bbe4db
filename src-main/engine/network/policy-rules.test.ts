import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../common/kube/generated/networking-v1.ts'
import { merged, rangeOf, without } from './address-ranges.ts'
import { policyModel } from './policy-model.ts'
import type { PolicyInput } from './policy-model.ts'
import { compilePolicies, policyProblem } from './policy-rules.ts'
import type { PolicyNet } from './policy-rules.ts'
import { passes } from './testing/nft-eval.ts'
import type { Packet } from './testing/nft-eval.ts'
import { namespace, networkPolicy, pod } from './testing/objects.ts'
import { isAllowed } from './testing/policy-reference.ts'

const NET: PolicyNet = { bridge: 'toque0', gateway: '10.244.0.1', podCidr: '10.244.0.0/24', bridgeNetfilter: true, bridgeFilter: false }
const NAMESPACES = [namespace('default', { team: 'a' }), namespace('other', { team: 'b' }), namespace('kube-system')]
const A = '10.244.0.2'
const B = '10.244.0.3'
const FAR = '10.244.1.2'

function podOf(ip: string, labels: Record<string, string>, more: { ns?: string; node?: string; hostNetwork?: boolean; phase?: string; httpPort?: number } = {}): Pod {
  const { ns = 'default', node = 'node-1', hostNetwork, phase = 'Running', httpPort = 80 } = more
  const made = pod(`p-${ip.replaceAll('.', '-')}`, ip, { labels, namespace: ns })
  const ports = [{ name: 'http', containerPort: httpPort }, { name: 'dns', containerPort: 53, protocol: 'UDP' }]
  return { ...made, spec: { nodeName: node, ...(hostNetwork === undefined ? {} : { hostNetwork }), containers: [{ name: 'c', image: 'i', ports }] }, status: { ...made.status, phase } }
}
const PODS = [podOf(A, { app: 'web' }), podOf(B, { app: 'db' }), podOf(FAR, { app: 'db' }, { ns: 'other', node: 'node-2' })]

function compiled(policies: NetworkPolicy[], pods: readonly Pod[] = PODS, net: Partial<PolicyNet> = {}): string {
  return compilePolicies(policyModel({ policies, pods, namespaces: NAMESPACES }, 'node-1', NET.gateway), { ...NET, ...net })
}
function goes(policies: NetworkPolicy[], saddr: string, daddr: string, dport = 80, pods: readonly Pod[] = PODS, protocol = 'tcp'): boolean {
  return passes(compiled(policies, pods), { saddr, daddr, dport, protocol }, daddr === NET.gateway ? ['dns'] : ['from', 'to'])
}

const deny = networkPolicy('deny', { policyTypes: ['Ingress'] })
const denyOut = networkPolicy('deny-out', { policyTypes: ['Egress'] })
const allow = (spec: object): NetworkPolicy => networkPolicy('allow', { ingress: [spec] })
const allowOut = (spec: object): NetworkPolicy => networkPolicy('allow-out', { policyTypes: ['Egress'], egress: [spec] })

describe('a connection', () => {
  test.each<[string, NetworkPolicy[], string, string, number, boolean]>([
    // what, policies, from, to, port, passes
    ['without policies', [], A, B, 80, true],
    ['to an isolated pod', [deny], A, B, 80, false],
    ['of an isolated pod to itself', [deny, denyOut], A, A, 80, true],
    ['from outside to an isolated pod', [deny], '192.0.2.1', B, 80, false],
    ['to a pod isolated on another node is that node\'s matter', [networkPolicy('deny', {}, 'other')], A, FAR, 80, true],
    ['by podSelector', [deny, allow({ from: [{ podSelector: { matchLabels: { app: 'web' } } }] })], A, B, 80, true],
    ['by podSelector, which means this namespace', [allow({ from: [{ podSelector: { matchLabels: { app: 'db' } } }] })], FAR, A, 80, false],
    ['by namespaceSelector', [allow({ from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] })], FAR, A, 80, true],
    ['by both, which must both fit', [allow({ from: [{ namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: { app: 'web' } } }] })], FAR, A, 80, false],
    ['by ipBlock', [allow({ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }] })], '192.0.2.1', A, 80, true],
    ['by ipBlock, in an exception', [allow({ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }] })], '192.0.2.200', A, 80, false],
    ['to an allowed port', [allow({ ports: [{ port: 80 }] })], A, B, 80, true],
    ['to another port', [allow({ ports: [{ port: 80 }] })], A, B, 81, false],
    ['within endPort', [allow({ ports: [{ port: 8000, endPort: 8010 }] })], A, B, 8010, true],
    ['beyond endPort', [allow({ ports: [{ port: 8000, endPort: 8010 }] })], A, B, 8011, false],
    ['to a named port', [allow({ ports: [{ port: 'http' }] })], A, B, 80, true],
    ['to a name of another protocol', [allow({ ports: [{ port: 'dns', protocol: 'TCP' }] })], A, B, 53, false],
    ['rules of one policy do not mix', [allow({ ports: [{ port: 80 }], from: [{ podSelector: { matchLabels: { app: 'none' } } }] })], A, B, 80, false],
    ['from a pod that may call nobody', [denyOut], A, FAR, 80, false],
    ['to one that may be called on another node', [allowOut({ to: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] })], A, FAR, 80, true],
    ['to a named port on another node', [allowOut({ to: [{ namespaceSelector: {} }], ports: [{ port: 'http' }] })], A, FAR, 80, true],
    ['egress allowed, ingress not', [deny, allowOut({})], A, B, 80, false],
    ['DNS, when nothing is allowed', [denyOut], A, NET.gateway, 53, false],
    ['DNS, as policies name it upstream', [allowOut({ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53 }] })], A, NET.gateway, 53, true],
    ['DNS, by port alone', [allowOut({ ports: [{ port: 53 }] })], A, NET.gateway, 53, true],
    ['DNS, when others are allowed', [allowOut({ to: [{ podSelector: {} }] })], A, NET.gateway, 53, false],
  ])('%s', (_, policies, from, to, port, expected) => expect(goes(policies, from, to, port)).toBe(expected))

  test('of a pod on the host\'s network is the node\'s', () => {
    const pods = [...PODS, podOf('10.244.0.9', { app: 'web' }, { hostNetwork: true })]
    expect(goes([deny], A, '10.244.0.9', 80, pods)).toBe(true)
    expect(goes([allow({ from: [{ podSelector: {} }] })], '10.244.0.9', A, 80, pods)).toBe(false)
  })

  test('to a pod that is coming up and will be isolated does not slip through before its address is known', () => {
    const coming = { ...podOf('', { app: 'new' }), status: {} }
    const onlyNew = networkPolicy('deny', { podSelector: { matchLabels: { app: 'new' } }, policyTypes: ['Ingress', 'Egress'] })
    expect(goes([onlyNew], A, '10.244.0.77', 80, [...PODS, coming])).toBe(false)
    expect(goes([onlyNew], '10.244.0.77', FAR, 80, [...PODS, coming])).toBe(false)
    expect(goes([onlyNew], '10.244.0.77', NET.gateway, 53, [...PODS, coming])).toBe(false)
    expect(goes([onlyNew], A, B, 80, [...PODS, coming])).toBe(true)
    expect(goes([onlyNew], A, '10.244.0.77', 80)).toBe(true)
  })
})

describe('the text', () => {
  test('without policies only takes away what was there', () => expect(compiled([])).toBe('table ip toque_policy\ndelete table ip toque_policy\n'))

  test('judges bridged frames in their own family where the ip family does not see them', () => {
    expect(compiled([deny], PODS, { bridgeNetfilter: true, bridgeFilter: true })).not.toContain('table bridge')
    const text = compiled([deny], PODS, { bridgeNetfilter: false, bridgeFilter: true })
    const packet = { saddr: A, daddr: B, protocol: 'tcp', dport: 80 }
    for (const family of ['ip', 'bridge']) expect(passes(text, packet, ['from', 'to'], family)).toBe(false)
  })

  test('where the kernel can do neither, the node says so, if it has policies', () => {
    const model = (policies: NetworkPolicy[]) => policyModel({ policies, pods: PODS, namespaces: NAMESPACES }, 'node-1', NET.gateway)
    const net = { ...NET, bridgeNetfilter: false }
    expect(policyProblem(model([deny]), net)).toContain('modprobe br_netfilter')
    expect(policyProblem(model([]), net)).toBeUndefined()
    expect(compilePolicies(model([deny]), net)).not.toContain('table bridge')
  })

  test('has as many rules for a thousand pods as for two', () => {
    const many = Array.from({ length: 1000 }, (_, i) => podOf(`10.244.${String(i >> 7)}.${String((i % 128) + 2)}`, { app: 'web' }))
    const rules = (pods: readonly Pod[]): number => compiled([deny, allow({ from: [{ podSelector: {} }] })], pods).match(/(accept|drop)$/gm)?.length ?? 0
    expect(rules(many)).toBe(rules(PODS))
  })
})

test('ranges: a block without its exceptions', () => {
  expect(rangeOf('10.0.0.7/30')).toEqual([rangeOf('10.0.0.4/32')?.[0], rangeOf('10.0.0.7/32')?.[0]])
  expect(rangeOf('fd00::/8')).toBeUndefined()
  expect(without([0, 9], [[3, 4], [4, 6]])).toEqual([[0, 2], [7, 9]])
  expect(without([0, 9], [[0, 9]])).toEqual([])
  expect(merged([[5, 6], [1, 2], [3, 3]])).toEqual([[1, 3], [5, 6]])
})

// Few labels, namespaces, ports and addresses, so that they meet.
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b'), { maxKeys: 2 })
const selector = fc.oneof(
  labels.map((matchLabels) => ({ matchLabels })),
  fc.constantFrom(...(['In', 'NotIn'] as const)).map((operator) => ({ matchExpressions: [{ key: 'app', operator, values: ['a'] }] })),
  fc.constantFrom(...(['Exists', 'DoesNotExist'] as const)).map((operator) => ({ matchExpressions: [{ key: 'tier', operator }] })))
const team = fc.constantFrom({}, { matchLabels: { team: 'a' } }, { matchLabels: { team: 'b' } })
const block = fc.record({ cidr: fc.constantFrom('10.244.0.0/29', '10.244.0.0/16', '192.0.2.0/24', '0.0.0.0/0'), except: fc.subarray(['10.244.0.4/30', '192.0.2.0/25', '10.244.1.0/24']) })
const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  fc.record({ podSelector: selector }), fc.record({ namespaceSelector: team }), fc.record({ podSelector: selector, namespaceSelector: team }), fc.record({ ipBlock: block }))
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP')
const port: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  fc.record({ protocol }), fc.record({ protocol, port: fc.constantFrom<string | number>('http', 'dns', 80, 81, 53) }), fc.record({ protocol, port: fc.constant(79), endPort: fc.constantFrom(79, 80, 90) }))
const some = <T>(items: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(items, { maxLength: 2 })
const policy = fc.record({
  name: fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 1, maxLength: 6 }), ns: fc.constantFrom('default', 'other'),
  spec: fc.record({
    podSelector: selector, policyTypes: fc.subarray(['Ingress', 'Egress'], { minLength: 1 }),
    ingress: some(fc.record({ from: some(peer), ports: some(port) }, { requiredKeys: [] })), egress: some(fc.record({ to: some(peer), ports: some(port) }, { requiredKeys: [] })),
  }),
}).map(({ name, ns, spec }) => networkPolicy(name, spec, ns))
const placed = fc.record({ labels, ns: fc.constantFrom('default', 'other'), far: fc.boolean(), hostNetwork: fc.boolean().map((b) => (b ? true : undefined)), phase: fc.constantFrom('Running', 'Running', 'Running', 'Failed'), httpPort: fc.constantFrom(80, 81) })

test('the rules decide as the documentation says, at both ends, whatever the policies and pods', () => {
  let denied = 0
  let allowed = 0
  fc.assert(fc.property(fc.array(policy, { maxLength: 4 }), fc.array(placed, { minLength: 2, maxLength: 8 }), (policies, places) => {
    const pods = places.map(({ far, labels: own, ...more }, i) => podOf(`10.244.${far ? '1' : '0'}.${String(i + 2)}`, own, { ...more, node: far ? 'node-2' : 'node-1' }))
    const input: PolicyInput = { policies, pods, namespaces: NAMESPACES }
    const texts = ['node-1', 'node-2'].map((node, i) => compilePolicies(policyModel(input, node, `10.244.${String(i)}.1`), { ...NET, podCidr: `10.244.${String(i)}.0/24` }))
    const addresses = [...pods.map((p) => p.status?.podIP ?? ''), '192.0.2.1', '192.0.2.200']
    for (const saddr of addresses) for (const daddr of addresses) for (const [proto, dport] of [['tcp', 80], ['tcp', 81], ['udp', 53], ['sctp', 90]] as const) {
      const packet: Packet = { saddr, daddr, protocol: proto, dport }
      // A packet meets the rules of the nodes at both its ends.
      const [out, into] = [isAllowed(input, packet, 'Egress'), isAllowed(input, packet, 'Ingress')]
      expect(texts.every((text) => passes(text, packet, ['from']))).toBe(out)
      expect(texts.every((text) => passes(text, packet, ['to']))).toBe(into)
      if (out && into) allowed++
      else denied++
    }
  }), { numRuns: 300 })
  expect(Math.min(allowed, denied)).toBeGreaterThan(1000)
})
