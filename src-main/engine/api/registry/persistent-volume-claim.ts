import { StatusError } from '../../../common/errors.ts'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, StorageClasses } from '../../../common/kube/kinds.ts'
import { wholeNumber } from '../../../common/kube/quantity.ts'
import { classOf, defaultClass, namesClass, PVC_PROTECTION, shortAccessModes } from '../../../common/kube/volumes.ts'
import { same } from '../rest/same.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { validateSelector } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'
import type { Lookup } from './kind.ts'
import { validateAccessModes, validateClassName, validateSize, validateVolumeMode } from './volume-fields.ts'

const IMMUTABLE = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** PersistentVolumeClaim. One that names no class gets the default one; the binder writes its volume and its phase. */
export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  resource: PersistentVolumeClaims,
  shortNames: ['pvc'],
  hasStatus: true,
  defaults(claim) {
    const spec = claim.spec as PersistentVolumeClaimSpec | undefined
    if (spec !== undefined) spec.volumeMode ??= 'Filesystem'
  },
  prepareForCreate(claim, lookup) {
    claim.metadata.finalizers = [...new Set([...(claim.metadata.finalizers ?? []), PVC_PROTECTION])]
    claim.status = { phase: 'Pending' }
    if ((claim.spec as PersistentVolumeClaimSpec | undefined) === undefined || namesClass(claim)) return
    const chosen = defaultClass(lookup.list(StorageClasses, ''))
    if (chosen !== undefined) claim.spec.storageClassName = chosen.metadata.name
  },
  prepareForUpdate(claim, old, lookup) {
    const size = (o: Readonly<PersistentVolumeClaim>): number => wholeNumber(o.spec.resources?.requests?.['storage'])
    if (old.status?.phase === 'Bound' && size(claim) > size(old)) admitExpansion(claim, lookup)
  },
  validate(claim, errors) {
    const spec = claim.spec as PersistentVolumeClaimSpec | undefined
    if (spec === undefined) {
      errors.required('spec')
      return
    }
    validateAccessModes(spec.accessModes, 'spec.accessModes', 'at least 1 access mode is required', errors)
    validateSize(spec.resources?.requests?.['storage'], 'spec.resources[storage]', errors)
    validateClassName(spec.storageClassName, 'spec.storageClassName', errors)
    validateVolumeMode(spec.volumeMode, 'spec.volumeMode', errors)
    validateSelector(spec.selector, 'spec.selector', errors, false)
  },
  validateUpdate(claim, old, errors) {
    if (!same(fixed(claim.spec, old), fixed(old.spec, old))) errors.forbidden('spec', IMMUTABLE)
    const [now, was] = [claim.spec.resources?.requests?.['storage'], old.spec.resources?.requests?.['storage']]
    const bound = old.status?.phase === 'Bound'
    if (same(now, was)) return
    if (!bound) errors.forbidden('spec', IMMUTABLE)
    else if (wholeNumber(now) < wholeNumber(was) && wholeNumber(now) <= wholeNumber(old.status?.capacity?.['storage'])) {
      errors.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
    }
  },
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', cell: (o) => (o.metadata.deletionTimestamp === undefined ? o.status?.phase ?? '' : 'Terminating') },
    { name: 'Volume', type: 'string', cell: ({ spec }) => spec.volumeName ?? '' },
    { name: 'Capacity', type: 'string', cell: (o) => (o.spec.volumeName ? o.status?.capacity?.['storage'] ?? '0' : '') },
    { name: 'Access Modes', type: 'string', cell: (o) => (o.spec.volumeName ? shortAccessModes(o.status?.accessModes) : '') },
    { name: 'StorageClass', type: 'string', cell: (o) => classOf(o) },
    { name: 'VolumeAttributesClass', type: 'string', cell: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>' },
    ageColumn,
    { name: 'VolumeMode', type: 'string', priority: 1, cell: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
})

/** What of a spec may not change: all but its size, and but what binding fills in once. */
function fixed(spec: PersistentVolumeClaimSpec, old: Readonly<PersistentVolumeClaim>): unknown {
  const { volumeName, storageClassName, volumeAttributesClassName: _attributes, resources, ...rest } = spec
  const { requests, ...limits } = resources ?? {}
  const { storage: _size, ...others } = requests ?? {}
  const kept = { ...rest, limits, others }
  return { ...kept, ...(old.spec.volumeName ? { volumeName } : {}), ...(old.spec.storageClassName === undefined && !old.spec.volumeName ? {} : { storageClassName }) }
}

/** Only a claim whose class allows it may grow. */
function admitExpansion(claim: PersistentVolumeClaim, lookup: Lookup): void {
  if (lookup.get(StorageClasses, '', classOf(claim))?.allowVolumeExpansion === true) return
  const { name } = claim.metadata
  throw new StatusError('Forbidden', `persistentvolumeclaims "${name}" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize`, { name, kind: 'persistentvolumeclaims' })
}
