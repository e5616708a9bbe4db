import { isMap } from '../../../../common/json.ts'
import { Budget, CALL_BUDGET, OBJECT_BUDGET } from '../../cel/budget.ts'
import { CelBudgetError, CelError } from '../../cel/errors.ts'
import type { Activation } from '../../cel/evaluate.ts'
import { Expression } from '../../cel/expression.ts'
import { Optional } from '../../cel/values.ts'
import type { Value } from '../../cel/values.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { same } from '../../rest/same.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { oldField, oldItems } from '../schema/correlate.ts'
import type { JsonSchema, ValidationRule } from '../schema/json-schema.ts'
import { fieldOf, under } from '../schema/json-schema.ts'
import { valueOf } from './values.ts'

/** A rule that was read. */
interface Rule {
  readonly rule: ValidationRule
  readonly expression: Expression
  readonly message: Expression | undefined
  /** It speaks of what was before, so it is asked at updates only (unless it says that there may be nothing). */
  readonly isTransition: boolean
}

/** The rules of a schema, `x-kubernetes-validations`, each read once. */
export interface Rules {
  /** Adds an error for each rule that does not hold. `old` is undefined at creation. */
  validate(object: KubeObject, old: Readonly<KubeObject> | undefined, errors: FieldErrors): void
}

/** Reads all rules of a schema. */
export function rulesOf(schema: JsonSchema): Rules {
  const known = new Map<JsonSchema, { rules: readonly Rule[]; below: boolean }>()
  read(schema, known)
  return {
    validate(object, old, errors) {
      if (known.get(schema)?.below !== true) return
      new Walk(known, errors).value(object, old, old !== undefined, schema, '', true)
    },
  }
}

/** Remembers each schema's rules, and whether there are any in it or below it. */
function read(schema: JsonSchema, known: Map<JsonSchema, { rules: readonly Rule[]; below: boolean }>): boolean {
  const rules = (schema['x-kubernetes-validations'] ?? []).map(readRule)
  const inside = [...Object.values(schema.properties ?? {}), schema.items, isMap(schema.additionalProperties) ? schema.additionalProperties as JsonSchema : undefined].filter((one) => one !== undefined)
  const below = inside.map((one) => read(one, known)).some(Boolean) || rules.length > 0
  known.set(schema, { rules, below })
  return below
}

function readRule(rule: ValidationRule): Rule {
  const expression = new Expression(rule.rule)
  return { rule, expression, message: rule.messageExpression === undefined || rule.messageExpression === '' ? undefined : new Expression(rule.messageExpression), isTransition: expression.uses('oldSelf') }
}

class Walk {
  readonly #known: ReadonlyMap<JsonSchema, { rules: readonly Rule[]; below: boolean }>
  readonly #errors: FieldErrors
  #left = OBJECT_BUDGET

  constructor(known: ReadonlyMap<JsonSchema, { rules: readonly Rule[]; below: boolean }>, errors: FieldErrors) {
    this.#known = known
    this.#errors = errors
  }

  /** `isUpdate`: this value has a past, `old`, or might have had one. False when the budget is used up. */
  value(value: unknown, old: unknown, isUpdate: boolean, schema: JsonSchema, path: string, isRoot = false): boolean {
    const { rules, below } = this.#known.get(schema) ?? { rules: [], below: false }
    if (!below || value === null || value === undefined) return true
    const unchanged = isUpdate && old !== undefined && same(value, old)
    for (const rule of rules) {
      // What has not changed is not held against a write, but for rules about changes.
      if (unchanged && !rule.isTransition) continue
      if (rule.isTransition && old === undefined && rule.rule.optionalOldSelf !== true) continue
      if (!this.#rule(rule, value, old, schema, path, isRoot)) return false
    }
    if (Array.isArray(value)) {
      const { items } = schema
      if (items === undefined) return true
      const before = oldItems(old, schema)
      return (value as unknown[]).every((item, i) => this.value(item, before(item), isUpdate, items, under(path, i)))
    }
    if (!isMap(value)) return true
    return Object.entries(value).every(([name, child]) => {
      const inner = fieldOf(schema, name)
      if (inner === undefined || (isRoot && name === 'metadata')) return true
      const at = schema.properties === undefined ? `${path}[${name}]` : under(path, name)
      return this.value(child, oldField(old, name), isUpdate, inner, at)
    })
  }

  #rule({ rule, expression, message }: Rule, value: unknown, old: unknown, schema: JsonSchema, path: string, isRoot: boolean): boolean {
    const self = valueOf(value, schema, isRoot)
    const before = old === undefined ? undefined : valueOf(old, schema, isRoot)
    const oldSelf: Value | undefined = rule.optionalOldSelf === true ? new Optional(before) : before
    const names: Activation = { get: (name) => (name === 'self' ? self : name === 'oldSelf' ? oldSelf : undefined) }
    const budget = new Budget(Math.min(CALL_BUDGET, this.#left))
    const began = budget.left
    const type = schema.type ?? 'object'
    try {
      const holds = expression.evaluate(names, budget)
      if (holds !== true) this.#fails(rule, messageOf(rule, message, names, budget), type, path)
      return true
    } catch (error) {
      if (error instanceof CelBudgetError) {
        this.#errors.invalid(path, type, this.#left <= CALL_BUDGET
          ? 'validation failed due to running out of cost budget, no further validation rules will be run'
          : `call cost exceeds limit for rule: ${rule.rule}: call cost exceeds limit`)
        return false
      }
      if (!(error instanceof CelError)) throw error
      this.#errors.invalid(path, type, `rule evaluation error: ${error.message} evaluating rule: ${rule.message ?? rule.rule}`)
      return true
    } finally {
      this.#left -= began - Math.max(0, budget.left)
    }
  }

  #fails({ reason, fieldPath }: ValidationRule, message: string, type: string, path: string): void {
    const at = fieldPath === undefined || fieldPath === '' ? path : `${path}${fieldPath.replace(/\['([^']*)'\]/g, '.$1')}`.replace(/^\./, '')
    switch (reason) {
      case 'FieldValueForbidden': return this.#errors.forbidden(at, message)
      case 'FieldValueRequired': return this.#errors.required(at, message)
      case 'FieldValueDuplicate': return this.#errors.duplicate(at, type)
      default: return this.#errors.invalid(at, type, message)
    }
  }
}

/** What is said of a rule that does not hold: its message expression's text, its message, or the rule itself. */
function messageOf({ rule, message }: ValidationRule, expression: Expression | undefined, names: Activation, budget: Budget): string {
  if (expression !== undefined) {
    try {
      const text = expression.evaluate(names, budget)
      if (typeof text === 'string' && text.trim() !== '' && !text.includes('\n')) return text
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CelBudgetError)) throw error
    }
  }
  return message !== undefined && message !== '' ? message : `failed rule: ${rule.trim()}`
}
