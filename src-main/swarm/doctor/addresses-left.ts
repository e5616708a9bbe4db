import type { SwarmService, SwarmTask } from '../docker/types.ts'
import { rangeOf } from '../../common/ipv4.ts'
import { isTaskEnded } from '../docker/task-state.ts'
import type { OverlayFacts } from './facts.ts'

/** The network's own address, its last one and the gateway. */
const RESERVED = 3

/**
 * Addresses that an overlay network has left: each task, each virtual IP and, for its load balancer, each node takes one. Not less than none; undefined where
 * its subnet is not known. Pure.
 */
export function addressesLeft(network: OverlayFacts, services: readonly SwarmService[], tasks: readonly SwarmTask[], nodes: number): number | undefined {
  if (network.subnets.length === 0) return undefined
  const size = network.subnets.reduce((sum, subnet) => sum + rangeOf(subnet)[1] - rangeOf(subnet)[0] + 1 - RESERVED, 0)
  const ofTasks = tasks.filter((task) => !isTaskEnded(task)).flatMap(({ NetworksAttachments }) => NetworksAttachments ?? []).filter(({ Network, Addresses }) => Network.ID === network.id && (Addresses ?? []).length > 0).length
  const virtual = services.flatMap(({ Endpoint }) => Endpoint?.VirtualIPs ?? []).filter(({ NetworkID }) => NetworkID === network.id).length
  return Math.max(0, size - ofTasks - virtual - nodes)
}
