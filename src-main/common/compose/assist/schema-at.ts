import type { Path } from '../../yaml/place.ts'
import type { Schema } from '../schema/schema.ts'
import { COMPOSE_SCHEMA, resolveSchema } from '../schema/schema.ts'

/** All that a field may be by the Compose schema: `[]` where the schema has no such field. */
export function schemasAt(path: Path): Schema[] {
  return path.reduce<Schema[]>((schemas, step) => schemas.flatMap((schema) => branches(stepInto(schema, step))), branches(COMPOSE_SCHEMA))
}

function stepInto(schema: Schema, step: string | number): Schema | undefined {
  if (typeof step === 'number') return schema.items
  const named = schema.properties?.[step]
  if (named !== undefined) return named
  for (const [pattern, found] of Object.entries(schema.patternProperties ?? {})) if (!pattern.startsWith('^x-') && new RegExp(pattern).test(step)) return found
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

function branches(schema: Schema | undefined): Schema[] {
  if (schema === undefined) return []
  const own = resolveSchema(schema)
  // Words that stand beside a reference are about this very field.
  const said = schema.description === undefined ? own : { ...own, description: schema.description }
  return own.oneOf === undefined ? [said] : own.oneOf.flatMap((branch) => branches(branch).map((one) => ({ ...one, description: one.description ?? said.description ?? '' })))
}

/** The Compose specification's words about a field; ''. */
export function descriptionAt(path: Path): string {
  return schemasAt(path).map(({ description }) => description ?? '').find((words) => words !== '') ?? ''
}
