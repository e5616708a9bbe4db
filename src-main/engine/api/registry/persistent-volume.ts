import type { PersistentVolume, PersistentVolumeSpec } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumes } from '../../../common/kube/kinds.ts'
import { classOf, DOCKER_VOLUME_DRIVER, dockerVolumeOf, MOVED_FROM, PV_PROTECTION, shortAccessModes } from '../../../common/kube/volumes.ts'
import { same } from '../rest/same.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'
import { validateAccessModes, validateClassName, validateNodeTerms, validateSize, validateVolumeMode } from './volume-fields.ts'

/** Every kind of source that the API knows; the runtime says which of them it can mount. */
const SOURCES = [
  'awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'csi', 'fc', 'flexVolume', 'flocker', 'gcePersistentDisk', 'glusterfs', 'hostPath', 'iscsi', 'local', 'nfs',
  'photonPersistentDisk', 'portworxVolume', 'quobyte', 'rbd', 'scaleIO', 'storageos', 'vsphereVolume',
] as const satisfies readonly (keyof PersistentVolumeSpec)[]
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain']

/** PersistentVolume. The binder writes its phase. */
export const persistentVolumeKind = defineKind<PersistentVolume>({
  resource: PersistentVolumes,
  shortNames: ['pv'],
  hasStatus: true,
  defaults(volume) {
    const spec = volume.spec as PersistentVolumeSpec | undefined
    if (spec === undefined) return
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    if (spec.hostPath !== undefined) spec.hostPath.type ??= ''
  },
  prepareForCreate(volume) {
    volume.metadata.finalizers = [...new Set([...(volume.metadata.finalizers ?? []), PV_PROTECTION])]
    volume.status = { phase: 'Pending' }
  },
  validate(volume, errors) {
    const spec = volume.spec as PersistentVolumeSpec | undefined
    if (spec === undefined) {
      errors.required('spec')
      return
    }
    validateAccessModes(spec.accessModes, 'spec.accessModes', '', errors)
    const others = Object.keys(spec.capacity ?? {}).filter((key) => key !== 'storage')
    if (spec.capacity === undefined) errors.required('spec.capacity')
    else if (others.length > 0 || spec.capacity['storage'] === undefined) errors.notSupported('spec.capacity', spec.capacity, ['storage'])
    else validateSize(spec.capacity['storage'], 'spec.capacity[storage]', errors)
    errors.oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, RECLAIM_POLICIES)
    validateClassName(spec.storageClassName, 'spec.storageClassName', errors)
    validateVolumeMode(spec.volumeMode, 'spec.volumeMode', errors)
    if (spec.nodeAffinity?.required !== undefined) validateNodeTerms(spec.nodeAffinity.required.nodeSelectorTerms, 'spec.nodeAffinity.required.nodeSelectorTerms', errors)
    else if (spec.nodeAffinity !== undefined) errors.required('spec.nodeAffinity.required', 'must specify required node constraints')
    validateSource(spec, errors)
  },
  validateUpdate(volume, old, errors) {
    const moved = isMove(volume, old)
    if (!moved && !same(sourcesOf(volume.spec), sourcesOf(old.spec))) errors.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')
    validateImmutable(volume.spec.volumeMode, old.spec.volumeMode, 'spec.volumeMode', errors)
    if (old.spec.nodeAffinity !== undefined && !moved) validateImmutable(volume.spec.nodeAffinity, old.spec.nodeAffinity, 'spec.nodeAffinity', errors)
  },
  columns: [
    nameColumn,
    { name: 'Capacity', type: 'string', cell: ({ spec }) => spec.capacity?.['storage'] ?? '' },
    { name: 'Access Modes', type: 'string', cell: ({ spec }) => shortAccessModes(spec.accessModes) },
    { name: 'Reclaim Policy', type: 'string', cell: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '' },
    { name: 'Status', type: 'string', cell: (o) => (o.metadata.deletionTimestamp === undefined ? o.status?.phase ?? '' : 'Terminating') },
    { name: 'Claim', type: 'string', cell: ({ spec: { claimRef } }) => (claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`) },
    { name: 'StorageClass', type: 'string', cell: (o) => classOf(o) },
    { name: 'VolumeAttributesClass', type: 'string', cell: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>' },
    { name: 'Reason', type: 'string', cell: (o) => o.status?.reason ?? '' },
    ageColumn,
    { name: 'VolumeMode', type: 'string', priority: 1, cell: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
})

/** Toque's own volumes can move: their data was copied, and the update says from where. Nothing else of the source may change with it. */
function isMove(volume: Readonly<PersistentVolume>, old: Readonly<PersistentVolume>): boolean {
  const [now, was] = [dockerVolumeOf(volume), dockerVolumeOf(old)]
  if (now === undefined || was === undefined || volume.metadata.annotations?.[MOVED_FROM] !== old.spec.csi?.volumeHandle) return false
  const { volumeHandle: _now, ...rest } = volume.spec.csi ?? {}
  const { volumeHandle: _was, ...before } = old.spec.csi ?? {}
  return same(rest, before)
}

function sourcesOf(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  return Object.fromEntries(SOURCES.flatMap((source) => (spec[source] === undefined ? [] : [[source, spec[source]]])))
}

function validateSource(spec: PersistentVolumeSpec, errors: FieldErrors): void {
  const [first, ...more] = SOURCES.filter((source) => spec[source] !== undefined)
  if (first === undefined) errors.required('spec', 'must specify a volume type')
  for (const source of more) errors.forbidden(`spec.${source}`, 'may not specify more than 1 volume type')
  for (const source of ['hostPath', 'local'] as const) {
    const path = spec[source]?.path
    if (spec[source] === undefined) continue
    if (!path) errors.required(`spec.${source}.path`)
    else if (path.split('/').includes('..')) errors.invalid(`spec.${source}.path`, path, "must not contain '..'")
  }
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle') errors.forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")
  if (spec.local !== undefined && spec.nodeAffinity === undefined) errors.required('spec.nodeAffinity', 'Local volume requires node affinity')
  if (spec.nfs !== undefined) {
    if (!spec.nfs.server) errors.required('spec.nfs.server')
    if (!spec.nfs.path) errors.required('spec.nfs.path')
    else if (!spec.nfs.path.startsWith('/')) errors.invalid('spec.nfs.path', spec.nfs.path, 'must be an absolute path')
  }
  if (spec.csi === undefined) return
  if (!spec.csi.driver) errors.required('spec.csi.driver')
  if (!spec.csi.volumeHandle) errors.required('spec.csi.volumeHandle')
  else if (spec.csi.driver === DOCKER_VOLUME_DRIVER && dockerVolumeOf({ spec }) === undefined) errors.invalid('spec.csi.volumeHandle', spec.csi.volumeHandle, 'must be the name of a server and of a Docker volume on it: NODE/VOLUME')
}
