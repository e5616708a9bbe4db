import { formatIndexes, parseIndexes } from '../../../common/kube/job-indexes.ts'
import type { Job, JobStatus } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { failureVerdict } from './failure-policy.ts'
import { hasFailed, indexOf, isIndexed } from './job-pods.ts'
import type { Tally } from './tally.ts'

/** So many ends wait in a status at most. */
const MOST_UNCOUNTED = 500

/**
 * How each pod's end is counted exactly once, whatever dies in between: first its UID is written into the status (`uncountedTerminatedPods`; a
 * completed index into its list), then its finalizer is taken away, then the UID becomes one more in the number. A pod without the finalizer is
 * never looked at again, and a UID becomes a number only when its pod has no finalizer any more.
 */
export interface Accounts {
  status: JobStatus
  /** Pods to be let go when the status is written. */
  release: Pod[]
  /** There are more than one status takes. */
  more: boolean
}

/** The first step for the pods that have ended. `ending`: the Job's outcome is known, so nothing is tried again. Pure. */
export function computeAccounts(job: Job, pods: readonly Pod[], tally: Tally, ending: boolean, isTracked: (pod: Pod) => boolean): Accounts {
  const tracked = pods.filter(isTracked)
  const status = settled(job.status ?? {}, new Set(tracked.map((pod) => pod.metadata.uid)))
  const succeeded = [...(status.uncountedTerminatedPods?.succeeded ?? [])]
  const failed = [...(status.uncountedTerminatedPods?.failed ?? [])]
  const known = new Set([...succeeded, ...failed])
  const indexes = new Set(parseIndexes(status.completedIndexes) ?? [])
  const going = job.metadata.deletionTimestamp !== undefined
  const release: Pod[] = []
  const before = indexes.size
  let [more, newIndexes] = [false, 0]
  for (const pod of tracked) {
    if (succeeded.length + failed.length + newIndexes >= MOST_UNCOUNTED) {
      more = true
      break
    }
    const { uid } = pod.metadata
    const index = indexOf(pod, job)
    const counts = !known.has(uid) && (!isIndexed(job) || index !== undefined)
    if (pod.status?.phase === 'Succeeded') {
      release.push(pod)
      if (!counts) continue
      if (!isIndexed(job)) succeeded.push(uid)
      // The index itself says that it is counted.
      else if (index !== undefined && !indexes.has(index)) newIndexes = indexes.add(index).size - before
    } else if (hasFailed(pod, job)) {
      if (index !== undefined && tally.toReplace.get(index) === pod && !ending && !going) continue
      release.push(pod)
      if (counts && failureVerdict(job.spec.podFailurePolicy, pod).counts) failed.push(uid)
    } else if (going && pod.metadata.deletionTimestamp !== undefined) release.push(pod)
  }
  status.uncountedTerminatedPods = { ...(succeeded.length > 0 ? { succeeded } : {}), ...(failed.length > 0 ? { failed } : {}) }
  return { status: isIndexed(job) ? withIndexes(job, status, indexes, tally) : status, release, more }
}

/** The last step: UIDs of pods that are not kept any more become numbers. Pure. */
export function settled(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const [keepSucceeded, keepFailed] = [succeeded.filter((uid) => tracked.has(uid)), failed.filter((uid) => tracked.has(uid))]
  const sum = (before: number | undefined, all: string[], kept: string[]): number => (before ?? 0) + all.length - kept.length
  return {
    ...status,
    ...numbered('succeeded', sum(status.succeeded, succeeded, keepSucceeded)), ...numbered('failed', sum(status.failed, failed, keepFailed)),
    uncountedTerminatedPods: { ...(keepSucceeded.length > 0 ? { succeeded: keepSucceeded } : {}), ...(keepFailed.length > 0 ? { failed: keepFailed } : {}) },
  }
}

/** Is every end that is known of a number already? */
export function isSettled({ uncountedTerminatedPods: { succeeded = [], failed = [] } = {} }: JobStatus): boolean {
  return succeeded.length + failed.length === 0
}

/** A count as a status has it: none is not written. */
export function numbered<K extends 'active' | 'succeeded' | 'failed'>(key: K, n: number): Partial<Record<K, number>> {
  return (n > 0 ? { [key]: n } : {}) as Partial<Record<K, number>>
}

function withIndexes(job: Job, status: JobStatus, done: ReadonlySet<number>, { failedIndexes }: Tally): JobStatus {
  const { succeeded: _s, completedIndexes: _c, ...rest } = status
  const list = [...done].filter((index) => index < (job.spec.completions ?? 0))
  return {
    ...rest, ...numbered('succeeded', list.length), ...(list.length > 0 ? { completedIndexes: formatIndexes(list) } : {}),
    ...(failedIndexes === undefined ? {} : { failedIndexes: formatIndexes(failedIndexes) }),
  }
}
