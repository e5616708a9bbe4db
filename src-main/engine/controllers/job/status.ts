import { timestamp } from '../../../common/clock.ts'
import { findCondition, withCondition } from '../../../common/kube/conditions.ts'
import type { Job, JobCondition, JobStatus } from '../../../common/kube/generated/batch-v1.ts'
import { numbered } from './accounts.ts'
import type { Outcome } from './outcome.ts'

/** What of a Job's pods its status says besides their ends. */
export interface Present {
  active: number
  ready: number
  terminating: number
}

/** The status with the pods of now, when the Job began, whether it is suspended, and how it will end. Pure. */
export function withPresent(job: Job, status: JobStatus, { active, ready, terminating }: Present, outcome: Outcome | undefined, now: number): JobStatus {
  const { active: _old, ...rest } = status
  const suspended = job.spec.suspend === true
  const was = findCondition(status.conditions, 'Suspended')?.status === 'True'
  let conditions = status.conditions
  // One that has its outcome ends, suspended or not.
  if (outcome === undefined && suspended) conditions = put(conditions, 'Suspended', 'True', 'JobSuspended', 'Job suspended', now)
  else if (outcome === undefined && was) conditions = put(conditions, 'Suspended', 'False', 'JobResumed', 'Job resumed', now)
  if (outcome !== undefined) conditions = put(conditions, outcome.type, 'True', outcome.reason, outcome.message, now)
  const resumed = was && !suspended && outcome === undefined
  const startTime = resumed || (status.startTime === undefined && !suspended) ? timestamp(now) : status.startTime
  return { ...rest, ...numbered('active', active), ready, terminating, ...(startTime === undefined ? {} : { startTime }), ...(conditions === undefined ? {} : { conditions }) }
}

/** The status of a Job that is over. Pure. */
export function withEnd(status: JobStatus, { type, reason, message }: Outcome, now: number): JobStatus {
  const complete = type === 'SuccessCriteriaMet'
  const conditions = put(status.conditions, complete ? 'Complete' : 'Failed', 'True', reason, message, now)
  return { ...status, conditions, ...(complete ? { completionTime: timestamp(now) } : {}) }
}

function put(conditions: readonly JobCondition[] | undefined, type: string, status: string, reason: string, message: string, now: number): JobCondition[] {
  const old = findCondition(conditions, type)
  if (old?.status === status && old.reason === reason && old.message === message) return [...(conditions ?? [])]
  const at = timestamp(now)
  return withCondition(conditions, { type, status, reason, message, lastProbeTime: at, lastTransitionTime: at })
}
