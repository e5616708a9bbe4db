import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import type { Informer, Lister } from '../../client/informer.ts'
import type { Claimant } from './claim.ts'
import type { Expectations } from './expectations.ts'

/** Whose pods are followed, and who is told. */
export interface PodFollowing<T extends KubeObject> {
  owners: Lister<T>
  selectorOf(owner: Frozen<T>): Claimant['spec']['selector']
  /** Something about the owner's pods changed, or about one of nobody's that it selects. */
  changed(owner: Frozen<T>): void
  /** Where the owner counts what it did: told what the cache shows. */
  expectations?: Expectations
  /** A pod of the owner's ended, or is being deleted; before `changed`. */
  ended?(owner: Frozen<T>, pod: Frozen<Pod>): void
}

/** Follows the pods of all owners of one kind. */
export function followPods<T extends KubeObject>(pods: Informer<Pod>, { owners, selectorOf, changed, expectations, ended }: PodFollowing<T>): void {
  const podChanged = (pod: Frozen<Pod>, what: 'created' | 'deleted' | undefined, hasEnded = false): void => {
    const reference = controllerOf(pod)
    const { namespace = '' } = pod.metadata
    if (reference === undefined) {
      for (const owner of owners.list({ namespace })) if (matchesSelector(pod.metadata.labels, selectorOf(owner))) changed(owner)
      return
    }
    // The UID says that it is of this kind, too.
    const owner = owners.get(namespace, reference.name)
    if (owner?.metadata.uid !== reference.uid) return
    if (hasEnded) ended?.(owner, pod)
    if (what === 'created') expectations?.created(keyOf(owner))
    if (what === 'deleted' || pod.metadata.deletionTimestamp !== undefined) expectations?.deleted(keyOf(owner), pod.metadata.uid)
    changed(owner)
  }
  pods.addHandler({
    onAdd: (pod) => podChanged(pod, 'created'),
    onUpdate: (pod, old) => {
      if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) podChanged(old, undefined)
      podChanged(pod, undefined, isPodActive(old) && !isPodActive(pod))
    },
    onDelete: (pod) => podChanged(pod, 'deleted', isPodActive(pod)),
  })
}
