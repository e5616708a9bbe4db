import type { Budget } from './budget.ts'
import { CelError } from './errors.ts'
import { Duration, List, MapValue, Opaque, Optional, Timestamp, TypeValue, Uint, typeOf } from './values.ts'
import type { Value } from './values.ts'

/** Are two values equal? Numbers of all types compare by what they are; other values of different types are not equal. */
export function equals(a: Value, b: Value, budget: Budget): boolean {
  budget.spend()
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (typeof a === 'string' && typeof b === 'string') budget.spendOn(Math.min(a.length, b.length))
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof List) return b instanceof List && equalLists(a, b, budget)
  if (a instanceof MapValue) return b instanceof MapValue && equalMaps(a, b, budget)
  if (a instanceof Optional) return b instanceof Optional && (a.value === undefined || b.value === undefined ? a.value === b.value : equals(a.value, b.value, budget))
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type === b.type
  return a instanceof Opaque && b instanceof Opaque && a.typeName === b.typeName && a.equals(b)
}

function equalLists(a: List, b: List, budget: Budget): boolean {
  if (a.length !== b.length) return false
  if (a.isSet || b.isSet) {
    const others = [...b]
    return [...a].every((one) => {
      const i = others.findIndex((other) => equals(one, other, budget))
      if (i >= 0) others.splice(i, 1)
      return i >= 0
    })
  }
  for (let i = 0; i < a.length; i++) if (!equals(a.at(i), b.at(i), budget)) return false
  return true
}

function equalMaps(a: MapValue, b: MapValue, budget: Budget): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    const [left, right] = [a.get(key), b.get(key)]
    if (left === undefined || right === undefined || !equals(left, right, budget)) return false
  }
  return true
}

/** Below zero, zero, above zero; undefined for NaN. CelError for values without an order. */
export function compare(a: Value, b: Value): number | undefined {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
  throw new CelError(`no such overload: ${typeOf(a)} and ${typeOf(b)} cannot be ordered`)
}

/** A number of any type. */
export function isNumber(value: Value): value is bigint | number | Uint {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}

function compareNumbers(a: bigint | number | Uint, b: bigint | number | Uint): number | undefined {
  const [left, right] = [a instanceof Uint ? a.value : a, b instanceof Uint ? b.value : b]
  if (Number.isNaN(left) || Number.isNaN(right)) return undefined
  // As cel-go: beside a double, a whole number is one too.
  const [one, other] = typeof left === 'number' || typeof right === 'number' ? [Number(left), Number(right)] : [left, right]
  return one < other ? -1 : one > other ? 1 : 0
}

/** By code points, as Go does, where JavaScript goes by UTF-16 units. */
function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
