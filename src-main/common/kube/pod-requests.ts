import type { Container, Pod } from './generated/core-v1.ts'
import { milliCpu, wholeNumber } from './quantity.ts'

/** Amounts of resources: `cpu` in millicores, the rest in bytes or counts, by resource name. */
export type Amounts = Readonly<Record<string, number>>

/** Upstream's guesses for a container that states nothing, as a `guess` for `podRequests`: 0.1 CPU and 200 MB. Else nodes full of such pods would look empty. */
export const UNSTATED: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 }

/**
 * What a pod asks of its node: the sum over its containers, or what any init container needs at its time if that is more (restartable
 * init containers run on beside the others), plus overhead. As upstream's PodRequests. A limit without a request counts as the request.
 * `guess` stands for what a container does not state at all.
 */
export function podRequests(pod: Pod, guess: Amounts = {}): Amounts {
  return podTotal(pod, (container) => ({ ...guess, ...statedBy(container) }))
}

/** Bytes of memory that a pod can use at most, counted in the same way; undefined where one of its containers has no limit. */
export function podMemoryLimit(pod: Pod): number | undefined {
  const limitOf = ({ resources }: Container): number => wholeNumber(resources?.limits?.['memory'])
  if ([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((container) => limitOf(container) === 0)) return undefined
  return podTotal(pod, (container) => ({ memory: limitOf(container) }))['memory']
}

/** The sum over a pod's containers of what `of` says of each, counted in the same way. */
export function podTotal(pod: Pod, of: (container: Container) => Amounts): Amounts {
  const total: Record<string, number> = {}
  for (const container of pod.spec.containers) add(total, of(container))
  const sidecars: Record<string, number> = {}
  const peak: Record<string, number> = {}
  for (const container of pod.spec.initContainers ?? []) {
    const own = of(container)
    if (container.restartPolicy === 'Always') {
      add(total, own)
      add(sidecars, own)
      max(peak, sidecars)
    } else {
      const now = { ...sidecars }
      add(now, own)
      max(peak, now)
    }
  }
  max(total, peak)
  add(total, amounts(pod.spec.overhead))
  return total
}

/** A resource list (`allocatable`, `requests`) as amounts. */
export function amounts(list: Readonly<Record<string, string>> | undefined): Amounts {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, q]) => [name, name === 'cpu' ? milliCpu(q) : wholeNumber(q)]))
}

function statedBy(container: Container): Amounts {
  return amounts({ ...container.resources?.limits, ...container.resources?.requests })
}

function add(to: Record<string, number>, more: Amounts): void {
  for (const [name, n] of Object.entries(more)) to[name] = (to[name] ?? 0) + n
}

function max(to: Record<string, number>, other: Amounts): void {
  for (const [name, n] of Object.entries(other)) to[name] = Math.max(to[name] ?? 0, n)
}
