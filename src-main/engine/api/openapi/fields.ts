import type { Kind } from '../registry/kind.ts'
import { INT_OR_STRING, QUANTITY, referenceOf, type Schema } from './definitions.ts'
import { type Definitions, definitionOfKind, followed } from './kind-definition.ts'

/** A field as its schema describes it. */
export interface SchemaField {
  readonly name: string
  readonly description: string
  /** `map`: people choose the keys; `any`: the schema does not say. */
  readonly type: 'object' | 'list' | 'map' | 'string' | 'integer' | 'number' | 'boolean' | 'any'
  readonly isRequired: boolean
  /** All that it may hold, where the schema says so. */
  readonly values: readonly string[]
}

/** The fields of a place in a kind's objects, custom kinds included: [] where the schema has no such place or names no fields there. A number is an item of a list. */
export function fieldsAt(kind: Kind, path: readonly (string | number)[]): SchemaField[] {
  const { definitions, root: start } = definitionOfKind(kind)
  const at = path.reduce<Schema | undefined>((schema, step) => (schema === undefined ? undefined : stepInto(followed(schema, definitions), step)), start)
  if (at === undefined) return []
  const { properties = {}, required = [] } = followed(at, definitions)
  return Object.entries(properties).map(([field, schema]) => fieldOf(field, schema, required.includes(field), definitions))
}

function stepInto({ properties, items, additionalProperties }: Schema, step: string | number): Schema | undefined {
  return typeof step === 'number' ? items : properties?.[step] ?? additionalProperties
}

function fieldOf(name: string, schema: Schema, isRequired: boolean, definitions: Definitions): SchemaField {
  const target = followed(schema, definitions)
  return { name, description: schema.description ?? target.description ?? '', type: typeOf(schema, target), isRequired, values: (target.enum ?? []).map(String) }
}

function typeOf(schema: Schema, { type, properties, additionalProperties }: Schema): SchemaField['type'] {
  const reference = referenceOf(schema)
  if (reference === QUANTITY || reference === INT_OR_STRING) return 'string'
  if (type === 'array') return 'list'
  if (properties !== undefined) return 'object'
  if (additionalProperties !== undefined) return 'map'
  return type === 'string' || type === 'integer' || type === 'number' || type === 'boolean' || type === 'object' ? type : 'any'
}
