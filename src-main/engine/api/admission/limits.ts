import { StatusError } from '../../../common/errors.ts'
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { LimitRanges } from '../../../common/kube/kinds.ts'
import { amountOf, formatAmount } from '../../../common/kube/resource-amounts.ts'
import type { Lookup } from '../registry/kind.ts'

type List = Readonly<Record<string, string>>

/** Gives a new pod's containers what the namespace's LimitRanges say of those that state nothing, then checks it against them. Throws Forbidden. */
export function admitLimits(pod: Pod, lookup: Lookup): void {
  const ranges = lookup.list(LimitRanges, pod.metadata.namespace ?? '')
  if (ranges.length === 0) return
  const containers = [...(pod.spec.initContainers ?? []), ...((pod.spec.containers as Container[] | undefined) ?? [])]
  for (const range of ranges) for (const container of containers) applyDefaults(container, range)
  const wrong = itemsOf(ranges).flatMap((item) => {
    if (item.type === 'Container') return containers.flatMap((c) => violations(item, c.resources?.requests, c.resources?.limits))
    return item.type === 'Pod' ? violations(item, total(pod, 'requests'), total(pod, 'limits')) : []
  })
  refuse('pods', pod.metadata.name, wrong)
}

/** Checks a claim's size against the namespace's LimitRanges. Throws Forbidden. */
export function admitClaimSize(claim: PersistentVolumeClaim, lookup: Lookup): void {
  const items = itemsOf(lookup.list(LimitRanges, claim.metadata.namespace ?? '')).filter((i) => i.type === 'PersistentVolumeClaim')
  const requests = claim.spec?.resources?.requests
  refuse('persistentvolumeclaims', claim.metadata.name, items.flatMap((item) => [...atLeast(item, requests, requests), ...atMost(item, requests, requests, 'request')]))
}

function itemsOf(ranges: readonly Readonly<LimitRange>[]): LimitRangeItem[] {
  return ranges.flatMap((r) => r.spec?.limits ?? [])
}

/** The defaults of one LimitRange; what the container states, or an earlier one gave it, stays. */
function applyDefaults(container: Container, range: Readonly<LimitRange>): void {
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue
    const { requests, limits } = container.resources ?? {}
    const withLimits = { ...item.default, ...limits }
    const withRequests = { ...item.defaultRequest, ...requests }
    container.resources = {
      ...container.resources, ...(Object.keys(withLimits).length > 0 ? { limits: withLimits } : {}), ...(Object.keys(withRequests).length > 0 ? { requests: withRequests } : {}),
    }
  }
}

function violations(item: LimitRangeItem, requests: List | undefined, limits: List | undefined): string[] {
  return [...atLeast(item, requests, limits), ...atMost(item, requests, limits, 'limit'), ...ratio(item, requests, limits)]
}

function atLeast({ type, min }: LimitRangeItem, requests: List | undefined, limits: List | undefined): string[] {
  return Object.entries(min ?? {}).flatMap(([name, least]) => {
    const [request, limit] = [requests?.[name], limits?.[name]]
    if (request === undefined) return [`minimum ${name} usage per ${type} is ${least}.  No request is specified`]
    if (amountOf(request) < amountOf(least)) return [`minimum ${name} usage per ${type} is ${least}, but request is ${request}`]
    return limit !== undefined && amountOf(limit) < amountOf(least) ? [`minimum ${name} usage per ${type} is ${least}, but limit is ${limit}`] : []
  })
}

/** What must be there: a container's limit; of a claim there is only a request. */
function atMost({ type, max }: LimitRangeItem, requests: List | undefined, limits: List | undefined, needed: 'limit' | 'request'): string[] {
  return Object.entries(max ?? {}).flatMap(([name, most]) => {
    const [request, limit] = [requests?.[name], limits?.[name]]
    if (limit === undefined) return [`maximum ${name} usage per ${type} is ${most}.  No ${needed} is specified`]
    if (amountOf(limit) > amountOf(most)) return [`maximum ${name} usage per ${type} is ${most}, but ${needed} is ${limit}`]
    return request !== undefined && amountOf(request) > amountOf(most) ? [`maximum ${name} usage per ${type} is ${most}, but request is ${request}`] : []
  })
}

function ratio({ type, maxLimitRequestRatio }: LimitRangeItem, requests: List | undefined, limits: List | undefined): string[] {
  return Object.entries(maxLimitRequestRatio ?? {}).flatMap(([name, most]) => {
    const [request, limit] = [amountOf(requests?.[name]), amountOf(limits?.[name])]
    const what = `${name} max limit to request ratio per ${type} is ${most}, but`
    if (request === 0 || limit === 0) return [`${what} no request is specified or request is 0`]
    return limit / request > amountOf(most) ? [`${what} provided ratio is ${(limit / request).toFixed(6)}`] : []
  })
}

/** A pod's sum; a resource that one container does not state has none. */
function total(pod: Pod, part: 'requests' | 'limits'): Record<string, string> {
  const sums: Record<string, number> = {}
  const add = (c: Container): void => {
    for (const [name, q] of Object.entries(c.resources?.[part] ?? {})) sums[name] = (sums[name] ?? 0) + amountOf(q)
  }
  ;((pod.spec.containers as Container[] | undefined) ?? []).forEach(add)
  const inits = pod.spec.initContainers ?? []
  inits.filter((c) => c.restartPolicy === 'Always').forEach(add)
  for (const c of inits) for (const [name, q] of Object.entries(c.resources?.[part] ?? {})) sums[name] = Math.max(sums[name] ?? 0, amountOf(q))
  return Object.fromEntries(Object.entries(sums).map(([name, n]) => [name, formatAmount(n, name)]))
}

function refuse(plural: string, name: string, wrong: readonly string[]): void {
  if (wrong.length === 0) return
  const [first = ''] = wrong
  const said = new Set(wrong)
  throw new StatusError('Forbidden', `${plural} "${name}" is forbidden: ${said.size === 1 ? first : `[${[...said].join(', ')}]`}`, { name, kind: plural })
}
