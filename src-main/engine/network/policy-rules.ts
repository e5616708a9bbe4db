import { addressText, portText } from './address-ranges.ts'
import type { NodeNet } from './nft-rules.ts'
import type { Isolation, PolicyModel, PolicyRule } from './policy-model.ts'

// After the Services' own (-10), before Docker's (0). Two chains, so that "accept" in the one leaves the other to decide.
const EGRESS = -9
const INGRESS = -8
// After conntrack, before any address is translated: a DNS server's stand-in listens on another port.
const DNS = -150

/** What policy rules need of a node. */
export type PolicyNet = Pick<NodeNet, 'bridge' | 'gateway' | 'podCidr' | 'bridgeNetfilter'> & {
  /** Can the kernel follow connections of bridged frames (nf_conntrack_bridge)? */
  bridgeFilter: boolean
}

/** Why this node cannot hold to the policies it has, if so: a sentence. */
export function policyProblem(model: PolicyModel, node: PolicyNet): string | undefined {
  if (node.bridgeNetfilter || node.bridgeFilter || !isNeeded(model)) return undefined
  return 'NetworkPolicies are not enforced between pods of this node: its kernel has neither br_netfilter nor nf_conntrack_bridge loaded; run `modprobe br_netfilter` there'
}

/**
 * The node's policies as text for nft, to go in one transaction with the Services' rules. Seen are real addresses: a Service's
 * address has been translated when a packet is forwarded, and masquerading comes later. Only packets of the calling side are
 * judged, each of them: replies always pass, and a connection that is not allowed any more ends with its next packet.
 */
export function compilePolicies(model: PolicyModel, node: PolicyNet): string {
  // Frames between ports of the bridge pass by the ip family where the kernel has no br_netfilter.
  const families = ['ip', ...(!node.bridgeNetfilter && node.bridgeFilter ? ['bridge'] : [])]
  return families.flatMap((family) => {
    const table = `table ${family} toque_policy`
    const fresh = [table, `delete ${table}`]
    return isNeeded(model) ? [...fresh, `${table} {`, ...body(model, node, family === 'ip'), '}', ''] : [...fresh, '']
  }).join('\n')
}

function isNeeded({ ingress, egress }: PolicyModel): boolean {
  return [ingress, egress].some((d) => d.isolated.size > 0 || d.awaited)
}

function body(model: PolicyModel, node: PolicyNet, withDns: boolean): string[] {
  const isolated = [...new Set([...model.egress.isolated.keys(), ...model.ingress.isolated.keys()])]
  const settled = [
    // ICMP's errors belong to a connection that was judged.
    'ct state related accept', 'ct state established ct direction reply accept',
    // A pod may always reach itself, also through a Service.
    'ip saddr . ip daddr @selves accept',
  ]
  const late = (direction: Isolation, field: string): string[] => (direction.awaited ? [`ip ${field} ${node.podCidr} ip ${field} != @known drop`] : [])
  return [
    set('selves', 'ipv4_addr . ipv4_addr', isolated.map((ip) => `${ip} . ${ip}`)),
    set('known', 'ipv4_addr', model.known),
    ...direction('egress', model.egress),
    ...direction('ingress', model.ingress),
    ...(withDns ? [hook('dns', 'prerouting', DNS, [`ip daddr ${node.gateway} meta l4proto { tcp, udp } th dport 53 ip saddr vmap @egress`, ...late(model.egress, 'saddr').map((rule) => `ip daddr ${node.gateway} meta l4proto { tcp, udp } th dport 53 ${rule}`)])] : []),
    hook('from', 'forward', EGRESS, [...settled, 'ip saddr vmap @egress', ...late(model.egress, 'saddr')]),
    hook('to', 'forward', INGRESS, [...settled, 'ip daddr vmap @ingress', ...late(model.ingress, 'daddr')]),
  ]
}

/** A chain for each policy, one for each group of pods with the same policies, and the map from pods to those. */
function direction(name: 'ingress' | 'egress', { chains, isolated }: Isolation): string[] {
  const text: string[] = []
  chains.forEach((policy, i) => {
    const rules = policy.rules.flatMap((rule, j) => lines(rule, `${name}-${String(i)}-${String(j)}`, name, text))
    text.push(chain(`${name}-${String(i)}`, rules, policy.name))
  })
  const groups = new Map<string, string>()
  for (const policies of isolated.values()) {
    const key = policies.join(' ')
    if (groups.has(key)) continue
    const group = `${name}-pods-${String(groups.size)}`
    groups.set(key, group)
    text.push(chain(group, [...policies.map((i) => `jump ${name}-${String(i)}`), 'drop']))
  }
  text.push(collection(`map ${name}`, 'type ipv4_addr : verdict', [...isolated].map(([ip, policies]) => `${ip} : goto ${groups.get(policies.join(' ')) ?? ''}`)))
  return text
}

/** One rule of a policy; the sets that it needs go to `text`. */
function lines({ peers, ports, named }: PolicyRule, name: string, side: 'ingress' | 'egress', text: string[]): string[] {
  const found: string[] = []
  const usesPeers = ports === undefined || ports.size > 0 || side === 'ingress'
  if (peers !== undefined && usesPeers) text.push(set(name, 'ipv4_addr', peers.map(addressText), true))
  const from = peers === undefined ? '' : `ip ${side === 'ingress' ? 'saddr' : 'daddr'} @${name} `
  if (ports === undefined) found.push(`${from}accept`)
  for (const [protocol, ranges] of ports ?? []) {
    found.push(ranges === undefined ? `${from}meta l4proto ${protocol} accept` : `${from}${protocol} dport { ${ranges.map(portText).join(', ')} } accept`)
  }
  if (named.length > 0) {
    const elements = [...new Set(named.map((p) => `${p.ip} . ${p.protocol} . ${String(p.port)}`))].sort()
    text.push(set(`${name}-named`, 'ipv4_addr . inet_proto . inet_service', elements))
    found.push(`${side === 'ingress' ? from : ''}ip daddr . meta l4proto . th dport @${name}-named accept`)
  }
  return found
}

function hook(name: string, at: string, priority: number, rules: readonly string[]): string {
  return chain(name, [`type filter hook ${at} priority ${String(priority)}; policy accept;`, ...rules])
}

function chain(name: string, rules: readonly string[], about?: string): string {
  return `  chain ${name} {${about === undefined ? '' : ` # ${about}`}\n${rules.map((rule) => `    ${rule}\n`).join('')}  }`
}

function set(name: string, type: string, elements: readonly string[], interval = false): string {
  return collection(`set ${name}`, `type ${type}${interval ? '\n    flags interval' : ''}`, elements)
}

function collection(head: string, type: string, elements: readonly string[]): string {
  const listed = elements.length === 0 ? '' : `\n    elements = {\n      ${elements.join(',\n      ')}\n    }`
  return `  ${head} {\n    ${type}${listed}\n  }`
}
