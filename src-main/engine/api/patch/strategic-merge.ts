import { badRequest } from '../../../common/errors.ts'
import { isMap } from '../../../common/json.ts'
import type { SchemaNode } from '../schema.ts'
import { same } from '../rest/same.ts'
import { jsonTypeOf } from './merge-patch.ts'

type Json = Record<string, unknown>
const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM = '$deleteFromPrimitiveList/'
const SET_ORDER = '$setElementOrder/'

/**
 * Applies a strategic merge patch by the type's schema and returns the result; neither argument is changed.
 * Lists merge by their merge key, or are replaced; `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/x` and `$setElementOrder/x`
 * are understood. After upstream's apimachinery strategicpatch, whose order of things it keeps.
 */
export function applyStrategicMerge(target: unknown, patch: unknown, schema: SchemaNode | undefined): unknown {
  if (!isMap(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`)
  return mergeMap(isMap(target) ? target : {}, patch, schema)
}

function mergeMap(target: Json, patch: Json, schema: SchemaNode | undefined): Json {
  const directive = patch[DIRECTIVE]
  if (directive === 'delete') return {}
  if (directive === 'replace') return withoutDirectives(patch) as Json
  if (directive !== undefined && directive !== 'merge') throw badRequest(`Unknown $patch value: ${typeof directive === 'string' ? directive : JSON.stringify(directive)}`)

  const result: Json = { ...target }
  retainKeys(result, patch[RETAIN_KEYS])
  for (const key of Object.keys(patch)) {
    if (key.startsWith(DELETE_FROM)) deletePrimitives(result, key.slice(DELETE_FROM.length), patch[key])
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$') || key === '__proto__') continue
    if (value === null) {
      Reflect.deleteProperty(result, key)
      continue
    }
    const field = schema?.field(key)
    const order = patch[SET_ORDER + key]
    result[key] = mergeValue(result[key], value, field, Array.isArray(order) ? order : undefined)
  }
  for (const [key, order] of Object.entries(patch)) {
    const name = key.startsWith(SET_ORDER) ? key.slice(SET_ORDER.length) : undefined
    // An order without changes to the list itself.
    if (name === undefined || patch[name] !== undefined || !Array.isArray(result[name])) continue
    result[name] = ordered(result[name] as unknown[], order, schema?.field(name)?.mergeKey, [])
  }
  return result
}

function mergeValue(target: unknown, value: unknown, schema: SchemaNode | undefined, order: unknown[] | undefined): unknown {
  if (isMap(value)) {
    if (schema?.patchStrategy.includes('replace') === true && value[DIRECTIVE] === undefined) return withoutDirectives(value)
    return mergeMap(isMap(target) ? target : {}, value, schema)
  }
  if (!Array.isArray(value)) return value
  if (schema?.patchStrategy.includes('merge') !== true) return withoutDirectives(value.filter((item) => !isMap(item) || item[DIRECTIVE] === undefined))
  return mergeList(Array.isArray(target) ? (target as unknown[]) : [], value as unknown[], schema, order)
}

function mergeList(target: unknown[], patch: unknown[], schema: SchemaNode, order: unknown[] | undefined): unknown[] {
  const key = schema.mergeKey
  if (key === undefined) {
    const merged = [...target]
    for (const item of patch) if (!merged.some((m) => same(m, item))) merged.push(item)
    return ordered(merged, order, undefined, target)
  }
  const replaced = patch.some((item) => isMap(item) && item[DIRECTIVE] === 'replace')
  let result: unknown[] = replaced ? [] : [...target]
  for (const item of patch) {
    if (!isMap(item)) throw badRequest(`a list that merges by ${JSON.stringify(key)} holds objects, not ${JSON.stringify(item)}`)
    if (item[DIRECTIVE] === 'replace' && item[key] === undefined) continue
    const id = item[key]
    if (id === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    const isSame = (other: unknown): boolean => isMap(other) && same(other[key], id)
    if (item[DIRECTIVE] === 'delete') {
      result = result.filter((other) => !isSame(other))
      continue
    }
    const at = result.findIndex(isSame)
    if (at < 0) result.push(mergeMap({}, item, schema.items))
    else result[at] = mergeMap(result[at] as Json, item, schema.items)
  }
  return ordered(result, order, key, target)
}

/**
 * Orders a list by `$setElementOrder`: what it names, in its order; what it does not name stays where it was relative to its neighbours.
 * `server`: the list before the patch, for those relative places.
 */
function ordered(list: unknown[], order: unknown, key: string | undefined, server: readonly unknown[]): unknown[] {
  if (!Array.isArray(order)) return list
  const idOf = (item: unknown): unknown => (key === undefined || !isMap(item) ? item : item[key])
  const rank = new Map((order as unknown[]).map((item, i) => [JSON.stringify(idOf(item)), i]))
  const rankOf = (item: unknown): number | undefined => rank.get(JSON.stringify(idOf(item)))
  const named = list.filter((item) => rankOf(item) !== undefined).sort((a, b) => (rankOf(a) ?? 0) - (rankOf(b) ?? 0))
  const others = list.filter((item) => rankOf(item) === undefined)
  if (others.length === 0) return named
  const places = new Map((server.length > 0 ? server : list).map((item, i) => [JSON.stringify(idOf(item)), i]))
  const placeOf = (item: unknown): number => places.get(JSON.stringify(idOf(item))) ?? Number.MAX_SAFE_INTEGER
  const result: unknown[] = []
  let n = 0
  for (const other of others) {
    while (n < named.length && placeOf(named[n]) < placeOf(other)) result.push(named[n++])
    result.push(other)
  }
  return [...result, ...named.slice(n)]
}

function retainKeys(result: Json, keys: unknown): void {
  if (!Array.isArray(keys)) return
  for (const key of Object.keys(result)) if (!keys.includes(key)) Reflect.deleteProperty(result, key)
}

function deletePrimitives(result: Json, field: string, values: unknown): void {
  const list = result[field]
  if (!Array.isArray(list) || !Array.isArray(values)) return
  result[field] = list.filter((item) => !values.some((value) => same(value, item)))
}

/** A value as it is to be stored: no directives, no nulls. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([k, v]) => v !== null && !k.startsWith('$')).map(([k, v]) => [k, withoutDirectives(v)]))
}
