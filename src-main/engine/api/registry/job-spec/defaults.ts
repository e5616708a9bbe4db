import type { Job, JobSpec } from '../../../../common/kube/generated/batch-v1.ts'
import type { PodTemplateSpec } from '../../../../common/kube/generated/core-v1.ts'
import { defaultPodSpec } from '../pod-spec/defaults.ts'

/** As many as there can be: how often an index may fail is limited by itself. */
const NO_LIMIT = 2_147_483_647

/** Fills in what a Job leaves out, as upstream does. Idempotent. */
export function defaultJob(job: Job): void {
  const spec = job.spec as Partial<JobSpec> | undefined
  if (spec === undefined) return
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : NO_LIMIT
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.manualSelector ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  defaultJobTemplate(spec.template)
  const labels = spec.template?.metadata?.labels
  if (Object.keys(job.metadata.labels ?? {}).length === 0 && labels !== undefined) job.metadata.labels = { ...labels }
}

/** What of a Job's pod template is filled in, in a CronJob's too. */
export function defaultJobTemplate(template: PodTemplateSpec | undefined): void {
  if (template === undefined) return
  template.metadata ??= {}
  if (template.spec !== undefined) defaultPodSpec(template.spec)
}
