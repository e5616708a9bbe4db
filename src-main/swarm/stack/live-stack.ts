import { StatusError } from '../../common/errors.ts'
import { CANARY_OF } from '../extras/labels.ts'
import { Contents } from '../docker/contents.ts'
import type { SwarmApi } from '../docker/swarm-api.ts'
import { withContainer, withTask } from '../docker/edit-spec.ts'
import type { ContainerServiceSpec, FileSpec, NetworkSpec } from '../docker/specs.ts'
import { isOfContainers } from '../docker/specs.ts'
import { wasTakenBack } from '../docker/taken-back.ts'
import type { SwarmFile, SwarmNetwork, SwarmService, UpdateStatus } from '../docker/types.ts'
import { NO_STACK, StackLabel } from './names.ts'

/** On what a rotation made: the name that the file has for it. */
export const VERSION_OF = 'toque.dev/version-of'

export interface LiveService {
  readonly id: string
  readonly version: number
  /** As the manager keeps it, but networks, secrets and configs by their names alone. */
  readonly spec: ContainerServiceSpec
  readonly state: UpdateStatus['State']
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
export async function readSwarm(manager: SwarmApi): Promise<LiveSwarm> {
  if (!(await manager.membership()).ControlAvailable) throw new StatusError('BadRequest', 'This server is no manager of a swarm: stacks are deployed through a manager. Make a swarm here, or choose one of its managers.')
  const [services, networks, secrets, configs] = await Promise.all([manager.services(), manager.allNetworks(), manager.files('secret'), manager.files('config')])
  const names = await networkNames(manager, networks, services)
  return {
    services: byName(services.flatMap((service) => (isOfContainers(service.Spec) ? [{ id: service.ID, version: service.Version.Index, spec: named(service.Spec, names, configs), state: wasTakenBack(service) ? 'rollback_completed' : service.UpdateStatus?.State }] : []))),
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
async function networkNames(manager: SwarmApi, networks: readonly SwarmNetwork[], services: readonly SwarmService[]): Promise<Map<string, string>> {
  const names = new Map(networks.map(({ Id, Name }) => [Id, Name]))
  const targets = new Set(services.flatMap(({ Spec }) => (Spec.TaskTemplate.Networks ?? []).map(({ Target }) => Target)))
  await Promise.all([...targets].filter((id) => !names.has(id)).map(async (id) => {
    // One that is gone stays an ID.
    const found = await manager.network(id).catch(() => undefined)
    if (found !== undefined) names.set(id, found.Name)
  }))
  return names
}

function named(spec: ContainerServiceSpec, networks: ReadonlyMap<string, string>, configs: readonly SwarmFile[]): ContainerServiceSpec {
  const { ContainerSpec: container, Networks } = spec.TaskTemplate
  const credentials = container.Privileges?.CredentialSpec
  const config = credentials?.Config === undefined ? undefined : configs.find(({ ID }) => ID === credentials.Config)?.Spec.Name
  const withNames = withContainer(spec, {
    ...(container.Secrets === undefined ? {} : { Secrets: container.Secrets.map(({ SecretID: _, ...reference }) => reference) }),
    ...(container.Configs === undefined ? {} : { Configs: container.Configs.map(({ ConfigID: _, ...reference }) => reference) }),
    ...(config === undefined ? {} : { Privileges: { ...container.Privileges, CredentialSpec: { ...credentials, Config: config } } }),
  })
  return Networks === undefined ? withNames : withTask(withNames, { Networks: Networks.map((network) => ({ ...network, Target: networks.get(network.Target) ?? network.Target })) })
}

function liveFile({ ID, Version, CreatedAt, Spec: { Data, ...spec } }: SwarmFile): LiveFile {
  return { id: ID, version: Version.Index, spec, createdAt: CreatedAt, contents: Data === undefined ? undefined : new Contents(Buffer.from(Data, 'base64')) }
}

/** What somebody asked for when it was made, as far as that can be told from what Docker filled in since. */
function networkSpec(network: SwarmNetwork): NetworkSpec {
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
