import type { ResourceQuota } from '../../../common/kube/generated/core-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { isInScope, usageOf } from '../../../common/kube/quota-usage.ts'
import { formatAmount } from '../../../common/kube/resource-amounts.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'

/** A kind's objects in the quota's namespace. */
export interface Counted {
  readonly resource: Resource
  objects(): readonly Readonly<KubeObject>[]
}

/** What is used of each thing that the quota limits, as its status says it. */
export function countUsed(quota: Readonly<ResourceQuota>, kinds: readonly Counted[]): Record<string, string> {
  const names = Object.keys(quota.spec.hard ?? {})
  const sums = Object.fromEntries(names.map((name) => [name, 0]))
  for (const { resource, objects } of kinds) {
    if (!names.some((name) => mayBeOf(resource, name))) continue
    for (const object of objects()) {
      if (!isInScope(quota, resource, object)) continue
      const usage = usageOf(resource, object)
      for (const name of names) sums[name] = (sums[name] ?? 0) + (usage[name] ?? 0)
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, n]) => [name, formatAmount(n, name)]))
}

/** Only pods, services and claims use more than themselves. */
function mayBeOf(resource: Resource, name: string): boolean {
  const own = groupResourceOf(resource)
  return name === own || name === `count/${own}` || ['persistentvolumeclaims', 'pods', 'services'].includes(own)
}
