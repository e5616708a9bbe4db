import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import { isFields, sharedFields } from '../../../common/kube/shared-fields.ts'
import { same } from '../rest/same.ts'
import { type FieldSet, isEmpty, union } from './field-set.ts'

/** Who writes, and how, for the record of who owns which field. */
export interface Writer {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** `apps/v1`: the version in which the write was made, and its fields are named. */
  readonly apiVersion: string
  /** '' for the object itself. */
  readonly subresource: string
  /** RFC 3339. */
  readonly time: string
}

/** More who updated are not told apart: the oldest of them become one. */
const MOST_UPDATERS = 10
const OLD_UPDATERS = 'ancient-changes'

/** The fields that an entry names. */
export function setOf({ fieldsV1 }: ManagedFieldsEntry): FieldSet {
  return (fieldsV1 ?? {}) as FieldSet
}

/** An entry with other fields. */
export function withFields(entry: ManagedFieldsEntry, set: FieldSet): ManagedFieldsEntry {
  return set === setOf(entry) ? entry : { ...entry, fieldsV1: sharedFields(set) }
}

/** A writer's entry. */
export function entryOf({ manager, operation, apiVersion, subresource, time }: Writer, set: FieldSet): ManagedFieldsEntry {
  return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: sharedFields(set), ...(subresource === '' ? {} : { subresource }) }
}

/** Is it this writer's entry? Whoever applies has one, in whatever version; an update has one for each version. */
export function isOf({ manager, operation, apiVersion, subresource }: Pick<Writer, 'manager' | 'operation' | 'apiVersion' | 'subresource'>, entry: ManagedFieldsEntry): boolean {
  return entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === subresource && (operation === 'Apply' || entry.apiVersion === apiVersion)
}

/**
 * The record that a write begins with: what the client sent, where it can be read, else what is stored (most clients know nothing of it). `[{}]` takes it away.
 * Through a subresource nobody writes it.
 */
export function recordBefore(stored: readonly ManagedFieldsEntry[] | undefined, given: unknown, subresource: string): readonly ManagedFieldsEntry[] {
  if (subresource !== '' || !Array.isArray(given) || given.length === 0 || same(given, stored)) return stored ?? []
  const entries = given as readonly ManagedFieldsEntry[]
  if (entries.length === 1 && same(entries[0], {})) return []
  if (!entries.every(isReadable)) return stored ?? []
  return entries.filter((entry) => !isEmpty(setOf(entry))).map((entry) => ({ ...entry, fieldsV1: sharedFields(setOf(entry)) }))
}

function isReadable(entry: ManagedFieldsEntry | null): boolean {
  if (entry === null || typeof entry !== 'object') return false
  const { operation, apiVersion, fieldsType, fieldsV1 = {} } = entry
  return (operation === 'Apply' || operation === 'Update') && typeof apiVersion === 'string' && apiVersion !== '' && fieldsType === 'FieldsV1' && isFields(fieldsV1)
}

/** A record in upstream's order: who applied before who updated, the oldest first. */
export function inOrder(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return [...entries].sort((a, b) => {
    const left = [a.operation, a.time, a.manager, a.apiVersion, a.subresource]
    const right = [b.operation, b.time, b.manager, b.apiVersion, b.subresource]
    const at = left.findIndex((part, i) => (part ?? '') !== (right[i] ?? ''))
    return at < 0 ? 0 : (left[at] ?? '') < (right[at] ?? '') ? -1 : 1
  })
}

/** A record in which no more than ten have updated: the oldest entries of a version become one. Upstream's rule: an object lives long, and many write to it. */
export function capped(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updaters = inOrder(entries.filter((entry) => entry.operation === 'Update'))
  let tooMany = updaters.length - MOST_UPDATERS
  if (tooMany <= 0) return [...entries]
  const kept = new Set(entries)
  const first = new Map<string, ManagedFieldsEntry>()
  for (const entry of updaters) {
    if (tooMany <= 0) break
    const { apiVersion = '' } = entry
    const bucket = first.get(apiVersion)
    if (bucket === undefined) {
      first.set(apiVersion, entry)
      continue
    }
    const { subresource: _any, ...oldest } = bucket
    const merged = withFields({ ...oldest, manager: OLD_UPDATERS, ...(entry.time === undefined ? {} : { time: entry.time }) }, union(setOf(bucket), setOf(entry)))
    kept.delete(bucket)
    kept.delete(entry)
    kept.add(merged)
    first.set(apiVersion, merged)
    tooMany--
  }
  return [...kept]
}

/** Do two records differ in nothing but when? */
export function sameButTime(a: readonly ManagedFieldsEntry[] | undefined, b: readonly ManagedFieldsEntry[] | undefined): boolean {
  const timeless = (entries: readonly ManagedFieldsEntry[] | undefined): object[] => (entries ?? []).map(({ time: _when, ...rest }) => rest)
  return a === b || same(timeless(a), timeless(b))
}
