import { timestamp } from '../../../common/clock.ts'
import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { apiVersionOf, groupVersionOf } from '../../../common/kube/resource.ts'
import { type Writer, recordBefore, sameButTime } from '../apply/entries.ts'
import { type VersionViews, recordUpdate } from '../apply/managed-fields.ts'
import type { Kind } from '../registry/kind.ts'
import { storedKind } from '../registry/versions.ts'
import type { Core, WriteOptions } from './core.ts'
import { same } from './same.ts'

/** Who a write is recorded as: in the version that was asked for, unless it is an apply, which is decided in the version that the kind is written in. */
export function writerOf(core: Core, kind: Kind, operation: Writer['operation'], subresource: string, options: WriteOptions): Writer {
  const { resource } = operation === 'Apply' ? kind : (options.asked ?? kind)
  // `system:kube-scheduler` is the kube-scheduler to who looks for it.
  const manager = options.fieldManager ?? options.caller.user.slice(options.caller.user.lastIndexOf(':') + 1)
  return { manager, operation, apiVersion: apiVersionOf(resource), subresource, time: timestamp(core.clock.now()) }
}

/** A kind's versions. A webhook is not asked to convert for a record: where one would be, fields count as the same that are called the same. */
export function viewsOf(core: Core, kind: Kind): VersionViews {
  return (apiVersion) => {
    const seen = apiVersion === apiVersionOf(kind.resource) ? kind : core.registry.findKind({ ...groupVersionOf(apiVersion), kind: kind.resource.kind })
    if (seen === undefined || (seen.versionOf !== undefined && storedKind(seen).resource.plural !== kind.resource.plural)) return undefined
    return { schema: core.schemas.node(seen.resource), of: (object) => inVersion(seen, object) }
  }
}

function inVersion({ versionOf }: Kind, object: KubeObject): KubeObject {
  try {
    return versionOf?.version.fromStored(object) ?? object
  } catch {
    // What is so malformed that it has no other version is refused when it is validated, and never recorded.
    return object
  }
}

/** The record of a new object, as its defaults have left it. */
export function recordOfCreate(core: Core, kind: Kind, object: KubeObject, options: WriteOptions): readonly ManagedFieldsEntry[] {
  const { managedFields: given, ...metadata } = object.metadata
  // A status that came with it is nobody's: its subresource owns it.
  const { status, ...main } = object as KubeObject & { status?: unknown }
  return recordUpdate(recordBefore(undefined, given, ''), undefined, { ...(kind.hasStatus === true || status === undefined ? main : object), metadata }, viewsOf(core, kind), writerOf(core, kind, 'Update', '', options))
}

/** The record after a plain write; `given` is what the body says of it. An object without a record gets none before somebody applies it: upstream's rule. */
export function recordOfUpdate(core: Core, kind: Kind, current: KubeObject, next: KubeObject, given: unknown, subresource: string, options: WriteOptions): readonly ManagedFieldsEntry[] | undefined {
  const stored = current.metadata.managedFields
  const entries = recordBefore(stored, given, subresource)
  if (entries.length === 0) return undefined
  return recordUpdate(entries, current, next, viewsOf(core, kind), writerOf(core, kind, 'Update', subresource, options))
}

/** Puts a record on an object of a request. */
export function setRecord({ metadata }: KubeObject, record: readonly ManagedFieldsEntry[] | undefined): void {
  if (record === undefined || record.length === 0) delete metadata.managedFields
  else metadata.managedFields = record as ManagedFieldsEntry[]
}

/** Puts the stored record back where nothing but its times is new: a write that changes nothing is none. */
export function keepRecord(next: KubeObject, current: KubeObject): void {
  const [record, stored] = [next.metadata.managedFields, current.metadata.managedFields]
  if (record === stored || !sameButTime(record, stored)) return
  if (same({ ...next, metadata: { ...next.metadata, managedFields: stored } }, current)) setRecord(next, stored)
}
