import type { Stream } from '../rpc/stream.ts'
import type { Batch, Explanation, Health, ObjectRef } from './objects.ts'

/**
 * Work that ends: Jobs, and the CronJobs that start them. Offered by clusters with the capability `jobs`; what people do to them is in `Resources`
 * (suspend, run now). Failures are StatusErrors with a sentence for people.
 */
export interface Jobs {
  /** All, or those that one CronJob started. */
  watchJobs(filter: { cronJob?: ObjectRef }): Stream<Batch<JobSummary>>
  /** Ends with NotFound when it is gone. */
  watchJob(ref: ObjectRef): Stream<JobDetail>
  watchCronJobs(): Stream<Batch<CronJobSummary>>
  /** Ends with NotFound when it is gone. */
  watchCronJob(ref: ObjectRef): Stream<CronJobSummary>
}

export type JobState = 'waiting' | 'running' | 'suspended' | 'complete' | 'failed'

export interface JobSummary {
  id: string
  ref: ObjectRef
  state: JobState
  health: Health
  why?: Explanation
  /** So many have to succeed; absent: the job is done when one of its instances says so. */
  completions?: number
  succeeded: number
  failed: number
  active: number
  /** The CronJob that started it. */
  owner?: ObjectRef
  images: string[]
  /** Milliseconds since the epoch, as all times here. */
  createdAt: number
  startedAt?: number
  endedAt?: number
}

export interface JobDetail extends JobSummary {
  parallelism: number
  /** Of a job whose instances are numbered: how each number stands. Long jobs: the first of them. */
  indexes?: JobIndex[]
  /** How many more numbers there are than `indexes` names. */
  indexesLeft: number
  /** What it may take. Absent where there is no limit. */
  retries?: number
  retriesPerIndex?: number
  deadlineSeconds?: number
  /** So long after its end it is deleted. */
  keptSeconds?: number
  containers: string[]
  labels: Record<string, string>
}

export interface JobIndex {
  index: number
  state: 'succeeded' | 'failed' | 'running' | 'waiting'
}

export interface CronJobSummary {
  id: string
  ref: ObjectRef
  /** As it is written: `0 3 * * *`. */
  schedule: string
  /** Of the schedule: `Asia/Seoul`; `UTC` where it says none. */
  timeZone: string
  suspended: boolean
  /** What happens when the last one still runs. */
  concurrency: 'Allow' | 'Forbid' | 'Replace'
  health: Health
  why?: Explanation
  /** Jobs of it that run now. */
  active: number
  /** The newest of its jobs that are kept. */
  last?: { ref: ObjectRef; state: JobState; at: number }
  lastScheduledAt?: number
  lastSucceededAt?: number
  images: string[]
  createdAt: number
}
