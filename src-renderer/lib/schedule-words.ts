import type { Schedule } from '../../src-main/common/cron/schedule.ts'
import { nextTime, parseSchedule } from '../../src-main/common/cron/schedule.ts'
import { m } from '../paraglide/messages.js'
import type { Locale } from './format.ts'

type Fields = Exclude<Schedule, { everyMs: number }>

/** More times of day than this are not listed one by one. */
const TIMES_MAX = 4
const A_SUNDAY = Date.UTC(2023, 0, 1)
const DAY_MS = 86_400_000

/** A CronJob's schedule as people say it: `every day at 03:00 (Asia/Seoul)`; the schedule itself where it is none. The zone is said where times of day are. */
export function scheduleWords(text: string, zone: string, locale: Locale): string {
  const schedule = parseSchedule(text)
  if (typeof schedule === 'string') return text
  if ('everyMs' in schedule) return everyWords(schedule.everyMs)
  const interval = intervalOf(schedule)
  const day = dayWords(schedule, locale)
  if (interval !== undefined) return day === undefined ? interval : m.sched_interval_on({ interval, day })
  return `${m.sched_day_time({ day: day ?? m.sched_every_day(), time: timesOf(schedule, locale) })} (${zone})`
}

/** The next times of a schedule after `now`, as many as there are up to `count`. Milliseconds since the epoch. */
export function nextTimes(text: string, zone: string, now: number, count: number): number[] {
  const schedule = parseSchedule(text)
  if (typeof schedule === 'string') return []
  const times: number[] = []
  for (let at = nextTime(schedule, now, zone); at !== undefined && times.length < count; at = nextTime(schedule, at, zone)) times.push(at)
  return times
}

function everyWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds % 3600 === 0) return m.sched_every_hours({ count: seconds / 3600 })
  return seconds % 60 === 0 ? m.sched_every_minutes({ count: seconds / 60 }) : m.sched_every_seconds({ count: seconds })
}

/** As a distance, where the clock of the day does not matter. */
function intervalOf({ minute, hour }: Fields): string | undefined {
  const minutes = sorted(minute.values)
  const hours = sorted(hour.values)
  if (hours.length === 24) {
    const step = stepOf(minutes, 60)
    if (step !== undefined && step < 60) return m.sched_every_minutes({ count: step })
    return minutes.length === 1 ? m.sched_hourly({ minute: two(minutes[0] ?? 0) }) : undefined
  }
  const step = stepOf(hours, 24)
  return step !== undefined && step < 24 && minutes.length === 1 && minutes[0] === 0 && hours.length > TIMES_MAX ? m.sched_every_hours({ count: step }) : undefined
}

/** Times of day: each where they are few, else the minutes of the hours. */
function timesOf({ minute, hour }: Fields, locale: Locale): string {
  const [minutes, hours] = [sorted(minute.values), sorted(hour.values)]
  if (minutes.length * hours.length <= TIMES_MAX) return m.sched_at({ times: list(hours.flatMap((h) => minutes.map((min) => `${two(h)}:${two(min)}`)), locale) })
  const step = stepOf(minutes, 60)
  const between = isRun(hours) ? `${two(hours[0] ?? 0)}:00–${two(hours.at(-1) ?? 0)}:59` : list(hours.map((h) => `${two(h)}h`), locale)
  return m.sched_within({ what: step === undefined ? m.sched_at_minutes({ minutes: list(minutes.map((min) => `:${two(min)}`), locale) }) : m.sched_every_minutes({ count: step }), hours: between })
}

/** On which days; undefined: on all. */
function dayWords({ day, weekday, month }: Fields, locale: Locale): string | undefined {
  const months = month.values.size === 12 ? undefined : list(sorted(month.values).map((n) => new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' }).format(Date.UTC(2023, n - 1, 1))), locale)
  const days = day.star || day.values.size === 31 ? undefined : { days: list(sorted(day.values).map(String), locale), count: day.values.size }
  const ofMonth = days === undefined ? undefined : months === undefined ? m.sched_days_of_month(days) : m.sched_days_of({ ...days, months })
  const ofWeek = weekday.star || weekday.values.size === 7 ? undefined : weekdayWords(sorted(weekday.values), locale)
  // Cron's oldest rule: where both say something, either will do.
  const either = ofMonth !== undefined && ofWeek !== undefined ? m.sched_either({ a: ofMonth, b: ofWeek }) : (ofMonth ?? ofWeek)
  if (months === undefined || ofMonth !== undefined) return either
  return m.sched_in_months({ day: either ?? m.sched_every_day(), months })
}

function weekdayWords(days: readonly number[], locale: Locale): string {
  const key = days.join('')
  if (key === '12345') return m.sched_weekdays()
  if (key === '06') return m.sched_weekends()
  // The week begins on Monday here, as in most of the world.
  const ordered = [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7))
  return m.sched_every_weekday({ days: list(ordered.map((d) => new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(A_SUNDAY + d * DAY_MS)), locale) })
}

/** The distance of values that go evenly through `range` from 0 on; undefined when they do not. */
function stepOf(values: readonly number[], range: number): number | undefined {
  const step = range / values.length
  return Number.isInteger(step) && values.every((v, i) => v === i * step) ? step : undefined
}

function isRun(values: readonly number[]): boolean {
  return values.length > 1 && values.every((v, i) => v === (values[0] ?? 0) + i)
}

function sorted(values: ReadonlySet<number>): number[] {
  return [...values].sort((a, b) => a - b)
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

function list(parts: readonly string[], locale: Locale): string {
  return locale === 'ko' ? parts.join(', ') : new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts)
}
