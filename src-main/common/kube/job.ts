import { isConditionTrue } from './conditions.ts'
import type { Job } from './generated/batch-v1.ts'

/** On a Job's pods: which Job made them. The short ones are older; both are there. */
export const JOB_NAME = 'batch.kubernetes.io/job-name'
export const LEGACY_JOB_NAME = 'job-name'
export const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid'
export const LEGACY_CONTROLLER_UID = 'controller-uid'
/** What a Job's controller writes into its template; another Job gets its own. */
export const OF_ONE_JOB: readonly string[] = [LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME, CONTROLLER_UID, JOB_NAME]
/** Annotation and label of an Indexed Job's pod: its index. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index'
/** Annotations of a pod whose index has a limit of its own: how often the pods before it failed, and how often without counting. */
export const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count'
export const INDEX_IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count'
/** Keeps a Job's pod until its end is counted. */
export const JOB_TRACKING = 'batch.kubernetes.io/job-tracking'
/** What `managedBy` says where this engine is meant. */
export const JOB_CONTROLLER = 'kubernetes.io/job-controller'
/** On a CronJob's Job: the time that it was made for. */
export const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** How a Job has ended: undefined while it has not. */
export function jobEnd(job: Readonly<Job>): 'Complete' | 'Failed' | undefined {
  if (isConditionTrue(job.status?.conditions, 'Complete')) return 'Complete'
  return isConditionTrue(job.status?.conditions, 'Failed') ? 'Failed' : undefined
}
