import type { Explanation, ObjectRef } from './objects.ts'

/** What draining a node would do, asked before it is done. */
export interface DrainPlan {
  /** Every pod of the node: first those that end for good, then those that move, then those that stay. */
  pods: PodFate[]
  /** Other nodes that take new pods at this moment. With none, the pods that move wait until there is one. */
  elsewhere: string[]
}

/** What becomes of a pod when its node is drained. */
export interface PodFate {
  ref: ObjectRef
  /** `moves`: its owner starts another one, on another node where there is room. `ends`: nobody does. `waits`: it ends, and another one starts when this node takes them again. `stays`: it belongs to the node. */
  fate: 'moves' | 'ends' | 'waits' | 'stays'
  /** `Owned`, `NoOwner`, `Ended`, `DaemonSet`, `Mirror`; of a swarm `Global`, `Job` and `Bound`, too. */
  why: Explanation
  /** It keeps data in an emptyDir, which goes with it. */
  losesData: boolean
  /** Paths on this server with data of it, which stays here: elsewhere it starts empty. */
  leavesData?: string[]
  /** Its claims whose data is on this server only: elsewhere it waits, until the volume is moved or the server takes pods again. */
  heldClaims?: string[]
}

/** How far a drain has come: the whole of it each time. */
export interface DrainProgress {
  /** The pods that must go, in the plan's order; ended ones stay in the list. */
  pods: DrainingPod[]
  /** The node is empty, but for what stays. The last item of the stream, and only that, says so. */
  done: boolean
}

export interface DrainingPod {
  ref: ObjectRef
  /** `refused`: it may not go at present; `why` says so, and it is asked again by itself. */
  state: 'asked' | 'ending' | 'ended' | 'refused'
  why?: Explanation
}
