import { isMap } from '../../../common/json.ts'
import type { SchemaNode } from '../schema.ts'
import { isMergedList, itemsByStep, stepOf } from './compare.ts'
import { type FieldSet, isMember, partsOf } from './field-set.ts'

/** Lays an applied configuration over the live object: maps and merged lists go item by item, everything else is replaced. Pure. */
export function mergeApplied(live: unknown, applied: unknown, schema: SchemaNode | undefined): unknown {
  if (isMap(applied) && isMap(live) && schema?.listType !== 'atomic') {
    const result = { ...live }
    for (const [name, value] of Object.entries(applied)) result[name] = mergeApplied(live[name], value, schema?.field(name))
    return result
  }
  if (Array.isArray(applied) && Array.isArray(live) && isMergedList(schema)) {
    const wanted = itemsByStep(applied, schema)
    const kept = (live as unknown[]).map((item) => {
      const step = stepOf(item, schema)
      const value = wanted.get(step)
      if (!wanted.delete(step)) return item
      return mergeApplied(item, value, schema?.items)
    })
    return [...kept, ...wanted.values()]
  }
  return applied
}

/**
 * Takes what was applied before, and is held by nobody now, out of a value. `given`: what the manager applied before; `held`: what it applies now, and what others
 * own. A field under which nobody holds anything goes whole, with what was filled in below it; and so does what becomes empty. Pure.
 */
export function prune(value: unknown, given: FieldSet, held: FieldSet, schema: SchemaNode | undefined): unknown {
  if (isMap(value)) {
    const result: Record<string, unknown> = {}
    for (const [name, child] of Object.entries(value)) {
      const [mine, kept] = [given[`f:${name}`], held[`f:${name}`]]
      if (mine === undefined) result[name] = child
      else if (kept !== undefined) {
        const rest = prune(child, partsOf(mine), partsOf(kept), schema?.field(name))
        if (isMember(kept) || rest === child || !isEmptied(rest)) result[name] = rest
      }
    }
    return result
  }
  if (Array.isArray(value) && isMergedList(schema)) {
    return (value as unknown[]).flatMap((item) => {
      const step = stepOf(item, schema)
      const [mine, kept] = [given[step], held[step]]
      if (mine === undefined) return [item]
      // The item itself was given up, not only something in it.
      if (isMember(mine) && !isMember(kept)) return []
      return [prune(item, partsOf(mine), kept === undefined ? {} : partsOf(kept), schema?.items)]
    })
  }
  return value
}

function isEmptied(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
