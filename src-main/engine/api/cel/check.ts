import type { Expr } from './ast.ts'
import { CelSyntaxError } from './errors.ts'
import { KUBERNETES_FUNCTIONS } from './functions/index.ts'
import { BOOL, DYN, INT, STRING, mayBe, showType } from './types.ts'
import type { Type } from './types.ts'
import { ArrayList, Uint } from './values.ts'

/** An expression's type, and what it may cost at most in the words of the budget. */
export interface Checked {
  readonly type: Type
  readonly cost: number
}

/** Types of the names that an expression may use. */
export type Declared = Readonly<Record<string, Type>>

/** What a text or list may be as long as, where nothing says it: a whole request. */
const LONGEST = 3 * 1024 * 1024
const TYPE_NAMES = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type', 'optional_type', 'google'])
/** A map's key: nothing says how long it may be, and none is long. */
const KEY: Type = { name: 'string', most: 256 }
/** Functions that read their texts, as long as those are. */
const READS_TEXT = new Set(['contains', 'startsWith', 'endsWith', 'matches', 'find', 'findAll', 'split', 'replace', 'indexOf', 'lastIndexOf', 'substring', 'lowerAscii', 'upperAscii', 'trim', 'join', 'format', 'reverse', '_+_', '_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_'])
const READS_LIST = new Set(['@in', 'isSorted', 'sum', 'min', 'max', 'indexOf', 'lastIndexOf', 'sets.contains', 'sets.equivalent', 'sets.intersects', 'join'])

/**
 * Checks an expression without a value: names and fields that do not exist, calls that no function takes. Throws CelSyntaxError, with the place.
 * Where a type is not known it may be any, so this finds less than there may be wrong, never more.
 */
export function check(source: string, expr: Expr, declared: Declared): Checked {
  return new Checker(source).of(expr, declared)
}

class Checker {
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  of(expr: Expr, names: Declared): Checked {
    switch (expr.is) {
      case 'literal': return { type: literalType(expr), cost: 0 }
      case 'ident': return { type: this.#ident(expr, names), cost: 1 }
      case 'select': return this.#select(expr, names)
      case 'call': return this.#call(expr, names)
      case 'list': {
        const items = expr.items.map(({ value }) => this.of(value, names))
        const [first] = items
        const alike = first !== undefined && items.every(({ type }) => type.name === first.type.name)
        return { type: { name: 'list', elem: alike && expr.items.every(({ optional }) => !optional) ? first.type : DYN, most: items.length }, cost: 10 + total(items) }
      }
      case 'map': {
        const parts = expr.entries.flatMap(({ key, value }) => [this.of(key, names), this.of(value, names)])
        return { type: { name: 'map', elem: DYN, most: expr.entries.length }, cost: 30 + total(parts) }
      }
      case 'macro': return this.#macro(expr, names)
      case 'bind': {
        const value = this.of(expr.value, names)
        const body = this.of(expr.body, { ...names, [expr.variable]: expr.how === 'bind' ? value.type : (value.type.elem ?? DYN) })
        return { type: expr.how === 'optMap' ? { name: 'optional', elem: body.type } : body.type, cost: value.cost + body.cost + 1 }
      }
    }
  }

  #no(expr: Expr, message: string): CelSyntaxError {
    return new CelSyntaxError(this.#source, expr.at, message)
  }

  #ident(expr: Expr & { is: 'ident' }, names: Declared): Type {
    const type = Object.hasOwn(names, expr.name) ? names[expr.name] : undefined
    if (type !== undefined) return type
    if (TYPE_NAMES.has(expr.name)) return { name: 'type' }
    throw this.#no(expr, `undeclared reference to '${expr.name}' (in container '')`)
  }

