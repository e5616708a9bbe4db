import { createHash } from 'node:crypto'
import type { Peer } from './pod-paths.ts'
import type { Backend, ServicePortModel } from './service-model.ts'
import { tunnelChains } from './tunnel-rules.ts'

/** What a node's rules need to know of the node. */
export interface NodeNet {
  /** The Docker bridge's interface name. */
  bridge: string
  /** The bridge's own address, the pods' gateway and DNS server. */
  gateway: string
  /** This node's pods, CIDR. */
  podCidr: string
  /** All nodes' pods, CIDR. */
  clusterCidr: string
  /** Cluster IPs, CIDR. */
  serviceCidr: string
  /**
   * Does the kernel run this bridge's frames through netfilter? (Where br_netfilter is loaded, the helper turns it on for it.) If not, a reply between two pods of one bridge would pass
   * by the rules that must translate it back, so such connections are masqueraded: the callee sees the gateway's address.
   */
  bridgeNetfilter: boolean
}

/** Buckets that client addresses are hashed into where a Service is sticky. */
const BUCKETS = 64
// Before Docker's own (-100 and 100), and before filter (0).
const BEFORE_DNAT = -110
const BEFORE_SNAT = 90
const BEFORE_FILTER = -10
const RAW = -300

const TABLE = 'ip toque'
const COLLECTIONS = {
  vips: 'map vips { type ipv4_addr . inet_proto . inet_service : verdict; }', nodeports: 'map nodeports { type inet_proto . inet_service : verdict; }',
  refused: 'set refused { type ipv4_addr . inet_proto . inet_service; }', selves: 'set selves { type ipv4_addr . ipv4_addr; }',
}

/**
 * One nft transaction that makes the kernel's table what `table` says, whatever is in it. What hooks into the kernel stays and gets other rules: where a table is deleted and made anew, a packet
 * can meet the old chain when it is over and the new one before it begins, and passes by both (seen: of 150,000 connections made meanwhile, 1,107 were refused; of 217,000 while rules change in
 * place, none). `before`: what was sent last, for the chains that nobody needs any more; those of an earlier session stay, empty.
 */
export function inPlace(table: string, before = ''): string {
  const now = new Set(chainsOf(table))
  const stale = chainsOf(before).filter((name) => !now.has(name))
  return [
    // Declared first, so that all the rest works on a kernel that has nothing of it.
    `table ${TABLE} {`, ...Object.values(COLLECTIONS).map((declared) => `  ${declared}`), ...stale.map((name) => `  chain ${name} {\n  }`), '}',
    `flush table ${TABLE}`, ...Object.entries(COLLECTIONS).map(([name, declared]) => `flush ${declared.slice(0, 3)} ${TABLE} ${name}`), ...stale.map((name) => `delete chain ${TABLE} ${name}`),
    table,
  ].join('\n')
}

/** The same from nothing: for a table whose hooks are others than they were. */
export function anew(table: string): string {
  return `table ${TABLE}\ndelete table ${TABLE}\n${table}`
}

function chainsOf(table: string): string[] {
  return [...table.matchAll(/^ {2}chain (\S+) \{/gm)].map(([, name = '']) => name)
}

/**
 * What a node's table shall be, as nft writes it. Open connections stay where they are (conntrack keeps them); only the first packet of a connection meets the Services' rules.
 * A chain is called after what it serves, not by its number: a packet that comes while rules change may find its chain by the new map and meet the old rules in it. `peers`: the other nodes.
 */
export function compileTable(models: readonly ServicePortModel[], node: NodeNet, peers: readonly Peer[] = []): string {
  const chains: string[] = []
  // Keys are claimed once: the API hands out each address and port once, but a doubtful one must not cost the node all its rules.
  const vips = new Map<string, string>()
  const nodePorts = new Map<string, string>()
  const refused = new Set<string>()
  const claim = (map: Map<string, string>, key: string, name: string): void => void (map.has(key) || map.set(key, name))
  for (const model of models) {
    const own = chainName(model)
    const chain = (suffix: string, backends: readonly Backend[]): string => {
      const name = `${own}${suffix}`
      chains.push(`  chain ${name} { # ${model.name}\n    ${target(model, backends)}\n  }`)
      return name
    }
    const internal = model.internal.length > 0 ? chain('', model.internal) : undefined
    if (internal !== undefined && model.clusterIP !== '') claim(vips, at(model.clusterIP, model), internal)
    if (model.nodePort === 0 && model.externalIPs.length === 0) continue
    const outside = externalChain(model, node, internal, chain, chains)
    for (const ip of model.externalIPs) {
      if (outside === undefined) refused.add(at(ip, model))
      else claim(vips, at(ip, model), outside)
    }
    if (outside !== undefined && model.nodePort !== 0) claim(nodePorts, `${model.protocol} . ${String(model.nodePort)}`, outside)
  }
  return [
    `table ${TABLE} {`,
    collection('vips', verdicts(vips)), collection('nodeports', verdicts(nodePorts)), collection('refused', [...refused]), collection('selves', selves(models)),
    ...chains,
    ...frame(node),
    ...tunnelChains(peers),
    '}', '',
  ].join('\n')
}

/** The chain for traffic to node ports and external IPs, or undefined when there is nobody to send it to. */
function externalChain(
  model: ServicePortModel, node: NodeNet, internal: string | undefined, chain: (suffix: string, backends: readonly Backend[]) => string, chains: string[],
): string | undefined {
  if (!model.externalLocal) return internal !== undefined && model.internal === model.all ? internal : model.all.length > 0 ? chain('-all', model.all) : undefined
  // The policy is about clients outside: the cluster's own, and the node itself, may be served by any backend.
  const local = model.external.length > 0 ? chain('-local', model.external) : undefined
  const all = model.all.length > 0 ? chain('-all', model.all) : undefined
  if (all === undefined) return undefined
  const name = `${chainName(model)}-out`
  const lines = [`ip saddr ${node.clusterCidr} goto ${all}`, `fib saddr type local goto ${all}`, ...(local === undefined ? [] : [`goto ${local}`])]
  chains.push(`  chain ${name} {\n    ${lines.join('\n    ')}\n  }`)
  return name
}

/** Sends a new connection to one of the backends: at random, evenly; or by the client's address. */
function target(model: ServicePortModel, backends: readonly Backend[]): string {
  const to = (b: Backend): string => `${b.ip} . ${String(b.port)}`
  const only = backends[0]
  const dnat = `meta l4proto ${model.protocol} dnat ip to`
  if (only !== undefined && backends.length === 1) return `${dnat} ${only.ip}:${String(only.port)}`
  if (!model.sticky) return `${dnat} numgen random mod ${String(backends.length)} map { ${backends.map((b, i) => `${String(i)} : ${to(b)}`).join(', ')} }`
  const buckets = stickyBuckets(backends).map((b, i) => `${String(i)} : ${to(b)}`)
  return `${dnat} jhash ip saddr mod ${String(BUCKETS)} seed 0x70717565 map { ${buckets.join(', ')} }`
}

/**
 * Which backend each bucket of client addresses goes to: rendezvous hashing (Thaler and Ravishankar, 1996). It has no state, so it
 * survives a reboot and is the same on every node; a backend that leaves moves only its own clients, one that comes takes only its
 * share. `timeoutSeconds` has no part in it: a client stays as long as its backend does.
 */
export function stickyBuckets(backends: readonly Backend[]): Backend[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => {
    const weigh = (b: Backend): string => createHash('sha256').update(`${String(bucket)} ${b.ip} ${String(b.port)}`).digest('hex')
    const ranked = backends.map((b) => ({ b, weight: weigh(b) })).sort((x, y) => (x.weight < y.weight ? 1 : -1))
    return (ranked[0] as { b: Backend }).b
  })
}

