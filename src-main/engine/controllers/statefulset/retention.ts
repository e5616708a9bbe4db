import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import { Pods, StatefulSets } from '../../../common/kube/kinds.ts'
import { controllerOf, controllerReference } from '../../../common/kube/owners.ts'

/**
 * A claim's owners as the set's retention policy wants them; garbage collection deletes it with the last one. A claim of the set goes with the set
 * (`whenDeleted: Delete`), one of a pod that is too much with that pod (`whenScaled: Delete`). Undefined: they are so, or the claim is somebody else's. Pure.
 */
export function ownersOfClaim(set: StatefulSet, pod: Pod, condemned: boolean, claim: PersistentVolumeClaim): OwnerReference[] | undefined {
  const controller = controllerOf(claim)
  if (controller !== undefined && controller.uid !== set.metadata.uid && controller.uid !== pod.metadata.uid) return undefined
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const ofPod = whenScaled === 'Delete' && condemned
  const ofSet = whenDeleted === 'Delete' && !ofPod
  const before = claim.metadata.ownerReferences ?? []
  const has = (uid: string): boolean => before.some((o) => o.uid === uid)
  if (has(set.metadata.uid) === ofSet && has(pod.metadata.uid) === ofPod) return undefined
  const others = before.filter((o) => o.uid !== set.metadata.uid && o.uid !== pod.metadata.uid)
  return [...others, ...(ofSet ? [controllerReference(StatefulSets, set)] : []), ...(ofPod ? [controllerReference(Pods, pod)] : [])]
}

/** Does the claim go with a pod of this name that is no more? Until it is gone, a new pod would start with what is about to be deleted. */
export function isStale(claim: PersistentVolumeClaim, podName: string): boolean {
  return (claim.metadata.ownerReferences ?? []).some((o) => o.apiVersion === 'v1' && o.kind === 'Pod' && o.name === podName)
}
