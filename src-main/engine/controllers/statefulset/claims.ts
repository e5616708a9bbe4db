import { hasReason } from '../../../common/errors.ts'
import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { getIfThere } from '../../client/retry.ts'
import { claimNamesOf, claimsOf, isInRange, ordinalOf, podNameOf } from './identity.ts'
import { isStale, ownersOfClaim } from './retention.ts'

/** The claims of StatefulSets' pods: made before the pod, kept or let go as the retention policy says. Read from the API: there is no cache to be behind. */
export class PodClaims {
  readonly #client: Client
  readonly #recorder: EventRecorder

  constructor(client: Client, recorder: EventRecorder) {
    this.#client = client
    this.#recorder = recorder
  }

  /** Makes what the pod of an ordinal lacks. */
  async make(set: Frozen<StatefulSet>, ordinal: number): Promise<void> {
    for (const draft of claimsOf(set, ordinal)) {
      const { namespace = '', name = '' } = draft.metadata
      if (await getIfThere(this.#client, PersistentVolumeClaims, namespace, name) !== undefined) continue
      try {
        await this.#client.create(PersistentVolumeClaims, draft)
        this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `create Claim ${name} Pod ${podNameOf(set, ordinal)} in StatefulSet ${set.metadata.name} success`)
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists')) throw error
      }
    }
  }

  /** Is a claim of the pod of an ordinal about to be deleted together with the pod that was there before? */
  async areStale(set: Frozen<StatefulSet>, ordinal: number): Promise<boolean> {
    for (const name of claimNamesOf(set, ordinal)) {
      const claim = await getIfThere(this.#client, PersistentVolumeClaims, set.metadata.namespace ?? '', name)
      if (claim !== undefined && isStale(claim, podNameOf(set, ordinal))) return true
    }
    return false
  }

  /** Gives the pods' claims the owners that the retention policy wants. */
  async keep(set: Frozen<StatefulSet>, pods: readonly Frozen<Pod>[]): Promise<void> {
    for (const pod of pods) {
      const ordinal = ordinalOf(set, pod) ?? -1
      for (const name of claimNamesOf(set, ordinal)) {
        const claim = await getIfThere(this.#client, PersistentVolumeClaims, set.metadata.namespace ?? '', name)
        const ownerReferences = claim && ownersOfClaim(set, pod, !isInRange(set, ordinal), claim)
        if (claim !== undefined && ownerReferences !== undefined) await this.#client.update(PersistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, ownerReferences } })
      }
    }
  }
}
