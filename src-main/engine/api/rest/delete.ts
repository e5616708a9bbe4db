import { timestamp } from '../../../common/clock.ts'
import { badRequest, conflict, invalid } from '../../../common/errors.ts'
import type { DeleteOptions, Status } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import { FOREGROUND, ORPHAN } from '../../../common/kube/well-known.ts'
import { type Entry, ConflictError } from '../../store/store.ts'
import type { AdmissionRequest } from '../admission/request.ts'
import type { Kind } from '../registry/kind.ts'
import { type Core, type WriteOptions, authorOf, objectOf } from './core.ts'
import { getEntry } from './read.ts'
import { isOver, writeChanged } from './update.ts'

const TRIES = 10

/** How a delete went: `object` is what is left (marked, waiting for finalizers or its node) or, when `gone`, what was there last. */
export interface Deleted {
  gone: boolean
  object: KubeObject
}

/** Deletes an object, or marks it as deleted where finalizers or a grace period hold it. */
export async function remove(core: Core, kind: Kind, namespace: string, name: string, request: DeleteOptions, options: WriteOptions): Promise<Deleted> {
  checkOptions(request)
  for (let attempt = 1; ; attempt++) {
    const entry = getEntry(core, kind, namespace, name)
    checkPreconditions(kind, objectOf(entry), request)
    try {
      return await removeOnce(core, kind, entry, request, options)
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      if (attempt === TRIES) throw conflict(groupResourceOf(kind.resource), name)
    }
  }
}

/** Deletes these, each on its own. What someone else deletes meanwhile is no error. */
export async function removeAll(core: Core, kind: Kind, items: readonly KubeObject[], request: DeleteOptions, options: WriteOptions): Promise<KubeObject[]> {
  const deleted: KubeObject[] = []
  await Promise.all(items.map(async (item) => {
    try {
      deleted.push((await remove(core, kind, item.metadata.namespace ?? '', item.metadata.name, request, options)).object)
    } catch (error) {
      if (!(error instanceof Error && 'reason' in error && error.reason === 'NotFound')) throw error
    }
  }))
  return deleted
}

async function removeOnce(core: Core, kind: Kind, entry: Entry, request: DeleteOptions, options: WriteOptions): Promise<Deleted> {
  const current = objectOf(entry)
  kind.beforeDelete?.(current)
  const next = markedForDeletion(kind, current, request, core.clock.now())
  const gone = isOver(kind, next)
  if (options.isAdmitted !== true && !core.admission.isIdle(kind)) await admitDelete(core, kind, current, request, options)
  if (options.dryRun === true) return { gone, object: gone ? current : next }
  const object = await writeChanged(core, kind, entry, next, authorOf(options, 'delete'))
  return { gone, object }
}

async function admitDelete(core: Core, kind: Kind, oldObject: KubeObject, request: DeleteOptions, write: WriteOptions): Promise<void> {
  const { namespace = '', name } = oldObject.metadata
  const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...request, ...(write.dryRun === true ? { dryRun: ['All'] } : {}) }
  const asked: AdmissionRequest = { operation: 'DELETE', kind, subresource: '', namespace, name, object: undefined, oldObject, options, write }
  await core.admission.mutate(asked, (object) => object)
  await core.admission.validate(asked)
}

/** What a delete makes of an object: pure. Asking again never lengthens a wait. `now`: milliseconds since the epoch. */
function markedForDeletion(kind: Kind, current: KubeObject, request: DeleteOptions, now: number): KubeObject {
  const next = structuredClone(current)
  const meta = next.metadata
  const finalizers = finalizersFor(meta.finalizers ?? [], withDefaultPolicy(kind, current, request))
  if (finalizers.length > 0) meta.finalizers = finalizers
  else delete meta.finalizers

  const grace = Math.max(0, kind.gracePeriod?.(current, request.gracePeriodSeconds) ?? 0)
  if (meta.deletionTimestamp === undefined) {
    meta.deletionTimestamp = timestamp(now + grace * 1000)
    meta.deletionGracePeriodSeconds = grace
    if (meta.generation !== undefined) meta.generation++
    kind.markDeleted?.(next)
  } else if (kind.gracePeriod !== undefined && request.gracePeriodSeconds !== undefined && grace < (meta.deletionGracePeriodSeconds ?? 0)) {
    const began = Date.parse(meta.deletionTimestamp) - (meta.deletionGracePeriodSeconds ?? 0) * 1000
    meta.deletionTimestamp = timestamp(Math.max(now, began + grace * 1000))
    meta.deletionGracePeriodSeconds = grace
  }
  return next
}

/** The request, with the kind's own propagation policy where neither it nor an earlier one says another. */
function withDefaultPolicy(kind: Kind, { metadata }: KubeObject, request: DeleteOptions): DeleteOptions {
  if (kind.orphansByDefault !== true || request.propagationPolicy !== undefined || request.orphanDependents !== undefined) return request
  if (metadata.deletionTimestamp !== undefined || metadata.finalizers?.includes(FOREGROUND) === true) return request
  return { ...request, propagationPolicy: 'Orphan' }
}

/** The finalizers that a propagation policy asks for, in place of those of an earlier one. */
function finalizersFor(finalizers: readonly string[], { propagationPolicy, orphanDependents }: DeleteOptions): string[] {
  if (propagationPolicy === undefined && orphanDependents === undefined) return [...finalizers]
  const others = finalizers.filter((f) => f !== ORPHAN && f !== FOREGROUND)
  if (propagationPolicy === 'Orphan' || orphanDependents === true) return [...others, ORPHAN]
  return propagationPolicy === 'Foreground' ? [...others, FOREGROUND] : others
}

function checkOptions({ propagationPolicy, orphanDependents, gracePeriodSeconds }: DeleteOptions): void {
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    throw invalid('', 'DeleteOptions', '', [{ reason: 'FieldValueInvalid', field: 'propagationPolicy', message: `Invalid value: "${propagationPolicy}": orphanDependents and deletionPropagation cannot be both set` }])
  }
  if (propagationPolicy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(propagationPolicy)) {
    throw invalid('', 'DeleteOptions', '', [{ reason: 'FieldValueNotSupported', field: 'propagationPolicy', message: `Unsupported value: "${propagationPolicy}": supported values: "Foreground", "Background", "Orphan", "nil"` }])
  }
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) throw badRequest('gracePeriodSeconds must be a whole number')
}

/** Throws Conflict where what a delete asks for is not so. */
export function checkPreconditions(kind: Kind, { metadata }: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {}
  const resource = groupResourceOf(kind.resource)
  if (uid !== undefined && uid !== metadata.uid) throw conflict(resource, metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`)
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(resource, metadata.name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`)
  }
}

/** The answer to a delete after which nothing is left. */
export function successStatus(kind: Kind, object: KubeObject): Status & { apiVersion: 'v1'; kind: 'Status' } {
  const { group, plural } = kind.resource
  const details = { name: object.metadata.name, ...(group === '' ? {} : { group }), kind: plural, uid: object.metadata.uid }
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', details }
}
