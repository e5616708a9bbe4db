import { isTimeZone, offsetAt } from './time-zone.ts'

/** The values of one field of a schedule; `star`: it says nothing (`*`, `?`). */
interface Field {
  values: ReadonlySet<number>
  star: boolean
}

/** A schedule that was read: five fields, or a fixed distance in milliseconds (`@every 90s`). */
export type Schedule = { minute: Field; hour: Field; day: Field; month: Field; weekday: Field } | { everyMs: number }

interface Bounds {
  min: number
  max: number
  names?: readonly string[]
}

const MINUTE_MS = 60_000
const MINUTES = { min: 0, max: 59 }
const HOURS = { min: 0, max: 23 }
const DAYS = { min: 1, max: 31 }
const MONTHS = { min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] }
const WEEKDAYS = { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }
const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
}
const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS }
/** No schedule is looked for further ahead: the 30th of February never comes. */
const YEARS_AHEAD = 5

/** Reads a schedule as upstream's cron does; a text says why it is none. */
export function parseSchedule(text: string): Schedule | string {
  if (text.startsWith('@every ')) return everyOf(text.slice('@every '.length))
  const spec = text.startsWith('@') ? SHORTHANDS[text] : text
  if (spec === undefined) return `unrecognized descriptor: ${text}`
  const fields = spec.trim().split(/\s+/).filter((f) => f !== '')
  if (fields.length !== 5) return `expected exactly 5 fields, found ${String(fields.length)}: [${fields.join(' ')}]`
  const read = fields.map((field, i) => parseField(field, [MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS][i] as Bounds))
  const wrong = read.find((f) => typeof f === 'string')
  if (wrong !== undefined) return wrong
  const [minute, hour, day, month, weekday] = read as [Field, Field, Field, Field, Field]
  return { minute, hour, day, month, weekday }
}

/** Why a text is no time zone for a CronJob, in upstream's words; undefined when it is one. */
export function cronZoneProblem(zone: string): string | undefined {
  if (zone === '') return 'timeZone must be nil or non-empty string'
  if (zone.toLowerCase() === 'local') return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
  return isTimeZone(zone) ? undefined : `unknown time zone ${zone}`
}

/**
 * The first time after `after` (milliseconds since the epoch) that the schedule names; undefined when none comes within five years. What
 * the clock of the zone skips in spring does not come, and what it shows twice in autumn comes twice, as upstream.
 */
export function nextTime(schedule: Schedule, after: number, zone = 'UTC'): number | undefined {
  if ('everyMs' in schedule) return Math.floor(after / 1000) * 1000 + schedule.everyMs
  let t = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS
  const end = new Date(after).setUTCFullYear(new Date(after).getUTCFullYear() + YEARS_AHEAD)
  while (t <= end) {
    // A date whose UTC fields are the zone's.
    const local = new Date(t + offsetAt(zone, t))
    const wait = minutesToWait(schedule, local)
    if (wait === 0) return t
    t += ahead(zone, t, wait) * MINUTE_MS
  }
  return undefined
}

/** So many minutes of the local clock nothing can match: until the next day, hour or minute. 0: it matches. */
function minutesToWait(s: Exclude<Schedule, { everyMs: number }>, local: Date): number {
  const [hour, minute] = [local.getUTCHours(), local.getUTCMinutes()]
  if (!s.month.values.has(local.getUTCMonth() + 1) || !dayMatches(s, local)) return 24 * 60 - hour * 60 - minute
  if (!s.hour.values.has(hour)) return 60 - minute
  return s.minute.values.has(minute) ? 0 : 1
}

function dayMatches({ day, weekday }: Exclude<Schedule, { everyMs: number }>, local: Date): boolean {
  const [inMonth, inWeek] = [day.values.has(local.getUTCDate()), weekday.values.has(local.getUTCDay())]
  // Both say something: either will do. That is cron's oldest rule.
  return day.star || weekday.star ? inMonth && inWeek : inMonth || inWeek
}

/** As many of `minutes` as pass before the zone's clock is changed: a jump over that moment could miss what it repeats. */
function ahead(zone: string, t: number, minutes: number): number {
  let step = minutes
  while (step > 1 && offsetAt(zone, t + step * MINUTE_MS) !== offsetAt(zone, t)) step = Math.floor(step / 2)
  return step
}

function everyOf(text: string): Schedule | string {
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== text) return `failed to parse duration @every ${text}: time: invalid duration "${text}"`
  const ms = parts.reduce((sum, [, n, unit = '']) => sum + Number(n) * (UNITS[unit] ?? 0), 0)
  // Whole seconds, one at least.
  return { everyMs: Math.max(1000, Math.floor(ms / 1000) * 1000) }
}

function parseField(text: string, bounds: Bounds): Field | string {
  const values = new Set<number>()
  let star = false
  for (const part of text.split(',').filter((p) => p !== '')) {
    const range = parseRange(part, bounds)
    if (typeof range === 'string') return range
    star ||= range.star
    for (let v = range.from; v <= range.to; v += range.step) values.add(v)
  }
  return { values, star }
}

function parseRange(text: string, { min, max, names }: Bounds): { from: number; to: number; step: number; star: boolean } | string {
  const [range = '', stepText, ...tooMany] = text.split('/')
  if (tooMany.length > 0) return `too many slashes: ${text}`
  const [low = '', high, ...more] = range.split('-')
  if (more.length > 0) return `too many hyphens: ${text}`
  const all = low === '*' || low === '?'
  const from = all ? min : valueOf(low, names)
  if (typeof from === 'string') return from
  const single = !all && high === undefined
  let to = all ? max : high === undefined ? from : valueOf(high, names)
  if (typeof to === 'string') return to
  const step = stepText === undefined ? 1 : valueOf(stepText)
  if (typeof step === 'string') return step
  if (single && stepText !== undefined) to = max
  if (from < min) return `beginning of range (${String(from)}) below minimum (${String(min)}): ${text}`
  if (to > max) return `end of range (${String(to)}) above maximum (${String(max)}): ${text}`
  if (from > to) return `beginning of range (${String(from)}) beyond end of range (${String(to)}): ${text}`
  if (step === 0) return `step of range should be a positive number: ${text}`
  return { from, to, step, star: all && step === 1 }
}

function valueOf(text: string, names?: readonly string[]): number | string {
  const name = names?.indexOf(text.toLowerCase()) ?? -1
  // Months count from 1, weekdays from 0.
  if (name >= 0) return names?.length === 12 ? name + 1 : name
  return /^\d+$/.test(text) ? Number(text) : `failed to parse int from ${text}: strconv.Atoi: parsing "${text}": invalid syntax`
}
