import type { Attachment } from '../../../common/compose/forms/networks.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import type { NetworkAttachment, PortConfig, ContainerServiceSpec } from '../../docker/specs.ts'
import { isUserDefined, NO_STACK } from '../names.ts'
import type { ServiceContext } from './context.ts'
import { byText, defined, realName } from './context.ts'
import { networksOf } from './networks.ts'

/** How a service is reached: by one address of its own or by those of its tasks, and at which ports of the nodes, sorted by these. */
export function endpointOf({ deploy, ports }: Service, at: ServiceContext): NonNullable<ContainerServiceSpec['EndpointSpec']> {
  const mode = deploy?.endpoint_mode
  const all = (ports ?? []).map((port, i): PortConfig => {
    if (mode === 'dnsrr' && port.mode !== 'host') at.refuse(['ports', i], 'A service with endpoint_mode dnsrr has no address of its own that all nodes could publish: write mode: host for the port, or leave endpoint_mode out.')
    return defined<PortConfig>({ Protocol: port.protocol, TargetPort: port.target, PublishedPort: port.published, PublishMode: port.mode })
  })
  return defined({ Mode: mode, Ports: all.sort((a, b) => (a.PublishedPort ?? 0) - (b.PublishedPort ?? 0)) })
}

/** The networks that a service is on, sorted by name; without any, the stack's own. On those that people make, others find it by its name in the file. */
export function attachmentsOf({ networks }: Service, at: ServiceContext): NetworkAttachment[] {
  return networksOf(networks, at.stack).map((key): NetworkAttachment => {
    const attachment: Attachment = networks?.[key] ?? {}
    const Target = realName(at.stack, key, at.model.networks?.[key] ?? {})
    const aliases = [...(attachment.aliases ?? []), ...(isUserDefined(Target) && at.stack !== NO_STACK ? [at.name] : [])]
    return defined<NetworkAttachment>({ Target, Aliases: aliases.length === 0 ? undefined : aliases, DriverOpts: attachment.driver_opts })
  }).sort((a, b) => byText(a.Target, b.Target))
}
