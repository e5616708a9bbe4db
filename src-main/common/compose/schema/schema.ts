import generated from '../generated/compose-schema.json' with { type: 'json' }

/** The part of JSON schema that the Compose specification's schema is written in. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly uniqueItems?: boolean
  readonly default?: unknown
  readonly deprecated?: boolean
}

const root = generated as unknown as Schema & { readonly definitions: Readonly<Record<string, Schema>> }

/** The schema of a whole Compose file: the specification's own, with its words about each key. */
export const COMPOSE_SCHEMA: Schema = root

/** Follows a `$ref`. */
export function resolveSchema(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const target = root.definitions[schema.$ref.replace('#/definitions/', '')]
  if (target === undefined) throw new Error(`The Compose schema refers to ${schema.$ref}, which it does not have.`)
  return target
}
