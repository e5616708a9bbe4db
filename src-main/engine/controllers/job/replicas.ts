import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { byDeletionOrder } from '../replicaset/ranking.ts'
import { msToWait, msToWaitFor } from './backoff.ts'
import type { Failures } from './backoff.ts'
import { indexOf, isIndexed, waitsForEnds } from './job-pods.ts'
import type { Tally } from './tally.ts'

/** At most so many pods are made or deleted in one go. */
const BURST = 500

/** What is to be done about a living Job's pods. */
export interface PodPlan {
  remove: Pod[]
  /** How many to make; of an Indexed Job, which. */
  create: (number | undefined)[]
  /** Look again then, because what failed waits for its next try. */
  waitMs: number | undefined
}

/** Compares the pods there are with those there should be. Pure. */
export function computePods(job: Job, tally: Tally, failures: Failures, now: number): PodPlan {
  const { active } = tally
  if (job.spec.suspend === true) return { remove: active.slice(0, BURST), create: [], waitMs: undefined }
  const wanted = wantedActive(job, tally)
  const remove = toRemove(job, active, active.length - wanted, now).slice(0, BURST)
  if (remove.length > 0) return { remove, create: [], waitMs: undefined }
  const going = waitsForEnds(job) ? tally.terminating.filter((pod) => !tally.newFailed.includes(pod)) : []
  const missing = Math.min(BURST, wanted - active.length - going.length)
  if (missing <= 0) return { remove: [], create: [], waitMs: undefined }
  if (tally.failedIndexes !== undefined) return dueIndexes(job, tally, going, missing, now)
  const waitMs = msToWait(failures, now)
  if (waitMs > 0) return { remove: [], create: [], waitMs }
  return { remove: [], create: isIndexed(job) ? pendingIndexes(job, tally, going).slice(0, missing) : Array<undefined>(missing).fill(undefined), waitMs: undefined }
}

function wantedActive({ spec }: Job, { succeeded, active, failedIndexes }: Tally): number {
  const parallelism = spec.parallelism ?? 1
  // Without a number the first success ends it: nothing new is begun then.
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism
  return Math.max(0, Math.min(parallelism, spec.completions - succeeded - (failedIndexes?.size ?? 0)))
}

/** Pods that do what another one does or what is not asked for, then as many of the others as are too many. */
function toRemove(job: Job, active: readonly Pod[], tooMany: number, now: number): Pod[] {
  const remove: Pod[] = []
  const byWorth = byDeletionOrder(active, active, now).reverse()
  const seen = new Set<number>()
  const others = byWorth.filter((pod) => {
    if (!isIndexed(job)) return true
    const index = indexOf(pod, job)
    if (index !== undefined && !seen.has(index)) return seen.add(index)
    remove.push(pod)
    return false
  })
  return [...remove, ...others.reverse().slice(0, Math.max(0, tooMany - remove.length))]
}

/** Indexes that nobody works at, in order. */
function pendingIndexes(job: Job, { active, succeededIndexes, failedIndexes }: Tally, going: readonly Pod[]): number[] {
  const taken = new Set([...active, ...going].map((pod) => indexOf(pod, job)))
  const pending: number[] = []
  for (let index = 0; index < (job.spec.completions ?? 0); index++) {
    if (!taken.has(index) && !succeededIndexes.has(index) && failedIndexes?.has(index) !== true) pending.push(index)
  }
  return pending
}

function dueIndexes(job: Job, tally: Tally, going: readonly Pod[], missing: number, now: number): PodPlan {
  const create: number[] = []
  let waitMs: number | undefined
  for (const index of pendingIndexes(job, tally, going)) {
    if (create.length === missing) break
    const ms = msToWaitFor(tally.toReplace.get(index), now)
    if (ms <= 0) create.push(index)
    else waitMs = Math.min(waitMs ?? Infinity, ms)
  }
  return { remove: [], create, waitMs }
}
