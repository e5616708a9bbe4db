import { clash } from '../../../common/ipv4.ts'
import { freePool, networkOf } from '../../setup/addresses.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { networkRef, nodeRef } from '../refs.ts'

/** Overlay networks, or the pool that the next ones come from, with addresses of a network that servers are in. */
export const checkAddressPools: Check = ({ servers, nodes, networks, state }) => {
  const own = servers.flatMap(({ name, node, networks: list = [] }) => list.map((cidr) => ({ name, node, cidr })))
  const meet = (subnet: string): typeof own => own.filter(({ cidr }) => clash(subnet, [cidr]) !== undefined)
  const free = freePool(own.map(({ cidr }) => cidr))
  const findings = networks.flatMap(({ name, subnets, ingress }) => subnets.flatMap((subnet) => {
    const met = meet(subnet)
    if (met.length === 0) return []
    return [finding(
      'error', 'NetworkClash', `The overlay network ${name} has the addresses ${subnet}, which ${listed([...new Set(met.map((m) => networkOf(m.cidr)))])} of ${listed([...new Set(met.map((m) => m.name))])} has, too. Containers on it do not reach those servers or what is beside them, or are not reached.`,
      [networkRef(name), ...met.map(({ node }) => nodeRef(node, nodes))],
      ingress ? 'Remove the services that publish ports, then the network ingress, and make it anew with other addresses: docker network rm ingress; docker network create --driver overlay --ingress --subnet 10.255.0.0/24 ingress'
        : `Make the network anew with a subnet that no server has (ipam: in the Compose file, or --subnet)${free === undefined ? '' : `, for instance of ${free}`}.`)]
  }))
  if (findings.length > 0) return findings
  return (state.cluster?.pools ?? []).flatMap((pool) => {
    const met = meet(pool)
    if (met.length === 0) return []
    return [finding(
      'warning', 'PoolClash', `New overlay networks get addresses of ${pool}, in which ${listed([...new Set(met.map((m) => networkOf(m.cidr)))])} of ${listed([...new Set(met.map((m) => m.name))])} lies. Sooner or later one gets addresses that servers have.`,
      met.map(({ node }) => nodeRef(node, nodes)),
      `Give each network a subnet of its own (ipam: in the Compose file). The pool itself can be chosen only when a swarm begins${free === undefined ? '' : ` (${free} would be free)`}.`)]
  })
}
