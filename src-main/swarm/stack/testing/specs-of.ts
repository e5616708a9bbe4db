import type Docker from 'dockerode'
import { SwarmApi } from '../../docker/swarm-api.ts'
import { StackLabel } from '../names.ts'

/** Does `work` for all items, at most `atOnce` at a time; whatever fails is thrown when the others are over. */
export async function pooled<T>(atOnce: number, items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items]
  const errors: unknown[] = []
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item).catch((error: unknown) => errors.push(new Error(`${String(item)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })))
  }))
  if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => (error as Error).message).join('\n'))
}

/** Everything that the manager keeps of stacks, as it keeps it: only IDs, which are new each time, are told by names, and addresses that Docker chose are left out. */
export async function specsOf(docker: Docker, indexes: readonly number[], nameOf: (i: number) => string): Promise<Record<number, object>> {
  const manager = new SwarmApi(docker)
  const [services, networks, secrets, configs] = await Promise.all([manager.services(), manager.allNetworks(), manager.files('secret'), manager.files('config')])
  const ids = new Map<string, string>([
    ...networks.map(({ Id, Name }) => [Id, Name] as const), ...secrets.map(({ ID, Spec }) => [ID, Spec.Name] as const), ...configs.map(({ ID, Spec }) => [ID, Spec.Name] as const),
  ])
  const named = (value: unknown): unknown => {
    if (typeof value === 'string') return ids.get(value) ?? value
    if (Array.isArray(value)) return value.map(named)
    if (typeof value !== 'object' || value === null) return value
    // One secret at two places: Docker's own tool writes the two in any order, another one each time.
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, (key === 'Secrets' || key === 'Configs') && Array.isArray(item) ? item.map(named).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : named(item)]))
  }
  return Object.fromEntries(indexes.map((i) => {
    const mine = (labels: Record<string, string> | null | undefined): boolean => labels?.[StackLabel.namespace] === nameOf(i)
    const byName = <T>(all: readonly T[], pick: (one: T) => [string, Record<string, string> | null | undefined, unknown]): Record<string, unknown> => Object.fromEntries(all.map(pick).filter(([, labels]) => mine(labels)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, , spec]) => [name, named(spec)]))
    return [i, {
      services: byName(services, ({ Spec }) => [Spec.Name, Spec.Labels, Spec]),
      networks: byName(networks, ({ Id: _, Name, IPAM, Options, ...rest }) => {
        const { 'com.docker.network.driver.overlay.vxlanid_list': __, ...options } = Options ?? {}
        return [Name, rest.Labels, { ...rest, Created: undefined, Options: options, IPAM: { ...IPAM, Config: (IPAM?.Config ?? []).filter(({ Subnet }) => Subnet?.startsWith('10.99.')) } }]
      }),
      secrets: byName(secrets, ({ Spec }) => [Spec.Name, Spec.Labels, Spec]),
      configs: byName(configs, ({ Spec }) => [Spec.Name, Spec.Labels, Spec]),
    }]
  }))
}
