import { CelBudgetError } from './errors.ts'

/** What one expression may cost, as upstream: about one for each step. */
export const CALL_BUDGET = 1_000_000
/** What all expressions of one object may. */
export const OBJECT_BUDGET = 10_000_000

/** Counts what evaluation costs, so that none goes on for ever. */
export class Budget {
  #left: number

  constructor(budget: number) {
    this.#left = budget
  }

  get left(): number {
    return this.#left
  }

  /** Throws CelBudgetError when there is no more. */
  spend(cost = 1): void {
    this.#left -= cost
    if (this.#left < 0) throw new CelBudgetError()
  }

  /** For work on a text or list of a length: upstream counts a tenth for each character. */
  spendOn(length: number, factor = 0.1): void {
    this.spend(Math.ceil(length * factor) + 1)
  }
}
