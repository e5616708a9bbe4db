import type { BackUpOptions, Batch, ClaimDetail, ClaimRef, ClaimSummary, RestoreSource, RestoreTarget, S3Keys, SavedVolume, TransferProgress, VolumePlan, Volumes } from '../../common/contract/index.ts'
import { hasReason, messageOf } from '../../common/errors.ts'
import type { ServerLossPolicy } from '../../common/kube/claim-data.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { backUpVolume } from './back-up-volume.ts'
import { expandClaim, restoreLost, s3Secrets, saveS3Keys, setServerLoss } from './claim-orders.ts'
import { moveVolume } from './move-volume.ts'
import { listSaved } from './places/folder-place.ts'
import { restoreVolume } from './restore-volume.ts'
import { busyWith, keptVolume, targetsFor, usersOf } from './volume-parts.ts'
import type { VolumeParts } from './volume-parts.ts'
import { watchClaim, watchClaims } from './watch-claims.ts'

/** Volumes of the Toque engine's cluster, for the screens. */
export class VolumesService implements Volumes {
  readonly #parts: VolumeParts

  constructor(parts: VolumeParts) {
    this.#parts = parts
  }

  watchClaims(): Stream<Batch<ClaimSummary>> {
    return watchClaims(this.#parts)
  }

  watchClaim(claim: ClaimRef): Stream<ClaimDetail> {
    return watchClaim(this.#parts, claim)
  }

  async measure(claim: ClaimRef): Promise<number | undefined> {
    const { at } = await keptVolume(this.#parts, claim)
    return this.#parts.files(at.node)?.size(at.name)
  }

  onServerLoss(claim: ClaimRef, policy: ServerLossPolicy | undefined): Promise<ServerLossPolicy | undefined> {
    return setServerLoss(this.#parts, claim, policy)
  }

  expand(claim: ClaimRef, size: string): Promise<void> {
    return expandClaim(this.#parts, claim, size)
  }

  restoreLost(claim: ClaimRef): Promise<void> {
    return restoreLost(this.#parts, claim)
  }

  keys(namespace: string): Promise<string[]> {
    return s3Secrets(this.#parts, namespace)
  }

  saveKeys(keys: S3Keys): Promise<void> {
    return saveS3Keys(this.#parts, keys)
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
