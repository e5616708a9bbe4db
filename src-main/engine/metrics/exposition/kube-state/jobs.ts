import type { CronJob, Job } from '../../../../common/kube/generated/batch-v1.ts'
import { findCondition } from '../../../../common/kube/conditions.ts'
import { CronJobs, Jobs } from '../../../../common/kube/kinds.ts'
import { identity, info, named, number, oneOf, stateKind, unixTime } from './state-kind.ts'
import type { StateSample } from './state-kind.ts'

const J = 'kube_job'

/** As kube-state-metrics: only what has such a condition has samples. */
function ended(job: Readonly<Job>, type: string): StateSample[] {
  const condition = findCondition(job.status?.conditions, type)
  return condition === undefined ? [] : oneOf('condition', ['true', 'false', 'unknown'], condition.status.toLowerCase())
}

/** Jobs. */
export const jobState = stateKind<Job>({
  resource: Jobs, labels: named('job_name'),
  metrics: [
    info(`${J}_info`, 'Information about job.', () => ({})),
    ...identity(J, true),
    number(`${J}_spec_parallelism`, 'The maximum desired number of pods the job should run at any given time.', (o) => o.spec?.parallelism),
    number(`${J}_spec_completions`, 'The desired number of successfully finished pods the job should be run with.', (o) => o.spec?.completions),
    number(`${J}_spec_active_deadline_seconds`, 'The duration in seconds relative to the startTime that the job may be active before the system tries to terminate it.', (o) => o.spec?.activeDeadlineSeconds),
    number(`${J}_status_active`, 'The number of actively running pods.', (o) => o.status?.active ?? 0),
    number(`${J}_status_succeeded`, 'The number of pods which reached Phase Succeeded.', (o) => o.status?.succeeded ?? 0),
    { name: `${J}_status_failed`, help: 'The number of pods which reached Phase Failed and the reason for failure.', of: (o) => [[{ reason: findCondition(o.status?.conditions, 'Failed')?.reason ?? '' }, o.status?.failed ?? 0]] },
    { name: `${J}_complete`, help: 'The job has completed its execution.', of: (o) => ended(o, 'Complete') },
    { name: `${J}_failed`, help: 'The job has failed its execution.', of: (o) => ended(o, 'Failed') },
    number(`${J}_status_start_time`, 'StartTime represents time when the job was acknowledged by the Job Manager.', (o) => unixTime(o.status?.startTime)),
    number(`${J}_status_completion_time`, 'CompletionTime represents time when the job was completed.', (o) => unixTime(o.status?.completionTime)),
  ],
})

const C = 'kube_cronjob'
/** CronJobs. */
export const cronJobState = stateKind<CronJob>({
  resource: CronJobs, labels: named('cronjob'),
  metrics: [
    info(`${C}_info`, 'Info about cronjob.', ({ spec }) => ({ schedule: spec?.schedule, concurrency_policy: spec?.concurrencyPolicy, timezone: spec?.timeZone ?? 'UTC' })),
    ...identity(C),
    number(`${C}_spec_suspend`, 'Suspend flag tells the controller to suspend subsequent executions.', (o) => o.spec?.suspend === true),
    number(`${C}_spec_starting_deadline_seconds`, 'Deadline in seconds for starting the job if it misses scheduled time for any reason.', (o) => o.spec?.startingDeadlineSeconds),
    number(`${C}_spec_successful_job_history_limit`, 'Successful job history limit tells the controller how many completed jobs should be preserved.', (o) => o.spec?.successfulJobsHistoryLimit),
    number(`${C}_spec_failed_job_history_limit`, 'Failed job history limit tells the controller how many failed jobs should be preserved.', (o) => o.spec?.failedJobsHistoryLimit),
    number(`${C}_status_active`, 'Active holds pointers to currently running jobs.', (o) => o.status?.active?.length ?? 0),
    number(`${C}_status_last_schedule_time`, 'LastScheduleTime keeps information of when was the last time the job was successfully scheduled.', (o) => unixTime(o.status?.lastScheduleTime)),
    number(`${C}_status_last_successful_time`, 'LastSuccessfulTime keeps information of when was the last time the job was completed successfully.', (o) => unixTime(o.status?.lastSuccessfulTime)),
  ],
})
