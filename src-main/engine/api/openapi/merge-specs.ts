import { same } from '../rest/same.ts'
import type { GroupVersionKind, Schema } from './definitions.ts'
import { referenceOf } from './definitions.ts'
import type { RemoteSpec } from './remote-spec.ts'
import type { V2Content } from './v2-document.ts'
import type { V2Operation, V2Paths } from './v2.ts'

const GVK = 'x-kubernetes-group-version-kind'

/**
 * Own paths and definitions with those of other servers, as kube-aggregator merges them: a definition of the same name is shared where it says the same (its kinds are those of both),
 * else it is another one, called `<name>_v2` and so on. Who comes first keeps its names.
 */
export function mergeSpecs(own: V2Content, specs: readonly RemoteSpec[]): V2Content {
  if (specs.length === 0) return own
  const definitions = new Map(own.definitions)
  const paths = [...own.paths]
  for (const spec of specs) {
    const renames = renamesOf(definitions, spec.definitions)
    const renamed = renames.size === 0 ? spec : renamedSpec(spec, renames)
    for (const [name, schema] of Object.entries(renamed.definitions)) {
      const known = definitions.get(name)
      definitions.set(name, known === undefined ? schema : withKindsOf(known, schema))
    }
    paths.push(renamed.paths)
  }
  return { paths, definitions }
}

/** Which names are taken by something else, and what is said instead. */
function renamesOf(taken: ReadonlyMap<string, Schema>, coming: Readonly<Record<string, Schema>>): Map<string, string> {
  const renames = new Map<string, string>()
  const used = new Set(Object.keys(coming))
  const fits = (name: string, schema: Schema): boolean | undefined => {
    const known = taken.get(name)
    return known === undefined ? undefined : same(withoutKinds(known), withoutKinds(schema))
  }
  for (const [name, schema] of Object.entries(coming)) {
    if (fits(name, schema) !== false) continue
    for (let i = 2; ; i++) {
      const other = `${name}_v${String(i)}`
      const fit = fits(other, schema)
      // Shared with a server before this one, or free.
      if (fit === false || (fit === undefined && used.has(other))) continue
      used.add(other)
      renames.set(name, other)
      break
    }
  }
  return renames
}

function withoutKinds({ [GVK]: _kinds, ...rest }: Schema): Schema {
  return rest
}

/** The same object where nothing is added. */
function withKindsOf(known: Schema, other: Schema): Schema {
  const kinds = known[GVK] ?? []
  const isThere = (kind: GroupVersionKind): boolean => kinds.some((one) => same(one, kind))
  const more = (other[GVK] ?? []).filter((kind) => !isThere(kind))
  return more.length === 0 ? known : { ...known, [GVK]: [...kinds, ...more] }
}

const kept = new WeakMap<RemoteSpec, { readonly by: string; readonly renamed: RemoteSpec }>()

/** The same renames give the same objects, so that what is made of them is made once. */
function renamedSpec(spec: RemoteSpec, renames: ReadonlyMap<string, string>): RemoteSpec {
  const by = JSON.stringify([...renames])
  const known = kept.get(spec)
  if (known?.by === by) return known.renamed
  const renamed: RemoteSpec = {
    ...spec,
    definitions: Object.fromEntries(Object.entries(spec.definitions).map(([name, schema]) => [renames.get(name) ?? name, inSchema(schema, renames)])),
    paths: Object.fromEntries(Object.entries(spec.paths).map(([path, item]): [string, V2Paths[string]] => [path, Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, inOperation(operation, renames)]))])),
  }
  kept.set(spec, { by, renamed })
  return renamed
}

function inOperation(operation: V2Operation, renames: ReadonlyMap<string, string>): V2Operation {
  const inOne = <T extends { readonly schema?: Schema }>(one: T): T => (one.schema === undefined ? one : { ...one, schema: inSchema(one.schema, renames) })
  return { ...operation, parameters: operation.parameters.map(inOne), responses: Object.fromEntries(Object.entries(operation.responses).map(([code, answer]) => [code, inOne(answer)])) }
}

function inSchema(schema: Schema, renames: ReadonlyMap<string, string>): Schema {
  const { $ref, properties, items, additionalProperties, ...rest } = schema
  const name = referenceOf(schema)
  return {
    ...rest,
    ...($ref === undefined || name === undefined ? {} : { $ref: `#/definitions/${renames.get(name) ?? name}` }),
    ...(items === undefined ? {} : { items: inSchema(items, renames) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: inSchema(additionalProperties, renames) }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([field, child]) => [field, inSchema(child, renames)])) }),
  }
}
