import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { ReplicationController } from '../../../common/kube/generated/core-v1.ts'
import { ReplicaSets, ReplicationControllers } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'

/** A kind of which each object keeps a number of pods. One controller serves them all, as upstream. */
export interface ReplicatedKind {
  /** The controller's name, in Events. */
  readonly name: string
  readonly resource: Resource
  /** An object of the kind as a ReplicaSet; its apiVersion and kind stay its own. */
  asReplicaSet(object: Frozen<KubeObject>): Frozen<ReplicaSet>
}

export const REPLICA_SET: ReplicatedKind = { name: 'replicaset-controller', resource: ReplicaSets, asReplicaSet: (object) => object as Frozen<ReplicaSet> }

/** The elder of the two: its selector is a plain map. */
export const REPLICATION_CONTROLLER: ReplicatedKind = {
  name: 'replication-controller', resource: ReplicationControllers,
  asReplicaSet(object) {
    const { spec = {}, ...rest } = object as Frozen<ReplicationController>
    return { ...rest, spec: { ...spec, selector: { matchLabels: spec.selector ?? {} } } } as unknown as Frozen<ReplicaSet>
  },
}
