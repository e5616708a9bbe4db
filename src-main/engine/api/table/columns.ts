import type { KubeObject } from '../../../common/kube/object.ts'
import type { Column } from '../registry/kind.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** A duration as kubectl prints ages: `45s`, `3m20s`, `5h`, `2d4h`. `ms` below zero (clock skew) is `0s`. */
export function humanDuration(ms: number): string {
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string => {
    const rest = Math.floor((ms % big) / small)
    return `${String(Math.floor(ms / big))}${bigUnit}${rest === 0 ? '' : `${String(rest)}${smallUnit}`}`
  }
  if (ms < 0) return '0s'
  if (ms < 2 * MINUTE) return `${String(Math.floor(ms / SECOND))}s`
  if (ms < 10 * MINUTE) return pair(MINUTE, 'm', SECOND, 's')
  if (ms < 3 * HOUR) return `${String(Math.floor(ms / MINUTE))}m`
  if (ms < 8 * HOUR) return pair(HOUR, 'h', MINUTE, 'm')
  if (ms < 2 * DAY) return `${String(Math.floor(ms / HOUR))}h`
  if (ms < 8 * DAY) return pair(DAY, 'd', HOUR, 'h')
  if (ms < 2 * YEAR) return `${String(Math.floor(ms / DAY))}d`
  return ms < 8 * YEAR ? pair(YEAR, 'y', DAY, 'd') : `${String(Math.floor(ms / YEAR))}y`
}

/** How long ago an RFC 3339 time was; `<unknown>` for none. */
export function age(time: string | undefined, now: number): string {
  return time === undefined ? '<unknown>' : humanDuration(now - Date.parse(time))
}

/** The first column of every table. */
export const nameColumn: Column = { name: 'Name', type: 'string', format: 'name', description: 'Name must be unique within a namespace.', cell: (o: KubeObject) => o.metadata.name }

/** The last always-shown column of most tables. */
export const ageColumn: Column = { name: 'Age', type: 'string', description: 'Time since the object was created.', cell: (o: KubeObject, now) => age(o.metadata.creationTimestamp, now) }

/** `a=1,b=2`, or `<none>`. */
export function pairs(map: Record<string, string> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? '<none>' : entries.map(([k, v]) => `${k}=${v}`).join(',')
}

/** A list as one cell, `<none>` when empty. */
export function joined(values: readonly string[], none = '<none>'): string {
  return values.length === 0 ? none : values.join(',')
}
