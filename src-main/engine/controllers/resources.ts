import {
  ConfigMaps, Deployments, EndpointSlices, EndpointsResource, Events, Leases, LimitRanges, Namespaces, Nodes, Pods, PriorityClasses, ReplicaSets, ResourceQuotas, Secrets, ServiceAccounts, Services,
} from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** The kinds that are always served. */
export const BUILT_IN: readonly Resource[] = [
  Deployments, ReplicaSets, Pods, Services, EndpointSlices, EndpointsResource, ConfigMaps, Secrets, ServiceAccounts, Leases, Events, Namespaces, Nodes, LimitRanges, ResourceQuotas, PriorityClasses,
] as readonly Resource[]
