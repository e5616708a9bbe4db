import type { JSONSchemaProps, ValidationRule } from '../../../../common/kube/generated/apiextensions-v1.ts'
import { isMap } from '../../patch/merge-patch.ts'

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

/** Sets a field also where its name means something to the language (`__proto__`). */
export function setField(target: Record<string, unknown>, field: string, value: unknown): void {
  Object.defineProperty(target, field, { value, enumerable: true, writable: true, configurable: true })
}

/** A deep copy of JSON that keeps nulls, unlike `cleanCopy`: a nullable field may be null. */
export function jsonCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map((item: unknown) => jsonCopy(item)) as T
  const copy: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    if (name === '__proto__') setField(copy, name, jsonCopy(field as unknown))
    else copy[name] = jsonCopy(field as unknown)
  }
  return copy as T
}

/** `spec.list[0]`, `spec.field`. */
export function under(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${String(step)}]`
  return path === '' ? step : `${path}.${step}`
}
