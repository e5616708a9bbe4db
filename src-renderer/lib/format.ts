/** A language of the screens, as Intl names it. */
export type Locale = 'en' | 'ko'

const SECOND = 1000
const STEPS = [
  { unit: 'second', ms: SECOND, below: 120 },
  { unit: 'minute', ms: 60 * SECOND, below: 120 },
  { unit: 'hour', ms: 3600 * SECOND, below: 48 },
  { unit: 'day', ms: 86_400 * SECOND, below: Infinity },
] as const

const formatters = new Map<string, Intl.NumberFormat>()

function numberFormat(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options)
  let format = formatters.get(key)
  if (format === undefined) formatters.set(key, (format = new Intl.NumberFormat(locale, options)))
  return format
}

function step(ms: number): { count: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  const size = Math.max(0, ms)
  const found = STEPS.find((s) => size / s.ms < s.below) ?? STEPS[3]
  return { count: Math.floor(size / found.ms), unit: found.unit }
}

/** How long, in one short unit: `45s`, `12m`, `3d`; `45초`. */
export function formatDuration(ms: number, locale: Locale): string {
  const { count, unit } = step(ms)
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(count)
}

/** How long ago: `12 minutes ago`, `12분 전`; under five seconds: now. */
export function formatAgo(ms: number, locale: Locale): string {
  const { count, unit } = step(ms)
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  return ms < 5 * SECOND ? format.format(0, 'second') : format.format(-count, unit)
}

/** Bytes with two or three figures and a binary unit: `512 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number, locale: Locale): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${numberFormat(locale, { maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 }).format(value)} ${units[power] ?? ''}`
}

/** Millicores as cores: `0.25`, `12`, `0.004`. */
export function formatCores(milli: number, locale: Locale): string {
  const cores = milli / 1000
  return numberFormat(locale, { maximumFractionDigits: cores < 0.1 ? 3 : cores < 10 ? 2 : 0 }).format(cores)
}

/** A share of 1: `42%`. */
export function formatPercent(share: number, locale: Locale, digits = 0): string {
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(share)
}

/** A whole number with the language's grouping. */
export function formatCount(count: number, locale: Locale): string {
  return numberFormat(locale, {}).format(count)
}

/** A number with one figure behind the point at most: `3.5`. */
export function formatDecimal(value: number, locale: Locale): string {
  return numberFormat(locale, { maximumFractionDigits: 1 }).format(value)
}

/** Date and time to the minute in a time zone, with the weekday: `Mon, Nov 30, 03:00`. */
export function formatInZone(time: number, zone: string, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(time)
}

/** Date and time to the second, for tooltips and details. */
export function formatDateTime(time: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(time)
}

/** Time of day to a tenth of a second, 24 hours: `14:03:07.1`. */
export function formatTimeOfDay(time: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1, hourCycle: 'h23' }).format(time)
}

/** Time of day with milliseconds, 24 hours, for log lines: `14:03:07.120`. */
export function formatLogTime(time: number): string {
  const date = new Date(time)
  const pad = (n: number, width = 2): string => String(n).padStart(width, '0')
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}
