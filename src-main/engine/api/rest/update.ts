import { badRequest, conflict, invalid } from '../../../common/errors.ts'
import { jsonCopy } from '../../../common/json.ts'
import { type KubeObject, deepFreeze } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import { type Entry, ConflictError } from '../../store/store.ts'
import { type AdmissionRequest, operationOptions } from '../admission/request.ts'
import type { Kind, StatusPart } from '../registry/kind.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import { validateMetadata, validateMetadataUpdate } from '../validation/metadata.ts'
import { dnsSubdomain } from '../validation/names.ts'
import { type Core, type WriteOptions, atRevision, authorOf, converted, lookupOf, objectOf, valueOf, viewOf } from './core.ts'
import { bodyOf, placeInNamespace, admit } from './create.ts'
import { getEntry } from './read.ts'
import { keepRecord, recordOfUpdate, setRecord } from './record.ts'
import { same } from './same.ts'

/** What of an object a write may change: all but its status, only its status (as much as the subresource may), or (the server's own writes, unvalidated) everything. */
export type Part = 'main' | StatusPart | 'whole'

function isStatus(part: Part): part is StatusPart {
  return part === 'status' || part === 'approval'
}

/** What to write (or a promise of it): from what is stored now. Called again when another write came between. */
export type Produce = (current: KubeObject) => unknown

const TRIES = 10

/**
 * Writes what `produce` makes of the stored object. With a resourceVersion in the result that is not the stored one: Conflict.
 * Nothing is written where nothing changes. An object whose last finalizer goes away is deleted. Returns the object as it is after.
 */
export async function change(core: Core, kind: Kind, namespace: string, name: string, part: Part, verb: string, produce: Produce, options: WriteOptions): Promise<KubeObject> {
  for (let attempt = 1; ; attempt++) {
    const entry = getEntry(core, kind, namespace, name)
    try {
      return await changeOnce(core, kind, entry, namespace, name, part, verb, produce, options)
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      if (attempt === TRIES) throw conflict(groupResourceOf(kind.resource), name)
    }
  }
}

async function changeOnce(core: Core, kind: Kind, entry: Entry, namespace: string, name: string, part: Part, verb: string, produce: Produce, options: WriteOptions): Promise<KubeObject> {
  const [current = objectOf(entry)] = await converted(kind, [viewOf(kind, entry)])
  const object = bodyOf(kind, await produce(current))
  const prepared = (given: KubeObject): KubeObject => {
    checkIdentity(kind, given, current, namespace, name)
    return prepare(core, kind, given, current, part, options)
  }
  const given = object.metadata.managedFields
  let next = prepared(object)
  if (options.isRecorded !== false && options.isApply !== true) setRecord(next, recordOfUpdate(core, kind, current, next, given, options.subresource ?? (isStatus(part) ? part : ''), options))
  const { managedFields: record } = next.metadata
  const asked = core.admission.isIdle(kind) ? undefined : requestOf(kind, next, current, part, options)
  // What webhooks change is nobody's, as upstream.
  if (asked !== undefined) next = await core.admission.mutate(asked, prepared) ?? next
  setRecord(next, record)
  if (kind.hasGeneration === true && !sameSpec(kind, next, current)) next.metadata.generation = (current.metadata.generation ?? 0) + 1
  next.metadata.resourceVersion = current.metadata.resourceVersion
  keepRecord(next, current)

  const errors = new FieldErrors()
  validateMetadata(next.metadata, kind.resource.namespaced, kind.nameCheck ?? dnsSubdomain, errors, kind.schema !== undefined)
  validateMetadataUpdate(next.metadata, current.metadata, errors)
  if (part === 'main' || (part === 'status' && kind.validatesStatus === true)) {
    kind.validate?.(next, errors)
    kind.validateChange?.(next, current, errors)
    // What may change is asked of whole objects only.
    if (errors.causes.length === 0) kind.validateUpdate?.(next, current, errors)
  }
  if (isStatus(part)) kind.statusWrites?.[part]?.validate?.(next, current, errors)
  if (asked !== undefined && errors.causes.length === 0) await core.admission.validate({ ...asked, object: next })
  const reservation = part === 'main' && errors.causes.length === 0 ? kind.reserve?.(next, current, errors) : undefined
  if (errors.causes.length > 0) {
    reservation?.undo()
    throw invalid(kind.resource.group, kind.resource.kind, name, errors.causes)
  }
  if (isStatus(part)) kind.statusWrites?.[part]?.admit?.(next, current, options.caller, lookupOf(core))
  const quota = part === 'main' ? admit(core, kind, next, current, reservation, options.caller) : undefined
  if (options.dryRun === true) {
    reservation?.undo()
    quota?.undo()
    return next
  }
  try {
    const result = await writeConverted(core, kind, entry, current, next, authorOf(options, isStatus(part) ? `${verb} ${part}` : verb))
    reservation?.keep()
    quota?.keep()
    return result
  } catch (error) {
    reservation?.undo()
    quota?.undo()
    throw error
  }
}

/** What a write makes of the object: what it may not change is put back, what the kind fills in is there. */
function prepare(core: Core, kind: Kind, object: KubeObject, current: KubeObject, part: Part, options: WriteOptions): KubeObject {
  keepSystemFields(object, current)
  if (options.isApply !== true) restore(object.metadata, current.metadata, 'managedFields')
  const next = part === 'whole' ? object : isStatus(part) ? withStatusOf(object, current) : withoutStatusOf(kind, object, current)
  kind.defaults?.(next)
  if (part === 'status') kind.prepareForStatusUpdate?.(next, current)
  if (isStatus(part)) kind.statusWrites?.[part]?.prepare?.(next, current, core.clock.now())
  else if (part === 'main') kind.prepareForUpdate?.(next, current, lookupOf(core), core.registry)
  return next
}

