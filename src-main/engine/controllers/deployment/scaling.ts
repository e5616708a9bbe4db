import type { Deployment, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import { fenceposts } from './fenceposts.ts'
import { Annotation, byAge } from './revisions.ts'
import { wantedOf } from './rolling.ts'
import type { Scale } from './rolling.ts'

/** Has the deployment's number of replicas changed since its ReplicaSets were last scaled? */
export function isScaling(d: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((rs) => wantedOf(rs) > 0 && desiredOf(rs) !== undefined && desiredOf(rs) !== (d.spec.replicas ?? 1))
}

/**
 * How ReplicaSets follow a change of the deployment's replicas. With one of them active, that one; a finished rollout empties the old ones;
 * in the middle of a rollout (or while it is paused) all of them in proportion to their size, so that no revision gains by the scaling.
 */
export function computeScaling<RS extends ReplicaSet>(d: Deployment, current: RS | undefined, old: readonly RS[]): Scale<RS>[] {
  const replicas = d.spec.replicas ?? 1
  const all = current === undefined ? [...old] : [...old, current]
  const active = all.filter((rs) => wantedOf(rs) > 0)
  if (active.length <= 1) {
    const only = active[0] ?? current ?? [...old].sort(byAge).at(-1)
    return only === undefined || isScaledTo(only, replicas) ? [] : [{ rs: only, replicas }]
  }
  if (current !== undefined && isSaturated(d, current)) return old.filter((rs) => wantedOf(rs) > 0).map((rs) => ({ rs, replicas: 0 }))
  // Recreate itself empties the old ones; here they only learn the new number.
  if (d.spec.strategy?.type === 'Recreate') return active.map((rs) => ({ rs, replicas: wantedOf(rs) }))
  return proportional(d, active)
}

function proportional<RS extends ReplicaSet>(d: Deployment, active: readonly RS[]): Scale<RS>[] {
  const replicas = d.spec.replicas ?? 1
  const allowed = replicas > 0 ? replicas + fenceposts(d).maxSurge : 0
  const total = active.reduce((n, rs) => n + wantedOf(rs), 0)
  const toAdd = allowed - total
  // The largest takes the rounding; of equals, growing favours the newest and shrinking the oldest.
  const sorted = [...active].sort((a, b) => wantedOf(b) - wantedOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)))
  let added = 0
  const next = sorted.map((rs) => {
    const share = toAdd === 0 ? 0 : limited(fraction(d, rs), toAdd - added, toAdd > 0)
    added += share
    return { rs, replicas: wantedOf(rs) + share }
  })
  const first = next[0]
  if (first !== undefined) first.replicas = Math.max(0, first.replicas + toAdd - added)
  return next.filter(({ rs, replicas: n }) => n !== wantedOf(rs) || desiredOf(rs) !== replicas)
}

/** A ReplicaSet's share of the change, from what the whole was when it was last scaled. */
function fraction(d: Deployment, rs: ReplicaSet): number {
  if ((d.spec.replicas ?? 1) === 0) return -wantedOf(rs)
  const max = (d.spec.replicas ?? 1) + fenceposts(d).maxSurge
  const before = Number(rs.metadata.annotations?.[Annotation.max] ?? d.status?.replicas ?? 0) || max
  return Math.round((wantedOf(rs) * max) / before) - wantedOf(rs)
}

function limited(share: number, left: number, growing: boolean): number {
  return growing ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left))
}

function isSaturated(d: Deployment, rs: ReplicaSet): boolean {
  const replicas = d.spec.replicas ?? 1
  return isScaledTo(rs, replicas) && (rs.status?.availableReplicas ?? 0) === replicas
}

function isScaledTo(rs: ReplicaSet, replicas: number): boolean {
  return wantedOf(rs) === replicas && (desiredOf(rs) ?? replicas) === replicas
}

function desiredOf(rs: ReplicaSet): number | undefined {
  const text = rs.metadata.annotations?.[Annotation.desired]
  return text === undefined ? undefined : Number(text)
}
