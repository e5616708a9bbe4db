import { timestamp } from '../../../common/clock.ts'
import { findCondition, withoutCondition } from '../../../common/kube/conditions.ts'
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import { fenceposts } from './fenceposts.ts'

const sumOf = (sets: readonly ReplicaSet[], field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
  sets.reduce((n, rs) => n + (rs.status?.[field] ?? 0), 0)

/** Counts, and the Available condition. The other conditions stay as they are. */
export function computeStatus(d: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[], now: number): DeploymentStatus {
  const all = current === undefined ? old : [...old, current]
  const replicas = d.spec.replicas ?? 1
  const available = sumOf(all, 'availableReplicas')
  const enough = available >= replicas - fenceposts(d).maxUnavailable
  const condition = conditionOf('Available', enough, enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.', now)
  const wanted = all.reduce((n, rs) => n + (rs.spec.replicas ?? 1), 0)
  return {
    observedGeneration: d.metadata.generation ?? 0, replicas: sumOf(all, 'replicas'), updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sumOf(all, 'readyReplicas'), availableReplicas: available, unavailableReplicas: Math.max(0, wanted - available),
    ...(d.status?.collisionCount === undefined ? {} : { collisionCount: d.status.collisionCount }),
    conditions: setCondition(d.status?.conditions, condition),
  }
}

/** Is everything new, there and available? */
export function isComplete(d: Deployment, status: DeploymentStatus | undefined): boolean {
  const replicas = d.spec.replicas ?? 1
  return status?.updatedReplicas === replicas && status.replicas === replicas && status.availableReplicas === replicas
    && (status.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
}

/**
 * The status with Progressing and ReplicaFailure: is the rollout done, moving, or has nothing moved for progressDeadlineSeconds?
 * `lookAgainMs` is when that deadline comes, if nothing moves until then.
 */
export function computeProgress(
  d: Deployment, status: DeploymentStatus, current: ReplicaSet | undefined, all: readonly ReplicaSet[], now: number,
): { status: DeploymentStatus; lookAgainMs: number | undefined } {
  const before = findCondition(d.status?.conditions, 'Progressing')
  const deadline = d.spec.progressDeadlineSeconds
  const what = current === undefined ? `Deployment "${d.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`
  let conditions = status.conditions ?? []
  const settled = status.replicas === status.updatedReplicas && before?.reason === 'NewReplicaSetAvailable'
  if (deadline === undefined) conditions = withoutCondition(conditions, 'Progressing')
  else if (!settled) {
    if (isComplete(d, status)) {
      conditions = setCondition(conditions, conditionOf('Progressing', true, 'NewReplicaSetAvailable', `${what} has successfully progressed.`, now))
    } else if (hasMoved(d.status, status)) {
      const next = conditionOf('Progressing', true, 'ReplicaSetUpdated', `${what} is progressing.`, now)
      // Each move starts the deadline anew, so the update time is written even when the words are the same.
      const since = before?.status === 'True' ? before.lastTransitionTime : undefined
      conditions = [...withoutCondition(conditions, 'Progressing'), { ...next, ...(since === undefined ? {} : { lastTransitionTime: since }) }]
    } else if (isOverdue(findCondition(conditions, 'Progressing'), deadline, now)) {
      conditions = setCondition(conditions, conditionOf('Progressing', false, 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, now))
    }
  }
  const failures = [current, ...all].flatMap((rs) => findCondition(rs?.status?.conditions, 'ReplicaFailure') ?? [])
  const failure = failures[0]
  conditions = failure === undefined ? withoutCondition(conditions, 'ReplicaFailure')
    : setCondition(conditions, { ...failure, lastUpdateTime: timestamp(now) })
  const next = { ...status, conditions }
  return { status: next, lookAgainMs: deadlineMs(d, next, now) }
}

/** Puts a condition in; one with the same status and reason stays as it was, a same status keeps its transition time. */
export function setCondition(conditions: readonly DeploymentCondition[] | undefined, next: DeploymentCondition): DeploymentCondition[] {
  const old = findCondition(conditions, next.type)
  if (old?.status === next.status && old.reason === next.reason) return [...(conditions ?? [])]
  const kept = old?.status === next.status && old.lastTransitionTime !== undefined ? { ...next, lastTransitionTime: old.lastTransitionTime } : next
  return [...withoutCondition(conditions, next.type), kept]
}

/** A condition, changed now. */
export function conditionOf(type: string, status: boolean | undefined, reason: string, message: string, now: number): DeploymentCondition {
  const at = timestamp(now)
  return { type, status: status === undefined ? 'Unknown' : status ? 'True' : 'False', reason, message, lastUpdateTime: at, lastTransitionTime: at }
}

function hasMoved(before: DeploymentStatus | undefined, now: DeploymentStatus): boolean {
  const old = (s: DeploymentStatus | undefined): number => (s?.replicas ?? 0) - (s?.updatedReplicas ?? 0)
  return (now.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) || old(now) < old(before)
    || (now.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) || (now.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
}

function isOverdue(progressing: DeploymentCondition | undefined, deadlineSeconds: number, now: number): boolean {
  if (progressing === undefined || progressing.reason === 'NewReplicaSetAvailable') return false
  if (progressing.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(progressing.lastUpdateTime ?? '') + deadlineSeconds * 1000 < now
}

function deadlineMs(d: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const progressing = findCondition(status.conditions, 'Progressing')
  if (d.spec.progressDeadlineSeconds === undefined || progressing === undefined || isComplete(d, status)) return undefined
  if (progressing.reason === 'ProgressDeadlineExceeded' || progressing.reason === 'NewReplicaSetAvailable') return undefined
  // One second more: the comparison is strict and timestamps are whole seconds.
  return Math.max(0, Date.parse(progressing.lastUpdateTime ?? '') + d.spec.progressDeadlineSeconds * 1000 - now) + 1000
}
