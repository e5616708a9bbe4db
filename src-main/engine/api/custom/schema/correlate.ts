import { isMap } from '../../../../common/json.ts'
import type { JsonSchema } from './json-schema.ts'

/** What an item of a list was before: found by its keys in a list that is a map; items of other lists have no past. `old` is the list before. */
export function oldItems(old: unknown, schema: JsonSchema): (item: unknown) => unknown {
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map') return () => undefined
  const before = new Map<string, unknown>((old as unknown[]).map((item) => [keyOf(item, schema), item]))
  return (item) => before.get(keyOf(item, schema))
}

/** What a field or a map's value was before. */
export function oldField(old: unknown, name: string): unknown {
  return isMap(old) && Object.hasOwn(old, name) ? old[name] : undefined
}

/** The keys of an item of a list that is a map, as one text. A key that is not there has its default. */
export function keyOf(item: unknown, schema: JsonSchema): string {
  return JSON.stringify((schema['x-kubernetes-list-map-keys'] ?? []).map((key) => (isMap(item) ? item[key] ?? schema.items?.properties?.[key]?.default : undefined) ?? null))
}
