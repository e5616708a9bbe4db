import { timestamp } from '../../../common/clock.ts'
import { findCondition, withCondition } from '../../../common/kube/conditions.ts'
import { GPU_RESOURCE, GPUS_ANNOTATION } from '../../../common/kube/gpus.ts'
import type { Node, NodeCondition } from '../../../common/kube/generated/core-v1.ts'
import type { NodeFacts } from './node-facts.ts'
import type { Pressure } from './pressure.ts'

const DISK_TYPE_LABEL = 'toque.dev/disk-type'
const GPU_PRODUCT_LABEL = 'nvidia.com/gpu.product'
/** Pods may fill the disk up to where pressure begins. */
const DISK_FOR_PODS = 0.85

/** A merge patch; undefined where nothing differs. */
type Patch = Record<string, unknown> | undefined

/** The node's conditions, or undefined where none has to be written: one that says the same, or that differs only in a number (but for the disk's). Pure. */
export function pressureConditions(node: Node, pressures: readonly Pressure[], now: number): NodeCondition[] | undefined {
  const at = timestamp(now)
  const before = node.status?.conditions ?? []
  const changed = pressures.flatMap(({ type, is, reason, message }): NodeCondition[] => {
    const status = is ? 'True' : 'False'
    const old = findCondition(before, type)
    const same = old?.status === status && (type === 'DiskPressure' ? old.message === message : old.reason === reason)
    return same ? [] : [{ type, status, reason, message, lastHeartbeatTime: at, lastTransitionTime: at }]
  })
  return changed.length === 0 ? undefined : changed.reduce<NodeCondition[]>((conditions, next) => withCondition(conditions, next), [...before])
}

/**
 * What the node can give, as its capacity: disk, and GPUs where Docker can hand them out. GPUs that a person declared on a server without any that we
 * know of (a patch of the node's status, as upstream) are theirs, and stay. Pure.
 */
export function capacityPatch(node: Node, { disk, gpus }: NodeFacts, gpusUsable: boolean): Patch {
  const wanted: { name: string; capacity: string | null; allocatable: string | null }[] = []
  if (disk !== undefined) wanted.push({ name: 'ephemeral-storage', capacity: kib(disk.totalBytes), allocatable: kib(disk.totalBytes * DISK_FOR_PODS) })
  const count = gpus.length === 0 ? null : String(gpusUsable ? gpus.length : 0)
  if (count !== null || hadGpus(node)) wanted.push({ name: GPU_RESOURCE, capacity: count, allocatable: count })
  const { capacity, allocatable } = node.status ?? {}
  const changed = wanted.filter((w) => (capacity?.[w.name] ?? null) !== w.capacity || (allocatable?.[w.name] ?? null) !== w.allocatable)
  if (changed.length === 0) return undefined
  return { status: { capacity: Object.fromEntries(changed.map((w) => [w.name, w.capacity])), allocatable: Object.fromEntries(changed.map((w) => [w.name, w.allocatable])) } }
}

/**
 * Resources that nobody here counts (a patch of the node's status says that it has them, as upstream): all of what it has may be given out, and what it has no more may not. Pure.
 */
export function extendedPatch({ status }: Node): Patch {
  const { capacity = {}, allocatable = {} } = status ?? {}
  const changed = Object.keys({ ...capacity, ...allocatable }).filter((name) => isExtended(name) && allocatable[name] !== capacity[name])
  return changed.length === 0 ? undefined : { status: { allocatable: Object.fromEntries(changed.map((name) => [name, capacity[name] ?? null])) } }
}

/** Has the name a domain of its own? GPUs are counted elsewhere. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && name !== GPU_RESOURCE
}

/** Labels to choose nodes by, and the GPUs that its agent may hand out. Pure. */
export function metadataPatch(node: Node, { diskType, gpus }: NodeFacts, gpusUsable: boolean): Patch {
  const labels: Record<string, string | null> = { [DISK_TYPE_LABEL]: diskType ?? null, [GPU_PRODUCT_LABEL]: gpus[0] === undefined ? null : labelValue(gpus[0].model) }
  const annotations: Record<string, string | null> = { [GPUS_ANNOTATION]: gpusUsable && gpus.length > 0 ? gpus.map((g) => g.uuid).join(',') : null }
  const changed = (wanted: Record<string, string | null>, there: Record<string, string> | undefined): Record<string, string | null> =>
    Object.fromEntries(Object.entries(wanted).filter(([key, value]) => (there?.[key] ?? null) !== value))
  const metadata = { labels: changed(labels, node.metadata.labels), annotations: changed(annotations, node.metadata.annotations) }
  return Object.keys(metadata.labels).length + Object.keys(metadata.annotations).length === 0 ? undefined : { metadata }
}

/** Were the node's GPUs told by us? They have marks, which go after the capacity. */
function hadGpus({ metadata: { labels, annotations } }: Node): boolean {
  return labels?.[GPU_PRODUCT_LABEL] !== undefined || annotations?.[GPUS_ANNOTATION] !== undefined
}

function kib(bytes: number): string {
  return `${String(Math.floor(bytes / 1024))}Ki`
}

/** `NVIDIA GeForce RTX 4090` as NVIDIA's own labels have it: `NVIDIA-GeForce-RTX-4090`. */
function labelValue(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.]+/g, '-').slice(0, 63).replaceAll(/^[-_.]+|[-_.]+$/g, '')
}
