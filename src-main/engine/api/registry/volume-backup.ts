import { COPY_FINALIZER, targetText, VolumeBackups } from '../../../common/kube/volume-copies.ts'
import type { VolumeBackup } from '../../../common/kube/volume-copies.ts'
import { same } from '../rest/same.ts'
import { age, ageColumn, nameColumn } from '../table/columns.ts'
import { checkName, validateCopying } from './copy-target.ts'
import { defineKind } from './kind.ts'

/** VolumeBackup: one copy of a claim's data. What it is to be does not change. */
export const volumeBackupKind = defineKind<VolumeBackup>({
  resource: VolumeBackups,
  shortNames: ['vb'],
  hasStatus: true,
  hasGeneration: true,
  prepareForCreate(backup) {
    // Its copy goes before it does.
    backup.metadata.finalizers = [...new Set([...(backup.metadata.finalizers ?? []), COPY_FINALIZER])]
    backup.status = { phase: 'Pending' }
  },
  validate(backup, errors) {
    const spec = backup.spec as VolumeBackup['spec'] | undefined
    if (spec === undefined) return errors.required('spec')
    checkName('spec.claimName', spec.claimName, errors)
    validateCopying(spec, errors)
  },
  validateUpdate(backup, old, errors) {
    if (!same(backup.spec, old.spec)) errors.forbidden('spec', 'a backup is of one time and place: make another one')
  },
  columns: [
    nameColumn,
    { name: 'Claim', type: 'string', cell: (o) => o.spec.claimName },
    { name: 'Phase', type: 'string', cell: (o) => (o.metadata.deletionTimestamp === undefined ? o.status?.phase ?? 'Pending' : 'Deleting') },
    { name: 'Bytes', type: 'integer', cell: (o) => o.status?.bytes ?? o.status?.doneBytes ?? 0 },
    { name: 'Target', type: 'string', cell: (o) => targetText(o.spec.target) },
    { name: 'Completed', type: 'string', cell: (o, now) => (o.status?.completionTime === undefined ? '' : age(o.status.completionTime, now)) },
    ageColumn,
    { name: 'Message', type: 'string', priority: 1, cell: (o) => o.status?.message ?? '' },
    { name: 'File', type: 'string', priority: 1, cell: (o) => o.status?.file ?? '' },
  ],
})
