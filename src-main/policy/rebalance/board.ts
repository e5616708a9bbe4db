import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'

/** A pod and the node that it is on. */
export interface Placed {
  readonly pod: Frozen<Pod>
  readonly node: string
}

/** A cluster's pods on its nodes, which can be moved to see what would come of it. The scheduler's own rules are behind it. */
export interface Board {
  readonly nodes: readonly Frozen<Node>[]
  /** Every pod that has a node and has not ended. */
  readonly pods: readonly Placed[]
  /** The pod's own rules that speak against the node that it is on. */
  objections(uid: string): readonly Objection[]
  /** Where the scheduler would put the one that is made in the pod's place, were the pod gone: the best nodes, all equally good. Empty: nowhere. */
  landings(uid: string): readonly string[]
  move(uid: string, node: string): void
}

/** What a pod's rules have against its node: affinity and taints, or constraints on how it and its like are spread. */
export interface Objection {
  readonly kind: 'NotAllowed' | 'Spread'
  /** In the scheduler's words. */
  readonly reason: string
}
