import type { CallContext, Overload } from './functions/define.ts'
import { compare, equals } from './compare.ts'
import { CelError } from './errors.ts'
import { ArrayList, Duration, List, MapValue, Optional, Timestamp, Uint } from './values.ts'
import type { Value } from './values.ts'

type Two<T extends Value> = readonly [T, T]

/** An int of CEL, which has 64 bits; CelError beyond them. */
export function int(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new CelError('integer overflow')
  return value
}

function divided<T extends bigint>(divide: (a: T, b: T) => bigint, name: string): (args: Two<T>) => bigint {
  return ([a, b]) => {
    if (b === 0n) throw new CelError(name)
    return int(divide(a, b))
  }
}

const ORDERED = ['int', 'uint', 'double', 'string', 'bool', 'bytes', 'timestamp', 'duration']

function ordering(operator: string, holds: (order: number) => boolean): Overload[] {
  const run = ([a, b]: Two<Value>, { budget }: CallContext): boolean => {
    if (typeof a === 'string') budget.spendOn(a.length)
    const order = compare(a, b)
    return order !== undefined && holds(order)
  }
  const numbers = ['int', 'uint', 'double']
  const mixed = numbers.flatMap((a) => numbers.filter((b) => b !== a).map((b) => [a, b] as const))
  return [...ORDERED.map((type) => [type, type] as const), ...mixed].map(([a, b]) => ({ name: operator, isMethod: false, takes: [a, b], gives: 'bool', run: run as unknown as Overload['run'] }))
}

/** The operators that take all their operands: everything but `&&`, `||` and `?:`. */
export const OPERATORS: readonly Overload[] = [
  op('_+_', 'int', 'int', ([a, b]: Two<bigint>) => int(a + b)),
  op('_+_', 'uint', 'uint', ([a, b]: Two<Uint>) => new Uint(a.value + b.value)),
  op('_+_', 'double', 'double', ([a, b]: Two<number>) => a + b),
  op('_+_', 'string', 'string', ([a, b]: Two<string>, { budget }) => {
    budget.spendOn(a.length + b.length)
    return a + b
  }),
  op('_+_', 'bytes', 'bytes', ([a, b]: Two<Uint8Array>, { budget }) => {
    budget.spendOn(a.length + b.length)
    return Buffer.concat([a, b])
  }),
  op('_+_', 'list', 'list', ([a, b]: Two<List>, { budget }) => {
    budget.spendOn(a.length + b.length, 1)
    return new ArrayList([...a, ...b])
  }),
  op('_+_', 'timestamp', 'duration', ([a, b]: readonly [Timestamp, Duration]) => new Timestamp(a.nanos + b.nanos), 'timestamp'),
  op('_+_', 'duration', 'timestamp', ([a, b]: readonly [Duration, Timestamp]) => new Timestamp(a.nanos + b.nanos), 'timestamp'),
  op('_+_', 'duration', 'duration', ([a, b]: Two<Duration>) => new Duration(a.nanos + b.nanos)),
  op('_-_', 'int', 'int', ([a, b]: Two<bigint>) => int(a - b)),
  op('_-_', 'uint', 'uint', ([a, b]: Two<Uint>) => new Uint(a.value - b.value)),
  op('_-_', 'double', 'double', ([a, b]: Two<number>) => a - b),
  op('_-_', 'timestamp', 'timestamp', ([a, b]: Two<Timestamp>) => new Duration(a.nanos - b.nanos), 'duration'),
  op('_-_', 'timestamp', 'duration', ([a, b]: readonly [Timestamp, Duration]) => new Timestamp(a.nanos - b.nanos), 'timestamp'),
  op('_-_', 'duration', 'duration', ([a, b]: Two<Duration>) => new Duration(a.nanos - b.nanos)),
  op('_*_', 'int', 'int', ([a, b]: Two<bigint>) => int(a * b)),
  op('_*_', 'uint', 'uint', ([a, b]: Two<Uint>) => new Uint(a.value * b.value)),
  op('_*_', 'double', 'double', ([a, b]: Two<number>) => a * b),
  op('_/_', 'int', 'int', divided((a, b) => a / b, 'division by zero')),
  op('_/_', 'uint', 'uint', ([a, b]: Two<Uint>) => {
    if (b.value === 0n) throw new CelError('division by zero')
    return new Uint(a.value / b.value)
  }),
  op('_/_', 'double', 'double', ([a, b]: Two<number>) => a / b),
  op('_%_', 'int', 'int', divided((a, b) => a % b, 'modulus by zero')),
  op('_%_', 'uint', 'uint', ([a, b]: Two<Uint>) => {
    if (b.value === 0n) throw new CelError('modulus by zero')
    return new Uint(a.value % b.value)
  }),
  unary('-_', 'int', ([a]: readonly [bigint]) => int(-a)),
  unary('-_', 'double', ([a]: readonly [number]) => -a),
  unary('!_', 'bool', ([a]: readonly [boolean]) => !a),
  op('_==_', 'dyn', 'dyn', ([a, b]: Two<Value>, { budget }) => equals(a, b, budget), 'bool'),
  op('_!=_', 'dyn', 'dyn', ([a, b]: Two<Value>, { budget }) => !equals(a, b, budget), 'bool'),
  ...ordering('_<_', (order) => order < 0), ...ordering('_<=_', (order) => order <= 0), ...ordering('_>_', (order) => order > 0), ...ordering('_>=_', (order) => order >= 0),
  op('@in', 'dyn', 'list', ([one, list]: readonly [Value, List], { budget }) => {
    for (const item of list) if (equals(one, item, budget)) return true
    return false
  }, 'bool'),
  op('@in', 'dyn', 'map', ([key, map]: readonly [Value, MapValue]) => map.get(key) !== undefined, 'bool'),
  op('_[_]', 'list', 'dyn', ([list, index]: readonly [List, Value]) => itemAt(list, index), 'elem'),
  op('_[_]', 'map', 'dyn', ([map, key]: readonly [MapValue, Value]) => entryOf(map, key), 'elem'),
  op('_[_]', 'optional', 'dyn', ([optional, key]: readonly [Optional, Value]) => looked(optional, key), 'optional'),
  op('_[?_]', 'list', 'dyn', ([list, index]: readonly [List, Value]) => new Optional(indexOf(index, list) === undefined ? undefined : itemAt(list, index)), 'optional'),
  op('_[?_]', 'map', 'dyn', ([map, key]: readonly [MapValue, Value]) => new Optional(map.get(key)), 'optional'),
  op('_[?_]', 'optional', 'dyn', ([optional, key]: readonly [Optional, Value]) => looked(optional, key), 'optional'),
]

