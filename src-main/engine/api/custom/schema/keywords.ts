import { isMap } from '../../../../common/json.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'

const isText = (value: unknown): boolean => typeof value === 'string'
const isYesNo = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const isListOf = (check: (value: unknown) => boolean) => (value: unknown): boolean => Array.isArray(value) && value.every(check)
const isRule = (value: unknown): boolean => isMap(value)
  && ['rule', 'message', 'messageExpression', 'reason', 'fieldPath'].every((name) => value[name] === undefined || isText(value[name])) && (value['optionalOldSelf'] === undefined || isYesNo(value['optionalOldSelf']))

/** What each keyword of a schema must be, in words and as a check. */
const KEYWORDS: readonly (readonly [words: string, check: (value: unknown) => boolean, names: readonly string[]])[] = [
  ['a string', isText, ['type', 'format', 'pattern', 'description', 'title', 'x-kubernetes-list-type', 'x-kubernetes-map-type']],
  ['a number', isNumber, ['maximum', 'minimum', 'multipleOf']],
  ['a whole number that is not negative', isCount, ['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties']],
  ['true or false', isYesNo, ['nullable', 'uniqueItems', 'exclusiveMaximum', 'exclusiveMinimum', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string']],
  ['a list of strings', isListOf(isText), ['required', 'x-kubernetes-list-map-keys']],
  ['a list', Array.isArray, ['enum', 'allOf', 'anyOf', 'oneOf']],
  ['a list of rules', isListOf(isRule), ['x-kubernetes-validations']],
  ['a map of schemas', isMap, ['properties']],
  // A list of schemas has an error of its own.
  ['a schema', (value) => isMap(value) || Array.isArray(value), ['items']],
  ['a schema', isMap, ['not']],
  ['a schema, or true or false', (value) => isMap(value) || isYesNo(value), ['additionalProperties']],
]

/**
 * Adds an error for each keyword that is not even of its type, and says whether all are. Below `items` and the like a schema comes in as any JSON, and
 * nothing that walks it need ask again.
 */
export function areKeywordsRight(schema: Readonly<Record<string, unknown>>, path: string, errors: FieldErrors): boolean {
  let right = true
  for (const [words, check, names] of KEYWORDS) {
    for (const name of names) {
      const value = Object.hasOwn(schema, name) ? schema[name] : undefined
      if (value === undefined || check(value)) continue
      errors.invalid(`${path}.${name}`, value, `must be ${words}`)
      right = false
    }
  }
  return right
}
