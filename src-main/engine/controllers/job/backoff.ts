import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { endedAt, hasFailed, indexFailures } from './job-pods.ts'

const FIRST_MS = 10_000
const LONGEST_MS = 600_000

/** Failures since the last success, and when the last one was (milliseconds since the epoch). */
export interface Failures {
  readonly count: number
  readonly lastAt: number
}

export const NO_FAILURES: Failures = { count: 0, lastAt: 0 }

/** The failures after more pods have ended: a success begins anew. Pure. */
export function withEnds(before: Failures, job: Job, pods: readonly Pod[]): Failures {
  const ends = pods.map((pod) => ({ failed: hasFailed(pod, job), at: endedAt(pod) })).sort((a, b) => a.at - b.at)
  return ends.reduce<Failures>((known, { failed, at }) => (failed ? { count: known.count + 1, lastAt: Math.max(known.lastAt, at) } : NO_FAILURES), before)
}

/** Milliseconds before the next pod may be made: 10 s after the first failure in a row, then twice as long each time, ten minutes at most. */
export function msToWait({ count, lastAt }: Failures, now: number): number {
  if (count === 0) return 0
  return Math.max(0, lastAt + Math.min(FIRST_MS * 2 ** (count - 1), LONGEST_MS) - now)
}

/** The same for one index, after its last failed pod. */
export function msToWaitFor(last: Pod | undefined, now: number): number {
  if (last === undefined) return 0
  const { counted, ignored } = indexFailures(last)
  return msToWait({ count: counted + ignored + 1, lastAt: endedAt(last) }, now)
}
