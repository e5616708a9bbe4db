import { semanticEqual } from '../../../common/kube/equal.ts'
import type { ControllerRevision } from '../../../common/kube/generated/apps-v1.ts'
import type { PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import { REVISION_HASH } from '../../../common/kube/well-known.ts'

/** A template as a ControllerRevision keeps it: a strategic merge patch that kubectl sends to the owner when it undoes a rollout. */
export function revisionData(template: PodTemplateSpec): unknown {
  return { spec: { template: { ...structuredClone(template), $patch: 'replace' } } }
}

/** Lowest revision first; of the same, the older one. */
export function sortRevisions<R extends ControllerRevision>(revisions: readonly R[]): R[] {
  return [...revisions].sort((a, b) => a.revision - b.revision || Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1))
}

/** What is to be done so that the newest revision is that of the present template. */
export type NextRevision<R> = { do: 'keep'; revision: R } | { do: 'renumber'; revision: R; number: number } | { do: 'create'; number: number }

/** `sorted`: the owner's revisions. An undo makes an old one the newest again in place of a copy of it. Pure. */
export function nextRevision<R extends ControllerRevision>(sorted: readonly R[], data: unknown): NextRevision<R> {
  const newest = sorted.at(-1)
  const equal = sorted.filter((r) => semanticEqual(r.data, data)).at(-1)
  const number = (newest?.revision ?? 0) + 1
  if (equal === undefined) return { do: 'create', number }
  return equal === newest ? { do: 'keep', revision: equal } : { do: 'renumber', revision: equal, number }
}

/** Old revisions that the history limit drops: the lowest first, never one that is in use (`live`: names). */
export function beyondLimit<R extends ControllerRevision>(sorted: readonly R[], live: ReadonlySet<string>, limit: number): R[] {
  const idle = sorted.filter((r) => !live.has(r.metadata.name))
  return idle.slice(0, Math.max(0, idle.length - limit))
}

/** The revision that a pod says it is of. */
export function podRevision(pod: { metadata: { labels?: Record<string, string> } }): string | undefined {
  return pod.metadata.labels?.[REVISION_HASH]
}
