import { isMap } from '../../../common/json.ts'
import { same } from '../rest/same.ts'
import type { SchemaNode } from '../schema.ts'
import { type FieldSet, FIELD, SELF, below, isEmpty } from './field-set.ts'

/** What a write did to an object's fields. */
export interface Comparison {
  /** Added, or with another value than before. */
  readonly touched: FieldSet
  readonly removed: FieldSet
}

const NOTHING: readonly string[] = []

/**
 * The fields in which two objects differ. Atomic lists and maps are one field, and so is an empty one. A map or list that was not there is a field of its own
 * beside what is in it, unless upstream's type always has it: the algorithm of structured merge, so that records read as upstream's do.
 */
export function compare(before: unknown, after: unknown, schema: SchemaNode | undefined): Comparison {
  const [touched, removed]: [FieldSet, FieldSet] = [{}, {}]
  compareFields(before, after, schema, true, touched, removed)
  return { touched, removed }
}

/** `isWithin`: what the place is in was there before. */
function compareAt(step: string, before: unknown, after: unknown, schema: SchemaNode | undefined, isWithin: boolean, touched: FieldSet, removed: FieldSet): void {
  if (before === after) return
  const [old, now] = [isGranular(before, schema), isGranular(after, schema)]
  if (!old && !now) {
    if (before !== undefined && after === undefined) removed[step] = FIELD
    else if (!same(before, after)) touched[step] = FIELD
    return
  }
  const [added, gone]: [FieldSet, FieldSet] = [{}, {}]
  const isThere = before !== undefined || (isWithin && schema?.isAlways === true)
  if (!isThere) added[SELF] = FIELD
  else if (after === undefined) gone[SELF] = FIELD
  else if (before !== undefined && (Array.isArray(before) !== Array.isArray(after) || typeof before !== typeof after)) added[SELF] = FIELD
  compareFields(old ? before : undefined, now ? after : undefined, schema, isThere, added, gone)
  if (!isEmpty(added)) touched[step] = below(added)
  if (!isEmpty(gone)) removed[step] = below(gone)
}

function compareFields(before: unknown, after: unknown, schema: SchemaNode | undefined, isThere: boolean, touched: FieldSet, removed: FieldSet): void {
  if (Array.isArray(before) || Array.isArray(after)) {
    const [old, now] = [itemsByStep(before, schema), itemsByStep(after, schema)]
    for (const [step, item] of now) compareAt(step, old.get(step), item, schema?.items, isThere, touched, removed)
    for (const [step, item] of old) if (!now.has(step)) compareAt(step, item, undefined, schema?.items, isThere, touched, removed)
  }
  const [old, now] = [isMap(before) ? before : undefined, isMap(after) ? after : undefined]
  for (const name of now === undefined ? NOTHING : Object.keys(now)) compareAt(`f:${name}`, old?.[name], now?.[name], schema?.field(name), isThere, touched, removed)
  for (const name of old === undefined ? NOTHING : Object.keys(old)) if (now?.[name] === undefined) compareAt(`f:${name}`, old?.[name], undefined, schema?.field(name), isThere, touched, removed)
}

/** The fields that a configuration sets: what is at its ends, the items of merged lists, and whatever the schema does not name. */
export function fieldsOf(value: unknown, schema: SchemaNode | undefined): FieldSet {
  const set: FieldSet = {}
  if (Array.isArray(value)) for (const [step, item] of itemsByStep(value, schema)) set[step] = isGranular(item, schema?.items) ? below({ [SELF]: FIELD, ...fieldsOf(item, schema?.items) }) : FIELD
  else if (isMap(value)) {
    for (const [name, child] of Object.entries(value)) {
      if (child === undefined) continue
      const inner = schema?.field(name)
      const fields = isGranular(child, inner) ? { ...(inner === undefined ? { [SELF]: FIELD } : {}), ...fieldsOf(child, inner) } : undefined
      // A merged list that is empty says nothing of any item.
      if (fields === undefined ? !(Array.isArray(child) && isMergedList(inner)) : !isEmpty(fields)) set[`f:${name}`] = below(fields ?? FIELD)
    }
  }
  return set
}

/** Does a value have fields of its own: a map or merged list with something in it? */
function isGranular(value: unknown, schema: SchemaNode | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return isMergedList(schema) && value.length > 0
  return schema?.listType !== 'atomic' && !isEmpty(value as FieldSet)
}

/** Does a list merge item by item? */
export function isMergedList(schema: SchemaNode | undefined): boolean {
  return schema?.listType === 'map' || schema?.listType === 'set'
}

/** A merged list's items by their steps. */
export function itemsByStep(list: unknown, schema: SchemaNode | undefined): Map<string, unknown> {
  return new Map((Array.isArray(list) ? (list as unknown[]) : []).map((item) => [stepOf(item, schema), item]))
}

/** The step that names an item of a merged list. Undefined keys take the default of the only key that has one: a port's protocol. */
export function stepOf(item: unknown, schema: SchemaNode | undefined): string {
  if (schema?.listType !== 'map' || !isMap(item)) return `v:${JSON.stringify(item)}`
  const keys = [...schema.listMapKeys].sort().map((key) => [key, item[key] ?? schema.keyDefaults?.[key] ?? (key === 'protocol' ? 'TCP' : undefined)] as const)
  return `k:${JSON.stringify(Object.fromEntries(keys.filter(([, value]) => value !== undefined)))}`
}
