import type { ResourceKind } from '../../src-main/common/contract/index.ts'

/** Where people look for a kind. `other`: a group that is not Kubernetes' own goes by its name. */
export type KindTopic = 'workloads' | 'configuration' | 'network' | 'storage' | 'scaling' | 'cluster' | 'other'

const TOPICS: readonly KindTopic[] = ['workloads', 'configuration', 'network', 'storage', 'scaling', 'cluster', 'other']
const BY_GROUP: Readonly<Record<string, KindTopic>> = {
  'apps': 'workloads', 'batch': 'workloads', 'networking.k8s.io': 'network', 'gateway.networking.k8s.io': 'network', 'discovery.k8s.io': 'network', 'storage.k8s.io': 'storage', 'snapshot.storage.k8s.io': 'storage', 'autoscaling': 'scaling', 'policy': 'scaling', 'scheduling.k8s.io': 'scaling',
  'coordination.k8s.io': 'cluster', 'events.k8s.io': 'cluster', 'rbac.authorization.k8s.io': 'cluster', 'apiextensions.k8s.io': 'cluster', 'toque.dev': 'cluster',
}
/** Kinds of toque.dev that are not about the cluster itself. */
const OURS: Readonly<Record<string, KindTopic>> = { VolumeBackup: 'storage', BackupSchedule: 'storage', Rollout: 'workloads' }
const CORE: Readonly<Record<string, KindTopic>> = {
  Pod: 'workloads', ReplicationController: 'workloads', ConfigMap: 'configuration', Secret: 'configuration', ServiceAccount: 'configuration', LimitRange: 'scaling', ResourceQuota: 'scaling',
  Service: 'network', Endpoints: 'network', PersistentVolume: 'storage', PersistentVolumeClaim: 'storage',
}
/** What people make by hand comes first; the rest by name. */
const FIRST: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod', 'Rollout', 'ConfigMap', 'Secret', 'Service', 'Ingress', 'PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'Namespace', 'Node']

/** A heading of the explorer with its kinds. */
export interface KindGroup {
  topic: KindTopic
  /** The API group, where the topic is `other`. */
  group: string
  kinds: ResourceKind[]
}

/** The topic of a kind. The core group is sorted by kind. */
export function topicOf({ group, kind }: Pick<ResourceKind, 'group' | 'kind'>): KindTopic {
  if (group === '') return CORE[kind] ?? 'cluster'
  return (group === 'toque.dev' ? OURS[kind] : undefined) ?? BY_GROUP[group] ?? 'other'
}

/** Kinds under their headings, in the order of the explorer. Kinds of groups that nobody knows stand last, under their group. */
export function kindGroups(kinds: readonly ResourceKind[]): KindGroup[] {
  const groups = new Map<string, KindGroup>()
  for (const kind of kinds) {
    const topic = topicOf(kind)
    const group = topic === 'other' ? kind.group : ''
    const key = `${topic}/${group}`
    const there = groups.get(key)
    if (there === undefined) groups.set(key, { topic, group, kinds: [kind] })
    else there.kinds.push(kind)
  }
  const rank = ({ kind }: ResourceKind): number => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length)
  for (const { kinds: list } of groups.values()) list.sort((a, b) => rank(a) - rank(b) || a.kind.localeCompare(b.kind))
  return [...groups.values()].sort((a, b) => TOPICS.indexOf(a.topic) - TOPICS.indexOf(b.topic) || a.group.localeCompare(b.group))
}

/** Does a kind answer to what was typed: its name, its plural, a short name (`cm`, `deploy`), its group? */
export function kindMatches(kind: Pick<ResourceKind, 'kind' | 'plural' | 'shortNames' | 'group'>, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return [kind.kind.toLowerCase(), kind.plural, kind.group].some((name) => name.includes(wanted)) || kind.shortNames.some((name) => name.startsWith(wanted))
}
