import type { Value } from './values.ts'

/** A place in an expression's text, from 0. */
interface Placed {
  readonly at: number
}

/** The macros that go over a list's items or a map's keys. */
export type MacroName = 'all' | 'exists' | 'exists_one' | 'map' | 'filter'

/** An expression of the Common Expression Language, as the parser gives it. Operators are calls (`_+_`); macros are nodes of their own. */
export type Expr =
  | (Placed & { readonly is: 'literal'; readonly value: Value })
  | (Placed & { readonly is: 'ident'; readonly name: string })
  /** `a.b`, `a.?b`; with `test`, `has(a.b)`. */
  | (Placed & { readonly is: 'select'; readonly operand: Expr; readonly field: string; readonly test: boolean; readonly optional: boolean })
  | (Placed & { readonly is: 'call'; readonly name: string; readonly target: Expr | undefined; readonly args: readonly Expr[] })
  | (Placed & { readonly is: 'list'; readonly items: readonly { readonly value: Expr; readonly optional: boolean }[] })
  | (Placed & { readonly is: 'map'; readonly entries: readonly { readonly key: Expr; readonly value: Expr; readonly optional: boolean }[] })
  /** `range.map(variable, condition, body)`; only `map` may have a condition. */
  | (Placed & { readonly is: 'macro'; readonly macro: MacroName; readonly range: Expr; readonly variable: string; readonly condition: Expr | undefined; readonly body: Expr })
  /** `cel.bind(variable, value, body)`; `opt.optMap(variable, body)` and optFlatMap, which have no body where there is no value. */
  | (Placed & { readonly is: 'bind'; readonly how: 'bind' | 'optMap' | 'optFlatMap'; readonly variable: string; readonly value: Expr; readonly body: Expr })
