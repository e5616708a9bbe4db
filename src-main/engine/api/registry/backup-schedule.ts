import { BackupSchedules, targetText } from '../../../common/kube/volume-copies.ts'
import type { BackupSchedule } from '../../../common/kube/volume-copies.ts'
import { age, ageColumn, nameColumn } from '../table/columns.ts'
import { validateSelector } from '../validation/metadata.ts'
import { checkName, validateCopying } from './copy-target.ts'
import { defineKind } from './kind.ts'
import { validateTimes } from './times.ts'

/** The name of a VolumeBackup is the schedule's, the minute and the claim's. */
const LONGEST_NAME = 63

/** BackupSchedule: makes VolumeBackups by the clock, and deletes old ones. */
export const backupScheduleKind = defineKind<BackupSchedule>({
  resource: BackupSchedules,
  shortNames: ['bs'],
  hasStatus: true,
  hasGeneration: true,
  prepareForCreate(schedule) {
    schedule.status = {}
  },
  validate({ metadata: { name }, ...schedule }, errors) {
    if (name.length > LONGEST_NAME) errors.invalid('metadata.name', name, `must be no more than ${String(LONGEST_NAME)} characters`)
    const spec = schedule.spec as BackupSchedule['spec'] | undefined
    if (spec === undefined) return errors.required('spec')
    validateTimes(spec, errors)
    errors.nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds)
    validateCopying(spec, errors)
    const { names, selector } = (spec.claims as BackupSchedule['spec']['claims'] | undefined) ?? {}
    if ((names ?? []).length === 0 && selector === undefined) errors.required('spec.claims', 'name the claims, or give a selector ({} is all)')
    names?.forEach((claim, i) => checkName(`spec.claims.names[${String(i)}]`, claim, errors))
    validateSelector(selector, 'spec.claims.selector', errors, false)
    for (const field of ['count', 'days'] as const) {
      const value = spec.keep?.[field]
      if (value !== undefined && value < 1) errors.invalid(`spec.keep.${field}`, value, 'must be at least 1: the newest good copy is always kept')
    }
  },
  columns: [
    nameColumn,
    { name: 'Schedule', type: 'string', cell: (o) => o.spec.schedule },
    { name: 'Timezone', type: 'string', cell: (o) => o.spec.timeZone ?? '<none>' },
    { name: 'Suspend', type: 'boolean', cell: (o) => (o.spec.suspend === true ? 'True' : 'False') },
    { name: 'Active', type: 'integer', cell: (o) => o.status?.active ?? 0 },
    { name: 'Last Success', type: 'string', cell: (o, now) => (o.status?.lastSuccessfulTime === undefined ? '<none>' : age(o.status.lastSuccessfulTime, now)) },
    { name: 'Next', type: 'string', cell: (o) => o.status?.nextScheduleTime ?? '<none>' },
    ageColumn,
    { name: 'Target', type: 'string', priority: 1, cell: (o) => targetText(o.spec.target) },
    { name: 'Message', type: 'string', priority: 1, cell: (o) => o.status?.message ?? '' },
  ],
})
