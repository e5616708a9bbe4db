import type { ClaimCopy, ClaimSchedule } from '../../common/contract/index.ts'
import type { PersistentVolumeClaim } from '../../common/kube/generated/core-v1.ts'
import { matchesSelector } from '../../common/kube/labels.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { wholeNumber } from '../../common/kube/quantity.ts'
import { OF_SCHEDULE, SNAPSHOT_HANDLE } from '../../common/kube/volume-copies.ts'
import type { BackupSchedule, VolumeBackup, VolumeSnapshot } from '../../common/kube/volume-copies.ts'
import { refOf, time } from '../views/refs.ts'

/** The moment that a backup is of: when it began; of one that has not begun, when it was asked for. Milliseconds since the epoch. */
export function copyTime({ metadata, status }: Frozen<VolumeBackup>): number {
  return time(status?.startTime ?? metadata.creationTimestamp)
}

/** All copies of a claim, the newest first. Pure. */
export function copiesOf(backups: readonly Frozen<VolumeBackup>[], snapshots: readonly Frozen<VolumeSnapshot>[]): ClaimCopy[] {
  return [...backups.map(backupView), ...snapshots.map(snapshotView)].sort((a, b) => b.at - a.at || a.ref.name.localeCompare(b.ref.name))
}

/** Is the claim one of the schedule's? */
export function isInSchedule(claim: Frozen<PersistentVolumeClaim>, { metadata, spec: { claims } }: Frozen<BackupSchedule>): boolean {
  if (metadata.namespace !== claim.metadata.namespace) return false
  return claims.names?.includes(claim.metadata.name) === true || (claims.selector !== undefined && matchesSelector(claim.metadata.labels, claims.selector))
}

/** A schedule, as a page of one of its claims shows it. Pure. */
export function scheduleView(schedule: Frozen<BackupSchedule>): ClaimSchedule {
  const { metadata, spec, status } = schedule
  return {
    id: metadata.uid, ref: refOf(schedule), schedule: spec.schedule, timeZone: spec.timeZone ?? 'UTC', suspended: spec.suspend === true, where: spec.target, keep: { ...spec.keep },
    ...(status?.nextScheduleTime === undefined || spec.suspend === true ? {} : { nextAt: time(status.nextScheduleTime) }),
    ...(status?.lastSuccessfulTime === undefined ? {} : { lastSucceededAt: time(status.lastSuccessfulTime) }),
    ...(status?.message === undefined ? {} : { message: status.message }),
  }
}

function backupView(backup: Frozen<VolumeBackup>): ClaimCopy {
  const { metadata, spec, status = {} } = backup
  const state = { Pending: 'waiting', Running: 'running', Succeeded: 'good', Failed: 'failed' } as const
  const { message, doneBytes, totalBytes, bytes, entries, digest } = status
  const schedule = metadata.labels?.[OF_SCHEDULE]
  const phase = status.phase ?? 'Pending'
  return {
    id: metadata.uid, ref: refOf(backup), kind: 'backup', state: metadata.deletionTimestamp === undefined ? state[phase] : 'ending', at: copyTime(backup), where: spec.target, hold: spec.hold ?? 'Freeze',
    ...(message === undefined ? {} : { message }), ...(phase === 'Running' ? { ...(doneBytes === undefined ? {} : { doneBytes }), ...(totalBytes === undefined ? {} : { totalBytes }) } : {}),
    ...(bytes === undefined ? {} : { bytes }), ...(entries === undefined ? {} : { entries }), ...(digest === undefined ? {} : { digest }), ...(schedule === undefined ? {} : { schedule }),
  }
}

function snapshotView(snapshot: Frozen<VolumeSnapshot>): ClaimCopy {
  const { metadata, status } = snapshot
  const [node = ''] = metadata.annotations?.[SNAPSHOT_HANDLE]?.split('/') ?? []
  const message = status?.readyToUse === true ? undefined : status?.error?.message
  const state = metadata.deletionTimestamp !== undefined ? 'ending' : status?.readyToUse === true ? 'good' : message === undefined ? 'running' : 'failed'
  return {
    id: metadata.uid, ref: refOf(snapshot), kind: 'snapshot', state, at: time(status?.creationTime ?? metadata.creationTimestamp), where: node === '' ? {} : { server: { name: node } }, hold: 'Freeze',
    ...(message === undefined ? {} : { message }), ...(state !== 'good' || status?.restoreSize === undefined ? {} : { totalBytes: wholeNumber(status.restoreSize) }),
  }
}
