import type { AppDetail, AppSummary, Endpoint, Explanation, Health, Instance, Revision } from '../../common/contract/index.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Deployment, ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import { REVISION } from '../../common/kube/well-known.ts'
import type { Rollout } from '../../common/kube/rollout.ts'
import { refOf, time } from './refs.ts'
import { releaseOf } from './release.ts'

const CHANGE_CAUSE = 'kubernetes.io/change-cause'

/** A deployment with what belongs to it. `instances` are the views of its pods; `replicaSets` are those it controls. */
export interface AppParts {
  readonly deployment: Readonly<Deployment>
  readonly replicaSets: readonly Readonly<ReplicaSet>[]
  readonly instances: readonly Instance[]
  readonly endpoints: readonly Endpoint[]
  /** The one that it obeys. */
  readonly rollout?: Readonly<Rollout> | undefined
}

/** One line of the list of apps. */
export function appSummary(parts: AppParts): AppSummary {
  const { deployment } = parts
  const status = deployment.status ?? {}
  const { health, why } = appHealth(parts)
  return {
    id: deployment.metadata.uid,
    ref: refOf(deployment),
    health,
    ...(why === undefined ? {} : { why }),
    replicas: { desired: desiredOf(deployment), ready: status.readyReplicas ?? 0, updated: status.updatedReplicas ?? 0 },
    images: imagesOf(deployment),
    endpoints: [...parts.endpoints],
    createdAt: time(deployment.metadata.creationTimestamp),
  }
}

/** All that an app's own screen shows. */
export function appDetail(parts: AppParts): AppDetail {
  const { deployment } = parts
  const pod = deployment.spec?.template.spec
  return {
    ...appSummary(parts),
    containers: (pod?.containers ?? []).map((c) => ({ name: c.name, image: c.image ?? '', ports: (c.ports ?? []).map((p) => p.containerPort) })),
    strategy: deployment.spec?.strategy?.type === 'Recreate' ? 'Recreate' : 'RollingUpdate',
    paused: deployment.spec?.paused === true,
    rollout: rolloutOf(parts),
    ...(parts.rollout === undefined ? {} : { release: releaseOf(parts.rollout, parts.replicaSets) }),
    revisions: revisionsOf(parts),
    labels: { ...deployment.metadata.labels },
  }
}

function desiredOf(deployment: Readonly<Deployment>): number {
  return deployment.spec?.replicas ?? 1
}

function imagesOf(object: { spec?: { template?: { spec?: { containers: { image?: string }[] } } } }): string[] {
  return [...new Set((object.spec?.template?.spec?.containers ?? []).map((c) => c.image ?? ''))]
}

/** How the app is and, unless it is well, why. */
export function appHealth({ deployment, instances, rollout }: AppParts): { health: Health; why?: Explanation } {
  const desired = desiredOf(deployment)
  const { readyReplicas: ready = 0, replicas: total = 0, updatedReplicas: updated = 0, observedGeneration = 0, conditions } = deployment.status ?? {}
  if (deployment.metadata.deletionTimestamp !== undefined) return { health: 'progressing', why: { reason: 'Terminating', message: 'The app is being removed.' } }
  if (desired === 0) return total === 0 ? { health: 'stopped' } : { health: 'progressing' }
  const failure = findCondition(conditions, 'ReplicaFailure')
  const late = findCondition(conditions, 'Progressing')
  const worst = worstOf(instances)
  const bad: Health = ready > 0 ? 'degraded' : 'failed'
  if (rollout?.status?.phase === 'Aborted') return { health: bad, why: aborted(rollout) }
  if (failure?.status === 'True') return { health: bad, why: { reason: failure.reason ?? 'ReplicaFailure', message: `Pods cannot be created: ${failure.message ?? 'no reason was given'}` } }
  if (worst !== undefined) return { health: bad, why: worst }
  if (late?.reason === 'ProgressDeadlineExceeded') return { health: bad, why: deadline(deployment) }
  const current = observedGeneration >= (deployment.metadata.generation ?? 0)
  if (current && ready >= desired && updated >= desired && total === updated) return { health: 'healthy' }
  if (deployment.spec?.paused === true && ready >= desired) return { health: 'healthy', why: { reason: 'Paused', message: 'The rollout is paused: changes wait until it is resumed.' } }
  return { health: 'progressing' }
}

/** The reason of a failing instance that stands for most of them. */
function worstOf(instances: readonly Instance[]): Explanation | undefined {
  const failing = instances.filter((i) => i.health === 'failed' && i.why !== undefined)
  const counts = new Map<string, { why: Explanation; count: number }>()
  for (const { why } of failing) {
    if (why === undefined) continue
    const known = counts.get(why.reason) ?? { why, count: 0 }
    known.count += 1
    counts.set(why.reason, known)
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.why
}

function deadline(deployment: Readonly<Deployment>): Explanation {
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 600
  return { reason: 'ProgressDeadlineExceeded', message: `The new version did not become ready within ${String(seconds)} seconds, so the rollout stopped; pods of the old version stay. Roll back, or change it again.` }
}

/** The new version was taken back; the old one serves. */
function aborted({ status }: Readonly<Rollout>): Explanation {
  return { reason: 'RolloutAborted', message: `The new version was taken back: ${(status?.message ?? '').replace(/^aborted: /, '')}.` }
}

function rolloutOf({ deployment, instances, rollout }: AppParts): AppDetail['rollout'] {
  const desired = desiredOf(deployment)
  const { updatedReplicas: updated = 0, readyReplicas: ready = 0, replicas: total = 0, observedGeneration = 0, conditions } = deployment.status ?? {}
  const numbers = { updated, ready, desired, old: Math.max(0, total - updated) }
  const done = observedGeneration >= (deployment.metadata.generation ?? 0) && updated >= desired && total === updated && ready >= desired
  if (done) return { state: 'complete', ...numbers }
  if (deployment.spec?.paused === true) return { state: 'paused', ...numbers, why: { reason: 'Paused', message: 'The rollout is paused: resume it to go on.' } }
  if (rollout?.status?.phase === 'Aborted') return { state: 'stuck', ...numbers, why: aborted(rollout) }
  const worst = worstOf(instances)
  if (findCondition(conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded') return { state: 'stuck', ...numbers, why: worst ?? deadline(deployment) }
  return { state: 'progressing', ...numbers, ...(worst === undefined ? {} : { why: worst }) }
}

function revisionsOf({ deployment, replicaSets }: AppParts): Revision[] {
  const current = Number(deployment.metadata.annotations?.[REVISION] ?? 0)
  return replicaSets
    .map((set): Revision => ({
      revision: Number(set.metadata.annotations?.[REVISION] ?? 0),
      images: imagesOf(set),
      cause: set.metadata.annotations?.[CHANGE_CAUSE] ?? '',
      createdAt: time(set.metadata.creationTimestamp),
      current: Number(set.metadata.annotations?.[REVISION] ?? 0) === current,
    }))
    .filter(({ revision }) => revision > 0)
    .sort((a, b) => b.revision - a.revision)
}
