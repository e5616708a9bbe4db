import { messageOf } from '../../../../common/errors.ts'
import type { MatchCondition } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { Budget, OBJECT_BUDGET } from '../../cel/budget.ts'
import type { Activation } from '../../cel/evaluate.ts'
import { Expression } from '../../cel/expression.ts'
import { CelBudgetError } from '../../cel/errors.ts'

/** Upstream's: what all conditions of one webhook or policy may cost together. */
const MOST = OBJECT_BUDGET / 4

/** The conditions under which a webhook or policy is asked, each read once. */
export interface Conditions {
  /** True where all hold; false where one does not, even where others go wrong. Throws an Error that says what went wrong with which. */
  hold(names: () => Activation): boolean
}

/** Reads conditions. One that cannot be read goes wrong whenever it is asked. */
export function conditionsOf(conditions: readonly Readonly<MatchCondition>[] = []): Conditions {
  const read = conditions.map(({ expression }) => {
    try {
      return { source: expression, expression: new Expression(expression) }
    } catch (error) {
      return { source: expression, wrong: messageOf(error) }
    }
  })
  return {
    hold(names) {
      if (read.length === 0) return true
      const [values, budget, wrong] = [names(), new Budget(MOST), [] as string[]]
      for (const one of read) {
        try {
          if (one.expression === undefined) throw new Error(one.wrong)
          const value = one.expression.evaluate(values, budget)
          if (value === false) return false
          if (value !== true) throw new Error('the result is no bool')
        } catch (error) {
          if (error instanceof CelBudgetError) throw new Error('validation failed due to running out of cost budget, no further validation rules will be run', { cause: error })
          wrong.push(`expression '${one.source}' resulted in error: ${messageOf(error)}`)
        }
      }
      if (wrong.length === 0) return true
      throw new Error(wrong.length === 1 ? wrong[0] : `[${wrong.join(', ')}]`)
    },
  }
}
