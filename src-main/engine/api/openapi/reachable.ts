import type { Schema } from './definitions.ts'
import { DEFINITIONS, META_V1, referenceOf, resolve } from './definitions.ts'
import type { Operation } from './operations.ts'

/** What a patch is, which the published models leave out. */
const PATCH: Schema = { description: 'Patch is provided to give a concrete name and type to the body of a patch.', type: 'object' }

/** The definitions that the operations name, and all that those refer to, by name. */
export function definitionsOf(operations: readonly Operation[], more: Readonly<Record<string, Schema>> = {}): Record<string, Schema> {
  const found: Record<string, Schema> = {}
  const queue = operations.flatMap(({ body, answer }) => [body, answer]).filter((name) => name !== undefined)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const schema = name === `${META_V1}Patch` ? PATCH : (DEFINITIONS[name] ?? more[name])
    if (name in found || schema === undefined) continue
    found[name] = described(schema)
    queue.push(...referencesIn(schema))
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What every kind's own fields are, where neither they nor their types say more. */
const OF_EVERY_KIND: Readonly<Record<string, string>> = {
  apiVersion: 'The group and version of this object.', kind: 'What this object is.', metadata: 'The name, labels and all else that every object has.',
  spec: 'The state that is wanted.', status: 'The state that was last seen. It is written by the system.',
}

const made = new WeakMap<Schema, Schema>()

/** A property that says nothing of itself says what its type says. The same schema gives the same object. */
function described(schema: Schema): Schema {
  if (schema.properties === undefined) return schema
  const known = made.get(schema)
  if (known !== undefined) return known
  const isKind = schema['x-kubernetes-group-version-kind'] !== undefined
  const properties = Object.entries(schema.properties).map(([name, property]): [string, Schema] => {
    const description = property.description ?? resolve(property).description ?? (isKind ? OF_EVERY_KIND[name] : undefined)
    return [name, description === undefined ? property : { ...property, description }]
  })
  const complete = { ...schema, properties: Object.fromEntries(properties) }
  made.set(schema, complete)
  return complete
}

/** The names of the definitions that a schema refers to itself. */
export function referencesIn(schema: Schema): string[] {
  const own = referenceOf(schema)
  const children = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})].filter((child) => child !== undefined)
  return [...(own === undefined ? [] : [own]), ...children.flatMap(referencesIn)]
}
