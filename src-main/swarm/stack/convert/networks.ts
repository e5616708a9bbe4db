import type { Network } from '../../../common/compose/forms/networks.ts'
import type { IpamPool, NetworkSpec } from '../../docker/specs.ts'
import { nameProblem, NO_STACK } from '../names.ts'
import type { Context } from './context.ts'
import { defined, realName, stackLabels } from './context.ts'

/** The keys of the networks that some service is on: only they are made. */
export function usedNetworks({ services }: Context['model'], stack: string): string[] {
  const used = Object.values(services).flatMap(({ networks }) => networksOf(networks, stack))
  return [...new Set(used)].sort()
}

/** Without any, a service is on its stack's own network; outside of a stack, on none. */
export function networksOf(networks: Record<string, unknown> | undefined, stack: string): string[] {
  const named = Object.keys(networks ?? {})
  return named.length === 0 && stack !== NO_STACK ? ['default'] : named
}

/** What a network of the file is made from; an overlay, unless it says otherwise. */
export function networkSpecOf(key: string, network: Network, context: Context): NetworkSpec {
  const name = realName(context.stack, key, network)
  const wrong = nameProblem('network', name)
  if (wrong !== undefined) context.findings.refuse(['networks', key], wrong)
  return defined<NetworkSpec>({
    Name: name, Driver: network.driver === undefined || network.driver === '' ? 'overlay' : network.driver, Options: network.driver_opts,
    Labels: stackLabels(context.stack, network.labels), Internal: network.internal, Attachable: network.attachable, EnableIPv6: network.enable_ipv6, IPAM: ipam(network.ipam),
  })
}

function ipam(config: Network['ipam']): NetworkSpec['IPAM'] {
  const pools = (config?.config ?? []).map((pool) => defined<IpamPool>({ Subnet: pool.subnet, IPRange: pool.ip_range, Gateway: pool.gateway, AuxiliaryAddresses: pool.aux_addresses }))
  if ((config?.driver ?? '') === '' && config?.options === undefined && pools.length === 0) return undefined
  return defined({ Driver: config?.driver === '' ? undefined : config?.driver, Options: config?.options, Config: pools.length === 0 ? undefined : pools })
}
