import { findCondition } from '../../../common/kube/conditions.ts'
import type { CronJob, CronJobStatus, Job } from '../../../common/kube/generated/batch-v1.ts'
import type { ObjectReference } from '../../../common/kube/generated/core-v1.ts'
import { jobEnd } from '../../../common/kube/job.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** An Event about the CronJob. */
export type Said = readonly ['Normal' | 'Warning', string, string]

/** What a CronJob's Jobs make of its status. */
export interface History {
  status: CronJobStatus
  said: Said[]
  /** References to Jobs that are not among those given: gone, or not seen yet. */
  missing: ObjectReference[]
  /** Ended Jobs that are too many. */
  remove: Frozen<Job>[]
}

/** Follows the Jobs of a CronJob. Pure. */
export function computeHistory(cronJob: CronJob, jobs: readonly Frozen<Job>[]): History {
  const said: Said[] = []
  let active = cronJob.status?.active ?? []
  let lastSuccessfulTime = cronJob.status?.lastSuccessfulTime
  for (const job of jobs) {
    const { name, uid } = job.metadata
    const known = active.some((r) => r.uid === uid)
    const end = jobEnd(job)
    if (end === undefined && !known) said.push(['Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`])
    if (end !== undefined && known) {
      active = active.filter((r) => r.uid !== uid)
      said.push(['Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end}`])
    }
    const completed = end === 'Complete' ? (job.status?.completionTime ?? findCondition(job.status?.conditions, end)?.lastTransitionTime) : undefined
    if (completed !== undefined && (lastSuccessfulTime === undefined || Date.parse(completed) > Date.parse(lastSuccessfulTime))) lastSuccessfulTime = completed
  }
  const missing = active.filter((r) => !jobs.some((job) => job.metadata.uid === r.uid))
  const { spec } = cronJob
  const remove = [...oldest(jobs, 'Complete', spec.successfulJobsHistoryLimit), ...oldest(jobs, 'Failed', spec.failedJobsHistoryLimit)]
  return { status: withActive({ ...cronJob.status, ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }) }, active), said, missing, remove }
}

/** The status with these running Jobs. */
export function withActive(status: CronJobStatus, active: readonly ObjectReference[]): CronJobStatus {
  const { active: _, ...rest } = status
  return active.length > 0 ? { ...rest, active: [...active] } : rest
}

function oldest(jobs: readonly Frozen<Job>[], end: 'Complete' | 'Failed', limit: number | undefined): Frozen<Job>[] {
  if (limit === undefined) return []
  const ended = jobs.filter((job) => jobEnd(job) === end && job.metadata.deletionTimestamp === undefined)
  const began = (job: Job): number => Date.parse(job.status?.startTime ?? job.metadata.creationTimestamp)
  return ended.sort((a, b) => began(a) - began(b) || (a.metadata.name < b.metadata.name ? -1 : 1)).slice(0, Math.max(0, ended.length - limit))
}
