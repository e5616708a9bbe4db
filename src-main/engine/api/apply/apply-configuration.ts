import { StatusError } from '../../../common/errors.ts'
import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { LAST_APPLIED } from '../../../common/kube/well-known.ts'
import type { SchemaNode } from '../schema.ts'
import { compare, fieldsOf } from './compare.ts'
import { type Writer, capped, entryOf, inOrder, isOf, setOf } from './entries.ts'
import { type FieldSet, difference, intersection, isEmpty, pathsOf, union } from './field-set.ts'
import { lastAppliedFields, withLastApplied } from './last-applied.ts'
import { type VersionViews, UNOWNED, afterWrite, comparisons, recordUpdate } from './managed-fields.ts'
import { mergeApplied, prune } from './merge.ts'

/** Which half of an object is applied: all but its status, or its status through the subresource. */
export type AppliedPart = 'main' | 'status'

/** An apply, as it is decided. */
export interface Configuration {
  /** What is there; undefined: nothing yet. */
  readonly live: KubeObject | undefined
  readonly config: Record<string, unknown>
  readonly schema: SchemaNode | undefined
  readonly views: VersionViews
  readonly writer: Writer
  readonly force: boolean
  readonly part: AppliedPart
  /** The kind's status is written through its subresource alone. */
  readonly hasStatus: boolean
}

/** Whose what was there before the first apply is, where nobody recorded it. */
const FIRST = 'before-first-apply'
/** Who goes from client-side to server-side apply under this name takes over what it set before, as upstream does for kubectl alone. */
const KUBECTL = 'kubectl'

/**
 * Server-side apply: what the live object becomes when the writer applies a configuration. Fields it applied before and no longer does go away, unless someone
 * else owns them. Conflict when another owner's value would change, unless `force`. Pure.
 */
export function applyConfiguration({ live, config: applied, schema, views, writer, force, part, hasStatus }: Configuration): Record<string, unknown> {
  const { managedFields: _none, ...metadata } = applied['metadata'] as Record<string, unknown>
  const half = (object: object): Record<string, unknown> => halfOf(object, part, hasStatus)
  const config = half({ ...applied, metadata })
  const said = fieldsOf(config, schema)
  const wanted = difference(said, UNOWNED)
  if (live === undefined) return withRecord(config, isEmpty(wanted) ? [] : [entryOf(writer, wanted)])

  const entries = recordOf(live, half(live) as unknown as KubeObject, views, writer)
  const before = entries.find((entry) => isOf(writer, entry))
  const others = entries.filter((entry) => entry !== before)
  const held = others.reduce<FieldSet>((set, entry) => union(set, setOf(entry)), said)
  const merged = mergeApplied(live, config, schema)
  const result = (before === undefined ? merged : prune(merged, setOf(before), held, schema)) as Record<string, unknown>

  const compared = comparisons(live, result as unknown as KubeObject, views)
  const handedOver = writer.manager === KUBECTL ? lastAppliedFields(live, schema) : {}
  const conflicts = others.map((by) => ({ by, fields: difference(intersection(setOf(by), compared(by.apiVersion ?? '')?.touched ?? {}), handedOver) })).filter(({ fields }) => !isEmpty(fields))
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)

  const kept = afterWrite(others, compared)
  if (isEmpty(wanted)) return withRecord(result, kept)
  const { touched, removed } = compare(live, result, schema)
  const isUnchanged = isEmpty(difference(touched, UNOWNED)) && isEmpty(difference(removed, UNOWNED))
  const own = entryOf({ ...writer, time: isUnchanged ? before?.time ?? writer.time : writer.time }, wanted)
  const done = withRecord(result, inOrder(capped([...kept, own])))
  return writer.manager === KUBECTL && live.metadata.annotations?.[LAST_APPLIED] ? withLastApplied(done, config) : done
}

/** The half of an object that an apply may set: of the metadata, a status has only what names the object. */
function halfOf(object: object, part: AppliedPart, hasStatus: boolean): Record<string, unknown> {
  const { status, ...rest } = object as Record<string, unknown>
  if (part === 'main') return hasStatus || status === undefined ? rest : { ...rest, status }
  const { apiVersion, kind, metadata } = rest as unknown as KubeObject
  const named = Object.fromEntries(Object.entries(metadata).filter(([field]) => ['name', 'namespace', 'uid', 'resourceVersion'].includes(field)))
  return { apiVersion, kind, metadata: named, ...(status === undefined ? {} : { status }) }
}

/** Who owns what there is. Where nobody recorded that, it all belongs to one who was there first. */
function recordOf(live: KubeObject, half: KubeObject, views: VersionViews, writer: Writer): readonly ManagedFieldsEntry[] {
  const known = live.metadata.managedFields
  if (known !== undefined && known.length > 0) return known
  return recordUpdate([], undefined, half, views, { ...writer, manager: FIRST, operation: 'Update' })
}

function withRecord(object: Record<string, unknown>, record: readonly ManagedFieldsEntry[]): Record<string, unknown> {
  const { managedFields: _old, ...metadata } = object['metadata'] as Record<string, unknown>
  return { ...object, metadata: record.length === 0 ? metadata : { ...metadata, managedFields: record } }
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
