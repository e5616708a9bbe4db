import { isMap } from '../patch/merge-patch.ts'
import { same } from '../rest/same.ts'
import type { SchemaNode } from '../schema.ts'

/**
 * A set of an object's fields, as `fieldsV1` writes it: `f:name` for a field, `k:{"name":"web"}` for a list's item by its keys,
 * `v:"x"` for a value of a set, `.` for the item or field itself.
 */
export interface FieldSet {
  [step: string]: FieldSet
}

const SELF = '.'

/** The fields that a value sets. Atomic lists and maps are one field; so is an empty map or list. */
export function fieldsOf(value: unknown, schema: SchemaNode | undefined): FieldSet {
  if (isMap(value) && !isAtomicMap(schema)) {
    const set: FieldSet = {}
    for (const [name, child] of Object.entries(value)) set[`f:${name}`] = fieldsOf(child, schema?.field(name))
    return set
  }
  if (Array.isArray(value) && isMergedList(schema)) {
    const set: FieldSet = {}
    for (const item of value) {
      const inner = schema?.listType === 'map' ? fieldsOf(item, schema.items) : {}
      set[stepOf(item, schema)] = schema?.listType === 'map' ? { [SELF]: {}, ...inner } : inner
    }
    return set
  }
  return {}
}

/** The step that names an item of a merged list. Undefined keys take the default of the only key that has one: a port's protocol. */
export function stepOf(item: unknown, schema: SchemaNode | undefined): string {
  if (schema?.listType !== 'map' || !isMap(item)) return `v:${JSON.stringify(item)}`
  const keys = [...schema.listMapKeys].sort().map((key) => [key, item[key] ?? schema.keyDefaults?.[key] ?? (key === 'protocol' ? 'TCP' : undefined)] as const)
  return `k:${JSON.stringify(Object.fromEntries(keys.filter(([, value]) => value !== undefined)))}`
}

/** Does a list merge item by item? */
export function isMergedList(schema: SchemaNode | undefined): boolean {
  return schema?.listType === 'map' || schema?.listType === 'set'
}

function isAtomicMap(schema: SchemaNode | undefined): boolean {
  return schema?.listType === 'atomic'
}

/** Everything in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result = { ...a }
  for (const [step, inner] of Object.entries(b)) {
    const other = result[step]
    result[step] = other === undefined ? inner : union(other, inner)
  }
  return result
}

/** What is in `a` and not in `b`. A field of `b` with nothing below it is only itself: what `a` has below stays. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (own, other) => isLeaf(own) || (!isLeaf(other) && isLeaf(without(own, other))))
}

/** What of `a` lies neither in `b` nor below a field of it. */
export function outside(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (own, other) => isLeaf(own) || isLeaf(other) || isLeaf(outside(own, other)), outside)
}

function subtract(a: FieldSet, b: FieldSet, isGone: (own: FieldSet, other: FieldSet) => boolean, inside: typeof without = without): FieldSet {
  const result: FieldSet = {}
  for (const [step, own] of Object.entries(a)) {
    const other = b[step]
    if (other === undefined) result[step] = own
    else if (!isGone(own, other)) result[step] = isLeaf(other) ? own : inside(own, other)
  }
  return result
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const [step, inner] of Object.entries(a)) {
    const other = b[step]
    if (other === undefined) continue
    const both = isLeaf(inner) || isLeaf(other) ? {} : intersection(inner, other)
    if (isLeaf(inner) || isLeaf(other) || !isLeaf(both)) result[step] = both
  }
  return result
}

/** No step below it. */
export function isLeaf(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** The fields whose values differ between two objects (set, changed or removed). */
export function changedFields(before: unknown, after: unknown, schema: SchemaNode | undefined): FieldSet {
  const set: FieldSet = {}
  if (isMap(before) && isMap(after) && !isAtomicMap(schema)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (!same(before[name], after[name])) set[`f:${name}`] = changedFields(before[name], after[name], schema?.field(name))
    }
    return set
  }
  if (isMergedList(schema) && (Array.isArray(before) || Array.isArray(after))) {
    const [old, now] = [itemsByStep(before, schema), itemsByStep(after, schema)]
    for (const step of new Set([...old.keys(), ...now.keys()])) {
      if (!same(old.get(step), now.get(step))) set[step] = old.has(step) && now.has(step) ? changedFields(old.get(step), now.get(step), schema?.items) : now.has(step) ? fieldsOf([now.get(step)], schema)[step] ?? {} : {}
    }
    return set
  }
  if (before === undefined || after === undefined) return fieldsOf(after ?? before, schema)
  return set
}

/** A merged list's items by their steps. */
export function itemsByStep(list: unknown, schema: SchemaNode | undefined): Map<string, unknown> {
  return new Map((Array.isArray(list) ? (list as unknown[]) : []).map((item) => [stepOf(item, schema), item]))
}

/** The fields of a set as paths for people: `.spec.replicas`, `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  return Object.entries(set).flatMap(([step, inner]) => {
    if (step === SELF) return []
    const path = prefix + shown(step)
    return isLeaf(inner) || (Object.keys(inner).length === 1 && SELF in inner) ? [path] : pathsOf(inner, path)
  })
}

function shown(step: string): string {
  const text = step.slice(2)
  if (step.startsWith('f:')) return `.${text}`
  if (step.startsWith('v:')) return `[=${text}]`
  return `[${Object.entries(JSON.parse(text) as Record<string, unknown>).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
