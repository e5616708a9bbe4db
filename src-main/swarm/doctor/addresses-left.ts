import type { DockerService, DockerTask } from '../setup/docker-shapes.ts'
import { rangeOf } from '../../common/ipv4.ts'
import type { OverlayFacts } from './facts.ts'

const OVER = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])
/** The network's own address, its last one and the gateway. */
const RESERVED = 3

/**
 * Addresses that an overlay network has left: each task, each virtual IP and, for its load balancer, each node takes one. Not less than none; undefined where
 * its subnet is not known. Pure.
 */
export function addressesLeft(network: OverlayFacts, services: readonly DockerService[], tasks: readonly DockerTask[], nodes: number): number | undefined {
  if (network.subnets.length === 0) return undefined
  const size = network.subnets.reduce((sum, subnet) => sum + rangeOf(subnet)[1] - rangeOf(subnet)[0] + 1 - RESERVED, 0)
  const ofTasks = tasks.filter(({ Status }) => !OVER.has(Status.State)).flatMap(({ NetworksAttachments }) => NetworksAttachments ?? []).filter(({ Network, Addresses }) => Network.ID === network.id && (Addresses ?? []).length > 0).length
  const virtual = services.flatMap(({ Endpoint }) => Endpoint?.VirtualIPs ?? []).filter(({ NetworkID }) => NetworkID === network.id).length
  return Math.max(0, size - ofTasks - virtual - nodes)
}
