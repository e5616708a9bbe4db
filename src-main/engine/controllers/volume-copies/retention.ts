import type { Frozen } from '../../../common/kube/object.ts'
import type { CopyRetention, VolumeBackup } from '../../../common/kube/volume-copies.ts'

const DAY_MS = 86_400_000

/** What goes now, and when the next look is due for age's sake. */
export interface RetentionPlan {
  remove: Frozen<VolumeBackup>[]
  /** Milliseconds since the epoch. */
  nextAt: number | undefined
}

/**
 * Of each claim: the newest good copies that its schedule keeps, by number and by age, and the newest failure that no success has followed. The newest good copy always
 * stays: a schedule that fails for a month must not delete the last copy. Pure.
 */
export function planRetention(backups: readonly Frozen<VolumeBackup>[], keep: CopyRetention | undefined, now: number): RetentionPlan {
  const plan: RetentionPlan = { remove: [], nextAt: undefined }
  for (const ofClaim of byClaim(backups).values()) {
    const good = ofClaim.filter((b) => b.status?.phase === 'Succeeded')
    const newest = endOf(good[0])
    const failed = ofClaim.filter((b) => b.status?.phase === 'Failed')
    plan.remove.push(...failed.filter((b, i) => i > 0 || endOf(b) < newest))
    good.slice(1).forEach((backup, i) => {
      const goesAt = keep?.days === undefined ? Infinity : endOf(backup) + keep.days * DAY_MS
      if (i + 1 >= (keep?.count ?? Infinity) || goesAt <= now) plan.remove.push(backup)
      else if (goesAt < (plan.nextAt ?? Infinity)) plan.nextAt = goesAt
    })
  }
  return plan
}

/** Those that are not being deleted, of each claim, the newest first. */
function byClaim(backups: readonly Frozen<VolumeBackup>[]): Map<string, Frozen<VolumeBackup>[]> {
  const found = new Map<string, Frozen<VolumeBackup>[]>()
  for (const backup of [...backups].filter((b) => b.metadata.deletionTimestamp === undefined).sort((a, b) => endOf(b) - endOf(a))) {
    found.set(backup.spec.claimName, [...(found.get(backup.spec.claimName) ?? []), backup])
  }
  return found
}

/** When it was over; what is not over counts as made last. 0 for none. */
function endOf(backup: Frozen<VolumeBackup> | undefined): number {
  return backup === undefined ? 0 : Date.parse(backup.status?.completionTime ?? backup.metadata.creationTimestamp)
}
