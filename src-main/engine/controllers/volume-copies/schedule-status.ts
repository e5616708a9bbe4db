import { timestamp } from '../../../common/clock.ts'
import type { PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { isBackupOver, OF_SCHEDULE } from '../../../common/kube/volume-copies.ts'
import type { BackupSchedule, BackupScheduleStatus, VolumeBackup } from '../../../common/kube/volume-copies.ts'

const LONGEST_NAME = 253

/** The claims of a schedule: by name first, then those that its selector finds; and names that there are no claims of. Pure. */
export function claimsOf({ spec: { claims } }: Frozen<BackupSchedule>, all: readonly Frozen<PersistentVolumeClaim>[]): { names: string[]; missing: string[] } {
  const there = new Set(all.filter((c) => c.metadata.deletionTimestamp === undefined).map((c) => c.metadata.name))
  const { names = [], selector } = claims
  const found = selector === undefined ? [] : all.filter((c) => matchesSelector(c.metadata.labels, selector)).map((c) => c.metadata.name).sort()
  return { names: [...new Set([...names, ...found])].filter((name) => there.has(name)), missing: names.filter((name) => !there.has(name)) }
}

/** The backup of a claim for a time: of the same name for the same time, so none is made twice. Pure. */
export function backupFor({ metadata: { name, namespace = '' }, spec: { target, hold, freezeSeconds } }: Frozen<BackupSchedule>, claimName: string, at: number): Draft<VolumeBackup> {
  return {
    apiVersion: 'toque.dev/v1', kind: 'VolumeBackup',
    metadata: { name: `${name}-${String(Math.floor(at / 1000))}-${claimName}`.slice(0, LONGEST_NAME).replace(/[-.]+$/, ''), namespace, labels: { [OF_SCHEDULE]: name } },
    spec: { claimName, target: structuredClone(target), ...(hold === undefined ? {} : { hold }), ...(freezeSeconds === undefined ? {} : { freezeSeconds }) },
  }
}

/** What there is to say of a schedule. `problem`: why nothing can be made, beside what the backups say. Pure. */
export function scheduleStatus(old: BackupScheduleStatus | undefined, backups: readonly Frozen<VolumeBackup>[], next: number | undefined, problem: string | undefined): BackupScheduleStatus {
  const ended = backups.filter(isBackupOver).sort((a, b) => (b.status?.completionTime ?? '').localeCompare(a.status?.completionTime ?? ''))
  const good = ended.find((b) => b.status?.phase === 'Succeeded')
  // What failed counts until its own claim is saved again.
  const failed = ended.find((b) => b.status?.phase === 'Failed' && !ended.some((g) => g.status?.phase === 'Succeeded' && g.spec.claimName === b.spec.claimName && (g.status.completionTime ?? '') >= (b.status?.completionTime ?? '')))
  const message = problem ?? (failed === undefined ? undefined : `${failed.spec.claimName}: ${failed.status?.message ?? 'failed'}`)
  const lastSuccessfulTime = good?.status?.completionTime ?? old?.lastSuccessfulTime
  const active = backups.filter((b) => !isBackupOver(b)).length
  return {
    ...(old?.lastScheduleTime === undefined ? {} : { lastScheduleTime: old.lastScheduleTime }),
    ...(next === undefined ? {} : { nextScheduleTime: timestamp(next) }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    ...(good === undefined ? {} : { lastBackup: lastOf(good) }),
    ...(active === 0 ? {} : { active }),
    ...(message === undefined ? {} : { message }),
  }
}

function lastOf({ metadata: { name }, status: { bytes, digest } = {} }: Frozen<VolumeBackup>): BackupScheduleStatus['lastBackup'] {
  return { name, ...(bytes === undefined ? {} : { bytes }), ...(digest === undefined ? {} : { digest }) }
}
