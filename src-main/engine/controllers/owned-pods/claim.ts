import { matchesAll, requirementsOf } from '../../../common/kube/labels.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector, ObjectMeta } from '../../../common/kube/generated/meta-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'

/** Whose pods are whose. */
export interface Claims {
  /** Owned, and the selector matches. */
  owned: Frozen<Pod>[]
  /** Nobody's, and the selector matches: to be adopted. */
  adopt: Frozen<Pod>[]
  /** Owned, and the selector matches no longer: to be released. */
  release: Frozen<Pod>[]
}

/** Whoever has pods by a selector: a ReplicaSet, a Job and their like. */
export interface Claimant {
  metadata: ObjectMeta
  spec: { selector?: LabelSelector }
}

/** Sorts pods by their relation to an owner; without a selector it has none. One that is being deleted neither adopts nor releases. `isNamed`: may the pod be its own? */
export function computeClaims(of: Claimant, pods: Iterable<Frozen<Pod>>, isNamed: (pod: Frozen<Pod>) => boolean = () => true): Claims {
  const claims: Claims = { owned: [], adopt: [], release: [] }
  const going = of.metadata.deletionTimestamp !== undefined
  const { selector } = of.spec
  if (selector === undefined) return claims
  const requirements = requirementsOf(selector)
  for (const pod of pods) {
    const owner = controllerOf(pod)
    const matches = matchesAll(pod.metadata.labels, requirements) && isNamed(pod)
    if (owner?.uid === of.metadata.uid) {
      if (matches) claims.owned.push(pod)
      else if (!going) claims.release.push(pod)
    } else if (owner === undefined && matches && !going && pod.metadata.deletionTimestamp === undefined) claims.adopt.push(pod)
  }
  return claims
}
