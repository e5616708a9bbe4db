/**
 * Node conditions of Toque's own, besides upstream's. `Responding`: False as soon as a server is silent for about a second (set by its node
 * agent); nothing is sent to its pods then. Only `PeersReach` (set by the network: can other nodes reach it?) makes a verdict of it.
 */
export const RESPONDING = 'toque.dev/Responding'
export const PEERS_REACH = 'toque.dev/PeersReach'

/** The NoExecute taint of a node that is given up: its pods are made elsewhere at once. */
export const SERVER_LOST_TAINT = 'toque.dev/server-lost'

/** Where a node writes its server's own networks (CIDRs, separated by commas): pods anywhere must not have addresses of these. */
export const NETWORKS_ANNOTATION = 'toque.dev/networks'
