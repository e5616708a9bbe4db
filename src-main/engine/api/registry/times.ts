import { cronZoneProblem, parseSchedule } from '../../../common/cron/schedule.ts'
import type { FieldErrors } from '../validation/field-errors.ts'

const IN_SCHEDULE = /TZ/

/** A schedule and its time zone, as a CronJob has them. */
export function validateTimes({ schedule, timeZone }: { schedule?: string; timeZone?: string }, errors: FieldErrors): void {
  if (!schedule) errors.required('spec.schedule')
  else {
    const parsed = parseSchedule(schedule)
    if (IN_SCHEDULE.test(schedule)) errors.invalid('spec.schedule', schedule, timeZone === undefined ? 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead' : 'cannot use both timeZone field and TZ or CRON_TZ in schedule')
    else if (typeof parsed === 'string') errors.invalid('spec.schedule', schedule, parsed)
  }
  if (timeZone === undefined) return
  errors.check('spec.timeZone', timeZone, cronZoneProblem)
}
