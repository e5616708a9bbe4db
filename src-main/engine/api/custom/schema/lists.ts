import { canonicalJson } from '../../../../common/canonical-json.ts'
import { isMap } from '../../../../common/json.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import type { JsonSchema } from './json-schema.ts'
import { fieldOf, under } from './json-schema.ts'
import { keyOf } from './correlate.ts'

/** Adds an error for each item that is twice in a list that is a set or a map. */
export function validateUniqueness(value: unknown, schema: JsonSchema, path: string, errors: FieldErrors): void {
  if (isMap(value)) {
    for (const [name, child] of Object.entries(value)) {
      const inner = fieldOf(schema, name)
      if (inner !== undefined) validateUniqueness(child, inner, under(path, name), errors)
    }
    return
  }
  if (!Array.isArray(value)) return
  const list: readonly unknown[] = value
  const type = schema['x-kubernetes-list-type']
  if (type === 'set' || type === 'map') {
    const seen = new Set<string>()
    list.forEach((item, i) => {
      const key = type === 'set' ? canonicalJson(item) : keyOf(item, schema)
      if (seen.has(key)) errors.duplicate(under(path, i), type === 'set' ? item : Object.fromEntries((schema['x-kubernetes-list-map-keys'] ?? []).map((k) => [k, isMap(item) ? item[k] : undefined])))
      seen.add(key)
    })
  }
  const { items } = schema
  if (items !== undefined) list.forEach((item, i) => validateUniqueness(item, items, under(path, i), errors))
}
