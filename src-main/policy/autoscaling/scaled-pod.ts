import { findCondition } from '../../common/kube/conditions.ts'
import type { Pod, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../common/kube/quantity.ts'

/** A pod as the autoscaler counts it. Times are milliseconds since the epoch. */
export interface ScaledPod {
  readonly name: string
  /** `Pending`, `Running`, `Failed`, `Succeeded`. */
  readonly phase: string
  readonly isDeleting: boolean
  readonly startedAt: number | undefined
  /** Its Ready condition; undefined while it has none. */
  readonly ready: { readonly status: string; readonly since: number } | undefined
  /** What each container asks for, in thousandths (of a core, of a byte), by resource. Sidecars are among them. */
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** A pod as its object says. */
export function scaledPod(pod: Readonly<Pod>): ScaledPod {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  return {
    name: pod.metadata.name, phase: pod.status?.phase ?? 'Pending', isDeleting: pod.metadata.deletionTimestamp !== undefined,
    startedAt: pod.status?.startTime === undefined ? undefined : Date.parse(pod.status.startTime),
    ready: ready === undefined ? undefined : { status: ready.status, since: Date.parse(ready.lastTransitionTime ?? '') || 0 },
    requests: requestsIn(pod.spec),
  }
}

/** What each container of a pod asks for, in thousandths, by container and resource. */
export function requestsIn({ containers, initContainers = [] }: PodSpec): ScaledPod['requests'] {
  const sidecars = initContainers.filter((c) => c.restartPolicy === 'Always')
  return Object.fromEntries([...containers, ...sidecars].map(({ name, resources }) => [name, inThousandths(resources?.requests)]))
}

/** A quantity in thousandths, rounded up; undefined for none or a malformed one. */
export function milliOf(quantity: string | number | undefined): number | undefined {
  const value = quantity === undefined ? undefined : parseQuantity(quantity)
  return value === undefined ? undefined : Math.ceil(Math.round(value * 1e9) / 1e6)
}

/** Thousandths as a quantity in its shortest decimal form: 250 is `250m`, 2000 is `2`, 5e9 is `5M`. */
export function formatMilli(milli: number): string {
  if (milli % 1000 !== 0) return `${String(milli)}m`
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E']
  let value = milli / 1000
  let unit = 0
  for (; value !== 0 && value % 1000 === 0 && unit < units.length - 1; unit++) value /= 1000
  return `${String(value)}${units[unit] ?? ''}`
}

function inThousandths(requests: Readonly<Record<string, string | number>> | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(requests ?? {}).flatMap(([resource, quantity]) => {
    const milli = milliOf(quantity)
    return milli === undefined ? [] : [[resource, milli]]
  }))
}
