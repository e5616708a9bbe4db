import { clash, rangeOf } from '../../common/ipv4.ts'
import { MTU_ANNOTATION, NETWORKS_ANNOTATION, WIREGUARD_KEY_ANNOTATION, internalAddress } from '../../common/kube/node-conditions.ts'
import type { PodPath } from '../../common/kube/pod-network.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { NetworkMode } from '../../common/kube/pod-network.ts'

/** A node among others, as the ways between their pods need it. */
export interface NetNode {
  name: string
  /** Its pods. */
  podCidr: string
  /** To other nodes. */
  address: string
  /** Its own networks, CIDRs with its address in each. */
  networks: readonly string[]
  /** The largest packet its uplink takes, bytes. */
  mtu: number
  /** WireGuard's public key; undefined while it has none. */
  key: string | undefined
}

/** Another node, and how its pods are reached. */
export interface Peer extends NetNode {
  path: PodPath
}

const USUAL_MTU = 1500
/** Anything else would be commands in the text that is made of it. */
const KEY = /^[A-Za-z0-9+/]{43}=$/
/** RFC 1918, carriers' NAT, link-local, loopback: nobody on the internet is there. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '127.0.0.0/8']

/** All nodes that have pods' addresses and an address of their own, in a fixed order. Silent ones too: a way does no harm. */
export function netNodes(nodes: readonly Frozen<Node>[]): NetNode[] {
  return nodes.flatMap((node): NetNode[] => {
    const { metadata: { name, annotations = {} }, spec: { podCIDR: podCidr = '' } } = node
    const address = internalAddress(node)
    if (rangeOf(podCidr)[0] < 0 || address === undefined || rangeOf(address)[0] < 0) return []
    const key = annotations[WIREGUARD_KEY_ANNOTATION] ?? ''
    const networks = (annotations[NETWORKS_ANNOTATION] ?? '').split(',').filter((cidr) => cidr !== '')
    return [{ name, podCidr, address, networks, mtu: Number(annotations[MTU_ANNOTATION]) || USUAL_MTU, key: KEY.test(key) ? key : undefined }]
  }).sort((a, b) => (a.podCidr < b.podCidr ? -1 : 1))
}

/**
 * How pods of two nodes reach each other: of one kind in both directions, for every pair. `auto` encrypts between all nodes as soon as two have public
 * addresses, and otherwise goes the cheapest way that works. Pure.
 */
export function choosePath(mode: NetworkMode, nodes: readonly NetNode[]): (a: NetNode, b: NetNode) => PodPath {
  if (mode !== 'auto') return () => mode
  if (nodes.filter(({ address }) => isPublic(address)).length >= 2) return () => 'wireguard'
  return (a, b) => (shareLink(a, b) ? 'routes' : 'vxlan')
}

/** The others, as seen from one. */
export function peersOf(mode: NetworkMode, nodes: readonly NetNode[], self: NetNode): Peer[] {
  const choose = choosePath(mode, nodes)
  return nodes.filter(({ name }) => name !== self.name).map((node) => ({ ...node, path: choose(self, node) }))
}

/** One node of the cluster, and its peers. Undefined while it has no addresses. */
export function pathsOf(mode: NetworkMode, nodes: readonly Frozen<Node>[], nodeName: string): { self: NetNode; peers: Peer[] } | undefined {
  const all = netNodes(nodes)
  const self = all.find(({ name }) => name === nodeName)
  return self === undefined ? undefined : { self, peers: peersOf(mode, all, self) }
}

/** Is each in a network of the other's, so that no router is between them? */
export function shareLink(a: NetNode, b: NetNode): boolean {
  return clash(`${b.address}/32`, a.networks) !== undefined && clash(`${a.address}/32`, b.networks) !== undefined
}

/** Can anybody on the internet send to it? */
export function isPublic(address: string): boolean {
  return rangeOf(`${address}/32`)[0] >= 0 && clash(`${address}/32`, PRIVATE) === undefined
}