/** Pairs (pod, pod) of local backends: a pod that a Service sent back to itself. */
function selves(models: readonly ServicePortModel[]): string[] {
  const local = models.flatMap((m) => m.all.filter((b) => b.local && !b.ip.startsWith('127.')).map((b) => `${b.ip} . ${b.ip}`))
  return [...new Set(local)].sort()
}

function at(ip: string, model: ServicePortModel): string {
  return `${ip} . ${model.protocol} . ${String(model.port)}`
}

function verdicts(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([key, chain]) => `${key} : goto ${chain}`)
}

function collection(name: keyof typeof COLLECTIONS, elements: readonly string[]): string {
  if (elements.length === 0) return `  ${COLLECTIONS[name]}`
  return `  ${COLLECTIONS[name].slice(0, -1)}\n    elements = {\n      ${elements.join(',\n      ')}\n    }\n  }`
}

/** Services' names are longer than a chain's may be. */
function chainName({ name, protocol }: ServicePortModel): string {
  return `svc-${createHash('sha256').update(`${name} ${protocol}`).digest('hex').slice(0, 16)}`
}

/** The hooks: the same whatever the Services. */
function frame(node: NodeNet): string[] {
  const hook = (name: string, type: string, at: string, priority: number, ...rules: string[]): string =>
    `  chain ${name} {\n    type ${type} hook ${at} priority ${String(priority)}; policy accept;\n    ${rules.join('\n    ')}\n  }`
  const refuse = [`ip daddr ${node.serviceCidr} jump refuse`, 'ip daddr . meta l4proto . th dport @refused jump refuse']
  return [
    '  chain services {\n    ip daddr . meta l4proto . th dport vmap @vips\n    fib daddr type local meta l4proto . th dport vmap @nodeports\n  }',
    // What was for a Service has another destination by now; what still has this one goes nowhere, and is told so at once.
    '  chain refuse {\n    meta l4proto tcp reject with tcp reset\n    reject with icmp type port-unreachable\n  }',
    hook('prerouting', 'nat', 'prerouting', BEFORE_DNAT, 'jump services'),
    hook('outgoing', 'nat', 'output', BEFORE_DNAT, 'jump services'),
    hook('postrouting', 'nat', 'postrouting', BEFORE_SNAT,
      'ct status dnat ip saddr . ip daddr @selves masquerade',
      ...(node.bridgeNetfilter ? [] : [`ct status dnat ip saddr ${node.podCidr} ip daddr ${node.podCidr} masquerade`]),
      // From outside to a pod on another node: the answer must come back through here, to an address that every node has a route to.
      `ct status dnat ip saddr != ${node.clusterCidr} ip daddr ${node.clusterCidr} oifname != "${node.bridge}" snat to ${node.gateway}`,
      `oifname "${node.bridge}" ip saddr 127.0.0.0/8 masquerade`,
      `ip saddr ${node.podCidr} ip daddr != ${node.clusterCidr} oifname != "${node.bridge}" masquerade`),
    // route_localnet is on for node ports on 127.0.0.1; nobody else's packets may claim that destination.
    hook('martians', 'filter', 'prerouting', RAW, 'iifname != "lo" ip daddr 127.0.0.0/8 drop'),
    hook('forwarded', 'filter', 'forward', BEFORE_FILTER, ...refuse,
      // A tunnel takes less than the pods' bridge: connections are told so at their begin, where ICMP may not come through.
      `oifname != "${node.bridge}" tcp flags syn tcp option maxseg size set rt mtu`),
    hook('own', 'filter', 'output', BEFORE_FILTER, ...refuse),
  ]
}
