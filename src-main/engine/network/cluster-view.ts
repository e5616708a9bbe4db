import type { Node, Pod, Service } from '../../common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../common/kube/generated/discovery-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { ModeChoice } from './network-mode.ts'
import type { PolicyInput } from './policy-model.ts'
import type { ServiceInput } from './service-model.ts'
import { avoidedNodes } from './silent-nodes.ts'

/** The cluster as the network sees it, at one moment. */
export interface ClusterView {
  services: readonly Frozen<Service>[]
  slices: readonly Frozen<EndpointSlice>[]
  /** Pods whose deletion has begun. */
  ending: readonly Frozen<Pod>[]
  nodes: readonly Frozen<Node>[]
  policy: PolicyInput
  /** How pods of different nodes shall reach each other. */
  choice: ModeChoice
}

/** What of it the Services of one node are made of. */
export function serviceInput({ services, slices, nodes, ending }: ClusterView, nodeName: string): ServiceInput {
  return { services, slices, nodeName, endingPods: new Set(ending.map((pod) => pod.metadata.uid)), avoidedNodes: avoidedNodes(nodes, nodeName) }
}
