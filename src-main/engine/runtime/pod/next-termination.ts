import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Action } from './next-actions.ts'
import type { PodView } from './pod-view.ts'
import { nextToStop } from './stop-order.ts'

/** How long an ending pod waits for the network to take its address out of the rules. */
const DRAIN_MS = 2_000
/**
 * How long it still serves after that: a connection made a moment before the rules changed sends its first request now, and a server that is told
 * to end in between would close it unanswered.
 */
export const SETTLE_MS = 150

/** What an ending pod needs next. `clean`: nothing of it runs any more; remove it all. */
export type Ending = { phase: 'drain'; until: number } | { phase: 'stop'; actions: Action[] } | { phase: 'clean' }

/**
 * The order in which a pod ends: out of the rules (where it was in any), then preStop and the stop signal for its app containers, then for its
 * sidecars in turn, then everything is removed. `since` is when the engine first saw the deletion (engine's clock), `drainedAt` when
 * it first saw that the pod is out of the rules. Pure.
 */
export function nextTermination(pod: Frozen<Pod>, view: PodView, options: { inService: boolean; since: number; drainedAt: number | undefined; force: boolean }, now: number): Ending {
  if (options.force) return { phase: 'clean' }
  const containers = nextToStop(pod, view)
  if (containers.length === 0) return { phase: 'clean' }
  const until = options.drainedAt === undefined ? options.since + DRAIN_MS : options.drainedAt + SETTLE_MS
  if (options.inService && now < until) return { phase: 'drain', until }
  const actions = containers.flatMap((container): Action[] => {
    const seen = view.containers.get(container.name)
    return seen === undefined ? [] : [{ do: 'stop', target: container.name, container, id: seen.id, hooks: true, why: 'the pod is being deleted' }]
  })
  return { phase: 'stop', actions }
}
