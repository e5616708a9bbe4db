import type { Explanation, Health, Instance, JobDetail, JobIndex, JobState, JobSummary } from '../../common/contract/index.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Job } from '../../common/kube/generated/batch-v1.ts'
import { jobEnd } from '../../common/kube/job.ts'
import { parseIndexes } from '../../common/kube/job-indexes.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { refOf, time } from '../views/refs.ts'
import { imagesOf } from '../views/revisions.ts'

/** So many numbers of an indexed job are listed. */
const INDEXES_MAX = 1000
const HEALTH: Readonly<Record<JobState, Health>> = { waiting: 'progressing', running: 'progressing', suspended: 'stopped', complete: 'healthy', failed: 'failed' }

/** A job's line in a list. `instances`: its pods, with the index of each where it has one. */
export function jobSummary(job: Readonly<Job>, instances: readonly JobInstance[]): JobSummary {
  const { metadata, spec, status } = job
  const state = stateOf(job)
  const why = whyOf(job, state, instances)
  const owner = controllerOf(job)
  const end = findCondition(status?.conditions, 'Failed')
  const endedAt = state === 'complete' ? (status?.completionTime ?? findCondition(status?.conditions, 'Complete')?.lastTransitionTime) : state === 'failed' ? end?.lastTransitionTime : undefined
  return {
    id: metadata.uid, ref: refOf(job), state, health: why !== undefined && state !== 'failed' && state !== 'suspended' ? 'degraded' : HEALTH[state], ...(why === undefined ? {} : { why }),
    ...completionsOf(job), succeeded: status?.succeeded ?? 0, failed: status?.failed ?? 0, active: status?.active ?? 0,
    ...(owner?.kind === 'CronJob' ? { owner: { apiVersion: owner.apiVersion, kind: owner.kind, namespace: metadata.namespace ?? '', name: owner.name } } : {}),
    images: imagesOf(spec.template), createdAt: time(metadata.creationTimestamp),
    ...(status?.startTime === undefined ? {} : { startedAt: time(status.startTime) }), ...(endedAt === undefined ? {} : { endedAt: time(endedAt) }),
  }
}

/** A pod of a job, as a view, with its index. */
export interface JobInstance {
  readonly instance: Instance
  readonly index: number | undefined
}

/** All that a job's own page shows. */
export function jobDetail(job: Readonly<Job>, instances: readonly JobInstance[]): JobDetail {
  const { metadata, spec } = job
  const indexes = spec.completionMode === 'Indexed' ? indexesOf(job, instances) : undefined
  return {
    ...jobSummary(job, instances), parallelism: spec.parallelism ?? 1, ...(indexes === undefined ? {} : { indexes }), indexesLeft: indexes === undefined ? 0 : Math.max(0, (spec.completions ?? 0) - indexes.length),
    ...(spec.backoffLimitPerIndex === undefined ? { retries: spec.backoffLimit ?? 6 } : { retriesPerIndex: spec.backoffLimitPerIndex }),
    ...(spec.activeDeadlineSeconds === undefined ? {} : { deadlineSeconds: spec.activeDeadlineSeconds }), ...(spec.ttlSecondsAfterFinished === undefined ? {} : { keptSeconds: spec.ttlSecondsAfterFinished }),
    containers: (spec.template.spec?.containers ?? []).map((c) => c.name), labels: { ...metadata.labels },
  }
}

/** Where a job stands. */
export function stateOf(job: Readonly<Job>): JobState {
  const end = jobEnd(job)
  if (end !== undefined) return end === 'Complete' ? 'complete' : 'failed'
  if (job.spec.suspend === true) return 'suspended'
  return (job.status?.active ?? 0) > 0 ? 'running' : 'waiting'
}

function completionsOf({ spec: { completions, parallelism } }: Readonly<Job>): { completions?: number } {
  if (completions !== undefined) return { completions }
  // Without both it is one pod; with parallelism alone the pods find their work themselves.
  return parallelism === undefined || parallelism === 1 ? { completions: 1 } : {}
}

/** Why it failed or is about to, in words for people; undefined while all is well. */
function whyOf(job: Readonly<Job>, state: JobState, instances: readonly JobInstance[]): Explanation | undefined {
  const failing = instances.map(({ instance }) => instance).filter((i) => i.health === 'failed').sort((a, b) => b.createdAt - a.createdAt)
  const last = failing.find((i) => i.why !== undefined)?.why
  if (state !== 'failed') return state === 'complete' || state === 'suspended' ? undefined : last
  const { reason = 'Failed', message } = findCondition(job.status?.conditions, 'Failed') ?? {}
  return { reason, message: [failedSentence(job, reason, message), last === undefined ? '' : `The last pod: ${last.message}`].filter((s) => s !== '').join(' ') }
}

function failedSentence({ spec, status }: Readonly<Job>, reason: string, message = ''): string {
  const failures = status?.failed ?? 0
  const times = failures === 1 ? 'once' : `${String(failures)} times`
  switch (reason) {
    case 'BackoffLimitExceeded': return `Its pods failed ${times}, and ${retries(spec.backoffLimit ?? 6)}.`
    case 'DeadlineExceeded': return `It ran longer than the ${String(spec.activeDeadlineSeconds ?? 0)} seconds it may (spec.activeDeadlineSeconds), so its pods were ended.`
    case 'FailedIndexes': return `Not every number succeeded: ${status?.failedIndexes ?? ''} failed for good, and ${retries(spec.backoffLimitPerIndex ?? 0)} each.`
    case 'MaxFailedIndexesExceeded': return `More than ${String(spec.maxFailedIndexes ?? 0)} of its numbers failed for good (${status?.failedIndexes ?? ''}), so the rest was given up.`
    case 'PodFailurePolicy': return `Its pod failure policy says that this failure ends it. ${message}`.trim()
    default: return message
  }
}

function retries(limit: number): string {
  return limit === 0 ? 'none may be tried again' : `only ${limit === 1 ? 'one' : String(limit)} may be tried again`
}

function indexesOf({ spec, status }: Readonly<Job>, instances: readonly JobInstance[]): JobIndex[] {
  const succeeded = parseIndexes(status?.completedIndexes) ?? new Set<number>()
  const failed = parseIndexes(status?.failedIndexes) ?? new Set<number>()
  const running = new Set(instances.filter(({ instance }) => instance.containers.some((c) => c.state === 'running')).map(({ index }) => index))
  return Array.from({ length: Math.min(INDEXES_MAX, spec.completions ?? 0) }, (_, index): JobIndex => ({
    index, state: succeeded.has(index) ? 'succeeded' : failed.has(index) ? 'failed' : running.has(index) ? 'running' : 'waiting',
  }))
}
