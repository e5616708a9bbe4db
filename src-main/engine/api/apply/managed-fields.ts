import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { SchemaNode } from '../schema.ts'
import { type Comparison, compare } from './compare.ts'
import { type Writer, capped, entryOf, inOrder, isOf, setOf, withFields } from './entries.ts'
import { type FieldSet, FIELD, SELF, difference, isEmpty, union } from './field-set.ts'

/** What a new object is compared with. */
const NOTHING = { metadata: {} }

/** How the objects of a kind look in one of its versions. */
export interface VersionView {
  readonly schema: SchemaNode | undefined
  /** An object of the version that is written in this one; changes nothing of it. */
  of(object: KubeObject): KubeObject
}

/** A kind's versions, by `apiVersion`; undefined for one that is served no more, in which nobody owns anything. */
export type VersionViews = (apiVersion: string) => VersionView | undefined

/** Fields that nobody owns: they name the object, or the server sets them. */
export const UNOWNED: FieldSet = {
  'f:apiVersion': FIELD, 'f:kind': FIELD,
  'f:metadata': { [SELF]: FIELD, ...Object.fromEntries(['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((field) => [`f:${field}`, FIELD])) },
}

/** What a write did, told in each version that somebody's fields are named in; `before` is undefined for a new object. */
export function comparisons(before: KubeObject | undefined, after: KubeObject, views: VersionViews): (apiVersion: string) => Comparison | undefined {
  const known = new Map<string, Comparison | undefined>()
  return (apiVersion) => {
    if (!known.has(apiVersion)) {
      const view = views(apiVersion)
      known.set(apiVersion, view === undefined ? undefined : compare(before === undefined ? NOTHING : view.of(before), view.of(after), view.schema))
    }
    return known.get(apiVersion)
  }
}

/** What is left of entries after a write: nobody owns what somebody else set or took away since. Entries that own nothing go. */
export function afterWrite(entries: readonly ManagedFieldsEntry[], compared: (apiVersion: string) => Comparison | undefined): ManagedFieldsEntry[] {
  return entries.flatMap((entry) => {
    const change = compared(entry.apiVersion ?? '')
    if (change === undefined) return []
    const left = difference(difference(setOf(entry), change.touched), change.removed)
    return isEmpty(left) ? [] : [withFields(entry, left)]
  })
}

/** The record after a plain write: what it set is its writer's, what it changed or removed nobody else's. `before` is undefined for a new object. `entries` themselves where it says the same. Pure. */
export function recordUpdate(entries: readonly ManagedFieldsEntry[], before: KubeObject | undefined, after: KubeObject, views: VersionViews, writer: Writer): readonly ManagedFieldsEntry[] {
  const compared = comparisons(before, after, views)
  const left = afterWrite(entries, compared)
  const own = difference(compared(writer.apiVersion)?.touched ?? {}, UNOWNED)
  if (isEmpty(own)) return left.length === entries.length && left.every((entry, i) => entry === entries[i]) ? entries : inOrder(left)
  const mine = left.find((entry) => isOf(writer, entry))
  const others = left.filter((entry) => entry !== mine)
  return inOrder(capped([...others, entryOf(writer, mine === undefined ? own : union(setOf(mine), own))]))
}
