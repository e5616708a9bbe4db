const formats = new Map<string, Intl.DateTimeFormat>()
/** The offset of each zone for the quarter of an hour asked for last: clocks are changed at full quarters only. */
const latest = new Map<string, { quarter: number; offset: number }>()
const QUARTER_MS = 15 * 60_000

/** Is it a zone of the IANA database (`Europe/Berlin`)? */
export function isTimeZone(zone: string): boolean {
  // Offsets such as +01:00 are understood too, but are no zones.
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    return formatOf(zone) !== undefined
  } catch {
    return false
  }
}

/** How far the clocks of a zone are ahead of UTC at a time, in milliseconds. */
export function offsetAt(zone: string, at: number): number {
  if (zone === 'UTC') return 0
  const quarter = Math.floor(at / QUARTER_MS)
  const known = latest.get(zone)
  if (known?.quarter === quarter) return known.offset
  const parts = Object.fromEntries(formatOf(zone).formatToParts(quarter * QUARTER_MS).map((p) => [p.type, Number(p.value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter * QUARTER_MS
  latest.set(zone, { quarter, offset })
  return offset
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  })
  formats.set(zone, format)
  return format
}
