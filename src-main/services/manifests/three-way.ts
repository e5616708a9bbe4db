import { isMap } from '../../common/json.ts'
import type { MergeSchema } from './manifest-api.ts'

type Json = Record<string, unknown>

/**
 * What an object becomes when `desired` is applied to `live`: what desired says; what it said last time (`last`) and does not say any
 * more goes; what others wrote (defaults, controllers) stays. As kubectl's apply; lists pair by the schema's merge key or are replaced.
 */
export function threeWayMerge(last: unknown, live: unknown, desired: unknown, schema: MergeSchema | undefined): unknown {
  if (isMap(desired)) return mergeMaps(isMap(last) ? last : {}, isMap(live) ? live : {}, desired, schema)
  if (Array.isArray(desired)) return mergeLists(listOf(last), listOf(live), desired as unknown[], schema)
  return desired
}

function mergeMaps(last: Json, live: Json, desired: Json, schema: MergeSchema | undefined): Json {
  if (schema?.patchStrategy.includes('replace') === true) return desired
  // A union (a deployment's strategy): fields that belong to the other member must not stay.
  const retain = schema?.patchStrategy.includes('retainKeys') === true
  const result: Json = {}
  for (const [key, value] of Object.entries(live)) {
    const dropped = retain ? !(key in desired) : key in last && !(key in desired)
    if (!dropped) result[key] = value
  }
  for (const [key, value] of Object.entries(desired)) {
    if (value === null) delete result[key]
    else result[key] = threeWayMerge(last[key], live[key], value, schema?.field(key))
  }
  return result
}

function mergeLists(last: unknown[], live: unknown[], desired: unknown[], schema: MergeSchema | undefined): unknown[] {
  if (schema?.patchStrategy.includes('merge') !== true) return desired
  const { mergeKey } = schema
  if (mergeKey === undefined) {
    const kept = live.filter((item) => !desired.includes(item) && !last.includes(item))
    return [...desired, ...kept]
  }
  const byKey = (list: unknown[]): Map<unknown, unknown> => new Map(list.flatMap((item) => (isMap(item) ? [[item[mergeKey], item] as const] : [])))
  const [lastByKey, liveByKey, desiredByKey] = [byKey(last), byKey(live), byKey(desired)]
  // Two items with one key (a port for TCP and UDP) cannot be paired.
  if (desiredByKey.size !== desired.length) return desired
  const merged = desired.map((item) => (isMap(item) ? threeWayMerge(lastByKey.get(item[mergeKey]), liveByKey.get(item[mergeKey]), item, schema.items) : item))
  const kept = [...liveByKey].filter(([key]) => !desiredByKey.has(key) && !lastByKey.has(key)).map(([, item]) => item)
  return [...merged, ...kept]
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
