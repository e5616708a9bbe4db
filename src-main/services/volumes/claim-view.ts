import type { ClaimDetail, ClaimState, ClaimSummary, Explanation, Health, ObjectRef } from '../../common/contract/index.ts'
import { heldMessage, isServerLossPolicy, saysStartEmpty, serverLossPolicy } from '../../common/kube/claim-data.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../common/kube/generated/storage-v1.ts'
import { ON_SERVER_LOSS } from '../../common/kube/local-data.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { wholeNumber } from '../../common/kube/quantity.ts'
import { isBackupOver } from '../../common/kube/volume-copies.ts'
import type { BackupSchedule, VolumeBackup, VolumeSnapshot } from '../../common/kube/volume-copies.ts'
import { classOf, dockerVolumeOf, isFullyBound, isVolumeOf, namesClass, SELECTED_NODE, waitsForConsumer } from '../../common/kube/volumes.ts'
import { refOf, time } from '../views/refs.ts'
import { copiesOf, copyTime, scheduleView } from './copy-views.ts'
import { busyWith } from './volume-parts.ts'

/** A claim with all that its view is made of. */
export interface ClaimParts {
  claim: Frozen<PersistentVolumeClaim>
  /** The volume that it names, where that is there. */
  volume: Frozen<PersistentVolume> | undefined
  storageClass: Frozen<StorageClass> | undefined
  /** The server that has its data, as far as it is part of the cluster. */
  server: Frozen<Node> | undefined
  /** Pods that use it and have not ended, and their apps. */
  pods: readonly Frozen<Pod>[]
  apps: readonly ObjectRef[]
  /** Copies of it, and schedules that it is in. */
  backups: readonly Frozen<VolumeBackup>[]
  snapshots: readonly Frozen<VolumeSnapshot>[]
  schedules: readonly Frozen<BackupSchedule>[]
}

/** A claim for the list. Pure. */
export function claimSummary(parts: ClaimParts): ClaimSummary {
  const { claim, volume, storageClass, pods, apps, backups, schedules } = parts
  const node = volume === undefined || !isVolumeOf(volume, claim) ? undefined : dockerVolumeOf(volume)?.node
  const newestFirst = [...backups].sort((a, b) => copyTime(b) - copyTime(a))
  const good = newestFirst.find((b) => b.status?.phase === 'Succeeded' && b.metadata.deletionTimestamp === undefined)
  // One that only waits or runs says nothing yet.
  const last = newestFirst.find(isBackupOver)
  const backupProblem = last?.status?.phase === 'Failed' ? (last.status.message ?? 'It failed.') : undefined
  const next = schedules.filter((s) => s.spec.suspend !== true).flatMap((s) => (s.status?.nextScheduleTime === undefined ? [] : [time(s.status.nextScheduleTime)]))
  const { state, health, why } = stateOf(parts, node, backupProblem)
  return {
    id: claim.metadata.uid, ref: refOf(claim), state, health, ...(why === undefined ? {} : { why }),
    sizeBytes: wholeNumber(claim.status?.capacity?.['storage'] ?? claim.spec.resources?.requests?.['storage']),
    ...(good?.status?.bytes === undefined ? {} : { usedBytes: good.status.bytes }),
    ...(node === undefined ? {} : { node }),
    pods: pods.map((pod) => refOf(pod)), apps: [...apps],
    onServerLoss: serverLossPolicy(claim, storageClass),
    ...(good === undefined ? {} : { lastBackup: { name: good.metadata.name, at: copyTime(good) } }),
    ...(backupProblem === undefined ? {} : { backupProblem }),
    ...(next.length === 0 ? {} : { nextBackupAt: Math.min(...next) }),
    createdAt: time(claim.metadata.creationTimestamp),
  }
}

/** A claim for its page. Pure. */
export function claimDetail(parts: ClaimParts): ClaimDetail {
  const { claim, volume, storageClass, backups, snapshots, schedules } = parts
  const said = claim.metadata.annotations?.[ON_SERVER_LOSS]
  const docker = volume === undefined ? undefined : dockerVolumeOf(volume)?.name
  const reclaim = volume?.spec.persistentVolumeReclaimPolicy
  return {
    ...claimSummary(parts),
    storageClass: classOf(claim),
    ...(volume === undefined ? {} : { volume: { ref: refOf(volume), ...(docker === undefined ? {} : { docker }), reclaim: reclaim === 'Delete' || reclaim === 'Recycle' ? reclaim : 'Retain' } }),
    accessModes: [...claim.spec.accessModes ?? []],
    onServerLossFrom: said !== undefined && isServerLossPolicy(said) ? 'claim' : storageClass?.parameters?.['on-server-loss'] === undefined ? 'default' : 'class',
    expandable: storageClass?.allowVolumeExpansion === true && isFullyBound(claim),
    copies: copiesOf(backups, snapshots), schedules: schedules.map(scheduleView).sort((a, b) => a.ref.name.localeCompare(b.ref.name)),
  }
}

function stateOf({ claim, volume, storageClass, server, pods }: ClaimParts, node: string | undefined, backupProblem: string | undefined): { state: ClaimState; health: Health; why?: Explanation } {
  const { name } = claim.metadata
  if (claim.metadata.deletionTimestamp !== undefined) {
    const users = pods.map((pod) => `"${pod.metadata.name}"`).join(', ')
    return { state: 'ending', health: 'progressing', why: { reason: 'Terminating', message: users === '' ? 'It is being deleted.' : `It is deleted when the pods that use it have ended: ${users}.` } }
  }
  if (claim.status?.phase === 'Lost') return { state: 'lost', health: 'failed', why: { reason: 'VolumeLost', message: `Its volume "${claim.spec.volumeName ?? ''}" is gone. Restore a copy to a claim of another name, and let the app use that.` } }
  const busy = busyWith(claim)
  if (busy !== undefined) return { state: 'busy', health: 'progressing', why: { reason: 'VolumeBusy', message: `It is being ${busy}. Its pods start when that is over.` } }
  if (!isFullyBound(claim)) {
    if (storageClass === undefined && (claim.spec.volumeName ?? '') === '') return { state: 'pending', health: 'degraded', why: { reason: 'NoVolume', message: noClass(claim) } }
    if (waitsForConsumer(storageClass) && pods.length === 0 && claim.metadata.annotations?.[SELECTED_NODE] === undefined) return { state: 'waits', health: 'stopped' }
    return { state: 'pending', health: 'progressing', why: { reason: 'ProvisioningVolume', message: `The volume of "${name}" is being made, or its pod has no server yet. The events say what is in the way.` } }
  }
  if (volume !== undefined && node !== undefined && !isConditionTrue(server?.status?.conditions, 'Ready')) {
    const held = { claim, volume, policy: serverLossPolicy(claim, storageClass), letGo: saysStartEmpty(claim) }
    return { state: 'server-lost', health: 'failed', why: { reason: 'WaitingForData', message: heldMessage([held], node) } }
  }
  if (backupProblem !== undefined) return { state: 'bound', health: 'degraded', why: { reason: 'BackupFailed', message: backupProblem } }
  return { state: 'bound', health: 'healthy' }
}

function noClass(claim: Frozen<PersistentVolumeClaim>): string {
  const named = classOf(claim)
  if (named !== '') return `There is no StorageClass "${named}", and no volume of that class that fits: make one, or name another class in a new claim.`
  return namesClass(claim) ? 'It asks for a volume that is there already (it names no class), and none fits.' : 'It names no StorageClass, and none is marked as the default one.'
}
