import type { Expr } from './ast.ts'
import type { Budget } from './budget.ts'
import { CelError } from './errors.ts'
import type { Overload } from './functions/define.ts'
import { KUBERNETES_FUNCTIONS } from './functions/index.ts'
import { entryOf } from './operators.ts'
import { ArrayList, EntryMap, List, MapValue, Opaque, Optional, TypeValue, typeOf } from './values.ts'
import type { Value } from './values.ts'

/** What names stand for; undefined for a name that stands for nothing. A value is made when it is first asked for. */
export interface Activation {
  get(name: string): Value | undefined
}

/** Types as an expression names them: `type(self.x) == int`. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'int', uint: 'uint', double: 'double', bool: 'bool', string: 'string', bytes: 'bytes', list: 'list', map: 'map', null_type: 'null_type', type: 'type', optional_type: 'optional_type',
}
const SHORT: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'timestamp', 'google.protobuf.Duration': 'duration', 'optional_type': 'optional', 'null_type': 'null', 'object': 'map',
  'kubernetes.URL': 'url', 'net.IP': 'ip', 'net.CIDR': 'cidr', 'kubernetes.Quantity': 'quantity', 'kubernetes.NamedFormat': 'format',
}

/**
 * Evaluates an expression. Throws CelError where something goes wrong (`no such key`), CelBudgetError where it costs more than the budget has.
 * `||`, `&&`, `all` and `exists` do not care in which order things go wrong: what decides counts.
 */
export function evaluate(expr: Expr, names: Activation, budget: Budget): Value {
  budget.spend()
  switch (expr.is) {
    case 'literal': return expr.value
    case 'ident': return named(expr.name, names)
    case 'select': return selected(expr, names, budget)
    case 'call': return called(expr, names, budget)
    case 'list': {
      budget.spend(10)
      return new ArrayList(expr.items.flatMap(({ value, optional }) => {
        const item = evaluate(value, names, budget)
        const inside = optional ? asOptional(item).value : item
        return inside === undefined ? [] : [inside]
      }))
    }
    case 'map': return mapOf(expr, names, budget)
    case 'macro': return macro(expr, names, budget)
    case 'bind': return bound(expr, names, budget)
  }
}

function named(name: string, names: Activation): Value {
  const value = names.get(name)
  if (value !== undefined) return value
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (type !== undefined) return new TypeValue(type)
  throw new CelError(`undeclared reference to '${name}' (in container '')`)
}

function selected(expr: Expr & { is: 'select' }, names: Activation, budget: Budget): Value {
  const type = expr.test ? undefined : qualifiedType(expr)
  if (type !== undefined) return type
  const operand = evaluate(expr.operand, names, budget)
  if (operand instanceof Optional || expr.optional) {
    const inside = operand instanceof Optional ? operand.value : operand
    if (inside !== undefined && !(inside instanceof MapValue)) throw new CelError(`no such overload: ${typeOf(inside)} has no fields`)
    const found = inside?.get(expr.field)
    return expr.test ? found !== undefined : new Optional(found)
  }
  const own = operand instanceof Opaque ? operand.field(expr.field) : undefined
  if (own !== undefined) return expr.test ? true : own
  if (!(operand instanceof MapValue)) throw new CelError(`no such overload: ${typeOf(operand)} has no field '${expr.field}'`)
  return expr.test ? operand.get(expr.field) !== undefined : entryOf(operand, expr.field)
}

/** `google.protobuf.Timestamp` as a type. */
function qualifiedType(expr: Expr): TypeValue | undefined {
  const path: string[] = []
  let at: Expr = expr
  while (at.is === 'select' && !at.test) {
    path.unshift(at.field)
    at = at.operand
  }
  const name = at.is === 'ident' ? [at.name, ...path].join('.') : ''
  return name.includes('.') && Object.hasOwn(SHORT, name) ? new TypeValue(name) : undefined
}

function called(expr: Expr & { is: 'call' }, names: Activation, budget: Budget): Value {
  const { name, target, args } = expr
  switch (name) {
    case '_&&_': return decided(args, names, budget, false)
    case '_||_': return decided(args, names, budget, true)
    case '_?_:_': {
      const [condition, yes, no] = args as [Expr, Expr, Expr]
      return evaluate(asBool(evaluate(condition, names, budget), '?:') ? yes : no, names, budget)
    }
    default: break
  }
  if (target !== undefined && (name === 'or' || name === 'orValue') && args.length === 1) return alternative(name, target, args[0] as Expr, names, budget)
  const { inSpace, own } = meantBy(expr)
  // `sets.contains(...)`: unless `sets` is somebody's name.
  if (inSpace.length > 0 && target?.is === 'ident' && names.get(target.name) === undefined) return apply(name, inSpace, args.map((arg) => evaluate(arg, names, budget)), budget)
  const values = args.map((arg) => evaluate(arg, names, budget))
  if (target !== undefined) values.unshift(evaluate(target, names, budget))
  return apply(name, own, values, budget)
}

