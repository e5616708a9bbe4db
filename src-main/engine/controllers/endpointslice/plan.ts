import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import { Services } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { HEADLESS, SERVICE_NAME } from '../../../common/kube/well-known.ts'
import type { Lister } from '../../client/informer.ts'
import type { SliceContent } from './compute.ts'
import { isHeadless } from './compute.ts'

export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
/** The manager's name: slices of another are left alone. */
export const MANAGER = 'endpointslice-controller.k8s.io'

/** Whose slices they are. */
export interface SliceOwner {
  namespace: string
  /** The Service's name: slices are named after it. */
  name: string
  labels: Record<string, string>
  reference: OwnerReference
}

/** A Service as the owner of its slices. */
export function serviceOwner(service: Frozen<Service>): SliceOwner {
  const { name, namespace = '', labels } = service.metadata
  return {
    namespace, name, reference: controllerReference(Services, service),
    labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER, ...(isHeadless(service) ? { [HEADLESS]: '' } : {}) },
  }
}

/** What is to be done to a Service's slices. */
export interface SlicePlan {
  create: Draft<EndpointSlice>[]
  update: EndpointSlice[]
  delete: Frozen<EndpointSlice>[]
}

/**
 * Brings slices to the wanted content with few writes: a slice whose content is wanted stays; others with the same ports take what is left,
 * those with most endpoints in common first. New slices are named after the Service and a number, so that a stale cache meets AlreadyExists
 * instead of making a second one. `foreign`: names that others' slices have.
 */
export function planSlices(owner: SliceOwner, wanted: readonly SliceContent[], existing: readonly Frozen<EndpointSlice>[], foreign: Iterable<string> = []): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], delete: [] }
  const { labels } = owner
  const free = new Set(existing)
  const open: SliceContent[] = []
  for (const content of wanted) {
    const same = [...free].find((s) => semanticEqual(contentOf(s), content))
    if (same === undefined) open.push(content)
    else {
      free.delete(same)
      if (!semanticEqual(same.metadata.labels, labels)) plan.update.push({ ...same, metadata: { ...same.metadata, labels } })
    }
  }
  const taken = new Set([...foreign, ...existing.map((s) => s.metadata.name)])
  for (const content of open) {
    const reused = bestMatch(content, free)
    if (reused === undefined) plan.create.push(draftOf(owner, content, taken))
    else {
      free.delete(reused)
      plan.update.push({ ...reused, metadata: { ...reused.metadata, labels }, ports: content.ports, endpoints: content.endpoints })
    }
  }
  plan.delete.push(...free)
  return plan
}

/** The names of a namespace's slices that another manager, or a person, made. */
export function foreignNames(slices: Lister<EndpointSlice>, namespace: string, manager: string): string[] {
  return slices.list({ namespace }).filter((s) => s.metadata.labels?.[MANAGED_BY] !== manager).map((s) => s.metadata.name)
}

function bestMatch(content: SliceContent, free: ReadonlySet<Frozen<EndpointSlice>>): Frozen<EndpointSlice> | undefined {
  const addresses = new Set(content.endpoints.flatMap((e) => e.addresses))
  let best: Frozen<EndpointSlice> | undefined
  let common = -1
  for (const slice of free) {
    // The address type of a slice cannot change.
    if (slice.addressType !== content.addressType) continue
    const n = slice.endpoints.filter((e) => e.addresses.some((a) => addresses.has(a))).length
    if (n > common) [best, common] = [slice, n]
  }
  return best
}

function draftOf(owner: SliceOwner, content: SliceContent, taken: Set<string>): Draft<EndpointSlice> {
  const prefix = `${owner.name}-${content.addressType === 'IPv6' ? 'v6-' : ''}`
  let i = 1
  while (taken.has(`${prefix}${String(i)}`)) i++
  const name = `${prefix}${String(i)}`
  taken.add(name)
  const { namespace, labels, reference } = owner
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...content, metadata: { name, namespace, labels, ownerReferences: [reference] } }
}

function contentOf({ addressType, ports, endpoints }: EndpointSlice): unknown {
  return { addressType, ports, endpoints }
}
