import type { SwarmService } from '../../docker/types.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef, serviceRef } from '../refs.ts'

/** Whether a service is reached through IP_VS: by a virtual IP on an overlay network, or a port of the ingress network. */
function needsIpvs({ Spec, Endpoint }: SwarmService): boolean {
  const endpoint = Spec.EndpointSpec
  const published = (endpoint?.Ports ?? []).some(({ PublishMode }) => PublishMode !== 'host')
  return published || (endpoint?.Mode !== 'dnsrr' && (Endpoint?.VirtualIPs ?? []).length > 0)
}

/** Without IP_VS in a server's kernel virtual IPs and ingress ports are dead there, while every task says Running. */
export const checkIpvs: Check = ({ servers, nodes, services }) => {
  const without = servers.filter(({ ipvs }) => ipvs === 'none')
  if (without.length === 0) return []
  const affected = services.filter(needsIpvs)
  const names = listed(without.map(({ name }) => name))
  const harm = affected.length === 0
    ? 'Services that use virtual IPs or published ports would not be reached there, while Docker says that they run.'
    : `${listed(affected.map(({ Spec }) => Spec.Name))} ${affected.length === 1 ? 'uses' : 'use'} them: ${affected.length === 1 ? 'it is' : 'they are'} not reached there, while Docker says that all runs.`
  return [finding(
    affected.length === 0 ? 'warning' : 'error', 'NoIpvs', `The kernel of ${names} has no IP_VS, with which Swarm makes virtual IPs and the ingress network. ${harm}`,
    [...without.map(({ node }) => nodeRef(node, nodes)), ...affected.map(serviceRef)],
    'Load the module on each of these servers: sudo modprobe ip_vs && echo ip_vs | sudo tee /etc/modules-load.d/ip_vs.conf. Where its kernel has none (some small VPS), '
    + 'use endpoint_mode: dnsrr instead of virtual IPs, and publish ports with mode: host.',
  )]
}
