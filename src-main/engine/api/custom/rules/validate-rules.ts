import { messageOf } from '../../../../common/errors.ts'
import { isMap } from '../../../../common/json.ts'
import { Expression } from '../../cel/expression.ts'
import type { Declared } from '../../cel/check.ts'
import { mayBe } from '../../cel/types.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import type { JsonSchema, ValidationRule } from '../schema/json-schema.ts'
import { fieldOf } from '../schema/json-schema.ts'
import { mostInRequest, typeOfSchema } from './schema-types.ts'

/** What one rule may cost by estimate, and all of a schema together: upstream's numbers. */
const MOST_OF_RULE = 10_000_000
const MOST_OF_SCHEMA = 100_000_000
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const ADVICE = 'try simplifying the rule(s), or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared'

/** Adds what is wrong with the rules of a schema: what cannot be read, what speaks of fields that do not exist, what may cost too much. */
export function validateRuleDefinitions(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const total = validateIn(schema, path, errors, 1, true, true)
  if (total > MOST_OF_SCHEMA) errors.forbidden(path, `x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of ${factor(total / MOST_OF_SCHEMA)} (${ADVICE})`)
}

/**
 * `bound`: how often a value of this schema can be in one object, where all lists and maps around it say how long they may be. `hasPast`: whether it can be found again in
 * the object that was. Returns the cost of all rules in it.
 */
function validateIn(schema: JsonSchema, path: string, errors: FieldErrors, bound: number | undefined, hasPast: boolean, isRoot: boolean): number {
  const at = `${path}.x-kubernetes-validations`
  const times = bound ?? mostInRequest(schema)
  const within = (most: number | undefined): number | undefined => (bound === undefined || most === undefined ? undefined : bound * most)
  let total = 0
  for (const [i, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) total += validateRule(rule, schema, `${at}[${String(i)}]`, errors, times, hasPast, isRoot)
  for (const [name, child] of Object.entries(schema.properties ?? {})) total += validateIn(child, `${path}.properties[${name}]`, errors, bound, hasPast, false)
  if (isMap(schema.additionalProperties)) total += validateIn(schema.additionalProperties as JsonSchema, `${path}.additionalProperties`, errors, within(schema.maxProperties), hasPast, false)
  if (schema.items !== undefined) total += validateIn(schema.items, `${path}.items`, errors, within(schema.maxItems), hasPast && schema['x-kubernetes-list-type'] === 'map', false)
  return total
}

function validateRule(rule: ValidationRule, schema: JsonSchema, path: string, errors: FieldErrors, times: number, hasPast: boolean, isRoot: boolean): number {
  if (typeof rule.rule !== 'string' || rule.rule.trim() === '') {
    errors.required(`${path}.rule`, 'rule is not specified')
    return 0
  }
  if (rule.message !== undefined && rule.message.trim() === '' && rule.message !== '') errors.invalid(`${path}.message`, rule.message, 'message must be non-empty if specified')
  if (rule.message?.includes('\n') === true) errors.invalid(`${path}.message`, rule.message, 'message must not contain line breaks')
  if (rule.rule.includes('\n') && !rule.message && !rule.messageExpression) errors.required(`${path}.message`, 'message must be specified if rule contains line breaks')
  if (rule.reason !== undefined && !REASONS.includes(rule.reason)) errors.notSupported(`${path}.reason`, rule.reason, REASONS)
  if (rule.fieldPath !== undefined) validateFieldPath(rule.fieldPath, schema, `${path}.fieldPath`, errors)
  const self = typeOfSchema(schema, isRoot)
  const declared: Declared = { self, oldSelf: rule.optionalOldSelf === true ? { name: 'optional', elem: self } : self }
  let cost = 0
  try {
    const expression = new Expression(rule.rule)
    const checked = expression.check(declared)
    if (!mayBe(checked.type, 'bool')) errors.invalid(`${path}.rule`, rule.rule, 'cel expression must evaluate to a bool')
    if (!hasPast && expression.uses('oldSelf')) errors.invalid(`${path}.rule`, rule.rule, 'oldSelf cannot be used on the uncorrelatable portion of the schema')
    if (rule.optionalOldSelf === true && !expression.uses('oldSelf')) errors.invalid(`${path}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule')
    cost = checked.cost * times
    if (cost > MOST_OF_RULE) errors.forbidden(`${path}.rule`, `estimated rule cost exceeds budget by factor of ${factor(cost / MOST_OF_RULE)} (${ADVICE})`)
  } catch (error) {
    errors.invalid(`${path}.rule`, rule.rule, `compilation failed: ${messageOf(error)}`)
  }
  if (rule.messageExpression !== undefined && rule.messageExpression !== '') {
    try {
      const { type } = new Expression(rule.messageExpression).check(declared)
      if (!mayBe(type, 'string')) errors.invalid(`${path}.messageExpression`, rule.messageExpression, 'messageExpression must evaluate to a string')
    } catch (error) {
      errors.invalid(`${path}.messageExpression`, rule.messageExpression, `messageExpression compilation failed: ${messageOf(error)}`)
    }
  }
  return cost
}

/** `.spec.field`, `.map['key']`: of fields that are there, without list items. */
function validateFieldPath(fieldPath: string, schema: JsonSchema, path: string, errors: FieldErrors): void {
  if (fieldPath.trim() === '') return errors.invalid(path, fieldPath, 'must be non-empty if specified')
  if (!/^(\.[A-Za-z_][\w-]*|\['[^']+'\])+$/.test(fieldPath)) return errors.invalid(path, fieldPath, 'must be a valid path of fields, such as .spec.name')
  let place: JsonSchema | undefined = schema
  for (const m of fieldPath.matchAll(/\.([A-Za-z_][\w-]*)|\['([^']+)'\]/g)) place = fieldOf(place, m[1] ?? m[2] ?? '')
  if (place === undefined) errors.invalid(path, fieldPath, 'does not refer to a valid field')
}

/** `1.5x`, `more than 100x`. */
function factor(times: number): string {
  return times > 100 ? 'more than 100x' : `${times.toFixed(1)}x`
}
