import type { Expr } from './ast.ts'
import type { Budget } from './budget.ts'
import { check } from './check.ts'
import type { Checked, Declared } from './check.ts'
import { evaluate } from './evaluate.ts'
import type { Activation } from './evaluate.ts'
import { parse } from './parser.ts'
import type { Value } from './values.ts'

/** An expression that was read: to be checked once, and evaluated as often as wanted. */
export class Expression {
  readonly source: string
  readonly #expr: Expr

  /** Throws CelSyntaxError. */
  constructor(source: string) {
    this.source = source
    this.#expr = parse(source)
  }

  /** Its type, and what it may cost at most. Throws CelSyntaxError where it cannot be right. */
  check(declared: Declared): Checked {
    return check(this.source, this.#expr, declared)
  }

  /** Does it use a name that it does not bind itself? */
  uses(name: string): boolean {
    return usesName(this.#expr, name)
  }

  /** Throws CelError where it goes wrong, CelBudgetError where it costs too much. */
  evaluate(names: Activation, budget: Budget): Value {
    return evaluate(this.#expr, names, budget)
  }
}

function usesName(expr: Expr, name: string): boolean {
  const any = (...parts: readonly (Expr | undefined)[]): boolean => parts.some((part) => part !== undefined && usesName(part, name))
  switch (expr.is) {
    case 'literal': return false
    case 'ident': return expr.name === name
    case 'select': return any(expr.operand)
    case 'call': return any(expr.target, ...expr.args)
    case 'list': return any(...expr.items.map(({ value }) => value))
    case 'map': return any(...expr.entries.flatMap(({ key, value }) => [key, value]))
    case 'macro': return any(expr.range) || (expr.variable !== name && any(expr.condition, expr.body))
    case 'bind': return any(expr.value) || (expr.variable !== name && any(expr.body))
  }
}
