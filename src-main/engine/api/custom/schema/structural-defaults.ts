import { isMap, jsonCopy } from '../../../../common/json.ts'
import { FieldErrors } from '../../validation/field-errors.ts'
import { same } from '../../rest/same.ts'
import { applyDefaults } from './defaults.ts'
import type { JsonSchema } from './json-schema.ts'
import { isEmbedded } from './json-schema.ts'
import { validateUniqueness } from './lists.ts'
import { prune } from './prune.ts'
import { validateBySchema } from './validate.ts'

/** Adds what is wrong with the schema's defaults: each must be what the schema itself would take, whole. */
export function validateDefaults(schema: JsonSchema, path: string, errors: FieldErrors): void {
  if (schema.default !== undefined) validateDefault(schema, path, errors)
  for (const [name, child] of Object.entries(schema.properties ?? {})) validateDefaults(child, `${path}.properties[${name}]`, errors)
  if (isMap(schema.additionalProperties)) validateDefaults(schema.additionalProperties as JsonSchema, `${path}.additionalProperties`, errors)
  if (schema.items !== undefined) validateDefaults(schema.items, `${path}.items`, errors)
}

function validateDefault(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const { default: given, ...rest } = schema
  const at = `${path}.default`
  if (given === null && schema.nullable !== true) return errors.invalid(at, null, 'must not be null for a field that is not nullable')
  const dropped: string[] = []
  if (isMap(given)) {
    const pruned = prune(given, rest, (metadata) => ({ value: metadata, unknown: [] }), dropped)
    if (!same(pruned, given) && !isEmbedded(schema)) return errors.invalid(at, given, `must not have unknown fields: ${dropped.join(', ')}`)
  }
  const whole = jsonCopy(given)
  applyDefaults(whole, rest)
  const own = new FieldErrors()
  validateBySchema(whole, rest, at, own)
  validateUniqueness(whole, rest, at, own)
  errors.causes.push(...own.causes)
}
