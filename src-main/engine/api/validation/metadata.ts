import { CLEANUP_FINALIZER } from '../../../common/kube/custom-resources.ts'
import type { LabelSelector, ObjectMeta } from '../../../common/kube/generated/meta-v1.ts'
import { same } from '../rest/same.ts'
import type { FieldErrors } from './field-errors.ts'
import { type NameCheck, dnsLabel, labelValue, qualifiedName } from './names.ts'

/** Of all annotations of an object, names and values, as UTF-8. */
export const MAX_ANNOTATION_BYTES = 256 * 1024
/** Finalizers without a domain that upstream knows. */
const PLAIN_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion', CLEANUP_FINALIZER])

/** Checks what every object's metadata must be. `nameCheck` is the kind's. `isCustom`: of custom kinds, upstream takes finalizers without a domain. */
export function validateMetadata(meta: ObjectMeta, namespaced: boolean, nameCheck: NameCheck, errors: FieldErrors, isCustom = false): void {
  const name = meta.name ?? ''
  if (name === '') errors.required('metadata.name', 'name or generateName is required')
  else errors.check('metadata.name', name, nameCheck)
  if (namespaced) {
    if (meta.namespace === undefined || meta.namespace === '') errors.required('metadata.namespace')
    else errors.check('metadata.namespace', meta.namespace, dnsLabel)
  } else if (meta.namespace !== undefined && meta.namespace !== '') errors.forbidden('metadata.namespace', 'not allowed on this type')
  validateLabels(meta.labels, 'metadata.labels', errors)
  validateAnnotations(meta.annotations, 'metadata.annotations', errors)
  validateOwners(meta, errors)
  meta.finalizers?.forEach((finalizer, i) => {
    const path = `metadata.finalizers[${String(i)}]`
    const wrong = qualifiedName(finalizer)
    if (wrong !== undefined) errors.invalid(path, finalizer, wrong)
    else if (!isCustom && !finalizer.includes('/') && !PLAIN_FINALIZERS.has(finalizer)) errors.invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')
  })
}

/** Checks what an update of metadata may not do. */
export function validateMetadataUpdate(meta: ObjectMeta, old: ObjectMeta, errors: FieldErrors): void {
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    errors.immutable(`metadata.${field}`, meta[field], meta[field] === old[field])
  }
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((f) => !(old.finalizers ?? []).includes(f))
    if (added.length > 0) errors.forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => `"${f}"`).join(', ')}}`)
  }
}

/** Checks a map of labels. */
export function validateLabels(labels: Record<string, string> | undefined, path: string, errors: FieldErrors): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.check(path, key, qualifiedName)
    errors.check(path, value, labelValue)
  }
}

/** Checks a label selector. `required`: it must pick something. */
export function validateSelector(selector: LabelSelector | undefined, path: string, errors: FieldErrors, required: boolean, called = 'deployment'): void {
  if (selector === undefined) {
    if (required) errors.required(path)
    return
  }
  const expressions = selector.matchExpressions ?? []
  if (required && Object.keys(selector.matchLabels ?? {}).length === 0 && expressions.length === 0) errors.invalid(path, selector, `empty selector is invalid for ${called}`)
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors)
  expressions.forEach((e, i) => {
    const at = `${path}.matchExpressions[${String(i)}]`
    const values = e.values ?? []
    switch (e.operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
        break
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        break
      default:
        errors.invalid(`${at}.operator`, e.operator, 'not a valid selector operator')
    }
    // The schema does not say that it must be there.
    const wrong = qualifiedName((e.key as string | undefined) ?? '')
    if (wrong !== undefined) errors.invalid(`${at}.key`, e.key, wrong)
    values.forEach((value, j) => errors.check(`${at}.values[${String(j)}]`, value, labelValue))
  })
}

/** A field that may not change after creation: upstream's words. */
export function validateImmutable(now: unknown, old: unknown, path: string, errors: FieldErrors): void {
  errors.immutable(path, now, same(now, old))
}

function validateAnnotations(annotations: Record<string, string> | undefined, path: string, errors: FieldErrors): void {
  let bytes = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.check(path, key, (text) => qualifiedName(text.toLowerCase()))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > MAX_ANNOTATION_BYTES) errors.tooLong(path, MAX_ANNOTATION_BYTES)
}

function validateOwners(meta: ObjectMeta, errors: FieldErrors): void {
  const controllers: string[] = []
  meta.ownerReferences?.forEach((owner, i) => {
    const path = `metadata.ownerReferences[${String(i)}]`
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) errors.invalid(`${path}.${field}`, owner[field], 'must not be empty')
    }
    if (owner.controller === true) controllers.push(owner.name)
  })
  if (controllers.length > 1) errors.invalid('metadata.ownerReferences', meta.ownerReferences, `Only one reference can have Controller set to true. Found "true" in references for ${controllers.join(' and ')}`)
}
