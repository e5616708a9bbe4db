import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodActive, isPodReady } from '../../../common/kube/pods.ts'
import type { MoveDone, MoveUnderWay } from '../../../common/kube/rebalance.ts'

/** What became of a move so far. */
export type Progress =
  /** The pod was not asked to go yet, or was refused. */
  | { readonly is: 'to ask' }
  /** Its replacement is not Ready yet. */
  | { readonly is: 'waiting' }
  | { readonly is: 'over'; readonly done: MoveDone }

/** So long may a move take, milliseconds: a replacement that does not become Ready by then means that something is wrong with its app. */
export const MOVE_PATIENCE_MS = 300_000

/** How far a move is. `wanted`: pods that its owner is to have now; 0 when it is gone. Pure. */
export function progressOf(move: MoveUnderWay, pods: readonly Frozen<Pod>[], wanted: number): Progress {
  const own = pods.filter((p) => controllerOf(p)?.uid === move.owner && isPodActive(p))
  if (own.some((p) => p.metadata.uid === move.uid)) return { is: 'to ask' }
  if (own.filter(isPodReady).length < Math.min(move.ready, wanted)) return { is: 'waiting' }
  const since = Date.parse(move.since)
  // Times of objects are whole seconds.
  const [replacement] = own.filter((p) => Date.parse(p.metadata.creationTimestamp) >= Math.floor(since / 1000) * 1000 && p.spec.nodeName).sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))
  const { namespace, pod, owner, from, reason } = move
  const to = replacement?.spec.nodeName
  return { is: 'over', done: { namespace, pod, owner, from, reason, ...(to === undefined ? {} : { to }), ...(to === undefined || move.to.includes(to) ? {} : { inVain: true }) } }
}

/** Milliseconds that are left for the move; 0 or less: it took too long. Pure. */
export function patienceLeft(move: MoveUnderWay, now: number): number {
  return Date.parse(move.since) + MOVE_PATIENCE_MS - now
}
