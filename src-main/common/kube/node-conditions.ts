import { findCondition } from './conditions.ts'
import type { Node } from './generated/core-v1.ts'
import type { Frozen } from './object.ts'

/**
 * Node conditions of Toque's own, besides upstream's. `Responding`: False as soon as a server is silent for about a second (set by its node
 * agent), Unknown when it answers again but its containers were not looked at yet: it may have been switched off. Nothing is sent to its pods in
 * either. Only `PeersReach` (set by the network: can other nodes reach it?) makes a verdict of it.
 */
export const RESPONDING = 'toque.dev/Responding'
export const PEERS_REACH = 'toque.dev/PeersReach'

/**
 * How other nodes' pods are reached from the node, and whether they are: True, False (the message says what to do), Unknown while it is being set up. The reason is the way: `Routes`,
 * `VXLAN`, `WireGuard`, `RoutesAndVXLAN`, or `Alone`.
 */
export const POD_NETWORK = 'toque.dev/PodNetwork'

/** Do pods on the node reach the API at the Service `kubernetes`? */
export const API_REACHABLE = 'toque.dev/ApiReachable'

/** Are Ingresses served on the node's ports 80 and 443? The message says what is in the way. */
export const INGRESS = 'toque.dev/Ingress'

/** The NoExecute taint of a node that is given up: its pods are made elsewhere at once, but for those of StatefulSets. */
export const SERVER_LOST_TAINT = 'toque.dev/server-lost'

/** Where a node writes its server's own networks (CIDRs, separated by commas): pods anywhere must not have addresses of these. */
export const NETWORKS_ANNOTATION = 'toque.dev/networks'

/** Where a node writes the largest packet that its uplink takes, bytes. */
export const MTU_ANNOTATION = 'toque.dev/mtu'

/** Where a node writes its public key for WireGuard. The private one never leaves the server. */
export const WIREGUARD_KEY_ANNOTATION = 'toque.dev/wireguard-key'

/** Does its server not answer at the moment? */
export function isSilent(node: Frozen<Node>): boolean {
  return findCondition(node.status?.conditions, RESPONDING)?.status === 'False'
}

/** Does it answer again, with nobody knowing yet what still runs on it? */
export function isUnseen(node: Frozen<Node>): boolean {
  return findCondition(node.status?.conditions, RESPONDING)?.status === 'Unknown'
}

/** The node's address to other nodes. */
export function internalAddress(node: Frozen<Node>): string | undefined {
  return node.status?.addresses?.find((a) => a.type === 'InternalIP')?.address
}
