import type { Budget } from '../../cel/budget.ts'
import type { Activation } from '../../cel/evaluate.ts'
import type { Expression } from '../../cel/expression.ts'
import { MapValue } from '../../cel/values.ts'
import type { Value } from '../../cel/values.ts'

/** An expression with a name, which those after it may use. */
export interface Variable {
  readonly name: string
  readonly expression: Expression
}

/** What expressions call `variables`: each evaluated when it is first asked for. Where one goes wrong, so does whoever asks for it. */
export class Variables extends MapValue {
  readonly #variables: ReadonlyMap<string, Variable>
  readonly #names: Activation
  readonly #budget: Budget
  readonly #values = new Map<string, Value>()

  /** `names`: what the variables themselves may use, these included. */
  constructor(variables: readonly Variable[], names: Activation, budget: Budget) {
    super()
    this.#variables = new Map(variables.map((variable) => [variable.name, variable]))
    this.#names = names
    this.#budget = budget
  }

  get size(): number {
    return this.#variables.size
  }

  override get typeName(): string {
    return 'object'
  }

  get(key: Value): Value | undefined {
    const variable = typeof key === 'string' ? this.#variables.get(key) : undefined
    if (variable === undefined) return undefined
    const known = this.#values.get(variable.name)
    if (known !== undefined) return known
    const value = variable.expression.evaluate(this.#names, this.#budget)
    this.#values.set(variable.name, value)
    return value
  }

  keys(): Iterable<Value> {
    return this.#variables.keys()
  }
}
