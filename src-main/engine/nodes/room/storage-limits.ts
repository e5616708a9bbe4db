import type { Container, Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import { podTotal } from '../../../common/kube/pod-requests.ts'
import { formatBytes, wholeNumber } from '../../../common/kube/quantity.ts'

const RESOURCE = 'ephemeral-storage'

/** What a pod takes of its node's disk, bytes: its emptyDirs that lie there, and what its containers wrote outside of volumes. What was not measured is absent. */
export interface StorageUsage {
  readonly volumes: ReadonlyMap<string, number>
  readonly containers: ReadonlyMap<string, number>
}

/** Is there a bound to what the pod's containers may write outside of volumes? */
export function limitsContainers({ spec }: Pod): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some((container) => limitOf(container) > 0)
}

/** The pod's volumes whose size counts: emptyDirs on the disk with a bound of their own, or all of them where the containers have one. */
export function countedVolumes(pod: Pod): string[] {
  const all = limitsContainers(pod)
  return (pod.spec.volumes ?? []).filter(isOnDisk).filter((volume) => all || sizeLimit(volume) > 0).map(({ name }) => name)
}

/**
 * Why a pod must go, in upstream's kubelet's words and order: a volume beyond its limit, then the whole pod beyond its containers' limits, then a container beyond its own.
 * Undefined: it is within all of them. Pure.
 */
export function overLimit(pod: Pod, used: StorageUsage): string | undefined {
  const full = (pod.spec.volumes ?? []).find((volume) => isOnDisk(volume) && sizeLimit(volume) > 0 && (used.volumes.get(volume.name) ?? 0) > sizeLimit(volume))
  if (full !== undefined) return `Usage of EmptyDir volume "${full.name}" exceeds the limit "${full.emptyDir?.sizeLimit ?? ''}". `
  const total = podTotal(pod, (container) => ({ [RESOURCE]: limitOf(container) }))[RESOURCE] ?? 0
  if (total > 0 && sum(used.volumes) + sum(used.containers) > total) return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatBytes(total)}. `
  const container = pod.spec.containers.find((c) => limitOf(c) > 0 && (used.containers.get(c.name) ?? 0) > limitOf(c))
  if (container !== undefined) return `Container ${container.name} exceeded its local ephemeral storage limit "${container.resources?.limits?.[RESOURCE] ?? ''}". `
  return undefined
}

/** One in memory is bounded by its own file system. */
function isOnDisk({ emptyDir }: Volume): boolean {
  return emptyDir !== undefined && emptyDir.medium !== 'Memory'
}

function sizeLimit({ emptyDir }: Volume): number {
  return wholeNumber(emptyDir?.sizeLimit)
}

function limitOf({ resources }: Container): number {
  return wholeNumber(resources?.limits?.[RESOURCE])
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((total, bytes) => total + bytes, 0)
}
