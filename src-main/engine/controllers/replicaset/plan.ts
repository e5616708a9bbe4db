import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { byDeletionOrder } from './ranking.ts'

/** At most so many pods are made or deleted in one go. */
const BURST = 500

/** What is to be done about the number of pods. */
export interface ReplicaPlan {
  create: number
  delete: Pod[]
}

/** Compares the wanted number with the active pods. `related`: pods of the same owner, for telling crowded nodes; asked for only when some must go. */
export function computeReplicas(wanted: number, active: readonly Pod[], related: () => readonly Pod[], now: number): ReplicaPlan {
  const missing = wanted - active.length
  if (missing >= 0) return { create: Math.min(missing, BURST), delete: [] }
  return { create: 0, delete: byDeletionOrder(active, related(), now).slice(0, Math.min(-missing, BURST)) }
}

/** A pod as the ReplicaSet's template says, owned by it. `resource`: what it really is. */
export function podFromTemplate(rs: Frozen<ReplicaSet>, resource: Resource): Draft<Pod> {
  const { template } = rs.spec
  const { labels, annotations, finalizers } = template?.metadata ?? {}
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      generateName: `${rs.metadata.name}-`, namespace: rs.metadata.namespace ?? '', labels: { ...labels },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }), ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(resource, rs)],
    },
    spec: structuredClone(template?.spec) ?? { containers: [] },
  }
}
