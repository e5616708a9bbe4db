import type { Kind } from '../registry/kind.ts'
import { DEFINITIONS, definitionOf, referenceOf, type Schema } from './definitions.ts'

/** Definitions by name. */
export type Definitions = Readonly<Record<string, Schema>>

/** What a kind's objects are, as OpenAPI 3 says it, custom kinds included; `definitions`: all that its references may lead to. */
export function definitionOfKind(kind: Kind): { readonly definitions: Definitions; readonly root: Schema | undefined } {
  const own = kind.schema?.definitions(3)
  const definitions: Definitions = own === undefined ? DEFINITIONS : { ...DEFINITIONS, ...own }
  const { group, version, kind: name } = kind.resource
  const root = definitionOf(kind.resource) ?? Object.keys(own ?? {}).find((key) => own?.[key]?.['x-kubernetes-group-version-kind']?.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === name))
  return { definitions, root: root === undefined ? undefined : definitions[root] }
}

/** The schema itself, a reference followed. */
export function followed(schema: Schema, definitions: Definitions): Schema {
  const name = referenceOf(schema)
  return name === undefined ? schema : definitions[name] ?? {}
}
