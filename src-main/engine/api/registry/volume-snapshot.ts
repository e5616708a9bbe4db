import { COPY_FINALIZER, VolumeSnapshots } from '../../../common/kube/volume-copies.ts'
import type { VolumeSnapshot } from '../../../common/kube/volume-copies.ts'
import { same } from '../rest/same.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { checkName } from './copy-target.ts'
import { defineKind } from './kind.ts'

/** VolumeSnapshot: a claim's data of one moment, kept on the claim's server. */
export const volumeSnapshotKind = defineKind<VolumeSnapshot>({
  resource: VolumeSnapshots,
  shortNames: ['vs'],
  hasStatus: true,
  hasGeneration: true,
  prepareForCreate(snapshot) {
    snapshot.metadata.finalizers = [...new Set([...(snapshot.metadata.finalizers ?? []), COPY_FINALIZER])]
    snapshot.status = { readyToUse: false }
  },
  validate(snapshot, errors) {
    const source = (snapshot.spec as VolumeSnapshot['spec'] | undefined)?.source
    if (source?.volumeSnapshotContentName !== undefined) errors.forbidden('spec.source.volumeSnapshotContentName', 'snapshots that are there already (VolumeSnapshotContents) are not supported: name a claim')
    else checkName('spec.source.persistentVolumeClaimName', source?.persistentVolumeClaimName, errors)
  },
  validateUpdate(snapshot, old, errors) {
    if (!same(snapshot.spec, old.spec)) errors.forbidden('spec', 'a snapshot is of one claim and moment: make another one')
  },
  columns: [
    nameColumn,
    { name: 'ReadyToUse', type: 'boolean', cell: (o) => o.status?.readyToUse ?? false },
    { name: 'SourcePVC', type: 'string', cell: (o) => o.spec.source.persistentVolumeClaimName ?? '' },
    { name: 'RestoreSize', type: 'string', cell: (o) => o.status?.restoreSize ?? '' },
    { name: 'CreationTime', type: 'date', cell: (o) => o.status?.creationTime ?? '' },
    ageColumn,
    { name: 'Error', type: 'string', priority: 1, cell: (o) => o.status?.error?.message ?? '' },
  ],
})