function op<A extends readonly Value[]>(name: string, left: string, right: string, run: (args: A, context: CallContext) => Value, gives = left): Overload {
  return { name, isMethod: false, takes: [left, right], gives, run: run as unknown as Overload['run'] }
}

function unary<A extends readonly Value[]>(name: string, type: string, run: (args: A, context: CallContext) => Value): Overload {
  return { name, isMethod: false, takes: [type], gives: type, run: run as unknown as Overload['run'] }
}

/** The value of a key, or CelError. */
export function entryOf(map: MapValue, key: Value): Value {
  const value = map.get(key)
  if (value === undefined) throw new CelError(`no such key: ${typeof key === 'object' && key !== null ? 'value' : String(key)}`)
  return value
}

function itemAt(list: List, index: Value): Value {
  const i = indexOf(index, list)
  if (i === undefined) throw new CelError(`index out of bounds: ${String(index)}`)
  return list.at(i)
}

/** A number of any type that is a place in the list. */
function indexOf(index: Value, list: List): number | undefined {
  const value = index instanceof Uint ? Number(index.value) : typeof index === 'bigint' || typeof index === 'number' ? Number(index) : NaN
  if (!Number.isInteger(value)) throw new CelError(`no such overload: a list has no index of this type, or this fraction`)
  return value >= 0 && value < list.length ? value : undefined
}

function looked({ value }: Optional, key: Value): Optional {
  if (value === undefined) return Optional.none
  if (value instanceof MapValue) return new Optional(value.get(key))
  if (value instanceof List) return new Optional(indexOf(key, value) === undefined ? undefined : itemAt(value, key))
  throw new CelError('no such overload: what is in the optional has no keys')
}
