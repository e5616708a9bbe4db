import {
  ConfigMaps, Deployments, EndpointSlices, EndpointsResource, Events, Leases, Namespaces, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods,
  ReplicaSets, Secrets, ServiceAccounts, Services, StorageClasses, HorizontalPodAutoscalers,
} from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** The kinds that are always served. */
export const BUILT_IN: readonly Resource[] = [
  Deployments, ReplicaSets, Pods, Services, EndpointSlices, EndpointsResource, ConfigMaps, Secrets, ServiceAccounts, Leases, Events, Namespaces,
  Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses, HorizontalPodAutoscalers,
] as readonly Resource[]
