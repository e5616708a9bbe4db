import { isMap } from '../../../../common/json.ts'
import { FieldErrors } from '../../validation/field-errors.ts'
import type { JsonSchema } from './json-schema.ts'
import { isEmbedded, keepsUnknown, propertyOf, under, valuesOf } from './json-schema.ts'
import { areKeywordsRight } from './keywords.ts'
import { patternOf } from './patterns.ts'

const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean']
/** Of JSON schema, and not of a structural one. */
const UNSUPPORTED = ['$ref', '$schema', 'definitions', 'dependencies', 'id', 'patternProperties', 'additionalItems'] as const
/** What says how a value is stored stands in the schema itself, never inside allOf, anyOf, oneOf, not. */
const STRUCTURE_ONLY = ['description', 'type', 'default', 'additionalProperties', 'nullable', 'title', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type'] as const
const MOST_DEPTH = 100

/** Adds what keeps a schema from being structural: upstream's rules, in its words. `path`: of the schema itself. */
export function validateStructural(schema: JsonSchema, path: string, errors: FieldErrors): void {
  if (!isMap(schema as unknown) || !areKeywordsRight(schema as unknown as Record<string, unknown>, path, new FieldErrors())) return validateNode(schema, path, errors, 0)
  if (schema.type === undefined || schema.type === '') errors.required(`${path}.type`, 'must not be empty at the root')
  else if (schema.type !== 'object') errors.invalid(`${path}.type`, schema.type, 'must be object at the root')
  if (isEmbedded(schema)) errors.forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used at the root')
  if (schema.nullable === true) errors.forbidden(`${path}.nullable`, 'nullable cannot be true at the root')
  if (schema.default !== undefined) errors.forbidden(`${path}.default`, 'must not be set at the root')
  validateMetadataSchema(schema, path, errors)
  validateNode(schema, path, errors, 0)
}

/** Of metadata, only its names may be narrowed: what it is, is the same for all kinds. */
function validateMetadataSchema(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const metadata = propertyOf(schema, 'metadata')
  if (!isMap(metadata)) return
  const { properties, type: _type, description: _description, ...rest } = metadata as JsonSchema
  const others = Object.keys(properties ?? {}).filter((name) => name !== 'name' && name !== 'generateName')
  if (others.length > 0 || Object.keys(rest).length > 0) {
    errors.forbidden(`${path}.properties[metadata]`, 'must not specify anything other than name and generateName, but metadata is implicitly specified')
  }
}

function validateNode(schema: JsonSchema, path: string, errors: FieldErrors, depth: number): void {
  if (depth > MOST_DEPTH) return errors.forbidden(path, `schemas must not be nested deeper than ${String(MOST_DEPTH)} levels`)
  if (!isMap(schema as unknown)) return errors.invalid(path, schema, 'must be a schema')
  if (!areKeywordsRight(schema as unknown as Record<string, unknown>, path, errors)) return
  validateKeywords(schema, path, errors)
  validateExtensions(schema, path, errors)
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  if (intOrString && schema.type !== undefined && schema.type !== '') errors.forbidden(`${path}.type`, 'must be empty if x-kubernetes-int-or-string is true')
  const hasType = intOrString || keepsUnknown(schema) || (schema.type ?? '') !== ''
  if (schema.type !== undefined && schema.type !== '' && !TYPES.includes(schema.type)) errors.notSupported(`${path}.type`, schema.type, TYPES)
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) errors.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  if (schema.type === 'array' && schema.items === undefined) errors.required(`${path}.items`, 'must be specified')
  if (Array.isArray(schema.items as unknown)) errors.forbidden(`${path}.items`, 'items must be a schema object and not an array')
  if (!hasType && depth > 0) errors.required(`${path}.type`, path.endsWith('.items') ? 'must not be empty for specified array items' : 'must not be empty for specified object fields')

  for (const [name, child] of entries(schema.properties)) validateNode(child, `${path}.properties[${name}]`, errors, depth + 1)
  if (isMap(schema.additionalProperties)) validateNode(schema.additionalProperties as JsonSchema, `${path}.additionalProperties`, errors, depth + 1)
  if (isMap(schema.items)) validateNode(schema.items, `${path}.items`, errors, depth + 1)
  for (const [at, inner] of combinedOf(schema, path)) validateInner(inner, schema, at, errors, depth + 1)
}

