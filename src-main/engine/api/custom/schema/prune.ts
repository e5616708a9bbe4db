import { isMap, setField } from '../../../../common/json.ts'
import type { JsonSchema } from './json-schema.ts'
import { isEmbedded, keepsUnknown, propertyOf, under, valuesOf } from './json-schema.ts'

const OWN = new Set(['apiVersion', 'kind', 'metadata'])

/** An object's metadata read as such: what remains of it, and the paths (below it) of the fields it does not know. */
export type ReadMetadata = (metadata: unknown) => { value: unknown; unknown: readonly string[] }

/**
 * A copy of an object without the fields that its structural schema does not name; `dropped` gets their paths. The root and embedded
 * resources keep their apiVersion, kind and metadata, which is read by `metadata`. Upstream's pruning, which is why doing it twice changes nothing.
 */
export function prune(object: Readonly<Record<string, unknown>>, schema: JsonSchema, metadata: ReadMetadata, dropped: string[]): Record<string, unknown> {
  return pruneMap(object, schema, { metadata, dropped }, '', true, false)
}

interface Pruning {
  readonly metadata: ReadMetadata
  readonly dropped: string[]
}

function pruneValue(value: unknown, schema: JsonSchema | undefined, pruning: Pruning, path: string, keeping: boolean): unknown {
  if (Array.isArray(value)) return value.map((item, i) => pruneValue(item, schema?.items, pruning, under(path, i), keeping))
  if (!isMap(value)) return value
  return pruneMap(value, schema, pruning, path, schema !== undefined && isEmbedded(schema), keeping)
}

/** `keeping`: something above keeps all that it does not know, and with it all that is below. */
function pruneMap(value: Readonly<Record<string, unknown>>, schema: JsonSchema | undefined, pruning: Pruning, path: string, isResource: boolean, above: boolean): Record<string, unknown> {
  const keeping = schema === undefined ? above : keepsUnknown(schema)
  const result: Record<string, unknown> = {}
  for (const [name, child] of Object.entries(value)) {
    const at = under(path, name)
    if (isResource && name === 'metadata') {
      const read = pruning.metadata(child)
      setField(result, name, read.value)
      pruning.dropped.push(...read.unknown.map((field) => under(at, field)))
      continue
    }
    if (isResource && OWN.has(name)) {
      setField(result, name, child)
      continue
    }
    const known = propertyOf(schema, name)
    const inner = known ?? valuesOf(schema)
    if (inner !== undefined) setField(result, name, pruneValue(child, inner, pruning, at, keeping && known === undefined))
    else if (schema?.additionalProperties === true || keeping) setField(result, name, pruneValue(child, undefined, pruning, at, true))
    else pruning.dropped.push(at)
  }
  return result
}
