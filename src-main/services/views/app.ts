import type { AppDetail, AppSummary, Endpoint, Explanation, Health, Instance } from '../../common/contract/index.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Rollout } from '../../common/kube/rollout.ts'
import { onNodesOf, placesOf } from './app-places.ts'
import { refOf, time } from './refs.ts'
import { releaseOf } from './release.ts'
import { imagesOf, revisionsOf } from './revisions.ts'
import type { AppObject, AppRevision, Workload } from './workload.ts'
import { workloadOf } from './workload.ts'

/** An app with what belongs to it. `instances` are the views of its pods; `revisions` keep its earlier templates. */
export interface AppParts {
  readonly object: Readonly<AppObject>
  readonly revisions: readonly Readonly<AppRevision>[]
  readonly instances: readonly Instance[]
  readonly endpoints: readonly Endpoint[]
  readonly nodes: readonly Readonly<Node>[]
  /** The one that it obeys. */
  readonly rollout?: Readonly<Rollout> | undefined
}

/** One line of the list of apps. */
export function appSummary(parts: AppParts): AppSummary {
  const { object } = parts
  const { desired, ready, updated, template, abilities } = workloadOf(object)
  const { health, why } = appHealth(parts)
  return {
    id: object.metadata.uid,
    ref: refOf(object),
    health,
    ...(why === undefined ? {} : { why }),
    replicas: { desired, ready, updated },
    images: imagesOf(template),
    abilities: [...abilities],
    endpoints: [...parts.endpoints],
    createdAt: time(object.metadata.creationTimestamp),
  }
}

/** All that an app's own screen shows. */
export function appDetail(parts: AppParts): AppDetail {
  const { object } = parts
  const { template, strategy, paused } = workloadOf(object)
  return {
    ...appSummary(parts),
    containers: (template?.spec?.containers ?? []).map((c) => ({ name: c.name, image: c.image ?? '', ports: (c.ports ?? []).map((p) => p.containerPort) })),
    strategy,
    paused,
    rollout: rolloutOf(parts),
    revisions: revisionsOf(object, parts.revisions),
    ...(object.kind === 'StatefulSet' ? { places: placesOf(object, parts.instances) } : {}),
    ...(object.kind === 'DaemonSet' ? { onNodes: onNodesOf(object, parts.nodes, parts.instances) } : {}),
    ...(parts.rollout === undefined ? {} : { release: releaseOf(parts.rollout, parts.revisions.filter((revision) => revision.kind === 'ReplicaSet')) }),
    labels: { ...object.metadata.labels },
  }
}

/** How the app is and, unless it is well, why. */
export function appHealth({ object, instances, rollout }: AppParts): { health: Health; why?: Explanation } {
  const workload = workloadOf(object)
  const { desired, ready, total, observed, conditions, paused } = workload
  if (object.metadata.deletionTimestamp !== undefined) return { health: 'progressing', why: { reason: 'Terminating', message: 'The app is being removed.' } }
  if (object.kind === 'DaemonSet' && observed && desired === 0 && total === 0) return { health: 'stopped', why: { reason: 'NoNodeFits', message: 'None of the servers fits what its template demands, so it runs nowhere.' } }
  if (desired === 0 && (object.kind !== 'DaemonSet' || observed)) return total === 0 ? { health: 'stopped' } : { health: 'progressing' }
  const failure = findCondition(conditions, 'ReplicaFailure')
  const worst = worstOf(instances)
  const bad: Health = ready > 0 ? 'degraded' : 'failed'
  if (rollout?.status?.phase === 'Aborted') return { health: bad, why: aborted(rollout) }
  if (failure?.status === 'True') return { health: bad, why: { reason: failure.reason ?? 'ReplicaFailure', message: `Pods cannot be created: ${failure.message ?? 'no reason was given'}` } }
  if (worst !== undefined) return { health: bad, why: worst }
  if (isLate(workload)) return { health: bad, why: deadline(workload) }
  if (ready >= desired && isRolledOut(workload)) return { health: 'healthy' }
  if (ready >= desired && total >= desired && paused) return { health: 'healthy', why: { reason: 'Paused', message: 'The rollout is paused: changes wait until it is resumed.' } }
  const held = heldOf(workload)
  if (ready >= desired && held !== undefined) return { health: 'healthy', why: held }
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

function isLate({ conditions }: Workload): boolean {
  return findCondition(conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
}

function deadline({ deadlineSeconds = 600 }: Workload): Explanation {
  return { reason: 'ProgressDeadlineExceeded', message: `The new version did not become ready within ${String(deadlineSeconds)} seconds, so the rollout stopped; pods of the old version stay. Roll back, or change it again.` }
}

/** All there is runs the newest template. */
function isRolledOut({ observed, updated, total, desired }: Workload): boolean {
  return observed && updated >= desired && total === updated
}

/** Why what is old stays old on purpose, when all that may be updated is. */
function heldOf({ observed, updated, total, desired, heldBack, strategy }: Workload): Explanation | undefined {
  if (!observed || total < desired || updated >= total) return undefined
  if (strategy === 'OnDelete') return { reason: 'OnDelete', message: 'Its update strategy is OnDelete: a pod gets the new version only when somebody deletes it.' }
  if (heldBack === 0 || updated < desired - heldBack) return undefined
  return { reason: 'Partition', message: `Its partition keeps the old version for the first ${heldBack === 1 ? 'pod' : `${String(heldBack)} pods`}. Set spec.updateStrategy.rollingUpdate.partition to 0 to update all.` }
}

/** The new version was taken back; the old one serves. */
function aborted({ status }: Readonly<Rollout>): Explanation {
  return { reason: 'RolloutAborted', message: `The new version was taken back: ${(status?.message ?? '').replace(/^aborted: /, '')}.` }
}

function rolloutOf({ object, instances, rollout }: AppParts): AppDetail['rollout'] {
  const workload = workloadOf(object)
  const { updated, ready, desired, total, paused } = workload
  const numbers = { updated, ready, desired, old: Math.max(0, total - updated) }
  if (isRolledOut(workload) && ready >= desired) return { state: 'complete', ...numbers }
  if (paused) return { state: 'paused', ...numbers, why: { reason: 'Paused', message: 'The rollout is paused: resume it to go on.' } }
  if (rollout?.status?.phase === 'Aborted') return { state: 'stuck', ...numbers, why: aborted(rollout) }
  const worst = worstOf(instances)
  if (isLate(workload)) return { state: 'stuck', ...numbers, why: worst ?? deadline(workload) }
  const held = heldOf(workload)
  if (held !== undefined && ready >= desired) return { state: 'held', ...numbers, why: held }
  return { state: 'progressing', ...numbers, ...(worst === undefined ? {} : { why: worst }) }
}