function validateKeywords(schema: JsonSchema, path: string, errors: FieldErrors): void {
  for (const keyword of UNSUPPORTED) if ((schema as Record<string, unknown>)[keyword] !== undefined) errors.forbidden(`${path}.${keyword}`, `${keyword} is not supported`)
  if (schema.uniqueItems === true) errors.forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic')
  if (schema.pattern !== undefined) {
    try {
      patternOf(schema.pattern)
    } catch (error) {
      errors.invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function validateExtensions(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys']
  const mapType = schema['x-kubernetes-map-type']
  if (listType !== undefined) {
    if (!['atomic', 'set', 'map'].includes(listType)) errors.notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map'])
    if (schema.type !== 'array') errors.invalid(`${path}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified')
    else if (listType === 'map') validateListMap(schema, path, errors)
    else if (listType === 'set') validateListSet(schema, path, errors)
  }
  if (keys !== undefined && listType !== 'map') errors.invalid(`${path}.x-kubernetes-list-type`, listType ?? '', 'must be map if x-kubernetes-list-map-keys is non-empty')
  if (mapType !== undefined) {
    if (!['atomic', 'granular'].includes(mapType)) errors.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])
    if (schema.type !== 'object') errors.invalid(`${path}.type`, schema.type ?? '', 'must be object if x-kubernetes-map-type is specified')
  }
  if (isEmbedded(schema)) {
    if (schema.type !== 'object') errors.invalid(`${path}.type`, schema.type ?? '', 'must be object if x-kubernetes-embedded-resource is true')
    if (!keepsUnknown(schema) && Object.keys(schema.properties ?? {}).length === 0) errors.required(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields')
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) errors.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')
}

function validateListMap(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (keys.length === 0) errors.required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')
  if (schema.items !== undefined && schema.items.type !== 'object') errors.invalid(`${path}.items.type`, schema.items.type ?? '', 'must be object if parent array\'s x-kubernetes-list-type is map')
  const seen = new Set<string>()
  keys.forEach((key, i) => {
    const property = propertyOf(schema.items, key)
    const at = `${path}.x-kubernetes-list-map-keys[${String(i)}]`
    if (seen.has(key)) errors.duplicate(at, key)
    seen.add(key)
    if (property === undefined) errors.invalid(at, key, 'entries must all be names of item properties')
    else if (['array', 'object'].includes(property.type ?? '')) errors.invalid(`${path}.items.properties[${key}].type`, property.type, 'must be a scalar type if parent array\'s x-kubernetes-list-type is map')
    else if (property.default === undefined && schema.items?.required?.includes(key) !== true) errors.required(`${path}.items.properties[${key}].default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property')
  })
}

function validateListSet(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const { items } = schema
  if (items?.nullable === true) errors.forbidden(`${path}.items.nullable`, 'cannot be nullable when x-kubernetes-list-type is "set"')
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') errors.invalid(`${path}.items.x-kubernetes-map-type`, items['x-kubernetes-map-type'] ?? null, 'must be atomic as item of a list with x-kubernetes-list-type=set')
  if (items?.type === 'array' && ![undefined, 'atomic'].includes(items['x-kubernetes-list-type'])) errors.invalid(`${path}.items.x-kubernetes-list-type`, items['x-kubernetes-list-type'], 'must be atomic as item of a list with x-kubernetes-list-type=set')
}

/** A schema inside allOf, anyOf, oneOf or not: it says what values may be, of fields that `outer` has. */
function validateInner(inner: JsonSchema, outer: JsonSchema | undefined, path: string, errors: FieldErrors, depth: number): void {
  if (depth > MOST_DEPTH) return errors.forbidden(path, `schemas must not be nested deeper than ${String(MOST_DEPTH)} levels`)
  if (!isMap(inner as unknown)) return errors.invalid(path, inner, 'must be a schema')
  if (!areKeywordsRight(inner as unknown as Record<string, unknown>, path, errors)) return
  validateKeywords(inner, path, errors)
  // The two types of int-or-string are the one thing that is told so.
  const isIntOrString = outer?.['x-kubernetes-int-or-string'] === true && (inner.type === 'integer' || inner.type === 'string')
  for (const field of STRUCTURE_ONLY) if (inner[field] !== undefined && !(field === 'type' && isIntOrString)) errors.forbidden(`${path}.${field}`, 'must be empty to be structural')
  for (const [name, child] of entries(inner.properties)) {
    const beside = propertyOf(outer, name) ?? valuesOf(outer)
    if (beside === undefined && outer !== undefined && !keepsUnknown(outer)) errors.required(`${path.replace(/\.(allOf|anyOf|oneOf)\[\d+\].*$|\.not.*$/, '')}.properties[${name}]`, `because it is defined in ${path}.properties[${name}]`)
    validateInner(child, beside, `${path}.properties[${name}]`, errors, depth + 1)
  }
  if (isMap(inner.items)) validateInner(inner.items, outer?.items, `${path}.items`, errors, depth + 1)
  for (const [at, child] of combinedOf(inner, path)) validateInner(child, outer, at, errors, depth + 1)
}

/** The schemas of allOf, anyOf, oneOf and not, with their paths. */
function combinedOf(schema: JsonSchema, path: string): [path: string, schema: JsonSchema][] {
  return [
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((field) => (Array.isArray(schema[field]) ? schema[field] as readonly JsonSchema[] : []).map((one, i): [string, JsonSchema] => [under(`${path}.${field}`, i), one])),
    ...(schema.not === undefined ? [] : [[`${path}.not`, schema.not] as [string, JsonSchema]]),
  ]
}

function entries(properties: unknown): [string, JsonSchema][] {
  return isMap(properties) ? Object.entries(properties) as [string, JsonSchema][] : []
}
