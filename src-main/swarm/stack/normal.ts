import { isMap } from '../../common/json.ts'
import type { NetworkSpec, ContainerServiceSpec, UpdateConfig } from '../docker/specs.ts'
import { taggedImage } from './image-name.ts'
import { withoutStatus } from './status-labels.ts'

// What is told apart from an absent field although it is empty or zero.
const MEANS_SOMETHING = new Set(['Init', 'Replicas', 'TotalCompletions', 'MaxConcurrent', 'Global', 'GlobalJob', 'Replicated', 'ReplicatedJob', 'Parallelism', 'DNSConfig', 'Healthcheck', 'Delay', 'Window', 'StopGracePeriod', 'Runtime', 'Privileges', 'VolumeOptions'])
// Names and texts: all of their values mean something.
const TEXTS = new Set(['Labels', 'Options', 'DriverOpts', 'Sysctls', 'AuxiliaryAddresses'])

const UPDATE = { Parallelism: 0, FailureAction: 'pause', Order: 'stop-first' }
// Swarm drops it.
const DROPPED = new Set(['Consistency'])

/** A service's spec in the one form that a manager keeps it in: empty fields left out, its defaults written out, without Toque's own notes in labels. Two specs with the same one are the same service. */
export function normalService(spec: ContainerServiceSpec): ContainerServiceSpec {
  const { ForceUpdate: _, ...task } = spec.TaskTemplate
  const container = { ...task.ContainerSpec, Image: taggedImage(task.ContainerSpec.Image), Isolation: task.ContainerSpec.Isolation === 'default' ? undefined : task.ContainerSpec.Isolation }
  const mode = spec.Mode ?? {}
  if (container.Secrets !== undefined) container.Secrets = sorted(container.Secrets)
  if (container.Configs !== undefined) container.Configs = sorted(container.Configs)
  return compact({
    ...spec, Labels: withoutStatus(spec.Labels),
    TaskTemplate: { ...task, ContainerSpec: container, Runtime: task.Runtime === 'container' ? undefined : task.Runtime, RestartPolicy: filled(task.RestartPolicy, { Condition: 'any' }) },
    UpdateConfig: update(spec.UpdateConfig), RollbackConfig: update(spec.RollbackConfig),
    Mode: mode.Replicated !== undefined || Object.keys(mode).length === 0 ? { Replicated: { Replicas: mode.Replicated?.Replicas ?? 1 } } : mode,
    EndpointSpec: {
      Mode: spec.EndpointSpec?.Mode === undefined || spec.EndpointSpec.Mode === '' ? 'vip' : spec.EndpointSpec.Mode,
      Ports: (spec.EndpointSpec?.Ports ?? []).map((port) => ({ ...port, Protocol: port.Protocol ?? 'tcp', PublishMode: port.PublishMode ?? 'ingress' })),
    },
  }) as ContainerServiceSpec
}

/** Docker's own tool writes the targets of one secret in any order. */
function sorted<T extends { File?: { Name: string } }>(references: readonly T[] | null): T[] {
  const key = ({ File, ...rest }: T): string => JSON.stringify([Object.values(rest).filter((value) => typeof value === 'string').sort(), File?.Name])
  return [...references ?? []].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** No delay is the usual one here; before a task is started again it is not. */
function update(config: UpdateConfig | undefined): UpdateConfig | undefined {
  const { Delay, ...rest } = filled(config, UPDATE) ?? {}
  return config === undefined || config === null ? undefined : { ...rest, ...(Delay === 0 ? {} : { Delay }) }
}

/** With the values that the manager fills in where something is said at all. */
function filled<T extends object>(value: T | undefined | null, defaults: Partial<T>): T | undefined {
  return value === undefined || value === null ? undefined : { ...defaults, ...compact(value) as T }
}

/** A network's spec, without what Docker filled in. */
export function normalNetwork(spec: NetworkSpec): NetworkSpec {
  const { Driver, ...ipam } = spec.IPAM ?? {}
  return compact({ ...spec, IPAM: { ...ipam, Driver: Driver === 'default' ? undefined : Driver } }) as NetworkSpec
}

/** Whether two specs in this form say the same; the order of keys does not matter. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b))
}

/** Without fields that are null, empty or zero; names and texts sorted. */
export function compact(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => compact(item)).filter((item) => key !== 'GenericResources' || Object.keys(item as object).length > 0)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => [name, compact(item, name)])
  if (TEXTS.has(key)) return ordered(Object.fromEntries(entries.filter(([, item]) => item !== undefined && item !== null)))
  return Object.fromEntries(entries.filter(([name, item]) => !DROPPED.has(name) && !isNothing(name, item)))
}

function isNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (MEANS_SOMETHING.has(name)) return false
  return value === '' || value === 0 || value === false || (typeof value === 'object' && Object.keys(value).length === 0)
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, ordered(item)]))
}

/** The fields in which two specs in this form differ: `TaskTemplate.ContainerSpec.Groups`. Lists are compared whole. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (!isMap(a) || !isMap(b)) return same(a, b) ? [] : [path]
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.flatMap((key) => differences(a[key], b[key], path === '' ? key : `${path}.${key}`))
}
