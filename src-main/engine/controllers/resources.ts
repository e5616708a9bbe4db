import {
  ConfigMaps, ControllerRevisions, CronJobs, DaemonSets, Deployments, EndpointSlices, EndpointsResource, Events, Jobs, Leases, Namespaces, Nodes, Pods, ReplicaSets,
  ReplicationControllers, Secrets, ServiceAccounts, Services,
} from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** The kinds that are always served. */
export const BUILT_IN: readonly Resource[] = [
  Deployments, ReplicaSets, Pods, Services, EndpointSlices, EndpointsResource, ConfigMaps, Secrets, ServiceAccounts, Leases, Events, Namespaces, Nodes,
  ControllerRevisions, CronJobs, DaemonSets, Jobs, ReplicationControllers,
] as readonly Resource[]