  #select(expr: Expr & { is: 'select' }, names: Declared): Checked {
    const { type, cost } = this.of(expr.operand, names)
    const inside = type.name === 'optional' ? (type.elem ?? DYN) : type
    const isOptional = expr.optional || type.name === 'optional'
    const found = this.#field(expr, inside)
    // As upstream counts: whether something is there is asked for nothing.
    if (expr.test) return { type: BOOL, cost }
    return { type: isOptional ? { name: 'optional', elem: found } : found, cost: cost + 1 }
  }

  #field(expr: Expr & { is: 'select' }, type: Type): Type {
    if (type.name === 'object') {
      const found = type.field?.(expr.field)
      if (found === undefined) throw this.#no(expr, `undefined field '${expr.field}'`)
      return found
    }
    if (type.name === 'map') return type.elem ?? DYN
    if (type.name === 'dyn' || type.name === 'type') return DYN
    throw this.#no(expr, `type '${showType(type)}' does not support field selection`)
  }

  #call(expr: Expr & { is: 'call' }, names: Declared): Checked {
    const { name, target, args } = expr
    if (name === '_?_:_') {
      const [condition, yes, no] = args.map((arg) => this.of(arg, names)) as [Checked, Checked, Checked]
      this.#must(expr, condition.type, 'bool', name, [condition, yes, no])
      return { type: yes.type.name === no.type.name ? yes.type : DYN, cost: condition.cost + Math.max(yes.cost, no.cost) + 1 }
    }
    const space = target?.is === 'ident' && !Object.hasOwn(names, target.name) ? `${target.name}.${name}` : undefined
    const isSpace = space !== undefined && KUBERNETES_FUNCTIONS.has(space)
    const parts = [...(target === undefined || isSpace ? [] : [target]), ...args].map((arg) => this.of(arg, names))
    if (name === '_&&_' || name === '_||_') {
      for (const part of parts) this.#must(expr, part.type, 'bool', name, parts)
      return { type: BOOL, cost: total(parts) }
    }
    const cost = total(parts) + callCost(isSpace ? space : name, parts)
    if (target !== undefined && (name === 'or' || name === 'orValue') && args.length === 1 && mayBe((parts[0] as Checked).type, 'optional')) {
      return { type: name === 'or' ? (parts[0] as Checked).type : ((parts[0] as Checked).type.elem ?? DYN), cost }
    }
    return { type: this.#result(expr, isSpace ? space : name, target !== undefined && !isSpace, parts), cost }
  }

  #must(expr: Expr, type: Type, wanted: string, name: string, parts: readonly Checked[]): void {
    if (!mayBe(type, wanted)) throw this.#noOverload(expr, name, false, parts)
  }

  #result(expr: Expr, name: string, isMethod: boolean, parts: readonly Checked[]): Type {
    const first = parts[0]?.type ?? DYN
    // Every type may call what an authorizer or another extension adds at run time.
    if (isMethod && first.name === 'dyn') return DYN
    const forms = KUBERNETES_FUNCTIONS.find(name, isMethod, parts.length)
    if (!KUBERNETES_FUNCTIONS.has(name)) throw this.#no(expr, `undeclared reference to '${name}' (in container '')`)
    const fitting = forms.filter(({ takes }) => takes.every((wanted, i) => mayBe((parts[i] as Checked).type, wanted)))
    if (fitting.length === 0) throw this.#noOverload(expr, name, isMethod, parts)
    if ((name === '_==_' || name === '_!=_') && !comparable(first, parts[1]?.type ?? DYN)) throw this.#noOverload(expr, name, isMethod, parts)
    const gives = new Set(fitting.map((form) => form.gives))
    if (gives.size > 1) return DYN
    const [only = 'dyn'] = gives
    if (only === 'elem') return first.name === 'optional' ? { name: 'optional', elem: DYN } : (first.elem ?? DYN)
    if (only === 'list<string>') return { name: 'list', elem: STRING, most: first.most ?? LONGEST }
    if (only === 'list') return { name: 'list', elem: first.elem ?? DYN, most: sum(parts) }
    if (only === 'optional') return { name: 'optional', elem: name === '_[?_]' ? (first.elem ?? DYN) : name === 'optional.of' || name === 'optional.ofNonZeroValue' ? first : DYN }
    if (only === 'string') return { name: 'string', most: sum(parts) }
    return { name: only }
  }

  #noOverload(expr: Expr, name: string, isMethod: boolean, parts: readonly Checked[]): CelSyntaxError {
    const types = parts.map(({ type }) => showType(type))
    return this.#no(expr, `found no matching overload for '${name}' applied to '${isMethod ? `${types[0] ?? ''}.(${types.slice(1).join(', ')})` : `(${types.join(', ')})`}'`)
  }

  #macro(expr: Expr & { is: 'macro' }, names: Declared): Checked {
    const range = this.of(expr.range, names)
    const over = range.type
    if (!['dyn', 'list', 'map'].includes(over.name)) throw this.#no(expr.range, `expression of type '${showType(over)}' cannot be range of a comprehension (must be list, map, or dynamic)`)
    const inner = { ...names, [expr.variable]: over.name === 'list' ? (over.elem ?? DYN) : over.name === 'map' ? KEY : DYN }
    const condition = expr.condition === undefined ? undefined : this.of(expr.condition, inner)
    const body = this.of(expr.body, inner)
    const boolean = expr.macro === 'map' ? condition?.type : body.type
    if (boolean !== undefined && !mayBe(boolean, 'bool')) throw this.#no(expr.body, `expected type 'bool' but found '${showType(boolean)}'`)
    const most = over.most ?? LONGEST
    const cost = range.cost + 1 + most * (body.cost + (condition?.cost ?? 0) + 2)
    if (expr.macro === 'map') return { type: { name: 'list', elem: body.type, most }, cost }
    if (expr.macro === 'filter') return { type: { name: 'list', elem: over.name === 'list' ? (over.elem ?? DYN) : STRING, most }, cost }
    return { type: BOOL, cost }
  }
}