/** An update as webhooks and policies are asked about it; undefined where they are not, or were asked already about what the write is part of. */
function requestOf(kind: Kind, object: KubeObject, oldObject: KubeObject, part: Part, options: WriteOptions): AdmissionRequest | undefined {
  if (part === 'whole' || options.isAdmitted === true) return undefined
  const { namespace = '', name } = oldObject.metadata
  return { operation: 'UPDATE', kind, subresource: isStatus(part) ? part : '', namespace, name, object, oldObject, options: operationOptions('UpdateOptions', options), write: options }
}

/** Stores what a write made of `current`, in the version that is stored. */
async function writeConverted(core: Core, kind: Kind, entry: Entry, current: KubeObject, next: KubeObject, author: { user: string; action?: string }): Promise<KubeObject> {
  // What goes needs no other version.
  if (kind.coding === undefined || isOver(kind, next)) return writeChanged(core, kind, entry, next, author)
  const encoded = await kind.coding.encode(next)
  // What nobody changed is written all the same where the store still holds it in another version: that is how such are brought up to date.
  if (same(next, current) && encoded.apiVersion === objectOf(entry).apiVersion) return current
  const { metadata: { resourceVersion } } = await writeChanged(core, kind, entry, encoded, author)
  return atRevision(next, Number(resourceVersion))
}

/** Stores a changed object over `entry`: nothing when nothing changed, a delete when nothing holds a deleted object any more. */
export async function writeChanged(core: Core, kind: Kind, entry: Entry, next: KubeObject, author: { user: string; action?: string }): Promise<KubeObject> {
  const current = objectOf(entry)
  if (isOver(kind, next)) {
    const revision = await core.store.commit([{ type: 'delete', key: entry.key, ifRevision: entry.revision }], author)
    kind.release?.(current)
    return deepFreeze({ ...next, metadata: { ...next.metadata, resourceVersion: String(revision) } })
  }
  if (same(next, current)) return current
  const value = valueOf(next)
  const revision = await core.store.commit([{ type: 'put', key: entry.key, value, ifRevision: entry.revision }], author)
  return objectOf({ key: entry.key, value, revision, createRevision: entry.createRevision })
}

/** Is a deleted object free to go: no finalizer, no node that still runs it? */
export function isOver(kind: Kind, object: KubeObject): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata
  if (deletionTimestamp === undefined || finalizers.length > 0) return false
  if (kind.gracePeriod !== undefined && deletionGracePeriodSeconds > 0) return false
  return kind.isHeld?.(object) !== true
}

function checkIdentity(kind: Kind, object: KubeObject, current: KubeObject, namespace: string, name: string): void {
  const meta = object.metadata
  const resource = groupResourceOf(kind.resource)
  meta.name = meta.name || name
  if (meta.name !== name) throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`)
  placeInNamespace(kind, object, namespace)
  if (meta.uid && meta.uid !== current.metadata.uid) {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${meta.uid}, UID in object meta: ${current.metadata.uid}`)
  }
  // 0 is no version, as upstream: whatever is stored is written over.
  if (meta.resourceVersion && meta.resourceVersion !== '0' && meta.resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, name)
}

/** What no client may change keeps its stored value. */
function keepSystemFields({ metadata }: KubeObject, { metadata: stored }: KubeObject): void {
  delete metadata.selfLink
  for (const field of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'generateName'] as const) restore(metadata, stored, field)
}

function restore(metadata: KubeObject['metadata'], stored: Readonly<KubeObject['metadata']>, field: keyof KubeObject['metadata']): void {
  const value = stored[field]
  if (value === undefined) Reflect.deleteProperty(metadata, field)
  else Object.assign(metadata, { [field]: value })
}

function withoutStatusOf(kind: Kind, object: KubeObject, current: KubeObject): KubeObject {
  if (kind.hasStatus !== true) return object
  const { status: _ignored, ...rest } = object as KubeObject & { status?: unknown }
  const { status } = current as KubeObject & { status?: unknown }
  return (status === undefined ? rest : { ...rest, status: jsonCopy(status) }) as KubeObject
}

function withStatusOf(object: KubeObject, current: KubeObject): KubeObject {
  const { status: _old, ...rest } = jsonCopy(current) as KubeObject & { status?: unknown }
  const { status, metadata } = object as KubeObject & { status?: unknown }
  const owners = current.metadata.ownerReferences === undefined ? {} : { ownerReferences: jsonCopy(current.metadata.ownerReferences) }
  const { ownerReferences: _kept, ...own } = metadata
  return { ...rest, metadata: { ...own, ...owners }, ...(status === undefined ? {} : { status }) } as KubeObject
}

/** Is what is wanted the same? Where a status has no subresource of its own, upstream counts it as wanted, too. */
function sameSpec(kind: Kind, a: KubeObject, b: KubeObject): boolean {
  if (kind.schema !== undefined && kind.hasStatus !== true && !same((a as { status?: unknown }).status, (b as { status?: unknown }).status)) return false
  const { metadata: _a, status: _sa, ...left } = a as KubeObject & { status?: unknown }
  const { metadata: _b, status: _sb, ...right } = b as KubeObject & { status?: unknown }
  return same(left, right)
}
