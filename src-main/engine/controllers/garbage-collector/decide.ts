import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { FOREGROUND, ORPHAN } from '../../../common/kube/well-known.ts'

/** What an owner is to its dependent: there, gone, or waiting for its dependents to go first. */
export type OwnerState = 'solid' | 'gone' | 'waiting'

/** What becomes of an object with owners. */
export type Decision =
  | { do: 'nothing' }
  /** Take these references away: other owners keep the object. */
  | { do: 'unlink'; uids: ReadonlySet<string> }
  /** Let its owners go without it: it and they wait for each other. */
  | { do: 'unblock' }
  | { do: 'delete'; propagationPolicy: 'Background' | 'Foreground' | 'Orphan' }

/** Decides from the state of each owner. `dependents`: what the object owns itself. As upstream's attemptToDeleteItem. */
export function decide(object: KubeObject, states: ReadonlyMap<OwnerReference, OwnerState>, dependents: readonly KubeObject[]): Decision {
  const withState = (...wanted: OwnerState[]): OwnerReference[] => [...states].filter(([, s]) => wanted.includes(s)).map(([ref]) => ref)
  if (object.metadata.deletionTimestamp !== undefined || states.size === 0) return { do: 'nothing' }
  if (withState('solid').length > 0) {
    const lost = withState('gone', 'waiting')
    return lost.length === 0 ? { do: 'nothing' } : { do: 'unlink', uids: new Set(lost.map((o) => o.uid)) }
  }
  // An owner that waits owns this, which owns one that waits: it may be a circle, and somebody must not be waited for.
  if (withState('waiting').length > 0 && dependents.some(isWaiting) && [...states.keys()].some((o) => o.blockOwnerDeletion === true)) return { do: 'unblock' }
  if (withState('waiting').length > 0 && dependents.length > 0) return { do: 'delete', propagationPolicy: 'Foreground' }
  const finalizers = object.metadata.finalizers ?? []
  const propagationPolicy = finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background'
  return { do: 'delete', propagationPolicy }
}

/** Is the object being deleted in the foreground: does it wait for its dependents? */
export function isWaiting(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).includes(FOREGROUND)
}

/** Is the object being deleted with its dependents to be left behind? */
export function isOrphaning(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).includes(ORPHAN)
}
