import type { Deployment, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import { REVISION } from '../../../common/kube/well-known.ts'
import { sameTemplate } from './hash.ts'

/** Annotations of deployments and their ReplicaSets, as kubectl reads them. */
export const Annotation = {
  revision: REVISION,
  revisionHistory: 'deployment.kubernetes.io/revision-history',
  desired: 'deployment.kubernetes.io/desired-replicas',
  max: 'deployment.kubernetes.io/max-replicas',
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
} as const

const NOT_COPIED: ReadonlySet<string> = new Set([...Object.values(Annotation), 'deprecated.deployment.rollback.to'])

/** The ReplicaSet of the deployment's present template (the oldest, should there be several), and the others. */
export function splitReplicaSets<RS extends ReplicaSet>(d: Deployment, sets: readonly RS[]): { current: RS | undefined; old: RS[] } {
  const sorted = [...sets].sort(byAge)
  const current = sorted.find((rs) => sameTemplate(rs.spec.template, d.spec.template))
  return { current, old: sorted.filter((rs) => rs !== current) }
}

/** Oldest first. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1)
}

/** An object's revision number; 0 when it has none. An int64 upstream: an adopted ReplicaSet may have a greater one than a number holds. */
export function revisionOf(object: { metadata: { annotations?: Record<string, string> } }): bigint {
  return numberIn(object.metadata.annotations)
}

/** The revision after all of these. */
export function nextRevision(old: readonly ReplicaSet[]): bigint {
  return old.map(revisionOf).reduce((highest, revision) => (revision > highest ? revision : highest), 0n) + 1n
}

function numberIn(annotations: Record<string, string> | undefined): bigint {
  const text = annotations?.[Annotation.revision] ?? ''
  return /^\d+$/.test(text) ? BigInt(text) : 0n
}

/** The annotations of the current ReplicaSet: the deployment's own, its revision, and which revisions it was before (after an undo). */
export function currentAnnotations(d: Deployment, existing: Record<string, string> | undefined, revision: bigint): Record<string, string> {
  const copied = Object.entries(d.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key))
  const annotations = { ...existing, ...Object.fromEntries(copied) }
  const before = numberIn(existing)
  if (before >= revision) return annotations
  annotations[Annotation.revision] = String(revision)
  if (before > 0n) {
    const history = existing?.[Annotation.revisionHistory]
    annotations[Annotation.revisionHistory] = history ? `${history},${String(before)}` : String(before)
  }
  return annotations
}

/** Old ReplicaSets that the history limit drops: the lowest revisions first, and only ones with nothing left. */
export function beyondHistory<RS extends ReplicaSet>(d: Deployment, old: readonly RS[]): RS[] {
  const limit = d.spec.revisionHistoryLimit ?? 10
  const alive = old.filter((rs) => rs.metadata.deletionTimestamp === undefined)
  return [...alive].sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1)).slice(0, Math.max(0, alive.length - limit)).filter(
    (rs) => rs.spec.replicas === 0 && (rs.status?.replicas ?? 0) === 0 && (rs.metadata.generation ?? 0) <= (rs.status?.observedGeneration ?? 0))
}