/** Whether `==` of the two can ever be asked: of known types that differ, upstream refuses it. */
function comparable(a: Type, b: Type): boolean {
  if ([a.name, b.name].some((name) => ['dyn', 'null', 'type', 'optional'].includes(name))) return true
  const kind = ({ name }: Type): string => (name === 'object' ? 'map' : name)
  return kind(a) === kind(b)
}

function literalType({ value }: Expr & { is: 'literal' }): Type {
  if (value === null) return { name: 'null' }
  if (typeof value === 'string') return { name: 'string', most: value.length }
  if (typeof value === 'bigint') return INT
  if (typeof value === 'boolean') return BOOL
  if (typeof value === 'number') return { name: 'double' }
  if (value instanceof Uint) return { name: 'uint' }
  return { name: value instanceof ArrayList ? 'list' : 'bytes' }
}

function total(parts: readonly Checked[]): number {
  return parts.reduce((all, { cost }) => all + cost, 0)
}

function sum(parts: readonly Checked[]): number {
  return parts.reduce((all, { type }) => all + (['string', 'list', 'dyn'].includes(type.name) ? (type.most ?? LONGEST) : 0), 0)
}

function callCost(name: string, parts: readonly Checked[]): number {
  const lengths = parts.map(({ type: { name: type, most } }) => (type === 'string' || type === 'bytes' ? (most ?? LONGEST) : undefined)).filter((one) => one !== undefined)
  if (name === 'matches' || name === 'find' || name === 'findAll') return 1 + (lengths[0] ?? LONGEST) * 0.1 * Math.max(1, (lengths[1] ?? 10) * 0.25)
  // A comparison is over where the shorter one is.
  const isComparison = /^_[=!<>]=?_$/.test(name)
  const text = READS_TEXT.has(name) && lengths.length > 0 ? (isComparison ? Math.min(...lengths) : lengths.reduce((a, b) => a + b, 0)) * 0.1 : 0
  const lists = parts.map(({ type }) => (type.name === 'list' ? (type.most ?? LONGEST) : undefined)).filter((one) => one !== undefined)
  const list = READS_LIST.has(name) ? lists.reduce((a, b) => a * Math.max(1, b), lists.length > 0 ? 1 : 0) : 0
  return 1 + text + list
}
