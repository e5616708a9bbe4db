import { isMap, jsonCopy, setField } from '../../../../common/json.ts'
import type { JsonSchema } from './json-schema.ts'
import { fieldOf } from './json-schema.ts'

/**
 * Fills in, in place, what the schema gives for fields that are not there. A null that the schema does not allow counts as not there
 * where there is a default. Done at every write and at every read, so that a default that comes later holds for older objects too.
 */
export function applyDefaults(value: unknown, schema: JsonSchema | undefined): void {
  if (schema === undefined) return
  if (Array.isArray(value)) {
    const { items } = schema
    if (items !== undefined) for (const item of value) applyDefaults(item, items)
    return
  }
  if (!isMap(value)) return
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue
    const isMissing = !Object.hasOwn(value, name) || (value[name] === null && property.nullable !== true)
    if (isMissing) setField(value, name, jsonCopy(property.default))
  }
  for (const [name, child] of Object.entries(value)) applyDefaults(child, fieldOf(schema, name))
}

/** Has the schema a default anywhere? Without one, an object is shown as it is stored. */
export function hasDefaults(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true
  const inside = [schema.items, isMap(schema.additionalProperties) ? schema.additionalProperties as JsonSchema : undefined, ...Object.values(schema.properties ?? {})]
  return inside.some((child) => child !== undefined && hasDefaults(child))
}
