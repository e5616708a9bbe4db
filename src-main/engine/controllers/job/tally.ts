import { parseIndexes } from '../../../common/kube/job-indexes.ts'
import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodActive, isPodReady, isPodTerminated } from '../../../common/kube/pods.ts'
import { failureVerdict } from './failure-policy.ts'
import { endedAt, hasFailed, indexFailures, indexOf, isIndexed } from './job-pods.ts'

/** How a Job's pods stand. */
export interface Tally {
  active: Pod[]
  ready: number
  /** Being deleted, and not ended yet. */
  terminating: Pod[]
  /** Ended, and not in the status yet. */
  newSucceeded: Pod[]
  newFailed: Pod[]
  /** In the status or not. */
  succeeded: number
  /** Those that count against the backoff limit. */
  failed: number
  succeededIndexes: Set<number>
  /** Only where each index has a limit of its own. */
  failedIndexes: Set<number> | undefined
  /** With such limits: the last failed pod of each index that waits for another one, which is to take over its count of failures. */
  toReplace: Map<number, Pod>
}

/** Counts a Job's pods. `isTracked`: still kept for its end to be counted. Pure. */
export function computeTally(job: Job, pods: readonly Pod[], isTracked: (pod: Pod) => boolean): Tally {
  const { succeeded = [], failed = [] } = job.status?.uncountedTerminatedPods ?? {}
  const counted = new Set([...succeeded, ...failed])
  const active = pods.filter(isPodActive)
  const tracked = pods.filter((pod) => isTracked(pod) && (!isIndexed(job) || indexOf(pod, job) !== undefined))
  const fresh = tracked.filter((pod) => !counted.has(pod.metadata.uid))
  const newSucceeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded')
  const newFailed = fresh.filter((pod) => hasFailed(pod, job))
  const failures = newFailed.filter((pod) => failureVerdict(job.spec.podFailurePolicy, pod).counts).length
  const succeededIndexes = indexesOf(job.status?.completedIndexes, job)
  if (isIndexed(job)) for (const pod of newSucceeded) succeededIndexes.add(indexOf(pod, job) ?? 0)
  const failedIndexes = computeFailedIndexes(job, tracked)
  return {
    active, ready: active.filter(isPodReady).length, terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isPodTerminated(pod)),
    newSucceeded, newFailed, succeededIndexes, failedIndexes,
    succeeded: isIndexed(job) ? succeededIndexes.size : (job.status?.succeeded ?? 0) + succeeded.length + newSucceeded.length,
    failed: (job.status?.failed ?? 0) + failed.length + failures,
    toReplace: failedIndexes === undefined ? new Map<number, Pod>() : computeToReplace(job, tracked, active, succeededIndexes, failedIndexes),
  }
}

/** A status' list of indexes, without those that the Job does not have any more. */
function indexesOf(text: string | undefined, job: Job): Set<number> {
  const all = parseIndexes(text) ?? new Set<number>()
  const size = job.spec.completions ?? 0
  return new Set([...all].filter((index) => index < size))
}

function computeFailedIndexes(job: Job, tracked: readonly Pod[]): Set<number> | undefined {
  const limit = job.spec.backoffLimitPerIndex
  if (limit === undefined) return undefined
  const failed = indexesOf(job.status?.failedIndexes, job)
  for (const pod of tracked) {
    if (!hasFailed(pod, job)) continue
    const { counts, action } = failureVerdict(job.spec.podFailurePolicy, pod)
    if (action === 'FailIndex' || (counts && indexFailures(pod).counted >= limit)) failed.add(indexOf(pod, job) ?? 0)
  }
  return failed
}

function computeToReplace(job: Job, tracked: readonly Pod[], active: readonly Pod[], succeeded: ReadonlySet<number>, failed: ReadonlySet<number>): Map<number, Pod> {
  const running = new Set(active.map((pod) => indexOf(pod, job)))
  const last = new Map<number, Pod>()
  const rank = (pod: Pod): [number, number] => [indexFailures(pod).counted + indexFailures(pod).ignored, endedAt(pod)]
  for (const pod of tracked) {
    const index = indexOf(pod, job)
    if (index === undefined || !hasFailed(pod, job) || succeeded.has(index) || failed.has(index) || running.has(index)) continue
    const known = last.get(index)
    const [count, at] = rank(pod)
    const [knownCount, knownAt] = known === undefined ? [-1, 0] : rank(known)
    if (count > knownCount || (count === knownCount && at >= knownAt)) last.set(index, pod)
  }
  return last
}
