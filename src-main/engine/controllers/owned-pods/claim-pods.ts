import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Client } from '../../client/client.ts'
import type { Lister } from '../../client/informer.ts'
import { computeClaims } from './claim.ts'
import type { Claimant } from './claim.ts'

/** What a kind asks of its pods besides its selector, and what else changes with their owner. */
export interface ClaimRules {
  /** Default: all may be its pods. */
  isNamed?: (pod: Frozen<Pod>) => boolean
  /** A pod as it is adopted and as it is let go, before its owners change. Default: as it is. */
  adopted?: (pod: Frozen<Pod>) => Pod
  released?: (pod: Frozen<Pod>) => Pod
}

/** The owner's pods, as the cache shows them; takes what its selector picks and nobody owns, and lets go of what it does not pick any more. */
export async function claimPods(client: Client, pods: Lister<Pod>, resource: Resource, owner: Frozen<KubeObject & Claimant>, rules: ClaimRules = {}): Promise<Frozen<Pod>[]> {
  const { isNamed, adopted = (pod) => pod, released = (pod) => pod } = rules
  const { namespace = '', name, uid } = owner.metadata
  // Pods of other owners are nobody else's to claim, so they are not looked at.
  const free = pods.ownedBy('').filter((pod) => pod.metadata.namespace === owner.metadata.namespace)
  const { owned, adopt, release } = computeClaims(owner, [...pods.ownedBy(uid), ...free], isNamed)
  if (adopt.length > 0) {
    // The cache may show an owner that is gone.
    const current = await client.get(resource, namespace, name)
    if (current.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined) return owned
  }
  const others = (pod: Frozen<Pod>): OwnerReference[] => pod.metadata.ownerReferences?.filter((o) => o.uid !== uid) ?? []
  const write = (pod: Pod, ownerReferences: OwnerReference[]): Promise<Frozen<Pod>> => client.update(Pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } })
  for (const pod of adopt) owned.push(await write(adopted(pod), [...others(pod), controllerReference(resource, owner)]))
  for (const pod of release) await write(released(pod), others(pod))
  return owned
}
