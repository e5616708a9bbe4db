import { StatusError } from '../../common/errors.ts'
import { CANARY_OF } from '../extras/labels.ts'
import { Contents } from './contents.ts'
import type { FileObject, Manager, NetworkObject, ServiceObject } from './manager.ts'
import { NO_STACK, StackLabel } from './names.ts'
import type { FileSpec, NetworkSpec, ServiceSpec } from './specs.ts'

/** On what a rotation made: the name that the file has for it. */
export const VERSION_OF = 'toque.dev/version-of'

export interface LiveService {
  readonly id: string
  readonly version: number
  /** As the manager keeps it, but networks, secrets and configs by their names alone. */
  readonly spec: ServiceSpec
  readonly state: NonNullable<ServiceObject['UpdateStatus']>['State']
}

export interface LiveNetwork {
  readonly id: string
  readonly spec: NetworkSpec
  readonly scope: string
}

export interface LiveFile {
  readonly id: string
  readonly version: number
  readonly spec: FileSpec
  /** RFC 3339, in UTC. */
  readonly createdAt: string
  /** Of a config. */
  readonly contents: Contents | undefined
}

/** All that a swarm has of the kinds that stacks are made of, each sorted by name. */
export interface LiveSwarm {
  readonly services: readonly LiveService[]
  readonly networks: readonly LiveNetwork[]
  readonly secrets: readonly LiveFile[]
  readonly configs: readonly LiveFile[]
}

/** Reads it from a manager. A StatusError (BadRequest) when the server is none. */
export async function readSwarm(manager: Manager): Promise<LiveSwarm> {
  if (!await manager.isManager()) throw new StatusError('BadRequest', 'This server is no manager of a swarm: stacks are deployed through a manager. Make a swarm here, or choose one of its managers.')
  const [services, networks, secrets, configs] = await Promise.all([manager.services(), manager.networks(), manager.files('secret'), manager.files('config')])
  const names = await networkNames(manager, networks, services)
  return {
    services: byName(services.filter(({ Spec }) => (Spec.TaskTemplate.ContainerSpec as unknown) !== undefined).map((service) => ({ id: service.ID, version: service.Version.Index, spec: named(service.Spec, names, configs), state: service.UpdateStatus?.State }))),
    networks: byName(networks.map((network) => ({ id: network.Id, spec: networkSpec(network), scope: network.Scope }))),
    secrets: byName(secrets.map(liveFile)), configs: byName(configs.map(liveFile)),
  }
}

function byName<T extends { readonly spec: { readonly Name: string } }>(things: readonly T[]): T[] {
  return [...things].sort((a, b) => (a.spec.Name < b.spec.Name ? -1 : 1))
}

/** What of them belongs to a stack, by its label; to none with ''. */
export function inStack<T extends { readonly spec: { Labels?: Record<string, string> } }>(things: readonly T[], stack: string): T[] {
  return things.filter(({ spec }) => (spec.Labels?.[StackLabel.namespace] ?? NO_STACK) === stack)
}

/** The services of a stack that its file has: not the canaries, which Toque makes beside them and removes. */
export function servicesOfFile({ services }: Pick<LiveSwarm, 'services'>, stack: string): LiveService[] {
  return inStack(services, stack).filter(({ spec }) => spec.Labels?.[CANARY_OF] === undefined)
}

/** The networks' names by their IDs. Those that every node has (`host`) have other IDs in a service than in the list: they are looked up. */
async function networkNames(manager: Manager, networks: readonly NetworkObject[], services: readonly ServiceObject[]): Promise<Map<string, string>> {
  const names = new Map(networks.map(({ Id, Name }) => [Id, Name]))
  const targets = new Set(services.flatMap(({ Spec }) => (Spec.TaskTemplate.Networks ?? []).map(({ Target }) => Target)))
  await Promise.all([...targets].filter((id) => !names.has(id)).map(async (id) => {
    // One that is gone stays an ID.
    const found = await manager.network(id).catch(() => undefined)
    if (found !== undefined) names.set(id, found.Name)
  }))
  return names
}

function named(spec: ServiceSpec, networks: ReadonlyMap<string, string>, configs: readonly FileObject[]): ServiceSpec {
  const { ContainerSpec: container, ...task } = spec.TaskTemplate
  const credentials = container.Privileges?.CredentialSpec
  const config = credentials?.Config === undefined ? undefined : configs.find(({ ID }) => ID === credentials.Config)?.Spec.Name
  return {
    ...spec,
    TaskTemplate: {
      ...task,
      ...(task.Networks === undefined ? {} : { Networks: task.Networks.map((network) => ({ ...network, Target: networks.get(network.Target) ?? network.Target })) }),
      ContainerSpec: {
        ...container,
        ...(container.Secrets === undefined ? {} : { Secrets: container.Secrets.map(({ SecretID: _, ...reference }) => reference) }),
        ...(container.Configs === undefined ? {} : { Configs: container.Configs.map(({ ConfigID: _, ...reference }) => reference) }),
        ...(config === undefined ? {} : { Privileges: { ...container.Privileges, CredentialSpec: { ...credentials, Config: config } } }),
      },
    },
  }
}

function liveFile({ ID, Version, CreatedAt, Spec: { Data, ...spec } }: FileObject): LiveFile {
  return { id: ID, version: Version.Index, spec, createdAt: CreatedAt, contents: Data === undefined ? undefined : new Contents(Buffer.from(Data, 'base64')) }
}

/** What somebody asked for when it was made, as far as that can be told from what Docker filled in since. */
function networkSpec(network: NetworkObject): NetworkSpec {
  const { 'com.docker.network.driver.overlay.vxlanid_list': _, ...options } = network.Options ?? {}
  const pools = (network.IPAM?.Config ?? []).filter((pool) => !isDockersChoice(pool))
  return {
    Name: network.Name, Driver: network.Driver, Options: options, Labels: network.Labels ?? {}, Internal: network.Internal, Attachable: network.Attachable, EnableIPv6: network.EnableIPv6,
    IPAM: {
      Driver: network.IPAM?.Driver, Options: network.IPAM?.Options ?? {},
      Config: pools.map(({ Subnet, IPRange, Gateway, AuxAddress }) => ({ Subnet, IPRange, Gateway: Gateway === firstOf(Subnet) ? undefined : Gateway, AuxiliaryAddresses: AuxAddress })),
    },
  }
}

/** Swarm gives out the subnets of 10.0.0.0/8 one after the other: one near its beginning was asked for by nobody. */
function isDockersChoice({ Subnet = '', Gateway }: { Subnet?: string; Gateway?: string }): boolean {
  return /^10\.0\.\d+\.0\/24$/.test(Subnet) && Gateway === firstOf(Subnet)
}

/** The first address of a subnet of IPv4, which Docker takes for the gateway. */
function firstOf(subnet = ''): string | undefined {
  return subnet.includes(':') ? undefined : subnet.replace(/(\d+)\/\d+$/, (_, last: string) => String(Number(last) + 1))
}
