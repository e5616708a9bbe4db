import type { PersistentVolume, PersistentVolumeClaim } from '../../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes } from '../../../../common/kube/kinds.ts'
import { amount, conditionStates, identity, info, named, number, oneOf, stateKind } from './state-kind.ts'

const C = 'kube_persistentvolumeclaim'
/** PersistentVolumeClaims. */
export const claimState = stateKind<PersistentVolumeClaim>({
  resource: PersistentVolumeClaims, labels: named('persistentvolumeclaim'),
  metrics: [
    info(`${C}_info`, 'Information about persistent volume claim.', ({ spec }) => ({ storageclass: spec?.storageClassName, volumename: spec?.volumeName, volumemode: spec?.volumeMode })),
    ...identity(C),
    { name: `${C}_status_phase`, help: 'The phase the persistent volume claim is currently in.', of: ({ status }) => oneOf('phase', ['Lost', 'Bound', 'Pending'], status?.phase) },
    number(`${C}_resource_requests_storage_bytes`, 'The capacity of storage requested by the persistent volume claim.', ({ spec }) => amount(spec?.resources?.requests?.['storage'])),
    { name: `${C}_access_mode`, help: 'The access mode(s) specified by the persistent volume claim.', of: ({ spec }) => (spec?.accessModes ?? []).map((mode) => [{ access_mode: mode }, 1]) },
    { name: `${C}_status_condition`, help: 'Information about status of different conditions of persistent volume claim.', of: ({ status }) => conditionStates(status?.conditions) },
  ],
})

const V = 'kube_persistentvolume'
/** PersistentVolumes. */
export const volumeState = stateKind<PersistentVolume>({
  resource: PersistentVolumes, labels: ({ metadata: { name } }) => ({ persistentvolume: name }),
  metrics: [
    info(`${V}_info`, 'Information about persistentvolume.', ({ spec }) => ({
      storageclass: spec?.storageClassName, csi_driver: spec?.csi?.driver, csi_volume_handle: spec?.csi?.volumeHandle, nfs_server: spec?.nfs?.server, nfs_path: spec?.nfs?.path,
      host_path: spec?.hostPath?.path, reclaim_policy: spec?.persistentVolumeReclaimPolicy,
    })),
    ...identity(V),
    { name: `${V}_status_phase`, help: 'The phase indicates if a volume is available, bound to a claim, or released by a claim.', of: ({ status }) => oneOf('phase', ['Pending', 'Available', 'Bound', 'Released', 'Failed'], status?.phase) },
    number(`${V}_capacity_bytes`, 'Persistentvolume capacity in bytes.', ({ spec }) => amount(spec?.capacity?.['storage'])),
    { name: `${V}_claim_ref`, help: 'Information about the Persistent Volume Claim Reference.', of: ({ spec: { claimRef } = {} }) => (claimRef === undefined ? [] : [[{ name: claimRef.name ?? '', claim_namespace: claimRef.namespace ?? '' }, 1]]) },
  ],
})
