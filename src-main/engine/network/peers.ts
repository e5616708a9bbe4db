import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { internalAddress, isSilent } from '../../common/kube/node-conditions.ts'

/** Another node, as this one's routes need it. */
export interface Peer {
  podCidr: string
  address: string
}

/** All nodes but `self` that have pods' addresses and an address of their own, in a fixed order. Silent ones too: a route does no harm. */
export function peersOf(nodes: readonly Frozen<Node>[], self: string): Peer[] {
  return nodes.filter((node) => node.metadata.name !== self).flatMap((node) => {
    const podCidr = node.spec.podCIDR
    const address = internalAddress(node)
    return podCidr === undefined || podCidr === '' || address === undefined ? [] : [{ podCidr, address }]
  }).sort((a, b) => (a.podCidr < b.podCidr ? -1 : 1))
}

/** The routes to other nodes' pods, for `ip -batch`. The source is the pods' gateway, so that what the node itself sends is seen as the cluster's. */
export function compileRoutes(peers: readonly Peer[], gateway: string): string {
  return peers.map(({ podCidr, address }) => `route replace ${podCidr} via ${address} src ${gateway} proto 170\n`).join('')
}

/** Names of nodes that do not answer at the moment, unless none does: then it is the engine that is cut off, and says nothing. */
export function silentNodes(nodes: readonly Frozen<Node>[]): Set<string> {
  const silent = nodes.filter(isSilent).map((node) => node.metadata.name)
  return new Set(silent.length < nodes.length ? silent : [])
}
