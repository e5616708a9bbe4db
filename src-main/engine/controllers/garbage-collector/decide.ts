import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'

/** Finalizers that a delete with `Orphan` or `Foreground` sets, and garbage collection takes away. */
export const ORPHAN = 'orphan'
export const FOREGROUND = 'foregroundDeletion'

/** What an owner is to its dependent: there, gone, or waiting for its dependents to go first. */
export type OwnerState = 'solid' | 'gone' | 'waiting'

/** What becomes of an object with owners. */
export type Decision =
  | { do: 'nothing' }
  /** Take these references away: other owners keep the object. */
  | { do: 'unlink'; uids: ReadonlySet<string> }
  | { do: 'delete'; propagationPolicy: 'Background' | 'Foreground' | 'Orphan' }

/** Decides from the state of each owner. `hasDependents`: whether the object owns something itself. As upstream's attemptToDeleteItem. */
export function decide(object: KubeObject, states: ReadonlyMap<OwnerReference, OwnerState>, hasDependents: boolean): Decision {
  const withState = (...wanted: OwnerState[]): OwnerReference[] => [...states].filter(([, s]) => wanted.includes(s)).map(([ref]) => ref)
  if (object.metadata.deletionTimestamp !== undefined || states.size === 0) return { do: 'nothing' }
  if (withState('solid').length > 0) {
    const lost = withState('gone', 'waiting')
    return lost.length === 0 ? { do: 'nothing' } : { do: 'unlink', uids: new Set(lost.map((o) => o.uid)) }
  }
  if (withState('waiting').length > 0 && hasDependents) return { do: 'delete', propagationPolicy: 'Foreground' }
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
