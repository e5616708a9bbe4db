import type { Deployment } from '../../../common/kube/generated/apps-v1.ts'
import { scaledValue } from '../../../common/kube/int-or-percent.ts'

/** How far a rollout may stray from the wanted number. */
export interface Fenceposts {
  /** Pods above it. */
  maxSurge: number
  /** Available pods below it. */
  maxUnavailable: number
}

/** A deployment's bounds in pods: surge rounded up, unavailable down; were both 0, nothing could move, so one may be unavailable. */
export function fenceposts(d: Deployment): Fenceposts {
  const replicas = d.spec.replicas ?? 1
  if (d.spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 }
  const rolling = d.spec.strategy?.rollingUpdate
  const maxSurge = scaledValue(rolling?.maxSurge ?? '25%', replicas, 'up')
  const maxUnavailable = scaledValue(rolling?.maxUnavailable ?? '25%', replicas, 'down')
  return { maxSurge, maxUnavailable: Math.min(replicas, maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable) }
}
