import type { PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { bestVolume, mismatch } from '../../../common/kube/volume-match.ts'
import { classOf, DOCKER_VOLUME_DRIVER, isFullyBound, isVolumeOf, namesClass, SELECTED_NODE, waitsForConsumer } from '../../../common/kube/volumes.ts'

/** What is to be said about a claim, as an Event. */
export interface Said {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

/** What is to become of a claim. `pending`: nothing but its phase, and why. */
export type ClaimVerdict =
  | { do: 'bind'; volume: Frozen<PersistentVolume> }
  | { do: 'name-class'; name: string }
  | { do: 'provision'; provisioner: string; said?: Said }
  | { do: 'pending'; said?: Said }
  | { do: 'lost'; said: Said }

/** What a claim is decided by. */
export interface ClaimSurroundings {
  volumes: readonly Frozen<PersistentVolume>[]
  storageClass: Frozen<StorageClass> | undefined
  defaultClass: Frozen<StorageClass> | undefined
}

/** Binds, provisions or waits, as upstream's binder. Pure. */
export function decideClaim(claim: Frozen<PersistentVolumeClaim>, around: ClaimSurroundings): ClaimVerdict {
  const wanted = claim.spec.volumeName ?? ''
  const named = around.volumes.find((v) => v.metadata.name === wanted)
  if (isFullyBound(claim)) return stillBound(claim, named)
  if (wanted !== '') return bindToNamed(claim, named)
  if (!namesClass(claim) && around.defaultClass !== undefined) return { do: 'name-class', name: around.defaultClass.metadata.name }
  const delayed = waitsForConsumer(around.storageClass) && claim.metadata.annotations?.[SELECTED_NODE] === undefined
  const found = bestVolume(claim, around.volumes, { delayed: waitsForConsumer(around.storageClass) })
  if (found !== undefined) return { do: 'bind', volume: found }
  if (delayed) return { do: 'pending', said: { type: 'Normal', reason: 'WaitForFirstConsumer', message: 'waiting for first consumer to be created before binding' } }
  return provision(claim, around.storageClass)
}

function provision(claim: Frozen<PersistentVolumeClaim>, storageClass: Frozen<StorageClass> | undefined): ClaimVerdict {
  const name = classOf(claim)
  if (name === '') return { do: 'pending', said: { type: 'Normal', reason: 'FailedBinding', message: 'no persistent volumes available for this claim and no storage class is set' } }
  if (storageClass === undefined) return { do: 'pending', said: { type: 'Warning', reason: 'ProvisioningFailed', message: `storageclass.storage.k8s.io "${name}" not found` } }
  const { provisioner } = storageClass
  if (provisioner === 'kubernetes.io/no-provisioner') {
    return { do: 'pending', said: { type: 'Normal', reason: 'FailedBinding', message: 'no persistent volumes available for this claim and its class makes none (kubernetes.io/no-provisioner)' } }
  }
  if (provisioner === DOCKER_VOLUME_DRIVER) return { do: 'provision', provisioner }
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  return { do: 'provision', provisioner, said: { type: 'Normal', reason: 'ExternalProvisioning', message } }
}

/** The claim names its volume: a person chose it, or an earlier binding did not come to its end. */
function bindToNamed(claim: Frozen<PersistentVolumeClaim>, volume: Frozen<PersistentVolume> | undefined): ClaimVerdict {
  if (volume === undefined) return { do: 'pending' }
  if (volume.spec.claimRef !== undefined) {
    if (isVolumeOf(volume, claim)) return { do: 'bind', volume }
    const owner = `${volume.spec.claimRef.namespace ?? ''}/${volume.spec.claimRef.name ?? ''}`
    return { do: 'pending', said: { type: 'Warning', reason: 'FailedBinding', message: `volume "${volume.metadata.name}" already bound to a different claim (${owner}).` } }
  }
  const wrong = mismatch(volume, claim)
  if (wrong === undefined) return { do: 'bind', volume }
  return { do: 'pending', said: { type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind to requested volume "${volume.metadata.name}": ${wrong}` } }
}

function stillBound(claim: Frozen<PersistentVolumeClaim>, volume: Frozen<PersistentVolume> | undefined): ClaimVerdict {
  if (volume === undefined) return { do: 'lost', said: { type: 'Warning', reason: 'ClaimLost', message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!' } }
  if (volume.spec.claimRef === undefined || isVolumeOf(volume, claim)) return { do: 'bind', volume }
  return { do: 'lost', said: { type: 'Warning', reason: 'ClaimMisbound', message: 'Two claims are bound to the same volume, this one is bound incorrectly' } }
}
