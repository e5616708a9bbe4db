import { CelError } from './errors.ts'
import { Duration, Timestamp } from './values.ts'

const UNIT: Readonly<Record<string, bigint>> = { ns: 1n, us: 1_000n, 'µs': 1_000n, 'μs': 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n }
const PART = /(\d+)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)|\.(\d+)(ns|us|µs|μs|ms|s|m|h)/y
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** Reads a duration as Go writes it: `1h30m`, `-1.5s`. */
export function readDuration(text: string): Duration {
  const sign = text.startsWith('-') ? -1n : 1n
  const rest = text.replace(/^[+-]/, '')
  if (rest === '0') return new Duration(0n)
  let [nanos, at] = [0n, 0]
  while (at < rest.length) {
    PART.lastIndex = at
    const m = PART.exec(rest)
    if (m === null) throw new CelError(`time: invalid duration ${JSON.stringify(text)}`)
    at += m[0].length
    const unit = UNIT[m[3] ?? m[5] ?? ''] ?? 1n
    const fraction = m[2] ?? m[4] ?? ''
    nanos += BigInt(m[1] ?? '0') * unit + (fraction === '' ? 0n : BigInt(fraction) * unit / 10n ** BigInt(fraction.length))
  }
  if (rest === '') throw new CelError(`time: invalid duration ${JSON.stringify(text)}`)
  return new Duration(sign * nanos)
}

/** Reads a moment of RFC 3339. */
export function readTimestamp(text: string): Timestamp {
  const m = MOMENT.exec(text)
  if (m === null) throw new CelError(`parsing time ${JSON.stringify(text)}: it is not in the form of RFC 3339`)
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = m
  const time = new Date(0)
  time.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  time.setUTCHours(Number(hour), Number(minute), Number(second))
  if (time.getUTCDate() !== Number(day) || time.getUTCSeconds() !== Number(second)) throw new CelError(`parsing time ${JSON.stringify(text)}: out of range`)
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1)
  return new Timestamp(BigInt(time.getTime() - offset * 60_000) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')))
}

/** `1234.5s`. */
export function showDuration({ nanos }: Duration): string {
  const [sign, size] = nanos < 0n ? ['-', -nanos] : ['', nanos]
  return `${sign}${String(size / 1_000_000_000n)}${fractionOf(size % 1_000_000_000n)}s`
}

/** RFC 3339, in UTC. */
export function showTimestamp({ nanos }: Timestamp): string {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = (nanos - fraction) / 1_000_000_000n
  return `${new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, '').replace(/^\+00/, '')}${fractionOf(fraction)}Z`
}

function fractionOf(nanos: bigint): string {
  return nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
}

/** The parts of a moment in a time zone: UTC, an offset (`+09:00`) or a name (`Asia/Seoul`). */
export function partsOf({ nanos }: Timestamp, zone: string | undefined): Date {
  const ms = Number(nanos / 1_000_000n) - (nanos < 0n && nanos % 1_000_000n !== 0n ? 1 : 0)
  if (zone === undefined || zone === 'UTC' || zone === '') return new Date(ms)
  const offset = /^([+-])?(\d{1,2}):(\d{2})$/.exec(zone)
  if (offset !== null) return new Date(ms + (Number(offset[2]) * 60 + Number(offset[3])) * 60_000 * (offset[1] === '-' ? -1 : 1))
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(ms)
    const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value)
    return new Date(Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'), ((ms % 1000) + 1000) % 1000))
  } catch {
    throw new CelError(`unknown time zone ${zone}`)
  }
}
