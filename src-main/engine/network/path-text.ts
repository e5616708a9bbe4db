import { ipToNumber } from '../../common/ipv4.ts'
import { VXLAN_PORT, WIREGUARD_PORT } from '../../common/kube/pod-network.ts'
import type { PodPath } from '../../common/kube/pod-network.ts'
import { lines } from './lines.ts'
import { isPublic, shareLink } from './pod-paths.ts'
import type { NetNode, Peer } from './pod-paths.ts'

/** What tunnels are called on a node. */
const VXLAN_DEVICE = 'toque.vx'
export const WIREGUARD_DEVICE = 'toque.wg'
/** Of nobody else's on that port. */
export const VNI = 0x746f71
/** What a tunnel adds to a packet, bytes, over IPv4: Ethernet, IP, UDP and VXLAN's header; IP, UDP and WireGuard's header and tag. */
const OVERHEAD = { vxlan: 50, wireguard: 60 }
/** WireGuard says nothing by itself: this makes it shake hands at once, and keeps a way open through a firewall that remembers. */
const KEEPALIVE_S = 25

/**
 * The ways to other nodes' pods as text for the node's helper, one command a line, the tool first: `new` and `ip` for `ip -batch` (`new` only where the
 * device is not there), `bridge` for `bridge -batch`, `wg` for `wg syncconf` (the node adds its private key), `to` the routes. Each route's source is the pods' gateway, so that what the
 * node itself sends is seen as the cluster's. Pure.
 */
export function compilePaths(self: NetNode, peers: readonly Peer[], gateway: string): string {
  return lines([...routes(self, by(peers, 'routes'), gateway), ...vxlan(self, by(peers, 'vxlan'), gateway), ...wireguard(self, by(peers, 'wireguard'), gateway)])
}

function routes(self: NetNode, peers: readonly Peer[], gateway: string): string[] {
  return peers.map(({ podCidr, address, mtu }) => `to route replace ${podCidr} via ${address} src ${gateway}${mtu < self.mtu ? ` mtu ${String(mtu)}` : ''} proto 170`)
}

/** Every pod network is a next hop with a MAC address of its own, and that one is at the node: nothing is asked for or learned. */
function vxlan(self: NetNode, peers: readonly Peer[], gateway: string): string[] {
  if (peers.length === 0) return []
  const id = String(VNI)
  return [
    `new link add ${VXLAN_DEVICE} type vxlan id ${id} dstport ${String(VXLAN_PORT)} local ${self.address} nolearning`,
    `ip link set ${VXLAN_DEVICE} type vxlan id ${id} local ${self.address}`,
    `ip link set ${VXLAN_DEVICE} address ${macOf(self.podCidr)} mtu ${mtuOf(self, peers, OVERHEAD.vxlan)} addrgenmode none up`,
    ...peers.flatMap(({ podCidr, address }) => [
      `ip neigh replace ${hopOf(podCidr)} lladdr ${macOf(podCidr)} dev ${VXLAN_DEVICE} nud permanent`,
      `bridge fdb replace ${macOf(podCidr)} dev ${VXLAN_DEVICE} dst ${address}`,
      `to route replace ${podCidr} via ${hopOf(podCidr)} dev ${VXLAN_DEVICE} onlink src ${gateway} proto 170`,
    ]),
  ]
}

/** A peer without a key yet has no way: what is for it is dropped, see the node's rules. */
function wireguard(self: NetNode, peers: readonly Peer[], gateway: string): string[] {
  if (peers.length === 0) return []
  return [
    `wg ListenPort = ${String(WIREGUARD_PORT)}`,
    `ip link set ${WIREGUARD_DEVICE} mtu ${mtuOf(self, peers, OVERHEAD.wireguard)} up`,
    ...peers.flatMap((peer) => (peer.key === undefined ? [] : [
      'wg [Peer]', `wg PublicKey = ${peer.key}`, `wg AllowedIPs = ${peer.podCidr}`, ...(callable(self, peer) ? [`wg Endpoint = ${peer.address}:${String(WIREGUARD_PORT)}`] : []), `wg PersistentKeepalive = ${String(KEEPALIVE_S)}`,
      `to route replace ${peer.podCidr} dev ${WIREGUARD_DEVICE} src ${gateway} proto 170`,
    ])),
  ]
}

/** One behind another's NAT calls us, and is answered where it called from: a word about where it is would only make us forget that. */
function callable(self: NetNode, peer: NetNode): boolean {
  return isPublic(peer.address) || !isPublic(self.address) || shareLink(self, peer)
}

function by(peers: readonly Peer[], path: PodPath): Peer[] {
  return peers.filter((peer) => peer.path === path)
}

/** The largest packet that reaches all of them. */
function mtuOf(self: NetNode, peers: readonly Peer[], overhead: number): string {
  return String(Math.min(self.mtu, ...peers.map(({ mtu }) => mtu)) - overhead)
}

/** A node's end of VXLAN: the first address of its pods' network, which no pod has. */
function hopOf(podCidr: string): string {
  return podCidr.split('/')[0] ?? ''
}

/** Its MAC address: of that one. */
function macOf(podCidr: string): string {
  const n = ipToNumber(hopOf(podCidr)) ?? 0
  return ['0a', '58', ...[24, 16, 8, 0].map((shift) => ((n >>> shift) & 255).toString(16).padStart(2, '0'))].join(':')
}
