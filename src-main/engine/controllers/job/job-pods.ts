import { findCondition } from '../../../common/kube/conditions.ts'
import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES, JOB_TRACKING } from '../../../common/kube/job.ts'

/** Does the Job number its pods? */
export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed'
}

/** The number of an Indexed Job's pod; undefined where it has none, or one that the Job does not have (any more). */
export function indexOf(pod: Pod, job: Job): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX] ?? ''
  const index = /^\d+$/.test(text) ? Number(text) : undefined
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined
}

/** Is the pod kept until its end is counted? */
export function hasTracking(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(JOB_TRACKING) === true
}

/** Is a pod replaced only when it has really ended, not as soon as it is being deleted? */
export function waitsForEnds({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined
}

/** Does the pod count as failed? One that is being deleted may never come to say so. */
export function hasFailed(pod: Pod, job: Job): boolean {
  const phase = pod.status?.phase
  if (phase === 'Failed') return true
  if (phase === 'Succeeded' || pod.metadata.deletionTimestamp === undefined) return false
  // With no time left nobody runs it any more, or never did: there is nothing to wait for.
  return !waitsForEnds(job) || pod.metadata.deletionGracePeriodSeconds === 0
}

/** When a pod ended, in milliseconds since the epoch: its last container's end, or the next best that is known. */
export function endedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map((s) => Date.parse(s.state?.terminated?.finishedAt ?? '')).filter((t) => !Number.isNaN(t))
  if (ends.length > 0) return Math.max(...ends)
  const times = [findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime, pod.metadata.deletionTimestamp, pod.metadata.creationTimestamp]
  return times.map((t) => Date.parse(t ?? '')).find((t) => !Number.isNaN(t)) ?? 0
}

/** How often the pods before this one failed at its index: those that count, and those that do not. */
export function indexFailures(pod: Pod): { counted: number; ignored: number } {
  const read = (name: string): number => Number(pod.metadata.annotations?.[name] ?? 0) || 0
  return { counted: read(INDEX_FAILURES), ignored: read(INDEX_IGNORED_FAILURES) }
}
