import type { Deployment, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import { fenceposts } from './fenceposts.ts'
import { byAge } from './revisions.ts'

/** A ReplicaSet that is to have another number of replicas. */
export interface Scale<RS extends ReplicaSet = ReplicaSet> {
  rs: RS
  replicas: number
}

/** Replicas asked of a ReplicaSet. */
export function wantedOf(rs: ReplicaSet): number {
  return rs.spec.replicas ?? 1
}

/** Available pods that a ReplicaSet is sure of: what its status counts, but no more than it shall keep. */
export function availableOf(rs: ReplicaSet): number {
  return Math.min(rs.status?.availableReplicas ?? 0, wantedOf(rs))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/**
 * The next step of a rolling update: first the current ReplicaSet grows as far as maxSurge lets it; when it cannot, old ones shrink as far
 * as maxUnavailable lets them: broken pods first, which serve nobody. Empty when nothing can or need be done now.
 */
export function computeRollingStep<RS extends ReplicaSet>(d: Deployment, current: RS, old: readonly RS[]): Scale<RS>[] {
  const wanted = newReplicas(d, current, old)
  if (wanted !== wantedOf(current)) return [{ rs: current, replicas: wanted }]
  return shrinkOld(d, current, old)
}

/** How many replicas the current ReplicaSet can have now. */
export function newReplicas(d: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): number {
  const replicas = d.spec.replicas ?? 1
  const now = current === undefined ? 0 : wantedOf(current)
  if (d.spec.strategy?.type === 'Recreate' || now >= replicas) return replicas
  const room = replicas + fenceposts(d).maxSurge - now - sum(old.map(wantedOf))
  return room <= 0 ? now : now + Math.min(room, replicas - now)
}

function shrinkOld<RS extends ReplicaSet>(d: Deployment, current: RS, old: readonly RS[]): Scale<RS>[] {
  const minAvailable = (d.spec.replicas ?? 1) - fenceposts(d).maxUnavailable
  const all = [current, ...old]
  const newUnavailable = wantedOf(current) - availableOf(current)
  // Pods of the new revision that are not available yet count as if they never would be.
  let room = sum(all.map(wantedOf)) - minAvailable - newUnavailable
  const next = new Map(old.map((rs) => [rs, wantedOf(rs)]))
  const sorted = [...old].sort(byAge)
  for (const rs of sorted) {
    const broken = Math.min(Math.max(0, room), wantedOf(rs) - availableOf(rs))
    next.set(rs, wantedOf(rs) - broken)
    room -= broken
  }
  // What is left of the room is what available pods there are above the minimum: all broken ones are gone, or it is used up.
  for (const rs of sorted) {
    const less = Math.min(Math.max(0, room), next.get(rs) ?? 0)
    next.set(rs, (next.get(rs) ?? 0) - less)
    room -= less
  }
  return [...next].filter(([rs, replicas]) => replicas !== wantedOf(rs)).map(([rs, replicas]) => ({ rs, replicas }))
}
