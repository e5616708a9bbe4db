import type { CronJob } from '../../../common/kube/generated/batch-v1.ts'
import { CronJobs } from '../../../common/kube/kinds.ts'
import { age, ageColumn, joined, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateLabels } from '../validation/metadata.ts'
import { defaultJobTemplate } from './job-spec/defaults.ts'
import { validateJobSpec } from './job-spec/validate.ts'
import { defineKind } from './kind.ts'
import { validateTimes } from './times.ts'
import { selectorText } from './workload.ts'

/** A Job's name is the CronJob's with the minute at its end, and becomes a label. */
const LONGEST_NAME = 52

/** CronJob. */
export const cronJobKind = defineKind<CronJob>({
  resource: CronJobs,
  shortNames: ['cj'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  defaults(cronJob) {
    const spec = cronJob.spec as Partial<CronJob['spec']> | undefined
    if (spec === undefined) return
    spec.concurrencyPolicy ||= 'Allow'
    spec.suspend ??= false
    spec.successfulJobsHistoryLimit ??= 3
    spec.failedJobsHistoryLimit ??= 1
    if (spec.jobTemplate === undefined) return
    spec.jobTemplate.metadata ??= {}
    defaultJobTemplate(spec.jobTemplate.spec?.template)
  },
  prepareForCreate(cronJob) {
    cronJob.status = {}
  },
  validate(cronJob, errors) {
    const { name = '' } = cronJob.metadata as Partial<CronJob['metadata']>
    if (name.length > LONGEST_NAME) errors.invalid('metadata.name', name, `must be no more than ${String(LONGEST_NAME)} characters`)
    const spec = cronJob.spec as CronJob['spec'] | undefined
    if (spec === undefined) return errors.required('spec.schedule')
    validateTimes(spec, errors)
    errors.oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'])
    for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) errors.nonNegative(`spec.${field}`, spec[field])
    validateTemplate(spec, errors)
  },
  columns: [
    nameColumn,
    { name: 'Schedule', type: 'string', description: 'The schedule in Cron format.', cell: (o) => o.spec.schedule },
    { name: 'Timezone', type: 'string', description: 'The time zone name for the given schedule.', cell: (o) => o.spec.timeZone ?? '<none>' },
    { name: 'Suspend', type: 'boolean', description: 'Whether subsequent executions are suspended.', cell: (o) => (o.spec.suspend === true ? 'True' : 'False') },
    { name: 'Active', type: 'integer', description: 'Number of running jobs.', cell: (o) => o.status?.active?.length ?? 0 },
    { name: 'Last Schedule', type: 'string', description: 'When the job was last scheduled.', cell: (o, now) => (o.status?.lastScheduleTime === undefined ? '<none>' : age(o.status.lastScheduleTime, now)) },
    ageColumn,
    { name: 'Containers', type: 'string', priority: 1, description: 'Names of each container in the template.', cell: (o) => joined(containersOf(o).map((c) => c.name), '') },
    { name: 'Images', type: 'string', priority: 1, description: 'Images referenced by each container in the template.', cell: (o) => joined(containersOf(o).map((c) => c.image ?? ''), '') },
    { name: 'Selector', type: 'string', priority: 1, description: 'Label selector for pods.', cell: (o) => selectorText(o.spec.jobTemplate.spec?.selector) || '<none>' },
  ],
})

function containersOf(cronJob: CronJob): { name: string; image?: string }[] {
  return cronJob.spec.jobTemplate.spec?.template.spec?.containers ?? []
}

function validateTemplate({ jobTemplate }: CronJob['spec'], errors: FieldErrors): void {
  const path = 'spec.jobTemplate'
  validateLabels(jobTemplate?.metadata?.labels, `${path}.labels`, errors)
  const spec = jobTemplate?.spec
  if (spec === undefined) return errors.required(`${path}.spec.template`)
  validateJobSpec(spec, `${path}.spec`, errors)
  if (spec.selector !== undefined) errors.invalid(`${path}.spec.selector`, spec.selector, '`selector` will be auto-generated')
  if (spec.manualSelector === true) errors.notSupported(`${path}.spec.manualSelector`, spec.manualSelector, ['false', 'nil'])
}
