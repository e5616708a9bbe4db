import type { PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { BOUND_BY_CONTROLLER, dockerVolumeOf, PROVISIONED_BY } from '../../../common/kube/volumes.ts'

/** What is to become of a volume. */
export type VolumeVerdict =
  | { do: 'phase'; phase: 'Available' | 'Bound' }
  /** Its claim is still to be bound to it. */
  | { do: 'bind-claim' }
  /** Its claim is gone: released, and then `then`. */
  | { do: 'release'; then: Reclaim }
  /** Another volume got its claim: it is free again. `keepName`: a person had reserved it for that name. */
  | { do: 'unbind'; keepName: boolean }

/** `elsewhere`: by the provisioner that made it. */
export type Reclaim = { do: 'retain' | 'delete' | 'elsewhere' } | { do: 'fail'; reason: string; message: string }

/** `claim`: the one of the name in its claimRef, if there is one. Pure. */
export function decideVolume(volume: Frozen<PersistentVolume>, claim: Frozen<PersistentVolumeClaim> | undefined): VolumeVerdict {
  const { claimRef } = volume.spec
  if (claimRef === undefined) return { do: 'phase', phase: 'Available' }
  if ((claimRef.uid ?? '') === '') return claim === undefined ? { do: 'phase', phase: 'Available' } : { do: 'bind-claim' }
  if (claim === undefined || claim.metadata.uid !== claimRef.uid) return { do: 'release', then: reclaim(volume) }
  const { volumeName = '' } = claim.spec
  if (volumeName === '') return { do: 'bind-claim' }
  if (volumeName === volume.metadata.name) return { do: 'phase', phase: 'Bound' }
  if (volume.metadata.annotations?.[PROVISIONED_BY] !== undefined && volume.spec.persistentVolumeReclaimPolicy === 'Delete') return { do: 'release', then: reclaim(volume) }
  return { do: 'unbind', keepName: volume.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined }
}

/** What its policy says of a released volume. Pure. */
export function reclaim(volume: Frozen<PersistentVolume>): Reclaim {
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case 'Delete': {
      if (dockerVolumeOf(volume) !== undefined) return { do: 'delete' }
      if (volume.spec.csi !== undefined || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined) return { do: 'elsewhere' }
      const message = 'Nobody can delete the data of a volume of this kind: delete it yourself, then the PersistentVolume (or set its reclaim policy to Retain).'
      return { do: 'fail', reason: 'VolumeFailedDelete', message }
    }
    case 'Recycle': return { do: 'fail', reason: 'VolumeFailedRecycle', message: 'Volumes are not recycled: nobody wipes data unasked. Empty it yourself and remove spec.claimRef to offer it again, or set the reclaim policy to Retain.' }
    default: return { do: 'retain' }
  }
}
