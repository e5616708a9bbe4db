import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import { inOrder, setOf, withFields } from './entries.ts'
import { type FieldSet, FIELD, difference, intersection, isEmpty } from './field-set.ts'

/** The version in which a `scale` is written. */
export const SCALE_VERSION = 'autoscaling/v1'
/** Where a Scale has its replicas. */
const REPLICAS = ['spec', 'replicas']

/** Where the replicas are in a version of the scaled kind, as the steps to the field; undefined for a version that is not served. */
export type ReplicasPaths = (apiVersion: string) => readonly string[] | undefined

/** Who owns the replicas of an object, as the record of its `scale` says it. `entries`: the object's own record. As upstream's. Pure. */
export function scaleRecord(entries: readonly ManagedFieldsEntry[], paths: ReplicasPaths): ManagedFieldsEntry[] {
  return entries.filter((entry) => ownsReplicas(entry, paths)).map((entry) => withFields({ ...entry, apiVersion: SCALE_VERSION }, fieldAt(REPLICAS)))
}

/**
 * The way back: the record of an object after its scale's became `scaled`. Who does not own the replicas any more loses them, who owns them anew gets an entry in `apiVersion`, the version
 * that the write was made in. Pure.
 */
export function parentRecord(entries: readonly ManagedFieldsEntry[], scaled: readonly ManagedFieldsEntry[], paths: ReplicasPaths, apiVersion: string): ManagedFieldsEntry[] {
  const holders = scaled.filter((entry) => !isEmpty(intersection(setOf(entry), fieldAt(REPLICAS))))
  const known = entries.filter((entry) => paths(entry.apiVersion ?? '') !== undefined)
  const kept = known.flatMap((entry) => {
    if (!ownsReplicas(entry, paths) || holders.some((other) => isSame(other, entry))) return [entry]
    const rest = difference(setOf(entry), fieldAt(paths(entry.apiVersion ?? '') ?? REPLICAS))
    return isEmpty(rest) ? [] : [withFields(entry, rest)]
  })
  const owners = known.filter((entry) => ownsReplicas(entry, paths))
  const added = holders.filter((entry) => !owners.some((owner) => isSame(owner, entry))).map((entry) => withFields({ ...entry, apiVersion }, fieldAt(paths(apiVersion) ?? REPLICAS)))
  return inOrder([...kept, ...added])
}

function ownsReplicas(entry: ManagedFieldsEntry, paths: ReplicasPaths): boolean {
  const path = paths(entry.apiVersion ?? '')
  return path !== undefined && !isEmpty(intersection(setOf(entry), fieldAt(path)))
}

/** Of one owner, whose entries name fields of the object or of its scale. */
function isSame(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  return a.manager === b.manager && a.operation === b.operation && (a.subresource ?? '') === (b.subresource ?? '')
}

function fieldAt(steps: readonly string[]): FieldSet {
  return steps.reduceRight<FieldSet>((inner, step) => ({ [`f:${step}`]: inner }), FIELD)
}
