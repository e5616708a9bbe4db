import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Namespaces, NetworkPolicies, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { Informers } from '../client/informer.ts'
import type { PolicyInput } from './policy-model.ts'

/** Policies and what they speak of, followed. */
export interface PolicyFollower {
  readonly synced: Promise<unknown>
  view(): PolicyInput
  stop(): void
}

/** Calls `changed` when who may talk to whom may have changed: not at every write of a pod's status, and never where there is no policy. */
export function followPolicies(informers: Informers, changed: () => void): PolicyFollower {
  const policies = informers.for(NetworkPolicies)
  const namespaces = informers.for(Namespaces)
  const pods = informers.for(Pods)
  const some = (): boolean => policies.lister.list().length > 0
  const matter = (): void => {
    if (some()) changed()
  }
  const removers = [
    policies.addHandler({ onAdd: changed, onDelete: changed, onUpdate: changed }),
    namespaces.addHandler({ onAdd: matter, onDelete: matter, onUpdate: (now, was) => semanticEqual(now.metadata.labels, was.metadata.labels) || matter() }),
    pods.addHandler({ onAdd: matter, onDelete: matter, onUpdate: (now, was) => semanticEqual(facts(now), facts(was)) || matter() }),
  ]
  return {
    synced: Promise.all([policies.synced, namespaces.synced, pods.synced]),
    view: () => (some() ? { policies: policies.lister.list(), namespaces: namespaces.lister.list(), pods: pods.lister.list() } : { policies: [], namespaces: [], pods: [] }),
    stop: () => removers.forEach((remove) => remove()),
  }
}

/** All that policies look at in a pod and that can change. */
function facts(pod: Frozen<Pod>): unknown {
  return { node: pod.spec?.nodeName, ip: pod.status?.podIP, ended: isPodTerminated(pod), labels: pod.metadata.labels }
}
