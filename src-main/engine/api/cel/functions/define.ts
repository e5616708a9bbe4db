import type { Budget } from '../budget.ts'
import type { Value } from '../values.ts'

/** What a function gets beside its arguments. */
export interface CallContext {
  readonly budget: Budget
}

/** One form of a function: what it takes (a method's receiver first), what it gives, and how. */
export interface Overload {
  readonly name: string
  readonly isMethod: boolean
  /** Names of types, as `typeOf` shortened: `string`, `list`, `timestamp`, `dyn` for any. */
  readonly takes: readonly string[]
  readonly gives: string
  run(args: readonly Value[], context: CallContext): Value
}

const SIGNATURE = /^(?:(\w+)\.)?([\w.]+)\(([^)]*)\): ([\w<>]+)$/

/**
 * Reads `string.contains(string): bool` (a method of string) or `size(list): int` (a function). A name with a namespace is written with
 * a colon in place of its dot: `sets:contains(list, list): bool`.
 */
export function define<A extends readonly Value[]>(signature: string, run: (args: A, context: CallContext) => Value): Overload {
  const m = SIGNATURE.exec(signature.replace(':', (colon, i: number) => (signature[i + 1] === ' ' ? colon : '\u0000')).replaceAll('\u0000', '_COLON_'))
  if (m === null) throw new Error(`${signature} is no signature`)
  const [, receiver, rawName = '', params = '', gives = 'dyn'] = m
  const name = rawName.replace('_COLON_', '.')
  const isMethod = receiver !== undefined
  const takes = [...(isMethod ? [receiver] : []), ...params.split(',').map((one) => one.trim()).filter((one) => one !== '')]
  return { name, isMethod, takes, gives, run: run as unknown as Overload['run'] }
}

/** The key of the forms that may be meant by a call. */
export function formOf(name: string, isMethod: boolean, arity: number): string {
  return `${isMethod ? '.' : ''}${name}/${String(arity)}`
}
