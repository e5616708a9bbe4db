import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { ordinalOf } from './identity.ts'

/** Whose pods are whose. */
export interface Claims {
  owned: Frozen<Pod>[]
  /** Nobody's, and named and labelled as the set's are. */
  adopt: Frozen<Pod>[]
  /** Owned, and the selector matches no longer. */
  release: Frozen<Pod>[]
}

/** Sorts pods by their relation to a set. A set that is being deleted neither adopts nor releases. */
export function computeClaims(set: StatefulSet, pods: Iterable<Frozen<Pod>>): Claims {
  const claims: Claims = { owned: [], adopt: [], release: [] }
  const going = set.metadata.deletionTimestamp !== undefined
  for (const pod of pods) {
    const owner = controllerOf(pod)
    const matches = matchesSelector(pod.metadata.labels, set.spec.selector) && ordinalOf(set, pod) !== undefined
    if (owner?.uid === set.metadata.uid) {
      if (matches) claims.owned.push(pod)
      else if (!going) claims.release.push(pod)
    } else if (owner === undefined && matches && !going && pod.metadata.deletionTimestamp === undefined) claims.adopt.push(pod)
  }
  return claims
}
