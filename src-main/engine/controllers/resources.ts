import {
  ConfigMaps, Deployments, EndpointSlices, EndpointsResource, Events, Leases, Namespaces, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods,
  ReplicaSets, Secrets, ServiceAccounts, Services, StorageClasses, HorizontalPodAutoscalers, ControllerRevisions, PodDisruptionBudgets, StatefulSets,
  CronJobs, DaemonSets, Jobs, ReplicationControllers, LimitRanges, PriorityClasses, ResourceQuotas, Roles, RoleBindings, ClusterRoles, ClusterRoleBindings, CustomResourceDefinitions,
} from '../../common/kube/kinds.ts'
import { Rollouts } from '../../common/kube/rollout.ts'
import { BackupSchedules, VolumeBackups, VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** The kinds that are always served. */
export const BUILT_IN: readonly Resource[] = [
  Deployments, ReplicaSets, Pods, Services, EndpointSlices, EndpointsResource, ConfigMaps, Secrets, ServiceAccounts, Leases, Events, Namespaces,
  Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses, HorizontalPodAutoscalers, StatefulSets, ControllerRevisions,
  PodDisruptionBudgets, CronJobs, DaemonSets, Jobs, ReplicationControllers, LimitRanges, ResourceQuotas, PriorityClasses, Rollouts,
  VolumeBackups, BackupSchedules, VolumeSnapshots, Roles, RoleBindings, ClusterRoles, ClusterRoleBindings, CustomResourceDefinitions,
] as readonly Resource[]
