import { timestamp } from '../../../common/clock.ts'
import { alreadyExists, badRequest, invalid, notFound, StatusError } from '../../../common/errors.ts'
import { isMap, jsonCopy } from '../../../common/json.ts'
import type { Namespace, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import { Namespaces, PersistentVolumeClaims } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { type Resource, apiVersionOf, groupResourceOf } from '../../../common/kube/resource.ts'
import { type Write, ConflictError } from '../../store/store.ts'
import { admitClaimSize } from '../admission/limits.ts'
import { type AdmissionRequest, operationOptions } from '../admission/request.ts'
import type { Companion, Kind, Reservation } from '../registry/kind.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import { validateMetadata } from '../validation/metadata.ts'
import { dnsSubdomain } from '../validation/names.ts'
import { type Caller, type Core, type WriteOptions, atRevision, authorOf, lookupOf, objectOf, valueOf } from './core.ts'
import { keyOfObject } from './keys.ts'
import { recordOfCreate, setRecord } from './record.ts'
import { cleanCopy } from './same.ts'

const GENERATED_NAME_TRIES = 8
const LONGEST_GENERATED_PREFIX = 58

/** Creates an object from a client's body (which is copied) and returns it as stored. */
export async function create(core: Core, kind: Kind, namespace: string, body: unknown, options: WriteOptions): Promise<KubeObject> {
  const object = bodyOf(kind, body)
  const generateName = object.metadata.name ? undefined : object.metadata.generateName
  for (let attempt = 1; ; attempt++) {
    if (generateName !== undefined && generateName !== '') object.metadata.name = generateName.slice(0, LONGEST_GENERATED_PREFIX) + core.identifiers.suffix()
    try {
      return await createOnce(core, kind, namespace, attempt === 1 ? object : structuredClone(object), options)
    } catch (error) {
      const taken = error instanceof ConflictError
      if (!taken) throw error
      if (generateName === undefined || attempt === GENERATED_NAME_TRIES) throw alreadyExists(groupResourceOf(kind.resource), object.metadata.name)
    }
  }
}

async function createOnce(core: Core, kind: Kind, namespace: string, body: KubeObject, options: WriteOptions): Promise<KubeObject> {
  const { resource } = kind
  kind.refuseCreate?.()
  if (body.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
  let object = prepare(core, kind, namespace, body, options)
  const asked = core.admission.isIdle(kind) ? undefined : requestOf(kind, object, options)
  if (asked !== undefined) object = await core.admission.mutate(asked, (next) => prepare(core, kind, namespace, next, options, object.metadata)) ?? object
  const meta = object.metadata

  const key = keyOfObject(resource, meta.namespace ?? '', meta.name)
  if (core.store.get(key) !== undefined) throw new ConflictError(key, core.store.get(key))
  const errors = new FieldErrors()
  validateMetadata(meta, resource.namespaced, kind.nameCheck ?? dnsSubdomain, errors, kind.schema !== undefined)
  kind.validate?.(object, errors)
  kind.validateChange?.(object, undefined, errors)
  if (errors.causes.length > 0) throw invalid(resource.group, resource.kind, meta.name ?? '', errors.causes)
  if (asked !== undefined) await core.admission.validate({ ...asked, object, name: meta.name })
  const reservation = kind.reserve?.(object, undefined, errors)
  if (errors.causes.length > 0) {
    reservation?.undo()
    throw invalid(resource.group, resource.kind, meta.name ?? '', errors.causes)
  }
  const quota = admit(core, kind, object, undefined, reservation, options.caller)
  if (options.dryRun === true) {
    reservation?.undo()
    quota.undo()
    return object
  }
  try {
    const value = valueOf(kind.coding === undefined ? object : await kind.coding.encode(object))
    const companions = (kind.companions?.(object) ?? []).map((companion) => companionWrite(core, companion))
    const revision = await core.store.commit([{ type: 'put', key, value, ifRevision: 0 }, ...companions], authorOf(options, 'create'))
    reservation?.keep()
    quota.keep()
    return kind.coding === undefined ? objectOf({ key, value, revision, createRevision: revision }) : atRevision(object, revision)
  } catch (error) {
    reservation?.undo()
    quota.undo()
    throw error
  }
}

/** Puts on what the server knows of a new object, and what its kind fills in. Again for what a webhook made of it: `known` is the metadata it had before. */
function prepare(core: Core, kind: Kind, namespace: string, object: KubeObject, options: WriteOptions, known?: Readonly<KubeObject['metadata']>): KubeObject {
  const meta = object.metadata
  placeInNamespace(kind, object, namespace)
  for (const field of ['selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) delete meta[field]
  meta.uid = known?.uid ?? core.identifiers.uid()
  meta.creationTimestamp = known?.creationTimestamp ?? timestamp(core.clock.now())
  if (kind.hasGeneration === true) meta.generation = 1
  if (kind.hasStatus === true && kind.createdWithStatus !== true) delete (object as { status?: unknown }).status

  const lookup = lookupOf(core)
  kind.defaults?.(object)
  // What the server fills in from here on is nobody's, and so is what webhooks change.
  if (known !== undefined) setRecord(object, known.managedFields)
  else if (options.isApply !== true) setRecord(object, options.isRecorded === false ? undefined : recordOfCreate(core, kind, object, options))
  // First of all: what is missing in a namespace that is not there, or going, is no matter.
  if (kind.resource.namespaced) admitIntoNamespace(kind, object, lookup.get(Namespaces, '', meta.namespace ?? ''))
  kind.prepareForCreate?.(object, lookup, options.caller, core.registry)
  return object
}

/** A creation as webhooks and policies are asked about it. */
function requestOf(kind: Kind, object: KubeObject, options: WriteOptions): AdmissionRequest {
  const { namespace = '', name } = object.metadata
  return { operation: 'CREATE', kind, subresource: '', namespace, name, object, oldObject: undefined, options: operationOptions('CreateOptions', options), write: options }
}

function companionWrite(core: Core, { resource, namespace, name }: Companion): Write {
  const metadata = { name, namespace, uid: core.identifiers.uid(), creationTimestamp: timestamp(core.clock.now()), resourceVersion: '' }
  return { type: 'put', key: keyOfObject(resource, namespace, name), value: valueOf({ apiVersion: apiVersionOf(resource), kind: resource.kind, metadata }) }
}

/** Asks whether this caller may, and the namespace's limits and quotas, last of all; where they refuse, what was taken for the object is given back. */
export function admit(core: Core, kind: Kind, object: KubeObject, old: KubeObject | undefined, reservation: Reservation | undefined, caller: Caller): Reservation {
  try {
    kind.admit?.(object, old, caller, lookupOf(core))
    if (groupResourceOf(kind.resource) === groupResourceOf(PersistentVolumeClaims)) admitClaimSize(object as PersistentVolumeClaim, lookupOf(core))
    return core.quotas.reserve(kind.resource, object, old)
  } catch (error) {
    reservation?.undo()
    throw error
  }
}

/** A copy of a client's body, whose kind is the expected one; BadRequest otherwise. */
export function bodyOf(kind: Kind, body: unknown): KubeObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('the body of the request must be an object')
  // A null may mean something to a kind that has its own schema.
  const copied = kind.schema === undefined ? cleanCopy : jsonCopy
  const { metadata: said, ...others } = body as Partial<KubeObject>
  // A record is large, never changed in place, and shared where it is stored: no copy.
  const { managedFields, ...own } = isMap(said) ? said as Partial<KubeObject['metadata']> : { managedFields: undefined }
  const copy = copied({ ...others, metadata: isMap(said) ? own : said }) as Partial<KubeObject>
  checkKind(kind.resource, copy)
  const { apiVersion: _version, kind: _kind, metadata = {} as KubeObject['metadata'], ...rest } = copy
  if (managedFields !== undefined) metadata.managedFields = managedFields
  return { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind, metadata, ...rest } as KubeObject
}

/** Throws BadRequest where a body says that it is something else. */
export function checkKind(resource: Resource, { apiVersion, kind }: Partial<KubeObject>): void {
  const expected = apiVersionOf(resource)
  if (apiVersion && apiVersion !== expected) throw badRequest(`the API version in the data (${inWords(apiVersion)}) does not match the expected API version (${expected})`)
  if (kind && kind !== resource.kind) throw badRequest(`${resource.kind} in version "${resource.version}" cannot be handled as a ${inWords(kind)}: the kind in the data does not match the expected kind (${resource.kind})`)
}

/** It may be anything: an object whose toString is not a function has no text. */
function inWords(said: unknown): string {
  return typeof said === 'string' ? said : JSON.stringify(said)
}

/** Puts an object in the request's namespace; BadRequest when it names another. */
export function placeInNamespace(kind: Kind, object: KubeObject, namespace: string): void {
  const meta = object.metadata
  if (!kind.resource.namespaced) {
    if (meta.namespace === '') delete meta.namespace
    return
  }
  if (meta.namespace && namespace !== '' && meta.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  meta.namespace = meta.namespace || namespace
}

function admitIntoNamespace(kind: Kind, object: KubeObject, namespace: Readonly<Namespace> | undefined): void {
  const name = object.metadata.namespace ?? ''
  if (namespace === undefined) {
    // An empty or malformed name is validation's to explain.
    if (name !== '') throw notFound('namespaces', name)
    return
  }
  if (namespace.metadata.deletionTimestamp === undefined) return
  const { group, plural } = kind.resource
  const objectName = object.metadata.name
  throw new StatusError('Forbidden', `${groupResourceOf(kind.resource)} "${objectName}" is forbidden: unable to create new content in namespace ${name} because it is being terminated`, {
    name: objectName, group, kind: plural,
    causes: [{ reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' }],
  })
}
