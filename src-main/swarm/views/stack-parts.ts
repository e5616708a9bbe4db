import type { ObjectRef, SwarmFileSummary, SwarmNetworkSummary } from '../../common/contract/index.ts'
import { groupBy } from '../../common/group-by.ts'
import type { SwarmFile, SwarmNetwork, SwarmService } from '../docker/types.ts'
import type { SwarmObjects } from '../state/picture.ts'
import { VERSION_OF } from '../stack/live-stack.ts'
import { NO_STACK, StackLabel } from '../stack/names.ts'
import { serviceRef, time } from './refs.ts'

/** The stack of an object by its labels, '' where it is in none. */
export function stackNameOf(labels: Readonly<Record<string, string>> | null | undefined): string {
  return labels?.[StackLabel.namespace] ?? NO_STACK
}

/** The secrets and configs of a swarm, each with its versions. Pure. */
export function fileSummaries({ services, secrets, configs }: Pick<SwarmObjects, 'services' | 'secrets' | 'configs'>): SwarmFileSummary[] {
  return [...filesOf('secret', secrets, services), ...filesOf('config', configs, services)]
}

function filesOf(kind: 'secret' | 'config', files: readonly SwarmFile[], services: readonly SwarmService[]): SwarmFileSummary[] {
  return [...groupBy(files, ({ Spec }) => Spec.Labels?.[VERSION_OF] ?? Spec.Name)].map(([name, versions]) => {
    const sorted = [...versions].sort((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1))
    const newest = sorted[0]?.Spec
    const listed = sorted.map((file) => ({ name: file.Spec.Name, createdAt: time(file.CreatedAt), users: usersOf(kind, file.ID, services) }))
    const { [StackLabel.namespace]: stack = NO_STACK, [VERSION_OF]: _, ...labels } = newest?.Labels ?? {}
    const driver = newest?.Driver?.Name ?? ''
    return { id: `${kind} ${name}`, kind, name, stack, users: unique(listed.flatMap(({ users }) => users)), versions: listed, labels, ...(driver === '' ? {} : { driver }) }
  })
}

function usersOf(kind: 'secret' | 'config', id: string, services: readonly SwarmService[]): ObjectRef[] {
  const has = ({ Secrets, Configs }: NonNullable<SwarmService['Spec']['TaskTemplate']['ContainerSpec']>): boolean => (
    kind === 'secret' ? Secrets?.some(({ SecretID }) => SecretID === id) : Configs?.some(({ ConfigID }) => ConfigID === id)) === true
  return services.filter(({ Spec: { TaskTemplate: { ContainerSpec } } }) => ContainerSpec !== undefined && has(ContainerSpec)).map(serviceRef)
}

/** The networks that reach over the whole swarm. Pure. */
export function networkSummaries({ services, networks }: Pick<SwarmObjects, 'services' | 'networks'>): SwarmNetworkSummary[] {
  return networks.map((network) => ({
    id: network.Id, name: network.Name, stack: stackNameOf(network.Labels), driver: network.Driver,
    attachable: network.Attachable === true, encrypted: isEncrypted(network), internal: network.Internal === true, ingress: network.Ingress === true,
    subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet = '' }) => (Subnet === '' ? [] : [Subnet])),
    users: services.filter(({ Spec }) => (Spec.TaskTemplate.Networks ?? []).some(({ Target }) => Target === network.Id || Target === network.Name)).map(serviceRef),
    createdAt: time(network.Created),
  }))
}

/** The option's being there says so, whatever its value: but for a plain no. */
function isEncrypted({ Options }: SwarmNetwork): boolean {
  const value = Options?.['encrypted']
  return value !== undefined && value !== 'false'
}

function unique(refs: readonly ObjectRef[]): ObjectRef[] {
  return [...new Map(refs.map((ref) => [ref.name, ref])).values()]
}
