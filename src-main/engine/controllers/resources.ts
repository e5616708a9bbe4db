import {
  ConfigMaps, Deployments, EndpointSlices, EndpointsResource, Events, HorizontalPodAutoscalers, Leases, Namespaces, Nodes, Pods, ReplicaSets, Secrets, ServiceAccounts, Services,
} from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** The kinds that are always served. */
export const BUILT_IN: readonly Resource[] = [
  Deployments, ReplicaSets, Pods, Services, EndpointSlices, EndpointsResource, ConfigMaps, Secrets, ServiceAccounts, HorizontalPodAutoscalers, Leases, Events, Namespaces, Nodes,
] as readonly Resource[]
