import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import { CONTROLLER_UID, JOB_NAME, LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME } from '../../../common/kube/job.ts'
import { Jobs } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { same } from '../rest/same.ts'
import { ageColumn, humanDuration, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateImmutable, validateSelector } from '../validation/metadata.ts'
import { dnsLabel } from '../validation/names.ts'
import { defaultJob } from './job-spec/defaults.ts'
import { validateJobSpec } from './job-spec/validate.ts'
import { defineKind } from './kind.ts'
import type { Column } from './kind.ts'
import { workloadWideColumns } from './workload.ts'

/** What of a Job's conditions its one-word status shows, the first that is True. */
const STATUSES = ['Complete', 'Failed'] as const
const PASSING = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const

/** Job. */
export const jobKind = defineKind<Job>({
  resource: Jobs,
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  orphansByDefault: true,
  defaults: defaultJob,
  prepareForCreate(job) {
    job.status = {}
    const template = job.spec?.template as PodTemplateSpec | undefined
    if (template === undefined || job.spec.manualSelector === true) return
    const { name, uid } = job.metadata
    template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [LEGACY_JOB_NAME]: name, [JOB_NAME]: name, [LEGACY_CONTROLLER_UID]: uid, [CONTROLLER_UID]: uid } }
    job.spec.selector ??= {}
    // One that a client gave is refused below.
    job.spec.selector.matchLabels = { [CONTROLLER_UID]: uid, ...job.spec.selector.matchLabels }
  },
  validate(job, errors) {
    const spec = job.spec as Job['spec'] | undefined
    if (spec === undefined) return errors.required('spec.template')
    validateJobSpec(spec, 'spec', errors)
    validateSelector(spec.selector, 'spec.selector', errors, true, 'job')
    if (spec.selector !== undefined && spec.template !== undefined) validateOwnPods(job, errors)
    if (spec.completionMode !== 'Indexed' || !spec.completions) return
    const longest = `${job.metadata.name}-${String(spec.completions - 1)}`
    if (dnsLabel(longest) !== undefined) errors.invalid('metadata.name', job.metadata.name, `will not able to create pod with invalid DNS label: ${longest}`)
  },
  validateUpdate(job, old, errors) {
    validateCompletions(job, old, errors)
    for (const field of ['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) {
      validateImmutable(job.spec[field], old.spec[field], `spec.${field}`, errors)
    }
    // Before a suspended Job has ever run, a queue may still say where its pods go.
    const schedulable = old.spec.suspend === true && old.status?.startTime === undefined
    validateImmutable(fixedPart(job.spec.template, schedulable), fixedPart(old.spec.template, schedulable), 'spec.template', errors)
  },
  selectableFields: ['status.successful'],
  selectableField: (job) => String(job.status?.succeeded ?? 0),
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', description: 'Status of the job.', cell: statusOf },
    { name: 'Completions', type: 'string', description: 'Number of completions of the job.', cell: completionsOf },
    { name: 'Duration', type: 'string', description: 'Time required to complete the job.', cell: durationOf },
    ageColumn,
    ...(workloadWideColumns as unknown as readonly Column<Job>[]),
  ],
})

/** The selector must pick the Job's own pods, and, where it is the Job's own, nobody else's. */
function validateOwnPods(job: Job, errors: FieldErrors): void {
  const { selector, template, manualSelector } = job.spec
  const labels = template.metadata?.labels
  if (manualSelector !== true && selector?.matchLabels?.[CONTROLLER_UID] !== job.metadata.uid) {
    errors.invalid('spec.selector', selector, '`selector` not auto-generated')
  } else if (!matchesSelector(labels, selector)) errors.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
}

/** An Indexed Job may grow and shrink, in step with its parallelism; no other number of completions may change. */
function validateCompletions({ spec }: Job, old: Readonly<Job>, errors: FieldErrors): void {
  if (spec.completions === old.spec.completions) return
  if (old.spec.completions === undefined || spec.completions === undefined || spec.completionMode !== 'Indexed') return validateImmutable(spec.completions, old.spec.completions, 'spec.completions', errors)
  if (spec.completions !== spec.parallelism) errors.invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')
}

/** What of a template may not change. */
function fixedPart(template: PodTemplateSpec, schedulable: boolean): unknown {
  if (!schedulable) return template
  const { nodeSelector: _n, tolerations: _t, schedulingGates: _s, affinity, ...spec } = template.spec ?? { containers: [] }
  const { nodeAffinity: _a, ...others } = affinity ?? {}
  const { labels: _l, annotations: _o, ...metadata } = template.metadata ?? {}
  return { metadata, spec: { ...spec, ...(same(others, {}) ? {} : { affinity: others }) } }
}

function statusOf(job: Job): string {
  const conditions = job.status?.conditions
  const ended = STATUSES.find((type) => isConditionTrue(conditions, type))
  if (ended !== undefined) return ended
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating'
  return PASSING.find((type) => isConditionTrue(conditions, type)) ?? 'Running'
}

function completionsOf({ spec, status }: Job): string {
  const done = String(status?.succeeded ?? 0)
  if (spec.completions !== undefined) return `${done}/${String(spec.completions)}`
  return (spec.parallelism ?? 0) > 1 ? `${done}/1 of ${String(spec.parallelism)}` : `${done}/1`
}

function durationOf({ status }: Job, now: number): string {
  if (status?.startTime === undefined) return ''
  const end = status.completionTime === undefined ? now : Date.parse(status.completionTime)
  return humanDuration(end - Date.parse(status.startTime))
}
