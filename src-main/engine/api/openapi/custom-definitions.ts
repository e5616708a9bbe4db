import type { Kind } from '../registry/kind.ts'
import type { Schema } from './definitions.ts'
import { definitionOf } from './definitions.ts'
import type { DefinitionName } from './operations.ts'

/** The definitions of kinds that came at run time, beside the published ones. */
export interface CustomDefinitions {
  readonly definitions: Readonly<Record<string, Schema>>
  readonly nameOf: DefinitionName
}

/** There are none. */
export const NO_CUSTOM: CustomDefinitions = { definitions: {}, nameOf: definitionOf }

/** What the kinds that have a schema of their own say of themselves. `version`: of OpenAPI. */
export function customDefinitions(kinds: readonly Kind[], version: 2 | 3): CustomDefinitions {
  const definitions = Object.assign({}, ...kinds.map((kind) => ofKind(kind, version))) as Record<string, Schema>
  const names = new Map(Object.entries(definitions).flatMap(([name, schema]) => (schema['x-kubernetes-group-version-kind'] ?? []).map((gvk): [string, string] => [`${gvk.group}/${gvk.version}/${gvk.kind}`, name])))
  // A list may have any name, and is asked for by the usual one.
  for (const { resource: { group, version, kind }, listKind } of kinds) if (listKind !== undefined) names.set(`${group}/${version}/${kind}List`, names.get(`${group}/${version}/${listKind}`) ?? '')
  return { definitions, nameOf: (kind) => definitionOf(kind) ?? names.get(`${kind.group}/${kind.version}/${kind.kind}`) }
}

const made = new WeakMap<Kind, Partial<Record<2 | 3, Record<string, Schema>>>>()

/** The same kind gives the same objects, as long as it is there. */
function ofKind(kind: Kind, version: 2 | 3): Record<string, Schema> {
  if (kind.schema === undefined) return {}
  const known = made.get(kind)
  if (known?.[version] !== undefined) return known[version]
  const definitions = kind.schema.definitions(version)
  made.set(kind, { ...known, [version]: definitions })
  return definitions
}
