import type { Service } from '../../common/compose/forms/service.ts'
import type { PodSpec, PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import { HOSTNAME } from '../../common/kube/well-known.ts'
import { APP, NETWORK_PREFIX, PART_OF, SECOND } from '../conventions.ts'
import type { Note } from '../report.ts'
import { defined } from '../to-kubernetes/context.ts'
import type { Making } from './context.ts'

/** What the pod says beside its containers: labels and networks, names, placement. */
export function podOf({ metadata, spec = { containers: [] } }: PodTemplateSpec, note: Note, name: string, making: Making): Service {
  const labels: Record<string, string> = {}
  const networks: NonNullable<Service['networks']> = {}
  for (const [key, value] of Object.entries(metadata?.labels ?? {})) {
    if (key === `${NETWORK_PREFIX}default`) note.changed(['metadata', 'labels', key], 'Every service without networks is on the default one.')
    else if (key === APP && value !== name) note.changed(['metadata', 'labels', key], 'Pods are found by the service that they are of.')
    else note.same('metadata', 'labels', key)
    if (key.startsWith(NETWORK_PREFIX)) networks[key.slice(NETWORK_PREFIX.length)] = {}
    else if (key !== APP && key !== PART_OF) labels[key] = value
  }
  for (const name of Object.keys(networks)) if (name !== 'default') making.model.networks[name] ??= {}
  for (const key of Object.keys(metadata?.annotations ?? {})) note.same('metadata', 'annotations', key)
  if (metadata?.name !== undefined) note.changed(['metadata', 'name'], 'Its pods have names of their own.')
  const at = note.in('spec')
  for (const key of ['hostname', 'hostNetwork', 'hostPID', 'hostIPC', 'terminationGracePeriodSeconds']) at.same(key)
  const security = spec.securityContext ?? {}
  for (const key of ['supplementalGroups', 'sysctls']) at.same('securityContext', key)
  if (spec.dnsPolicy === 'ClusterFirstWithHostNet' && spec.hostNetwork === true) at.same('dnsPolicy')
  at.changed(['dnsConfig', 'nameservers'], 'Docker asks these for what it does not know itself.')
  at.changed(['dnsConfig', 'searches'], 'Searched first.')
  at.same('dnsConfig', 'options')
  const platform = platformOf(spec, at)
  return defined<Service>({
    labels, annotations: metadata?.annotations, networks: Object.keys(networks).length === 1 && 'default' in networks ? undefined : networks, hostname: spec.hostname, extra_hosts: hostsOf(spec, at),
    network_mode: spec.hostNetwork === true ? 'host' : undefined, pid: spec.hostPID === true ? 'host' : undefined, ipc: spec.hostIPC === true ? 'host' : undefined,
    dns: spec.dnsConfig?.nameservers, dns_search: spec.dnsConfig?.searches, dns_opt: spec.dnsConfig?.options?.map(({ name, value }) => (value === undefined ? (name ?? '') : `${name ?? ''}:${value}`)),
    group_add: security.supplementalGroups?.map(String), sysctls: Object.fromEntries((security.sysctls ?? []).map(({ name, value }) => [name, value])),
    stop_grace_period: spec.terminationGracePeriodSeconds === undefined ? undefined : spec.terminationGracePeriodSeconds * SECOND,
    platform, deploy: placementOf(spec, at, platform),
  })
}

function hostsOf(spec: PodSpec, note: Note): Record<string, string[]> {
  const hosts: Record<string, string[]> = {}
  note.same('hostAliases')
  for (const { ip, hostnames = [] } of spec.hostAliases ?? []) for (const host of hostnames) (hosts[host] ??= []).push(ip)
  return hosts
}

function platformOf({ nodeSelector = {} }: PodSpec, note: Note): string | undefined {
  const [os, arch] = [nodeSelector['kubernetes.io/os'], nodeSelector['kubernetes.io/arch']]
  if (os === undefined || arch === undefined) return undefined
  for (const key of ['kubernetes.io/os', 'kubernetes.io/arch']) note.same('nodeSelector', key)
  return `${os}/${arch}`
}

/** What Swarm calls a label of a node. */
function subjectOf(key: string): string {
  if (key === HOSTNAME) return 'node.hostname'
  return key === 'kubernetes.io/os' ? 'node.platform.os' : key === 'kubernetes.io/arch' ? 'node.platform.arch' : `node.labels.${key}`
}

function placementOf(spec: PodSpec, note: Note, platform: string | undefined): Service['deploy'] {
  const constraints: string[] = []
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (platform !== undefined && key.startsWith('kubernetes.io/')) continue
    constraints.push(`${subjectOf(key)} == ${value}`)
    note.changed(['nodeSelector', key], 'A constraint: give Swarm\'s nodes the same label.')
  }
  const node = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'] as const
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (terms.length > 1) note.lost(node, 'Swarm knows no "or" between constraints: choose one of them.')
  else terms[0]?.matchExpressions?.forEach(({ key, operator, values = [] }, i) => {
    const path = [...node, 0, 'matchExpressions', i]
    if (key.startsWith('node-role.kubernetes.io/') && operator !== 'In') {
      constraints.push(`node.role == ${operator === 'Exists' ? 'manager' : 'worker'}`)
      note.changed(path, 'By the role of Swarm\'s nodes.')
    } else if (operator === 'NotIn') {
      constraints.push(...values.map((value) => `${subjectOf(key)} != ${value}`))
      note.same(...path)
    } else if (operator === 'In' && values.length === 1) {
      constraints.push(`${subjectOf(key)} == ${values[0] ?? ''}`)
      note.same(...path)
    } else note.lost(path, 'Swarm compares a label with one value only: give the nodes a label that says it all.')
  })
  const apart = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const isOnePerNode = apart?.length === 1 && apart[0]?.topologyKey === HOSTNAME && Object.keys(apart[0].labelSelector?.matchLabels ?? {}).join() === APP
  if (isOnePerNode) note.same('affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution')
  const preferences = (spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, whenUnsatisfiable, maxSkew }, i) => {
    if (whenUnsatisfiable === 'ScheduleAnyway' && maxSkew === 1) note.same('topologySpreadConstraints', i)
    else note.changed(['topologySpreadConstraints', i], 'Swarm spreads as well as it can, without a limit.')
    return [{ spread: subjectOf(topologyKey) }]
  })
  const placement = defined({ constraints, preferences, max_replicas_per_node: isOnePerNode ? 1 : undefined })
  return Object.keys(placement).length === 0 ? undefined : { placement }
}