/** The forms that a call may mean: of a function with a namespace, and of a method or plain function. Looked up once for each place in an expression. */
interface Meant {
  readonly inSpace: readonly Overload[]
  readonly own: readonly Overload[]
}
const meant = new WeakMap<Expr, Meant>()

function meantBy(expr: Expr & { is: 'call' }): Meant {
  const known = meant.get(expr)
  if (known !== undefined) return known
  const { name, target, args } = expr
  const found: Meant = {
    inSpace: target?.is === 'ident' ? KUBERNETES_FUNCTIONS.find(`${target.name}.${name}`, false, args.length) : [],
    own: KUBERNETES_FUNCTIONS.find(name, target !== undefined, args.length + (target === undefined ? 0 : 1)),
  }
  meant.set(expr, found)
  return found
}

function apply(name: string, forms: readonly Overload[], values: readonly Value[], budget: Budget): Value {
  const form = forms.find(({ takes }) => takes.every((type, i) => type === 'dyn' || type === shortType(values[i] as Value)))
  if (form === undefined) throw new CelError(`no such overload: ${name}(${values.map(typeOf).join(', ')})`)
  return form.run(values, { budget })
}

/** A type's name as signatures write it. */
function shortType(value: Value): string {
  if (value instanceof MapValue) return 'map'
  const type = typeOf(value)
  return SHORT[type] ?? type
}

/** `&&` (decided by false) and `||` (by true): an error counts only where nothing decides. */
function decided(args: readonly Expr[], names: Activation, budget: Budget, decision: boolean): boolean {
  let failure: CelError | undefined
  for (const arg of args) {
    try {
      if (asBool(evaluate(arg, names, budget), decision ? '||' : '&&') === decision) return decision
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  return !decision
}

function asBool(value: Value, where: string): boolean {
  if (typeof value !== 'boolean') throw new CelError(`no such overload: ${where} takes bool, not ${typeOf(value)}`)
  return value
}

function asOptional(value: Value): Optional {
  if (!(value instanceof Optional)) throw new CelError(`cannot initialize optional entry from a ${typeOf(value)}`)
  return value
}

function alternative(name: string, target: Expr, other: Expr, names: Activation, budget: Budget): Value {
  const first = evaluate(target, names, budget)
  if (!(first instanceof Optional)) throw new CelError(`no such overload: ${name} of ${typeOf(first)}`)
  if (first.value !== undefined) return name === 'or' ? first : first.value
  return evaluate(other, names, budget)
}

function mapOf(expr: Expr & { is: 'map' }, names: Activation, budget: Budget): MapValue {
  budget.spend(30)
  const entries = expr.entries.flatMap(({ key, value, optional }): [Value, Value][] => {
    const [name, given] = [evaluate(key, names, budget), evaluate(value, names, budget)]
    const inside = optional ? asOptional(given).value : given
    return inside === undefined ? [] : [[name, inside]]
  })
  return new EntryMap(entries)
}

function bound({ how, variable, value, body }: Expr & { is: 'bind' }, names: Activation, budget: Budget): Value {
  const given = evaluate(value, names, budget)
  if (how === 'bind') return evaluate(body, withName(names, variable, given), budget)
  const inside = asOptional(given).value
  if (inside === undefined) return Optional.none
  const result = evaluate(body, withName(names, variable, inside), budget)
  return how === 'optMap' ? new Optional(result) : asOptional(result)
}

function withName(names: Activation, name: string, value: Value): Activation {
  return { get: (asked) => (asked === name ? value : names.get(asked)) }
}

function macro({ macro: how, range, variable, condition, body }: Expr & { is: 'macro' }, names: Activation, budget: Budget): Value {
  const over = evaluate(range, names, budget)
  if (!(over instanceof List) && !(over instanceof MapValue)) throw new CelError(`no such overload: ${how} goes over a list or map, not ${typeOf(over)}`)
  let item: Value = null
  const inner: Activation = { get: (asked) => (asked === variable ? item : names.get(asked)) }
  const items = over instanceof List ? over : over.keys()
  const made: Value[] = []
  let [count, failure] = [0, undefined as CelError | undefined]
  for (item of items) {
    budget.spend()
    if (how === 'map') {
      if (condition === undefined || asBool(evaluate(condition, inner, budget), how)) made.push(evaluate(body, inner, budget))
      continue
    }
    try {
      const holds = asBool(evaluate(body, inner, budget), how)
      if (how === 'all' && !holds) return false
      if (how === 'exists' && holds) return true
      if (holds) count++
      if (how === 'filter' && holds) made.push(item)
    } catch (error) {
      if (!(error instanceof CelError) || how === 'filter' || how === 'exists_one') throw error
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  switch (how) {
    case 'all': return true
    case 'exists': return false
    case 'exists_one': return count === 1
    default: return new ArrayList(made)
  }
}
