import type { ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import type { Lister } from '../client/informer.ts'
import type { Workload } from './history.ts'

/** What a pod is one of: the Deployment behind its ReplicaSet, any other controller, or itself. */
export function workloadOf(pod: Frozen<Pod>, sets: Pick<Lister<ReplicaSet>, 'get'>): Workload {
  const namespace = pod.metadata.namespace ?? ''
  const owner = controllerOf(pod)
  if (owner === undefined) return { kind: 'Pod', namespace, name: pod.metadata.name }
  const set = owner.kind === 'ReplicaSet' ? sets.get(namespace, owner.name) : undefined
  const { kind, name } = (set && controllerOf(set)) ?? owner
  return { kind, namespace, name }
}
