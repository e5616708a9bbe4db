import type { BackUpOptions, ClaimRef, RestoreSource, RestoreTarget, SavedVolume, TransferProgress, VolumePlan, Volumes } from '../../common/contract/index.ts'
import { hasReason, messageOf } from '../../common/errors.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { backUpVolume } from './back-up-volume.ts'
import { moveVolume } from './move-volume.ts'
import { listSaved } from './places/folder-place.ts'
import { restoreVolume } from './restore-volume.ts'
import { busyWith, keptVolume, targetsFor, usersOf } from './volume-parts.ts'
import type { VolumeParts } from './volume-parts.ts'

/** Volumes of the Toque engine's cluster, for the screens. */
export class VolumesService implements Volumes {
  readonly #parts: VolumeParts

  constructor(parts: VolumeParts) {
    this.#parts = parts
  }

  async plan(claim: ClaimRef): Promise<VolumePlan> {
    const parts = this.#parts
    const users = await usersOf(parts, claim)
    const pods = users.map((pod) => pod.metadata.name)
    try {
      const kept = await keptVolume(parts, claim)
      const alone = users.find((pod) => controllerOf(pod) === undefined)
      const busy = busyWith(kept.claim)
      const problem = busy !== undefined ? `It is being ${busy}.` : alone === undefined ? undefined : `Pod "${alone.metadata.name}" uses it and belongs to no app: nobody would start it again. Delete it first.`
      return { server: kept.at.node, pods, targets: await targetsFor(parts, kept.at.node), ...(problem === undefined ? {} : { problem }) }
    } catch (error) {
      if (!hasReason(error, 'BadRequest')) throw error
      return { pods, targets: [], problem: messageOf(error) }
    }
  }

  move(claim: ClaimRef, server: string): Stream<TransferProgress> {
    return moveVolume(this.#parts, claim, server)
  }

  backUp(claim: ClaimRef, options: BackUpOptions): Stream<TransferProgress> {
    return backUpVolume(this.#parts, claim, options)
  }

  backups(folder: string): Promise<SavedVolume[]> {
    return listSaved(folder)
  }

  restore(from: RestoreSource, into: RestoreTarget): Stream<TransferProgress> {
    return restoreVolume(this.#parts, from, into)
  }
}
