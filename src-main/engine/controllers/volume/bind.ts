import { timestamp } from '../../../common/clock.ts'
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeStatus } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from '../../../common/kube/volumes.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ControllerContext } from '../context.ts'

/**
 * Makes volume and claim each other's: the volume's reference first, so that no other claim can take it, then its phase, then the claim. What is
 * so already is not written, so an interrupted binding is completed by the next. Throws Conflict where the cache was behind.
 */
export async function bind(context: ControllerContext, claim: Frozen<PersistentVolumeClaim>, volume: Frozen<PersistentVolume>): Promise<void> {
  const { client } = context
  const { namespace = '', name, uid, resourceVersion } = claim.metadata
  if (volume.spec.claimRef?.uid !== uid) {
    const reserved = volume.spec.claimRef !== undefined
    const annotations = { ...volume.metadata.annotations, ...(reserved ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }) }
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion }
    await client.update(PersistentVolumes, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } })
  }
  await setPhase(context, volume, { phase: 'Bound' })
  const chosen = claim.spec.volumeName === volume.metadata.name
  const annotations = { ...claim.metadata.annotations, ...(chosen ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }), [BIND_COMPLETED]: 'yes' }
  if (!chosen || claim.metadata.annotations?.[BIND_COMPLETED] === undefined) {
    await client.update(PersistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: volume.metadata.name } })
  }
  if (claim.status?.phase === 'Bound') return
  await changeStatus(client, PersistentVolumeClaims, { namespace, name, uid }, (copy) => {
    if (copy.status?.phase === 'Bound') return false
    copy.status = { ...copy.status, phase: 'Bound', accessModes: [...volume.spec.accessModes ?? []], capacity: { ...volume.spec.capacity } }
    return true
  })
}

/** Writes a volume's phase, with why, where it is another. */
export async function setPhase({ client, clock }: ControllerContext, volume: Frozen<PersistentVolume>, next: Pick<PersistentVolumeStatus, 'phase' | 'reason' | 'message'>): Promise<void> {
  const { name, uid } = volume.metadata
  if (volume.status?.phase === next.phase && volume.status?.reason === next.reason) return
  await changeStatus(client, PersistentVolumes, { namespace: '', name, uid }, (copy) => {
    if (copy.status?.phase === next.phase && copy.status?.reason === next.reason) return false
    copy.status = { ...next, lastPhaseTransitionTime: timestamp(clock.now()) }
    return true
  })
}
