import type { Namespace, Pod } from '../../common/kube/generated/core-v1.ts'
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../common/kube/generated/networking-v1.ts'
import { ipToNumber } from '../../common/ipv4.ts'
import { matchesSelector } from '../../common/kube/labels.ts'
import type { Labels } from '../../common/kube/labels.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import { contains, merged, rangeOf, without } from './address-ranges.ts'
import type { Range } from './address-ranges.ts'
import type { Protocol } from './service-model.ts'

/** What decides who may talk to whom. */
export interface PolicyInput {
  policies: readonly Frozen<NetworkPolicy>[]
  pods: readonly Frozen<Pod>[]
  namespaces: readonly Frozen<Namespace>[]
}

/** One port of one pod. */
export interface PodPort {
  ip: string
  protocol: Protocol
  port: number
}

/** One rule of a policy: traffic that it fits is allowed. */
export interface PolicyRule {
  /** The other side's addresses; undefined: any. */
  peers: Range[] | undefined
  /** Ports by protocol (no ranges: all of that protocol); undefined: anything, also what has no ports. */
  ports: Map<Protocol, Range[] | undefined> | undefined
  /** Ports that are meant by name, found on the pods that are called; for egress the peers are these pods. */
  named: PodPort[]
}

/** What one policy allows in one direction. */
export interface PolicyChain {
  /** `namespace/name`. */
  name: string
  rules: PolicyRule[]
}

/** One direction, for the pods of one node. */
export interface Isolation {
  chains: PolicyChain[]
  /** By the address of an isolated pod: the chains (places in `chains`) of which one must allow its traffic. */
  isolated: Map<string, number[]>
  /** A pod that will be isolated is coming up here, and nobody knows its address yet. */
  awaited: boolean
}

export interface PolicyModel {
  ingress: Isolation
  egress: Isolation
  /** Addresses of this node's pods. */
  known: string[]
}

interface Party {
  ip: string
  address: number
  namespace: string
  labels: Labels
  /** Has no address yet. */
  awaited: boolean
  local: boolean
  ports: { name: string; protocol: Protocol; port: number }[]
}

/**
 * The node's DNS server plays the pods that policies name to allow DNS: `k8s-app: kube-dns` in kube-system, as upstream. So a
 * policy written for any cluster works, and a pod without such a rule has no DNS.
 */
function dnsServer(gateway: string): Party {
  const ports = [{ name: 'dns', protocol: 'udp', port: 53 }, { name: 'dns-tcp', protocol: 'tcp', port: 53 }] as const
  return { ip: gateway, address: ipToNumber(gateway) ?? 0, namespace: KUBE_SYSTEM, labels: { 'k8s-app': 'kube-dns' }, awaited: false, local: false, ports: [...ports] }
}

/** What NetworkPolicies mean for one node: ingress of the pods that run there, egress of the same. */
export function policyModel({ policies, pods, namespaces }: PolicyInput, nodeName: string, gateway: string): PolicyModel {
  const parties = pods.map((pod) => partyOf(pod, nodeName)).filter((p) => p !== undefined)
  const locals = parties.filter((p) => p.local)
  const reachable = [...parties.filter((p) => !p.awaited), dnsServer(gateway)]
  const labelsOf = new Map(namespaces.map((n) => [n.metadata.name, n.metadata.labels ?? {}]))
  const compile = (direction: 'Ingress' | 'Egress'): Isolation => {
    const result: Isolation = { chains: [], isolated: new Map(), awaited: false }
    for (const policy of [...policies].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
      const { spec, metadata: { namespace = '' } } = policy
      const types = spec.policyTypes ?? ['Ingress', ...((spec.egress?.length ?? 0) > 0 ? ['Egress'] : [])]
      if (!types.includes(direction)) continue
      const selected = locals.filter((p) => p.namespace === namespace && matchesSelector(p.labels, spec.podSelector))
      if (selected.length === 0) continue
      const rules = direction === 'Ingress'
        ? (spec.ingress ?? []).map((rule) => ingressRule(rule.ports, peersOf(rule.from, namespace, reachable, labelsOf), selected))
        : (spec.egress ?? []).map((rule) => egressRule(rule.ports, peersOf(rule.to, namespace, reachable, labelsOf), reachable))
      const index = result.chains.push({ name: nameOf(policy), rules: rules.filter(allowsAnything) }) - 1
      for (const pod of selected) {
        if (pod.awaited) result.awaited = true
        // A set: two pods with one address (one of them a ghost) must not list a policy twice.
        else result.isolated.set(pod.ip, [...new Set([...(result.isolated.get(pod.ip) ?? []), index])])
      }
    }
    return result
  }
  return { ingress: compile('Ingress'), egress: compile('Egress'), known: [...new Set(locals.filter((p) => !p.awaited).map((p) => p.ip))].sort() }
}

