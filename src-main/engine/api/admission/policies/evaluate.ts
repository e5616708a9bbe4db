import { messageOf } from '../../../../common/errors.ts'
import { Budget, OBJECT_BUDGET } from '../../cel/budget.ts'
import type { Activation } from '../../cel/evaluate.ts'
import { CelBudgetError, CelError } from '../../cel/errors.ts'
import type { Expression } from '../../cel/expression.ts'
import type { Value } from '../../cel/values.ts'
import type { Policy, ReadValidation } from './policy.ts'
import { Variables } from './variables.ts'

const LONGEST_MESSAGE = 5 * 1024
const LONGEST_ANNOTATION = 10 * 1024

/** Why a policy is against a request. */
export interface Failure {
  readonly message: string
  /** `Invalid` where the policy says none. */
  readonly reason: string
  /** Which of the policy's validations it is; undefined where something went wrong that is none. */
  readonly index: number | undefined
  /** Not refused: something could not be evaluated, or written down. Refuses all the same, whatever the binding does with what is refused. */
  readonly isAnnotation?: boolean
}

/** What a policy says of one request. */
export interface Outcome {
  readonly failures: readonly Failure[]
  /** For the audit log, by the policy's key. */
  readonly annotations: Readonly<Record<string, string>>
}

const NOTHING: Outcome = { failures: [], annotations: {} }

/** Evaluates a policy with the names of a request and, where it has any, one of its parameters. What goes wrong is a failure unless the policy ignores it. */
export function evaluatePolicy({ definition, conditions, variables, validations, annotations }: Policy, names: Activation): Outcome {
  const ignores = definition.spec.failurePolicy === 'Ignore'
  const budget = new Budget(OBJECT_BUDGET)
  const all: Activation = { get: (name) => (name === 'variables' ? own : names.get(name)) }
  const own = new Variables(variables, all, budget)
  try {
    if (!conditions.hold(() => all)) return NOTHING
  } catch (error) {
    return ignores ? NOTHING : { failures: [{ message: messageOf(error), reason: '', index: undefined }], annotations: {} }
  }
  const failures: Failure[] = []
  validations.forEach((one, index) => {
    try {
      if (evaluated(one.expression, all, budget) === true) return
      failures.push({ message: messageFor(one, all, budget), reason: one.validation.reason ?? 'Invalid', index })
    } catch (error) {
      if (!ignores) failures.push({ message: messageOf(error), reason: '', index })
    }
  })
  const written: Record<string, string> = {}
  for (const { key, expression } of annotations) {
    try {
      const value = evaluated(expression, all, budget)
      if (typeof value === 'string' && value.trim() !== '') written[key] = value.trim().slice(0, LONGEST_ANNOTATION)
      else if (value !== null && typeof value !== 'string') throw new Error(`valueExpression '${expression.source}' resulted in unsupported return type. Return type must be either string or null`)
    } catch (error) {
      if (!ignores) failures.push({ message: messageOf(error), reason: '', index: undefined, isAnnotation: true })
    }
  }
  return { failures, annotations: written }
}

/** An expression's value; an Error in upstream's words where it goes wrong. */
function evaluated(expression: Expression, names: Activation, budget: Budget): Value {
  try {
    return expression.evaluate(names, budget)
  } catch (error) {
    if (error instanceof CelBudgetError) throw new Error('validation failed due to running out of cost budget, no further validation rules will be run', { cause: error })
    if (!(error instanceof CelError)) throw error
    throw new Error(`expression '${expression.source}' resulted in error: ${error.message}`, { cause: error })
  }
}

/** The message expression's text where it gives a usable one, or the message, or the expression that failed. */
function messageFor({ validation, expression, message }: ReadValidation, names: Activation, budget: Budget): string {
  let text = ''
  try {
    const value = message === undefined ? '' : evaluated(message, names, budget)
    if (typeof value === 'string' && value.length <= LONGEST_MESSAGE && !value.trim().includes('\n')) text = value.trim()
  } catch {
    // Then the message itself must do.
  }
  return text || (validation.message?.trim() ?? '') || `failed expression: ${expression.source.trim()}`
}
