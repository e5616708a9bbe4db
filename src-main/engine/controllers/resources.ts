import {
  ConfigMaps, ControllerRevisions, Deployments, EndpointSlices, EndpointsResource, Events, Leases, Namespaces, Nodes, PodDisruptionBudgets, Pods, ReplicaSets, Secrets, ServiceAccounts, Services,
  StatefulSets,
} from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** The kinds that are always served. */
export const BUILT_IN: readonly Resource[] = [
  Deployments, ReplicaSets, Pods, Services, EndpointSlices, EndpointsResource, ConfigMaps, Secrets, ServiceAccounts, Leases, Events, Namespaces, Nodes,
  StatefulSets, ControllerRevisions, PodDisruptionBudgets,
] as readonly Resource[]
