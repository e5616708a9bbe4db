import { isMap } from '../../../../common/json.ts'
import type { JSONSchemaProps, ValidationRule } from '../../../../common/kube/generated/apiextensions-v1.ts'

/** A structural schema: what a version of a custom kind says of its objects. `items` is one schema, `additionalProperties` one or a yes. */
export interface JsonSchema extends Omit<JSONSchemaProps, 'items' | 'additionalProperties' | 'properties' | 'allOf' | 'anyOf' | 'oneOf' | 'not'> {
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
}

export type { ValidationRule }

/** The schema of a property; undefined where the schema does not name it. Never what an object inherits. */
export function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const { properties } = schema ?? {}
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** The schema of the values of a map; undefined where there is none. `true` allows anything. */
export function valuesOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  return isMap(schema?.additionalProperties) ? schema.additionalProperties : undefined
}

/** The schema of a field of an object or of a value of a map. */
export function fieldOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  return propertyOf(schema, name) ?? valuesOf(schema)
}

/** Does the schema keep fields that it does not name? */
export function keepsUnknown(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true
}

/** Is the value an object of its own inside another: with apiVersion, kind and metadata? */
export function isEmbedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true
}

/** `spec.list[0]`, `spec.field`. */
export function under(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${String(step)}]`
  return path === '' ? step : `${path}.${step}`
}