/** Undefined for pods that policies do not know: those on the host's network, and those whose containers have ended. */
function partyOf(pod: Frozen<Pod>, nodeName: string): Party | undefined {
  if (pod.spec?.hostNetwork === true || isPodTerminated(pod)) return undefined
  const ip = pod.status?.podIP ?? ''
  const address = ipToNumber(ip)
  const local = pod.spec?.nodeName === nodeName
  if (address === undefined && !local) return undefined
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const ports = containers.flatMap((c) => c.ports ?? []).filter((p) => p.name !== undefined)
    .map((p) => ({ name: p.name ?? '', protocol: protocolOf(p.protocol), port: p.containerPort }))
  return { ip, address: address ?? 0, namespace: pod.metadata.namespace ?? '', labels: pod.metadata.labels ?? {}, awaited: address === undefined, local, ports }
}

/** The peers' addresses; undefined: everybody. */
function peersOf(peers: readonly Frozen<NetworkPolicyPeer>[] | undefined, namespace: string, parties: readonly Party[], labelsOf: ReadonlyMap<string, Labels>): Range[] | undefined {
  if (peers === undefined || peers.length === 0) return undefined
  return merged(peers.flatMap(({ podSelector, namespaceSelector, ipBlock }): Range[] => {
    if (ipBlock !== undefined) {
      const range = rangeOf(ipBlock.cidr)
      return range === undefined ? [] : without(range, (ipBlock.except ?? []).map(rangeOf).filter((r) => r !== undefined))
    }
    const inNamespace = (p: Party): boolean => (namespaceSelector === undefined ? p.namespace === namespace : labelsOf.has(p.namespace) && matchesSelector(labelsOf.get(p.namespace), namespaceSelector))
    return parties.filter((p) => inNamespace(p) && (podSelector === undefined || matchesSelector(p.labels, podSelector))).map((p): Range => [p.address, p.address])
  }))
}

function ingressRule(ports: readonly Frozen<NetworkPolicyPort>[] | undefined, peers: Range[] | undefined, selected: readonly Party[]): PolicyRule {
  return { peers, ports: portsOf(ports), named: namedOf(ports, selected.filter((p) => !p.awaited)) }
}

function egressRule(ports: readonly Frozen<NetworkPolicyPort>[] | undefined, peers: Range[] | undefined, parties: readonly Party[]): PolicyRule {
  return { peers, ports: portsOf(ports), named: namedOf(ports, parties.filter((p) => peers === undefined || contains(peers, p.address))) }
}

/** The ports by number. An empty map where all are by name. */
function portsOf(ports: readonly Frozen<NetworkPolicyPort>[] | undefined): Map<Protocol, Range[] | undefined> | undefined {
  if (ports === undefined || ports.length === 0) return undefined
  const found = new Map<Protocol, Range[] | undefined>()
  for (const { protocol, port, endPort } of ports) {
    if (typeof port === 'string') continue
    const key = protocolOf(protocol)
    if (port === undefined) found.set(key, undefined)
    else if (!found.has(key) || found.get(key) !== undefined) found.set(key, merged([...(found.get(key) ?? []), [port, endPort ?? port]]))
  }
  return found
}

function namedOf(ports: readonly Frozen<NetworkPolicyPort>[] | undefined, targets: readonly Party[]): PodPort[] {
  return (ports ?? []).filter((p) => typeof p.port === 'string').flatMap((wanted) => targets.flatMap(({ ip, ports: own }) =>
    own.filter((p) => p.name === wanted.port && p.protocol === protocolOf(wanted.protocol)).map(({ protocol, port }) => ({ ip, protocol, port }))))
}

function allowsAnything(rule: PolicyRule): boolean {
  return (rule.peers === undefined || rule.peers.length > 0) && (rule.ports === undefined || rule.ports.size > 0 || rule.named.length > 0)
}

function protocolOf(protocol: string | undefined): Protocol {
  return (protocol ?? 'TCP').toLowerCase() as Protocol
}

function nameOf({ metadata }: Frozen<NetworkPolicy>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
