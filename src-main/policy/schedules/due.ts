import { nextTime } from '../../common/cron/schedule.ts'
import type { Schedule } from '../../common/cron/schedule.ts'

/** More missed times than this are a mistake: a clock that is wrong, or an engine that was off for long. */
const MANY = 100
const MINUTE_MS = 60_000

/** What is done by the clock: a CronJob, a BackupSchedule, a scheduled service. */
export interface Scheduled {
  metadata: { creationTimestamp: string }
  spec: { timeZone?: string; startingDeadlineSeconds?: number }
  status?: { lastScheduleTime?: string }
}

/** The latest time that it is due for, and the one after; milliseconds since the epoch. */
export interface Due {
  /** Undefined: nothing since the last one. */
  at: number | undefined
  /** More than a hundred times were missed. */
  tooMany: boolean
  /** Undefined: it will never come. */
  next: number | undefined
}

/**
 * What is due now. Of all times missed only the latest counts: who was away for a week does not run a week's work at once. Times before
 * startingDeadlineSeconds ago are let go. Pure.
 */
export function computeDue({ metadata, spec, status }: Scheduled, schedule: Schedule, now: number): Due {
  const zone = spec.timeZone ?? 'UTC'
  const last = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp)
  const from = spec.startingDeadlineSeconds === undefined ? last : Math.max(last, now - spec.startingDeadlineSeconds * 1000)
  const at = latest(schedule, from, now, zone)
  const anchor = latest(schedule, last, now, zone) ?? last
  return { at, tooMany: at !== undefined && isMany(schedule, from, now, zone), next: nextTime(schedule, anchor, zone) }
}

/** The last time of the schedule after `from` and up to `now`. */
function latest(schedule: Schedule, from: number, now: number, zone: string): number | undefined {
  const first = nextTime(schedule, from, zone)
  if (first === undefined || first > now) return undefined
  if ('everyMs' in schedule) return first + Math.floor((now - first) / schedule.everyMs) * schedule.everyMs
  // Looks back from now, further and further: the last one is found in few steps, however many were missed.
  for (let back = MINUTE_MS; ; back *= 2) {
    let found = nextTime(schedule, Math.max(from, now - back), zone)
    if (found === undefined || found > now) continue
    for (let next = nextTime(schedule, found, zone); next !== undefined && next <= now; next = nextTime(schedule, found, zone)) found = next
    return found
  }
}

function isMany(schedule: Schedule, from: number, now: number, zone: string): boolean {
  let t: number | undefined = from
  for (let missed = 0; missed <= MANY; missed++) {
    t = nextTime(schedule, t, zone)
    if (t === undefined || t > now) return false
  }
  return true
}
