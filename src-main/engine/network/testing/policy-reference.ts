import { isIPv4, BlockList } from 'node:net'
import type { Namespace, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../common/kube/generated/networking-v1.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { PolicyInput } from '../policy-model.ts'
import type { Packet } from './nft-eval.ts'

/**
 * What the Kubernetes documentation says of one connection, asked straight and slowly: the pods at its two ends, each policy that
 * selects them, each rule, each peer. Nothing is shared with the compiler but the matching of labels.
 */
export function isAllowed({ policies, pods, namespaces }: PolicyInput, packet: Packet, direction: 'Ingress' | 'Egress'): boolean {
  if (packet.saddr === packet.daddr) return true
  const podAt = (ip: string): Pod | undefined => (pods as readonly Pod[]).find((p) => p.status?.podIP === ip && p.spec?.hostNetwork !== true && p.status.phase !== 'Succeeded' && p.status.phase !== 'Failed')
  const [from, to] = [podAt(packet.saddr), podAt(packet.daddr)]
  const [own, other, otherIp] = direction === 'Ingress' ? [to, from, packet.saddr] : [from, to, packet.daddr]
  if (own === undefined) return true
  const applying = (policies as readonly NetworkPolicy[]).filter((p) =>
    p.metadata.namespace === own.metadata.namespace && p.spec.policyTypes?.includes(direction) === true && matchesSelector(own.metadata.labels, p.spec.podSelector))
  if (applying.length === 0) return true
  return applying.some((policy) => {
    const rules = direction === 'Ingress' ? (policy.spec.ingress ?? []).map((r) => ({ ports: r.ports, peers: r.from })) : (policy.spec.egress ?? []).map((r) => ({ ports: r.ports, peers: r.to }))
    return rules.some(({ ports = [], peers = [] }) =>
      (peers.length === 0 || peers.some((peer) => isPeer(peer, policy, other, otherIp, namespaces as readonly Namespace[])))
      && (ports.length === 0 || ports.some((port) => isPort(port, packet, to))))
  })
}

function isPeer(peer: NetworkPolicyPeer, policy: NetworkPolicy, pod: Pod | undefined, ip: string, namespaces: readonly Namespace[]): boolean {
  if (peer.ipBlock !== undefined) return covers(peer.ipBlock.cidr, ip) && !(peer.ipBlock.except ?? []).some((e) => covers(e, ip))
  if (pod === undefined) return false
  const namespace = namespaces.find((n) => n.metadata.name === pod.metadata.namespace)
  const right = peer.namespaceSelector === undefined ? pod.metadata.namespace === policy.metadata.namespace : namespace !== undefined && matchesSelector(namespace.metadata.labels, peer.namespaceSelector)
  return right && (peer.podSelector === undefined || matchesSelector(pod.metadata.labels, peer.podSelector))
}

function isPort(port: NetworkPolicyPort, packet: Packet, to: Pod | undefined): boolean {
  if ((port.protocol ?? 'TCP').toLowerCase() !== packet.protocol) return false
  if (port.port === undefined) return true
  if (typeof port.port === 'number') return packet.dport >= port.port && packet.dport <= (port.endPort ?? port.port)
  return (to?.spec?.containers ?? []).some((c) => (c.ports ?? []).some((p) => p.name === port.port && (p.protocol ?? 'TCP').toLowerCase() === packet.protocol && p.containerPort === packet.dport))
}

function covers(cidr: string, ip: string): boolean {
  const [base = '', bits = ''] = cidr.split('/')
  if (!isIPv4(base)) return false
  const list = new BlockList()
  list.addSubnet(base, Number(bits), 'ipv4')
  return list.check(ip, 'ipv4')
}
