import { parseIndexes } from '../../../common/kube/job-indexes.ts'
import { findCondition, isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Job, SuccessPolicyRule } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { failureVerdict } from './failure-policy.ts'
import { hasFailed } from './job-pods.ts'
import type { Tally } from './tally.ts'

/** How a Job will end: first this is said, then its pods go and are counted, then it is Complete or Failed for the same reason. */
export interface Outcome {
  type: 'SuccessCriteriaMet' | 'FailureTarget'
  reason: string
  message: string
}

/** Is the Job to end now, however many of its pods still run? What was said once stays. Pure. */
export function computeOutcome(job: Job, pods: readonly Pod[], tally: Tally, now: number): Outcome | undefined {
  return said(job, 'SuccessCriteriaMet') ?? said(job, 'FailureTarget') ?? failure(job, pods, tally, now) ?? success(job, tally)
}

/** All that was asked for is done. `active`: pods that run, as far as this engine knows. */
export function isComplete({ spec }: Job, { succeeded }: Tally, active: number): boolean {
  if (active > 0) return false
  return spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions
}

export const COMPLETIONS_REACHED: Outcome = { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }

/** Milliseconds that the Job may still run; undefined when nothing limits it. */
export function msToDeadline({ spec, status }: Job, now: number): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend === true) return undefined
  // Just resumed: its time begins anew.
  if (isConditionTrue(status.conditions, 'Suspended')) return spec.activeDeadlineSeconds * 1000
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - now
}

function said(job: Job, type: Outcome['type']): Outcome | undefined {
  const condition = findCondition(job.status?.conditions, type)
  return condition?.status === 'True' ? { type, reason: condition.reason ?? '', message: condition.message ?? '' } : undefined
}

function failure(job: Job, pods: readonly Pod[], tally: Tally, now: number): Outcome | undefined {
  const fails = (reason: string, message: string): Outcome => ({ type: 'FailureTarget', reason, message })
  const { spec } = job
  if (spec.podFailurePolicy !== undefined) {
    const verdict = pods.filter((pod) => hasFailed(pod, job)).map((pod) => failureVerdict(spec.podFailurePolicy, pod)).find((v) => v.action === 'FailJob')
    if (verdict?.message !== undefined) return fails('PodFailurePolicy', verdict.message)
  }
  if (tally.failed > (spec.backoffLimit ?? 6) || isPastRestarts(job, pods)) return fails('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  if ((msToDeadline(job, now) ?? 1) <= 0) return fails('DeadlineExceeded', 'Job was active longer than specified deadline')
  const { failedIndexes, succeededIndexes } = tally
  if (failedIndexes === undefined || failedIndexes.size === 0) return undefined
  if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes) return fails('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
  return failedIndexes.size + succeededIndexes.size >= (spec.completions ?? 0) ? fails('FailedIndexes', 'Job has failed indexes') : undefined
}

/** Under OnFailure a pod is restarted in place: its restarts are what counts. */
function isPastRestarts({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false
  const limit = spec.backoffLimit ?? 6
  const living = pods.filter((pod) => pod.status?.phase === 'Running' || pod.status?.phase === 'Pending')
  const restarts = living.flatMap((pod) => [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]).reduce((n, s) => n + s.restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

function success({ spec }: Job, { succeededIndexes }: Tally): Outcome | undefined {
  const met = (spec.successPolicy?.rules ?? []).findIndex((rule) => isMet(rule, succeededIndexes))
  return met < 0 ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: `Matched rules at index ${String(met)}` }
}

function isMet({ succeededIndexes, succeededCount }: SuccessPolicyRule, done: ReadonlySet<number>): boolean {
  if (succeededIndexes === undefined) return done.size >= (succeededCount ?? Infinity)
  const wanted = parseIndexes(succeededIndexes) ?? new Set<number>()
  const reached = [...wanted].filter((index) => done.has(index)).length
  return reached >= (succeededCount ?? wanted.size)
}
