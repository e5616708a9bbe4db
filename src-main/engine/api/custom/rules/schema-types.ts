import { DYN, STRING } from '../../cel/types.ts'
import type { Type } from '../../cel/types.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { isEmbedded, keepsUnknown, propertyOf, valuesOf } from '../schema/json-schema.ts'
import { unescaped } from './field-names.ts'

/** As large as a request may be: what a list or text without a limit is counted as. */
const REQUEST_BYTES = 3 * 1024 * 1024
const NAMES: Type = { name: 'object', field: (name) => (name === 'name' || name === 'generateName' ? STRING : undefined) }

/** What an expression knows of a value of this schema. */
export function typeOfSchema(schema: JsonSchema, isRoot = false): Type {
  if (schema['x-kubernetes-int-or-string'] === true) return DYN
  switch (schema.type) {
    case 'boolean': return { name: 'bool' }
    case 'integer': return { name: 'int' }
    case 'number': return { name: 'double' }
    case 'string': return textType(schema)
    case 'array': return listType(schema)
    case 'object': return objectType(schema, isRoot)
    default: return DYN
  }
}

function textType({ format, maxLength, enum: values }: JsonSchema): Type {
  switch (format) {
    case 'byte': return { name: 'bytes', most: maxLength ?? REQUEST_BYTES }
    case 'date':
    case 'date-time': return { name: 'timestamp' }
    case 'duration': return { name: 'duration' }
    default: return { name: 'string', most: values === undefined ? (maxLength ?? REQUEST_BYTES) : Math.max(...values.map((value) => String(value).length), 0) }
  }
}

function listType(schema: JsonSchema): Type {
  const { items } = schema
  return { name: 'list', most: mostItems(schema), get elem() { return items === undefined ? DYN : typeOfSchema(items) } }
}

function objectType(schema: JsonSchema, isRoot: boolean): Type {
  const values = valuesOf(schema)
  if (schema.properties === undefined && !isRoot && !isEmbedded(schema)) {
    if (values === undefined) return keepsUnknown(schema) || schema.additionalProperties === true ? DYN : { name: 'object', field: () => undefined }
    return { name: 'map', most: mostItems(schema), get elem() { return typeOfSchema(values) } }
  }
  return {
    name: 'object',
    field(text) {
      const name = unescaped(text)
      const property = propertyOf(schema, name)
      if (property !== undefined && !((isRoot || isEmbedded(schema)) && name === 'metadata')) return typeOfSchema(property)
      if (!isRoot && !isEmbedded(schema)) return undefined
      return name === 'metadata' ? NAMES : name === 'apiVersion' || name === 'kind' ? STRING : undefined
    },
  }
}

/** How many items a list or map may have: what it says, or as many of the smallest as fit into a request. */
function mostItems(schema: JsonSchema): number {
  const inside = schema.items ?? valuesOf(schema)
  const said = schema.type === 'array' ? schema.maxItems : schema.maxProperties
  // A map's value has a key, with its quotes and colon.
  return said ?? Math.floor(REQUEST_BYTES / ((inside === undefined ? 1 : smallest(inside)) + (schema.type === 'array' ? 1 : 5)))
}

/** How many values of a schema fit into one request, however they are nested. */
export function mostInRequest(schema: JsonSchema): number {
  return Math.floor(REQUEST_BYTES / (smallest(schema) + 1))
}

/** The least bytes of JSON that a value takes. */
function smallest(schema: JsonSchema): number {
  switch (schema.type) {
    case 'string': return 2 + (schema.minLength ?? 0)
    case 'boolean': return 4
    case 'array': return 2 + (schema.minItems ?? 0)
    case 'object': return 2 + (schema.required ?? []).reduce((size, name) => size + name.length + 3 + smallest(propertyOf(schema, name) ?? {}), 0)
    default: return 1
  }
}
