import type { Explanation, ObjectRef } from './objects.ts'
import type { Problem } from './plans.ts'

/** Where instances run and why: asked, never done. Nothing here changes the cluster. */
export interface Placement {
  /** Of each node, whether an instance may run there and every reason why not. One that runs is asked as if it had no place yet. */
  explain(instance: ObjectRef): Promise<PlacementTable>
  /** Where the instances of these documents would run if they were applied now, what would wait and why, and what would have to go. */
  simulate(yaml: string): Promise<PlacementPlan>
  /** What would happen if these servers were lost for good. NotFound when there is no such node. */
  rehearseLoss(nodes: string[]): Promise<PlacementPlan>
}

export interface PlacementTable {
  /** Why it has to wait; absent when a node would take it. */
  why?: Explanation
  nodes: NodeVerdict[]
  /** Room could be made for it: these would have to go. */
  preemption?: { node: string; victims: ObjectRef[] }
}

export interface NodeVerdict {
  node: string
  fits: boolean
  /** Everything that is against it, in the scheduler's words (`Insufficient cpu`). */
  reasons: string[]
  /** Of nodes that fit: the higher the better. */
  score?: number
}

export interface PlacementPlan {
  instances: PlannedInstance[]
  /** What is wrong with the documents; what they say is then not simulated. */
  problems: Problem[]
  /** How full each node would be: millicores and bytes. */
  nodes: { node: string; pods: number; requested: { cpuMilli: number; memoryBytes: number }; allocatable: { cpuMilli: number; memoryBytes: number; pods: number } }[]
}

export interface PlannedInstance {
  ref: ObjectRef
  app?: ObjectRef
  /** Where it is now; absent for a new one. */
  from?: string
  /** Where it would run. */
  node?: string
  /** `pending`: no node takes it. `waits`: for the server with its data. `ends`: nobody starts it again. `gated`: its gates hold it. `refused`: it would not even be made. */
  outcome: 'lands' | 'pending' | 'waits' | 'ends' | 'gated' | 'refused'
  why?: Explanation
  perNode: { node: string; reasons: string[] }[]
  /** A more important instance takes its place. */
  evictedFor?: ObjectRef
}
