import type { Network } from '../../../common/compose/forms/networks.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import { defined } from '../convert/context.ts'
import { isUserDefined, NO_STACK, StackLabel, unscoped } from '../names.ts'
import type { NetworkSpec, ContainerServiceSpec } from '../../docker/specs.ts'
import type { FileParts } from './context.ts'
import { nameBeside, some, without } from './context.ts'

/** The keys of a service that tell how it is reached. `networkOf`: what the stack's own network of this name is; undefined: somebody else's. */
export function endpointKeys(name: string, spec: ContainerServiceSpec, parts: FileParts, networkOf: (name: string) => NetworkSpec | undefined): Service {
  const attached = spec.TaskTemplate.Networks ?? []
  const networks = attached.map(({ Target, Aliases, DriverOpts }, i) => {
    const nth = attached.slice(0, i).filter((earlier) => earlier.Target === Target).length
    const key = parts.keyOf('networks', Target, () => ({ ...networkKeys(Target, networkOf(Target), parts.stack), ...(nth === 0 ? {} : { name: Target }) }), nth)
    const aliases = [...(Aliases ?? [])]
    // Its own name comes by itself, as the last.
    if (parts.stack !== NO_STACK && isUserDefined(Target) && aliases.at(-1) === name) aliases.pop()
    return [key, defined({ aliases: some(aliases), driver_opts: some(DriverOpts) })] as const
  })
  const [first] = networks
  const onlyDefault = networks.length === 1 && first !== undefined && first[0] === 'default' && Object.keys(first[1]).length === 0
  return defined<Service>({
    ports: some((spec.EndpointSpec?.Ports ?? []).map((port) => defined({ target: port.TargetPort ?? 0, published: port.PublishedPort === 0 ? undefined : port.PublishedPort, protocol: port.Protocol ?? 'tcp', mode: port.PublishMode ?? 'ingress' }))),
    networks: onlyDefault ? undefined : some(Object.fromEntries(networks)),
    logging: spec.TaskTemplate.LogDriver === undefined || spec.TaskTemplate.LogDriver === null ? undefined : some(defined({ driver: spec.TaskTemplate.LogDriver.Name, options: some(spec.TaskTemplate.LogDriver.Options) })),
  })
}

/** What the file says of a network. */
export function networkKeys(name: string, spec: NetworkSpec | undefined, stack: string): Network {
  if (spec === undefined) return { external: true, name }
  const pools = (spec.IPAM?.Config ?? []).map((pool) => defined({ subnet: pool.Subnet, ip_range: filled(pool.IPRange), gateway: filled(pool.Gateway), aux_addresses: some(pool.AuxiliaryAddresses) }))
  const ipam = some(defined({ driver: spec.IPAM?.Driver === 'default' ? undefined : spec.IPAM?.Driver, options: some(spec.IPAM?.Options), config: some(pools) }))
  return defined<Network>({
    ...nameBeside(stack, unscoped(stack, name) ?? name, name), driver: spec.Driver === 'overlay' ? undefined : spec.Driver, driver_opts: some(spec.Options),
    internal: spec.Internal === true ? true : undefined, attachable: spec.Attachable === true ? true : undefined, enable_ipv6: spec.EnableIPv6 === true ? true : undefined,
    labels: without(spec.Labels, StackLabel.namespace), ipam,
  })
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
