import type { DomainCounts } from './domain-counts.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'
import type { NamespaceLabels } from './pod-selection.ts'
import type { StandingTerm } from './standing-terms.ts'
import type { TallyQuery } from './tallies.ts'

/** The cluster as plugins see it while they decide on one pod. */
export interface Snapshot {
  /** Nodes that exist, by name. */
  readonly nodes: readonly NodeInfo[]
  readonly labelsOf: NamespaceLabels
  node(name: string): NodeInfo | undefined
  /** How many pods there are in each domain. */
  tally(query: TallyQuery): DomainCounts
  /** What pods that are placed say of this one. */
  standing(pod: PodInfo, kind: 'refusals' | 'wishes'): readonly StandingTerm[]
  /** How many nodes have an image. */
  nodesWithImage(image: string): number
}

/** One that can be changed to ask "what if", and changed back. */
export interface Workbench extends Snapshot {
  /** Pods that are to get a place on the node, when those that make room for them are gone. */
  nominated(node: string): readonly PodInfo[]
  /** Where a pod is, and as what; undefined when it has no place. */
  placed(uid: string): { readonly info: PodInfo; readonly node: string } | undefined
  /** The pod is on its way to the node; one with the same UID is moved. */
  assume(pod: PodInfo, node: string): void
  /** Takes a pod out; returns whether it was there. */
  removePod(uid: string): boolean
}
