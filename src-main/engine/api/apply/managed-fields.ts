import { StatusError } from '../../../common/errors.ts'
import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { SchemaNode } from '../schema.ts'
import { type FieldSet, changedFields, fieldsOf, intersection, isLeaf, outside, pathsOf, union, without } from './field-set.ts'
import { mergeApplied, removeFields } from './merge.ts'

/** Who writes, for the record of who owns which field. */
export interface Writer {
  manager: string
  /** RFC 3339. */
  time: string
}

/** Fields that nobody owns: they name the object, or the server sets them. */
const UNOWNED: FieldSet = {
  'f:apiVersion': {}, 'f:kind': {}, 'f:status': {},
  'f:metadata': Object.fromEntries(['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName'].map((f) => [`f:${f}`, {}])),
}
const FIRST = 'before-first-apply'

function ownedIn(value: unknown, schema: SchemaNode | undefined): FieldSet {
  return outside(fieldsOf(value, schema), UNOWNED)
}

function entry(operation: 'Apply' | 'Update', { manager, time }: Writer, apiVersion: string, fields: FieldSet): ManagedFieldsEntry {
  return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: fields as ManagedFieldsEntry['fieldsV1'] & FieldSet }
}

function setOf(one: ManagedFieldsEntry): FieldSet {
  return (one.fieldsV1 ?? {}) as FieldSet
}

/**
 * Server-side apply: what the live object (undefined: none yet) becomes when `manager` applies a configuration. Fields it applied before
 * and no longer does go away, unless someone else owns them. Conflict when another owner's value would change, unless `force`. Pure.
 * An object that was never applied keeps no record; its fields then belong to `before-first-apply`.
 */
export function applyConfiguration(live: KubeObject | undefined, applied: Record<string, unknown>, schema: SchemaNode | undefined, writer: Writer, force: boolean): Record<string, unknown> {
  const apiVersion = String(applied['apiVersion'])
  const wanted = ownedIn(applied, schema)
  const { managedFields: _none, ...metadata } = applied['metadata'] as Record<string, unknown>
  const config = { ...applied, metadata }
  if (live === undefined) return { ...config, metadata: { ...metadata, managedFields: [entry('Apply', writer, apiVersion, wanted)] } }

  const known = live.metadata.managedFields
  const entries = known ?? [entry('Update', { manager: FIRST, time: live.metadata.creationTimestamp }, live.apiVersion, ownedIn(live, schema))]
  const isMine = (e: ManagedFieldsEntry): boolean => e.manager === writer.manager && e.operation === 'Apply'
  const others = entries.filter((e) => !isMine(e))
  const mine = entries.filter(isMine).reduce<FieldSet>((set, e) => union(set, setOf(e)), {})

  const merged = mergeApplied(live, config, schema) as Record<string, unknown>
  const changed = intersection(changedFields(live, merged, schema), wanted)
  const conflicts = others.map((e) => ({ manager: e.manager ?? '', fields: intersection(changed, setOf(e)) })).filter(({ fields }) => !isLeaf(fields))
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)

  const kept = others.map((e) => ({ ...e, fieldsV1: without(setOf(e), changed) })).filter((e) => !isLeaf(setOf(e)))
  const owned = kept.reduce<FieldSet>((set, e) => union(set, setOf(e)), {})
  const given = without(without(mine, wanted), owned)
  const result = removeFields(merged, given, schema) as Record<string, unknown>
  const before = entries.find(isMine)
  const unchanged = before !== undefined && JSON.stringify(setOf(before)) === JSON.stringify(wanted)
  const own = unchanged ? before : entry('Apply', writer, apiVersion, wanted)
  return { ...result, metadata: { ...(result['metadata'] as object), managedFields: [...kept, own] } }
}

/** The record after a plain write: fields that it changed are the writer's now. Undefined where the object keeps no record. Pure. */
export function recordUpdate(live: KubeObject, next: KubeObject, schema: SchemaNode | undefined, writer: Writer): ManagedFieldsEntry[] | undefined {
  const entries = live.metadata.managedFields
  if (entries === undefined) return undefined
  const changed = outside(changedFields(live, next, schema), UNOWNED)
  if (isLeaf(changed)) return entries
  const isMine = (e: ManagedFieldsEntry): boolean => e.manager === writer.manager && e.operation === 'Update'
  const others = entries.filter((e) => !isMine(e)).map((e) => ({ ...e, fieldsV1: without(setOf(e), changed) })).filter((e) => !isLeaf(setOf(e)))
  const mine = entries.filter(isMine).reduce<FieldSet>((set, e) => union(set, setOf(e)), {})
  // What the write removed is nobody's.
  const present = intersection(union(mine, changed), ownedIn(next, schema))
  return isLeaf(present) ? others : [...others, entry('Update', writer, next.apiVersion, present)]
}

function conflictError(conflicts: readonly { manager: string; fields: FieldSet }[]): StatusError {
  const causes = conflicts.flatMap(({ manager, fields }) => pathsOf(fields).map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with "${manager}"`, field })))
  const by = conflicts.map(({ manager, fields }) => `"${manager}": ${pathsOf(fields).join(', ')}`)
  const word = causes.length === 1 ? '1 conflict' : `${String(causes.length)} conflicts`
  return new StatusError('Conflict', `Apply failed with ${word}: conflict${causes.length === 1 ? '' : 's'} with ${by.join(', ')}`, { causes })
}
