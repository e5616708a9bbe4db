import { compare, equals } from '../compare.ts'
import { CelError } from '../errors.ts'
import { ArrayList, List, Optional, Uint, typeOf } from '../values.ts'
import type { Value } from '../values.ts'
import type { CallContext, Overload } from './define.ts'
import { define } from './define.ts'
import { OPERATORS } from '../operators.ts'

function ends(list: List, wanted: 1 | -1, { budget }: CallContext): Value {
  if (list.length === 0) throw new CelError(`${wanted === 1 ? 'max' : 'min'} called on empty list`)
  let best = list.at(0)
  for (const item of list) {
    budget.spend()
    if ((compare(item, best) ?? 0) * wanted > 0) best = item
  }
  return best
}

function sum(list: List, context: CallContext): Value {
  if (list.length === 0) return 0n
  let total = list.at(0)
  for (let i = 1; i < list.length; i++) {
    const item = list.at(i)
    context.budget.spend()
    const add = OPERATORS.find((one) => one.name === '_+_' && ['int', 'uint', 'double', 'duration'].includes(one.gives) && one.takes[0] === short(total) && one.takes[1] === short(item))
    if (add === undefined) throw new CelError(`no such overload: sum of ${typeOf(item)}`)
    total = add.run([total, item], context)
  }
  return total
}

function short(value: Value): string {
  const type = typeOf(value)
  return type === 'google.protobuf.Duration' ? 'duration' : type
}

function contains(list: List, one: Value, { budget }: CallContext): boolean {
  for (const item of list) if (equals(item, one, budget)) return true
  return false
}

/** Kubernetes' functions of lists, and those of the sets extension. */
export const LISTS: readonly Overload[] = [
  define('list.isSorted(): bool', ([list]: readonly [List], { budget }) => {
    for (let i = 1; i < list.length; i++) {
      budget.spend()
      if ((compare(list.at(i - 1), list.at(i)) ?? 0) > 0) return false
    }
    return true
  }),
  define('list.sum(): elem', ([list]: readonly [List], context) => sum(list, context)),
  define('list.min(): elem', ([list]: readonly [List], context) => ends(list, -1, context)),
  define('list.max(): elem', ([list]: readonly [List], context) => ends(list, 1, context)),
  define('list.indexOf(dyn): int', ([list, one]: readonly [List, Value], { budget }) => {
    for (let i = 0; i < list.length; i++) if (equals(list.at(i), one, budget)) return BigInt(i)
    return -1n
  }),
  define('list.lastIndexOf(dyn): int', ([list, one]: readonly [List, Value], { budget }) => {
    for (let i = list.length - 1; i >= 0; i--) if (equals(list.at(i), one, budget)) return BigInt(i)
    return -1n
  }),
  define('sets:contains(list, list): bool', ([list, others]: readonly [List, List], context) => [...others].every((one) => contains(list, one, context))),
  define('sets:equivalent(list, list): bool', ([a, b]: readonly [List, List], context) => [...b].every((one) => contains(a, one, context)) && [...a].every((one) => contains(b, one, context))),
  define('sets:intersects(list, list): bool', ([a, b]: readonly [List, List], context) => [...b].some((one) => contains(a, one, context))),
]

/** Values that may not be there. */
export const OPTIONALS: readonly Overload[] = [
  define('optional:of(dyn): optional', ([value]: readonly [Value]) => new Optional(value)),
  define('optional:none(): optional', () => Optional.none),
  define('optional:ofNonZeroValue(dyn): optional', ([value]: readonly [Value]) => new Optional(isZero(value) ? undefined : value)),
  define('optional.hasValue(): bool', ([{ value }]: readonly [Optional]) => value !== undefined),
  define('optional.value(): dyn', ([{ value }]: readonly [Optional]) => {
    if (value === undefined) throw new CelError('optional.none() dereference')
    return value
  }),
]

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof ArrayList || value instanceof List || value instanceof Uint8Array) return value.length === 0
  return typeof value === 'object' && 'size' in value && value.size === 0
}
