import { CelError } from '../errors.ts'
import { int } from '../operators.ts'
import { partsOf, readDuration, readTimestamp, showDuration, showTimestamp } from '../time.ts'
import { Duration, Timestamp, TypeValue, Uint, typeOf } from '../values.ts'
import type { List, MapValue, Value } from '../values.ts'
import { define } from './define.ts'
import type { Overload } from './define.ts'

const LARGEST = 2 ** 63

function readWhole(text: string, kind: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new CelError(`type conversion error from 'string' to '${kind}'`)
  return BigInt(text.replace(/^\+/, ''))
}

function readDouble(text: string): number {
  const special: Record<string, number> = { 'NaN': NaN, 'Inf': Infinity, 'Infinity': Infinity, '+Inf': Infinity, '-Inf': -Infinity, '-Infinity': -Infinity }
  if (text in special) return special[text] as number
  if (text.trim() === '' || Number.isNaN(Number(text))) throw new CelError("type conversion error from 'string' to 'double'")
  return Number(text)
}

function readBool(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw new CelError("type conversion error from 'string' to 'bool'")
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

/** A double as Go writes it with `%g`-like shortest form. */
function showDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

const part = (name: string, read: (parts: Date) => number): Overload[] => [
  define(`timestamp.${name}(): int`, ([time]: readonly [Timestamp]) => BigInt(read(partsOf(time, undefined)))),
  define(`timestamp.${name}(string): int`, ([time, zone]: readonly [Timestamp, string]) => BigInt(read(partsOf(time, zone)))),
]
const length = (name: string, unit: bigint): Overload => define(`duration.${name}(): int`, ([{ nanos }]: readonly [Duration]) => nanos / unit)
const yearStart = (date: Date): number => Date.UTC(date.getUTCFullYear(), 0, 1)

/** Sizes, conversions, and what a moment consists of. */
export const STANDARD: readonly Overload[] = [
  ...(['string', 'bytes', 'list', 'map'] as const).flatMap((type) => {
    const run = ([value]: readonly [string | Uint8Array | List | MapValue]): bigint => BigInt(typeof value === 'string' ? [...value].length : 'size' in value ? value.size : value.length)
    return [define(`size(${type}): int`, run), define(`${type}.size(): int`, run)]
  }),
  define('int(int): int', ([a]: readonly [bigint]) => a),
  define('int(uint): int', ([a]: readonly [Uint]) => int(a.value)),
  define('int(double): int', ([a]: readonly [number]) => {
    if (!(a > -LARGEST && a < LARGEST)) throw new CelError('integer overflow')
    return BigInt(Math.trunc(a))
  }),
  define('int(string): int', ([a]: readonly [string]) => int(readWhole(a, 'int'))),
  define('int(timestamp): int', ([a]: readonly [Timestamp]) => (a.nanos - (((a.nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n),
  define('int(duration): int', ([a]: readonly [Duration]) => a.nanos),
  define('uint(uint): uint', ([a]: readonly [Uint]) => a),
  define('uint(int): uint', ([a]: readonly [bigint]) => new Uint(a)),
  define('uint(double): uint', ([a]: readonly [number]) => {
    if (!(a >= 0 && a < 2 * LARGEST)) throw new CelError('unsigned integer overflow')
    return new Uint(BigInt(Math.trunc(a)))
  }),
  define('uint(string): uint', ([a]: readonly [string]) => new Uint(readWhole(a, 'uint'))),
  define('double(double): double', ([a]: readonly [number]) => a),
  define('double(int): double', ([a]: readonly [bigint]) => Number(a)),
  define('double(uint): double', ([a]: readonly [Uint]) => Number(a.value)),
  define('double(string): double', ([a]: readonly [string]) => readDouble(a)),
  define('bool(bool): bool', ([a]: readonly [boolean]) => a),
  define('bool(string): bool', ([a]: readonly [string]) => readBool(a)),
  define('string(string): string', ([a]: readonly [string]) => a),
  define('string(int): string', ([a]: readonly [bigint]) => String(a)),
  define('string(uint): string', ([a]: readonly [Uint]) => String(a.value)),
  define('string(double): string', ([a]: readonly [number]) => showDouble(a)),
  define('string(bool): string', ([a]: readonly [boolean]) => String(a)),
  define('string(bytes): string', ([a]: readonly [Uint8Array], { budget }) => {
    budget.spendOn(a.length)
    return utf8(a)
  }),
  define('string(timestamp): string', ([a]: readonly [Timestamp]) => showTimestamp(a)),
  define('string(duration): string', ([a]: readonly [Duration]) => showDuration(a)),
  define('bytes(bytes): bytes', ([a]: readonly [Uint8Array]) => a),
  define('bytes(string): bytes', ([a]: readonly [string], { budget }) => {
    budget.spendOn(a.length)
    return Buffer.from(a)
  }),
  define('timestamp(timestamp): timestamp', ([a]: readonly [Timestamp]) => a),
  define('timestamp(string): timestamp', ([a]: readonly [string]) => readTimestamp(a)),
  define('timestamp(int): timestamp', ([a]: readonly [bigint]) => new Timestamp(a * 1_000_000_000n)),
  define('duration(duration): duration', ([a]: readonly [Duration]) => a),
  define('duration(string): duration', ([a]: readonly [string]) => readDuration(a)),
  define('duration(int): duration', ([a]: readonly [bigint]) => new Duration(a)),
  define('dyn(dyn): dyn', ([a]: readonly [Value]) => a),
  define('type(dyn): type', ([a]: readonly [Value]) => new TypeValue(typeOf(a))),
  ...part('getFullYear', (d) => d.getUTCFullYear()), ...part('getMonth', (d) => d.getUTCMonth()), ...part('getDate', (d) => d.getUTCDate()), ...part('getDayOfMonth', (d) => d.getUTCDate() - 1),
  ...part('getDayOfWeek', (d) => d.getUTCDay()), ...part('getDayOfYear', (d) => Math.floor((d.getTime() - yearStart(d)) / 86_400_000)),
  ...part('getHours', (d) => d.getUTCHours()), ...part('getMinutes', (d) => d.getUTCMinutes()), ...part('getSeconds', (d) => d.getUTCSeconds()), ...part('getMilliseconds', (d) => d.getUTCMilliseconds()),
  length('getHours', 3_600_000_000_000n), length('getMinutes', 60_000_000_000n), length('getSeconds', 1_000_000_000n),
  define('duration.getMilliseconds(): int', ([{ nanos }]: readonly [Duration]) => (nanos / 1_000_000n) % 1000n),
]
