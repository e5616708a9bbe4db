import type { Container, PersistentVolumeClaim, Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service } from './generated/core-v1.ts'
import type { KubeObject } from './object.ts'
import { isPodTerminated } from './pods.ts'
import { amountOf } from './resource-amounts.ts'
import { groupResourceOf } from './resource.ts'
import type { Resource } from './resource.ts'

/** What objects use of what a quota can limit: resource names as in `spec.hard`. */
export type Usage = Readonly<Record<string, number>>

/** Kinds that a quota counts by their plain name, besides `count/...`. */
const PLAIN = new Set(['configmaps', 'persistentvolumeclaims', 'pods', 'replicationcontrollers', 'resourcequotas', 'secrets', 'services'])
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage']

/** What one object of a kind uses. */
export function usageOf(resource: Pick<Resource, 'group' | 'plural'>, object: KubeObject): Usage {
  const name = groupResourceOf(resource)
  const counted = { [`count/${name}`]: 1 }
  switch (name) {
    case 'pods': return { ...counted, ...podUsage(object as Pod) }
    case 'services': return { ...counted, ...serviceUsage(object as Service) }
    case 'persistentvolumeclaims': return { ...counted, ...claimUsage(object as PersistentVolumeClaim) }
    default: return PLAIN.has(name) ? { ...counted, [name]: 1 } : counted
  }
}

/** Does a quota count this object? Only pods are in scopes, so one with scopes counts pods alone. */
export function isInScope({ spec }: Pick<ResourceQuota, 'spec'>, resource: Pick<Resource, 'group' | 'plural'>, object: KubeObject): boolean {
  const scopes: ScopedResourceSelectorRequirement[] = [
    ...((spec as ResourceQuota['spec'] | undefined)?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })), ...((spec as ResourceQuota['spec'] | undefined)?.scopeSelector?.matchExpressions ?? []),
  ]
  if (scopes.length === 0) return true
  return groupResourceOf(resource) === 'pods' && scopes.every((scope) => matchesScope(object as Pod, scope))
}

/** What the containers of a new pod must state because a quota limits it, as `cpu for: a,b`; empty when they do. */
export function unstated({ spec }: Pick<ResourceQuota, 'spec'>, pod: Pod): string[] {
  const limited = Object.keys((spec as ResourceQuota['spec'] | undefined)?.hard ?? {}).filter((name) => /^((requests|limits)\.)?(cpu|memory)$/.test(name)).sort()
  return limited.flatMap((name) => {
    const without = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].filter((c) => !states(c, name)).map((c) => c.name).sort()
    return without.length === 0 ? [] : [`${name} for: ${without.join(',')}`]
  })
}

function states({ resources }: Container, name: string): boolean {
  const [part, resource] = name.includes('.') ? name.split('.') as [string, string] : ['requests', name]
  return (part === 'limits' ? resources?.limits : resources?.requests)?.[resource] !== undefined
}

function podUsage(pod: Pod): Record<string, number> {
  // One that has ended takes nothing any more.
  if (isPodTerminated(pod)) return {}
  const used: Record<string, number> = { pods: 1 }
  for (const part of ['requests', 'limits'] as const) {
    for (const [name, n] of Object.entries(total(pod, part))) {
      if (COMPUTE.includes(name) || name.startsWith('hugepages-')) {
        used[`${part}.${name}`] = n
        if (part === 'requests') used[name] = n
      } else if (part === 'requests') used[`requests.${name}`] = n
    }
  }
  return used
}

/** The sum over containers, or what an init container needs at its time if that is more, plus overhead. */
function total(pod: Pod, part: 'requests' | 'limits'): Record<string, number> {
  const sum: Record<string, number> = {}
  const add = (to: Record<string, number>, list: Readonly<Record<string, string>> | undefined): void => {
    for (const [name, q] of Object.entries(list ?? {})) to[name] = (to[name] ?? 0) + amountOf(q)
  }
  for (const c of pod.spec.containers) add(sum, c.resources?.[part])
  const sidecars: Record<string, number> = {}
  const peaks: Record<string, number>[] = []
  for (const c of pod.spec.initContainers ?? []) {
    const now = { ...sidecars }
    add(now, c.resources?.[part])
    peaks.push(now)
    if (c.restartPolicy !== 'Always') continue
    add(sum, c.resources?.[part])
    add(sidecars, c.resources?.[part])
  }
  for (const peak of peaks) for (const [name, n] of Object.entries(peak)) sum[name] = Math.max(sum[name] ?? 0, n)
  add(sum, pod.spec.overhead)
  return sum
}

function serviceUsage({ spec }: Service): Record<string, number> {
  const ports = spec.ports?.length ?? 0
  if (spec.type === 'NodePort') return { services: 1, 'services.nodeports': ports }
  if (spec.type === 'LoadBalancer') return { services: 1, 'services.loadbalancers': 1, 'services.nodeports': spec.allocateLoadBalancerNodePorts === false ? 0 : ports }
  return { services: 1 }
}

function claimUsage({ spec }: PersistentVolumeClaim): Record<string, number> {
  const storage = amountOf(spec?.resources?.requests?.['storage'])
  const used: Record<string, number> = { persistentvolumeclaims: 1, 'requests.storage': storage }
  const suffix = spec?.storageClassName ? `${spec.storageClassName}.storageclass.storage.k8s.io` : undefined
  return suffix === undefined ? used : { ...used, [`${suffix}/persistentvolumeclaims`]: 1, [`${suffix}/requests.storage`]: storage }
}

function matchesScope(pod: Pod, { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement): boolean {
  switch (scopeName) {
    case 'Terminating': return (pod.spec.activeDeadlineSeconds ?? -1) >= 0
    case 'NotTerminating': return pod.spec.activeDeadlineSeconds === undefined
    case 'BestEffort': return isBestEffort(pod)
    case 'NotBestEffort': return !isBestEffort(pod)
    case 'CrossNamespacePodAffinity': return reachesOtherNamespaces(pod)
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName ?? ''
      if (operator === 'In') return values.includes(name)
      if (operator === 'NotIn') return !values.includes(name)
      return (name !== '') === (operator === 'Exists')
    }
    default: return false
  }
}

function isBestEffort(pod: Pod): boolean {
  return ![...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(({ resources }) =>
    [resources?.requests, resources?.limits].some((list) => amountOf(list?.['cpu']) > 0 || amountOf(list?.['memory']) > 0))
}

function reachesOtherNamespaces({ spec: { affinity } }: Pod): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((kind) =>
    [...(kind?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...(kind?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) => w.podAffinityTerm)]
      .some((t) => (t.namespaces ?? []).length > 0 || t.namespaceSelector !== undefined))
}
