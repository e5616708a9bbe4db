import { isMap } from '../patch/merge-patch.ts'
import type { SchemaNode } from '../schema.ts'
import { type FieldSet, isLeaf, isMergedList, itemsByStep, stepOf } from './field-set.ts'

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

/** Takes the fields of a set out of a value. What becomes empty by that goes too. Pure. */
export function removeFields(value: unknown, fields: FieldSet, schema: SchemaNode | undefined): unknown {
  if (isMap(value)) {
    const result: Record<string, unknown> = {}
    for (const [name, child] of Object.entries(value)) {
      const gone = fields[`f:${name}`]
      if (gone === undefined) result[name] = child
      else if (!isLeaf(gone)) {
        const rest = removeFields(child, gone, schema?.field(name))
        if (!isEmpty(rest)) result[name] = rest
      }
    }
    return result
  }
  if (Array.isArray(value)) {
    return (value as unknown[]).flatMap((item) => {
      const gone = fields[stepOf(item, schema)]
      if (gone === undefined) return [item]
      // The item itself was given up, not only something in it.
      return isLeaf(gone) || '.' in gone ? [] : [removeFields(item, gone, schema?.items)]
    })
  }
  return value
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
