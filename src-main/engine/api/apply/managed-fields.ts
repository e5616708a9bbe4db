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

/** Which half of an object is applied: all but its status, or its status through the subresource. */
export type AppliedPart = 'main' | 'status'

/** Fields that nobody owns: they name the object, or the server sets them. The status is owned through its subresource alone. */
const UNOWNED: FieldSet = {
  'f:apiVersion': {}, 'f:kind': {}, 'f:status': {},
  'f:metadata': Object.fromEntries(['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName'].map((f) => [`f:${f}`, {}])),
}
const FIRST = 'before-first-apply'
/** Who goes from client-side to server-side apply under this name takes over what it set before, as upstream does for kubectl alone. */
const KUBECTL = 'kubectl'
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function ownedIn(value: unknown, schema: SchemaNode | undefined, part: AppliedPart = 'main'): FieldSet {
  return partOf(fieldsOf(value, schema), part)
}

function partOf(fields: FieldSet, part: AppliedPart): FieldSet {
  if (part === 'main') return outside(fields, UNOWNED)
  const { 'f:status': status } = fields
  return status === undefined ? {} : { 'f:status': status }
}

function entry(operation: 'Apply' | 'Update', { manager, time }: Writer, apiVersion: string, fields: FieldSet, part: AppliedPart = 'main'): ManagedFieldsEntry {
  return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: fields as ManagedFieldsEntry['fieldsV1'] & FieldSet, ...(part === 'status' ? { subresource: part } : {}) }
}

/** The fields that kubectl's client-side apply set, and that are still as it left them. */
function lastAppliedFields(live: KubeObject, schema: SchemaNode | undefined): FieldSet {
  try {
    const applied: unknown = JSON.parse(live.metadata.annotations?.[LAST_APPLIED] ?? '{}')
    return without(ownedIn(applied, schema), changedFields(live, applied, schema))
  } catch {
    // The annotation is anybody's to write: one that cannot be read hands nothing over.
    return {}
  }
}

function setOf(one: ManagedFieldsEntry): FieldSet {
  return (one.fieldsV1 ?? {}) as FieldSet
}

/**
 * Server-side apply: what the live object (undefined: none yet) becomes when `manager` applies a configuration. Fields it applied before
 * and no longer does go away, unless someone else owns them. Conflict when another owner's value would change, unless `force`. Pure.
 * An object that was never applied keeps no record; its fields then belong to `before-first-apply`. A status is nobody's until it is applied.
 */
export function applyConfiguration(live: KubeObject | undefined, applied: Record<string, unknown>, schema: SchemaNode | undefined, writer: Writer, force: boolean, part: AppliedPart = 'main'): Record<string, unknown> {
  const apiVersion = String(applied['apiVersion'])
  const wanted = ownedIn(applied, schema, part)
  const { managedFields: _none, ...metadata } = applied['metadata'] as Record<string, unknown>
  const config = { ...applied, metadata }
  if (live === undefined) return { ...config, metadata: { ...metadata, managedFields: [entry('Apply', writer, apiVersion, wanted)] } }

  const known = live.metadata.managedFields
  const entries = known ?? [entry('Update', { manager: FIRST, time: live.metadata.creationTimestamp }, live.apiVersion, ownedIn(live, schema))]
  const isMine = (e: ManagedFieldsEntry): boolean => e.manager === writer.manager && e.operation === 'Apply' && (e.subresource === 'status') === (part === 'status')
  const others = entries.filter((e) => !isMine(e))
  const mine = entries.filter(isMine).reduce<FieldSet>((set, e) => union(set, setOf(e)), {})

  const merged = mergeApplied(live, config, schema) as Record<string, unknown>
  const changed = intersection(changedFields(live, merged, schema), wanted)
  const handedOver = writer.manager === KUBECTL ? lastAppliedFields(live, schema) : {}
  const conflicts = others.map((by) => ({ by, fields: without(intersection(changed, setOf(by)), handedOver) })).filter(({ fields }) => !isLeaf(fields))
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)

  const kept = others.map((e) => ({ ...e, fieldsV1: without(setOf(e), changed) })).filter((e) => !isLeaf(setOf(e)))
  const owned = kept.reduce<FieldSet>((set, e) => union(set, setOf(e)), {})
  const given = without(without(mine, wanted), owned)
  const result = removeFields(merged, given, schema) as Record<string, unknown>
  const before = entries.find(isMine)
  const unchanged = before !== undefined && JSON.stringify(setOf(before)) === JSON.stringify(wanted)
  const own = unchanged ? before : entry('Apply', writer, apiVersion, wanted, part)
  return { ...result, metadata: { ...(result['metadata'] as object), managedFields: [...kept, own] } }
}

/** The record after a plain write: fields that it changed are the writer's now. Undefined where the object keeps no record. Pure. */
export function recordUpdate(live: KubeObject, next: KubeObject, schema: SchemaNode | undefined, writer: Writer): ManagedFieldsEntry[] | undefined {
  const known = live.metadata.managedFields
  if (known === undefined) return undefined
  const all = changedFields(live, next, schema)
  const entries = withoutStatus(known, partOf(all, 'status'))
  const changed = partOf(all, 'main')
  if (isLeaf(changed)) return entries
  const isMine = (e: ManagedFieldsEntry): boolean => e.manager === writer.manager && e.operation === 'Update'
  const others = entries.filter((e) => !isMine(e)).map((e) => ({ ...e, fieldsV1: without(setOf(e), changed) })).filter((e) => !isLeaf(setOf(e)))
  const mine = entries.filter(isMine).reduce<FieldSet>((set, e) => union(set, setOf(e)), {})
  // What the write removed is nobody's.
  const present = intersection(union(mine, changed), ownedIn(next, schema))
  return isLeaf(present) ? others : [...others, entry('Update', writer, next.apiVersion, present)]
}

/** Whoever applied a part of the status that somebody else wrote since owns it no more. Who writes a status plainly is not recorded. */
function withoutStatus(entries: ManagedFieldsEntry[], changed: FieldSet): ManagedFieldsEntry[] {
  if (isLeaf(changed) || !entries.some((e) => e.subresource === 'status')) return entries
  return entries.map((e) => (e.subresource === 'status' ? { ...e, fieldsV1: without(setOf(e), changed) } : e)).filter((e) => !isLeaf(setOf(e)))
}

function conflictError(conflicts: readonly { by: ManagedFieldsEntry; fields: FieldSet }[]): StatusError {
  const causes = conflicts.flatMap(({ by, fields }) => pathsOf(fields).map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${wordFor(by)}`, field })))
  const [first] = causes
  if (causes.length === 1) return new StatusError('Conflict', `Apply failed with 1 conflict: ${first?.message ?? ''}: ${first?.field ?? ''}`, { causes })
  const lines = conflicts.flatMap(({ by, fields }) => [`conflicts with ${wordFor(by)}:`, ...pathsOf(fields).map((field) => `- ${field}`)])
  return new StatusError('Conflict', `Apply failed with ${String(causes.length)} conflicts: ${lines.join('\n')}`, { causes })
}

/** An owner as upstream words it. */
function wordFor({ manager = '', operation, apiVersion = '', time, subresource }: ManagedFieldsEntry): string {
  const name = `"${manager}"${subresource ? ` with subresource "${subresource}"` : ''}`
  if (operation !== 'Update') return name
  return time === undefined ? `${name} using ${apiVersion}` : `${name} using ${apiVersion} at ${time}`
}
