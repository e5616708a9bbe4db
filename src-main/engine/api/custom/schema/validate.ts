import { isMap } from '../../../../common/json.ts'
import { dnsSubdomain } from '../../validation/names.ts'
import { same } from '../../rest/same.ts'
import { FieldErrors } from '../../validation/field-errors.ts'
import { oldField, oldItems } from './correlate.ts'
import { hasFormat } from './formats.ts'
import type { JsonSchema } from './json-schema.ts'
import { isEmbedded, propertyOf, under, valuesOf } from './json-schema.ts'
import { canonicalJson } from '../../../../common/canonical-json.ts'
import { patternOf } from './patterns.ts'

/**
 * Checks a value by its schema, in upstream's words. What has not changed since `old` (undefined: there was nothing) is not held against a
 * write, so that a schema may become stricter ("ratcheting").
 */
export function validateBySchema(value: unknown, schema: JsonSchema, path: string, errors: FieldErrors, old?: unknown): void {
  if (old !== undefined && same(value, old)) return
  if (value === null && schema.nullable === true) return
  if (!hasType(value, schema)) return wrongType(value, schema, path, errors)
  if (typeof value === 'string') validateString(value, schema, path, errors)
  else if (typeof value === 'number') validateNumber(value, schema, path, errors)
  else if (Array.isArray(value)) validateList(value, schema, path, errors, old)
  else if (isMap(value)) validateMap(value, schema, path, errors, old)
  if (schema.enum !== undefined && !schema.enum.some((one) => canonicalJson(one) === canonicalJson(value))) {
    errors.notSupported(path, value, schema.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))))
  }
  validateCombined(value, schema, path, errors)
}

/** Is a value what the schema's `type` (or int-or-string) says? Of fields without a type, anything is. */
export function hasType(value: unknown, schema: JsonSchema): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value)
  switch (schema.type) {
    case 'string': return typeof value === 'string'
    case 'boolean': return typeof value === 'boolean'
    case 'integer': return Number.isInteger(value)
    case 'number': return typeof value === 'number'
    case 'array': return Array.isArray(value)
    case 'object': return isMap(value)
    default: return true
  }
}

function wrongType(value: unknown, schema: JsonSchema, path: string, errors: FieldErrors): void {
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value
  const expected = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : schema.type ?? ''
  errors.invalid(path, actual, `${path} in body must be of type ${expected}: "${actual}"`)
}

function validateString(text: string, schema: JsonSchema, path: string, errors: FieldErrors): void {
  const length = [...text].length
  if (schema.maxLength !== undefined && length > schema.maxLength) errors.tooLong(path, schema.maxLength)
  if (schema.minLength !== undefined && length < schema.minLength) errors.invalid(path, text, `${path} in body should be at least ${String(schema.minLength)} chars long`)
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(text)) errors.invalid(path, text, `${path} in body should match '${schema.pattern}'`)
  if (schema.format !== undefined && !hasFormat(text, schema.format)) errors.invalid(path, text, `${path} in body must be of type ${schema.format}: ${JSON.stringify(text)}`)
}

function validateNumber(value: number, schema: JsonSchema, path: string, errors: FieldErrors): void {
  const { maximum, minimum, multipleOf, format } = schema
  const says = (what: string): void => errors.invalid(path, value, `${path} in body ${what}`)
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)) says(`should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${String(maximum)}`)
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)) says(`should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${String(minimum)}`)
  if (multipleOf !== undefined && multipleOf > 0 && !isMultiple(value, multipleOf)) says(`should be a multiple of ${String(multipleOf)}`)
  if (format === 'int32' && (value > 2147483647 || value < -2147483648)) says(`must be of type int32: "${String(value)}"`)
}

function isMultiple(value: number, of: number): boolean {
  const times = value / of
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times))
}

function validateList(list: readonly unknown[], schema: JsonSchema, path: string, errors: FieldErrors, old: unknown): void {
  if (schema.maxItems !== undefined && list.length > schema.maxItems) errors.tooMany(path, list.length, schema.maxItems)
  if (schema.minItems !== undefined && list.length < schema.minItems) errors.invalid(path, list.length, `${path} in body should have at least ${String(schema.minItems)} items`)
  const { items } = schema
  if (items === undefined) return
  const before = oldItems(old, schema)
  list.forEach((item, i) => validateBySchema(item, items, under(path, i), errors, before(item)))
}

function validateMap(map: Readonly<Record<string, unknown>>, schema: JsonSchema, path: string, errors: FieldErrors, old: unknown): void {
  const names = Object.keys(map)
  if (schema.maxProperties !== undefined && names.length > schema.maxProperties) errors.tooMany(path, names.length, schema.maxProperties)
  if (schema.minProperties !== undefined && names.length < schema.minProperties) errors.invalid(path, names.length, `${path} in body should have at least ${String(schema.minProperties)} properties`)
  for (const name of schema.required ?? []) if (!Object.hasOwn(map, name)) errors.required(under(path, name))
  for (const name of names) {
    const inner = propertyOf(schema, name) ?? valuesOf(schema)
    if (inner !== undefined) validateBySchema(map[name], inner, under(path, name), errors, oldField(old, name))
  }
  if (isEmbedded(schema)) validateEmbedded(map, path, errors)
}

/** An object inside another says what it is, and has a name that an object may have. */
function validateEmbedded(map: Readonly<Record<string, unknown>>, path: string, errors: FieldErrors): void {
  for (const field of ['apiVersion', 'kind']) {
    const value = map[field]
    if (value === undefined || value === '') errors.required(under(path, field), 'must not be empty')
    else if (typeof value !== 'string') errors.invalid(under(path, field), value, 'must be a string')
  }
  const name = isMap(map['metadata']) ? map['metadata']['name'] : undefined
  if (typeof name === 'string' && name !== '') errors.check(under(path, 'metadata.name'), name, dnsSubdomain)
}

function validateCombined(value: unknown, schema: JsonSchema, path: string, errors: FieldErrors): void {
  const causesOf = (part: JsonSchema): FieldErrors => {
    const own = new FieldErrors()
    validateBySchema(value, part, path, own)
    return own
  }
  const fits = (part: JsonSchema): boolean => causesOf(part).causes.length === 0
  const must = (what: string): void => errors.invalid(path, '', `"${path}" must ${what}`)
  if (schema.allOf !== undefined) {
    const failing = schema.allOf.flatMap((part) => causesOf(part).causes)
    if (failing.length > 0) {
      must('validate all the schemas (allOf)')
      errors.causes.push(...failing)
    }
  }
  if (schema.anyOf !== undefined && schema.anyOf.length > 0 && !schema.anyOf.some(fits)) {
    must('validate at least one schema (anyOf)')
    const [first] = schema.anyOf
    if (first !== undefined) errors.causes.push(...causesOf(first).causes)
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const count = schema.oneOf.filter(fits).length
    if (count !== 1) must(`validate one and only one schema (oneOf). ${count === 0 ? 'Found none valid' : `Found ${String(count)} valid alternatives`}`)
  }
  if (schema.not !== undefined && fits(schema.not)) must('not validate the schema (not)')
}
