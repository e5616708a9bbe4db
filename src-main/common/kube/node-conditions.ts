import { findCondition } from './conditions.ts'
import type { Node } from './generated/core-v1.ts'
import type { Frozen } from './object.ts'

/**
 * Node conditions of Toque's own, besides upstream's. `Responding`: False as soon as a server is silent for about a second (set by its node
 * agent); nothing is sent to its pods then. Only `PeersReach` (set by the network: can other nodes reach it?) makes a verdict of it.
 */
export const RESPONDING = 'toque.dev/Responding'
export const PEERS_REACH = 'toque.dev/PeersReach'

/** Do pods on the node reach the API at the Service `kubernetes`? */
export const API_REACHABLE = 'toque.dev/ApiReachable'

/** The NoExecute taint of a node that is given up: its pods are made elsewhere at once. */
export const SERVER_LOST_TAINT = 'toque.dev/server-lost'

/** Where a node writes its server's own networks (CIDRs, separated by commas): pods anywhere must not have addresses of these. */
export const NETWORKS_ANNOTATION = 'toque.dev/networks'

/** Does its server not answer at the moment? */
export function isSilent(node: Frozen<Node>): boolean {
  return findCondition(node.status?.conditions, RESPONDING)?.status === 'False'
}

/** The node's address to other nodes. */
export function internalAddress(node: Frozen<Node>): string | undefined {
  return node.status?.addresses?.find((a) => a.type === 'InternalIP')?.address
}
