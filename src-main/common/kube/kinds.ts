import type { MutatingWebhookConfiguration, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration } from './generated/admissionregistration-v1.ts'
import type { APIService } from './generated/apiregistration-v1.ts'
import type { CustomResourceDefinition } from './generated/apiextensions-v1.ts'
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from './generated/apps-v1.ts'
import type { HorizontalPodAutoscaler } from './generated/autoscaling-v2.ts'
import type { CronJob, Job } from './generated/batch-v1.ts'
import type { Lease } from './generated/coordination-v1.ts'
import type { ComponentStatus, ConfigMap, Endpoints, Event, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodTemplate, ReplicationController, ResourceQuota, Secret, Service, ServiceAccount } from './generated/core-v1.ts'
import type { EndpointSlice } from './generated/discovery-v1.ts'
import type { Event as EventV1 } from './generated/events-v1.ts'
import type { FlowSchema, PriorityLevelConfiguration } from './generated/flowcontrol-apiserver-v1.ts'
import type { Ingress, IngressClass, NetworkPolicy } from './generated/networking-v1.ts'
import type { RuntimeClass } from './generated/node-v1.ts'
import type { PodDisruptionBudget } from './generated/policy-v1.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './generated/rbac-authorization-v1.ts'
import type { PriorityClass } from './generated/scheduling-v1.ts'
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment } from './generated/storage-v1.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

function core<T extends KubeObject>(kind: string, plural: string, namespaced = true): Resource<T> {
  return { group: '', version: 'v1', kind, plural, namespaced }
}
function grouped<T extends KubeObject>(group: string, kind: string, plural: string, version = 'v1', namespaced = true): Resource<T> {
  return { group, version, kind, plural, namespaced }
}

/** The built-in kinds that the engine's own parts work with. */
export const Namespaces = core<Namespace>('Namespace', 'namespaces', false)
export const Nodes = core<Node>('Node', 'nodes', false)
export const Pods = core<Pod>('Pod', 'pods')
export const Services = core<Service>('Service', 'services')
export const EndpointsResource = core<Endpoints>('Endpoints', 'endpoints')
export const ConfigMaps = core<ConfigMap>('ConfigMap', 'configmaps')
export const Secrets = core<Secret>('Secret', 'secrets')
export const ServiceAccounts = core<ServiceAccount>('ServiceAccount', 'serviceaccounts')
export const ReplicationControllers = core<ReplicationController>('ReplicationController', 'replicationcontrollers')
export const ResourceQuotas = core<ResourceQuota>('ResourceQuota', 'resourcequotas')
export const LimitRanges = core<LimitRange>('LimitRange', 'limitranges')
export const PersistentVolumes = core<PersistentVolume>('PersistentVolume', 'persistentvolumes', false)
export const PersistentVolumeClaims = core<PersistentVolumeClaim>('PersistentVolumeClaim', 'persistentvolumeclaims')
export const Events = core<Event>('Event', 'events')
export const CustomResourceDefinitions = grouped<CustomResourceDefinition>('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions', 'v1', false)
export const EndpointSlices = grouped<EndpointSlice>('discovery.k8s.io', 'EndpointSlice', 'endpointslices')
export const Ingresses = grouped<Ingress>('networking.k8s.io', 'Ingress', 'ingresses')
export const IngressClasses = grouped<IngressClass>('networking.k8s.io', 'IngressClass', 'ingressclasses', 'v1', false)
export const NetworkPolicies = grouped<NetworkPolicy>('networking.k8s.io', 'NetworkPolicy', 'networkpolicies')
export const Deployments = grouped<Deployment>('apps', 'Deployment', 'deployments')
export const ReplicaSets = grouped<ReplicaSet>('apps', 'ReplicaSet', 'replicasets')
export const StatefulSets = grouped<StatefulSet>('apps', 'StatefulSet', 'statefulsets')
export const DaemonSets = grouped<DaemonSet>('apps', 'DaemonSet', 'daemonsets')
export const ControllerRevisions = grouped<ControllerRevision>('apps', 'ControllerRevision', 'controllerrevisions')
export const Jobs = grouped<Job>('batch', 'Job', 'jobs')
export const CronJobs = grouped<CronJob>('batch', 'CronJob', 'cronjobs')
export const HorizontalPodAutoscalers = grouped<HorizontalPodAutoscaler>('autoscaling', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'v2')
export const PodDisruptionBudgets = grouped<PodDisruptionBudget>('policy', 'PodDisruptionBudget', 'poddisruptionbudgets')
export const PriorityClasses = grouped<PriorityClass>('scheduling.k8s.io', 'PriorityClass', 'priorityclasses', 'v1', false)
export const StorageClasses = grouped<StorageClass>('storage.k8s.io', 'StorageClass', 'storageclasses', 'v1', false)
/** Where nodes renew theirs: one named as the node is its heartbeat. */
export const LEASE_NAMESPACE = 'kube-node-lease'
export const Leases = grouped<Lease>('coordination.k8s.io', 'Lease', 'leases')

const RBAC = 'rbac.authorization.k8s.io'
export const Roles = grouped<Role>(RBAC, 'Role', 'roles')
export const RoleBindings = grouped<RoleBinding>(RBAC, 'RoleBinding', 'rolebindings')
export const ClusterRoles = grouped<ClusterRole>(RBAC, 'ClusterRole', 'clusterroles', 'v1', false)
export const ClusterRoleBindings = grouped<ClusterRoleBinding>(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', 'v1', false)

export const PodTemplates = core<PodTemplate>('PodTemplate', 'podtemplates')
export const ComponentStatuses = core<ComponentStatus>('ComponentStatus', 'componentstatuses', false)
/** Core Events, in their newer version. */
export const EventsV1 = grouped<EventV1>('events.k8s.io', 'Event', 'events')
export const RuntimeClasses = grouped<RuntimeClass>('node.k8s.io', 'RuntimeClass', 'runtimeclasses', 'v1', false)
export const APIServices = grouped<APIService>('apiregistration.k8s.io', 'APIService', 'apiservices', 'v1', false)

const STORAGE = 'storage.k8s.io'
export const CSIDrivers = grouped<CSIDriver>(STORAGE, 'CSIDriver', 'csidrivers', 'v1', false)
export const CSINodes = grouped<CSINode>(STORAGE, 'CSINode', 'csinodes', 'v1', false)
export const CSIStorageCapacities = grouped<CSIStorageCapacity>(STORAGE, 'CSIStorageCapacity', 'csistoragecapacities')
export const VolumeAttachments = grouped<VolumeAttachment>(STORAGE, 'VolumeAttachment', 'volumeattachments', 'v1', false)

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io'
export const FlowSchemas = grouped<FlowSchema>(FLOW_CONTROL, 'FlowSchema', 'flowschemas', 'v1', false)
export const PriorityLevelConfigurations = grouped<PriorityLevelConfiguration>(FLOW_CONTROL, 'PriorityLevelConfiguration', 'prioritylevelconfigurations', 'v1', false)

const ADMISSION = 'admissionregistration.k8s.io'
export const MutatingWebhookConfigurations = grouped<MutatingWebhookConfiguration>(ADMISSION, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', 'v1', false)
export const ValidatingWebhookConfigurations = grouped<ValidatingWebhookConfiguration>(ADMISSION, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', 'v1', false)
export const ValidatingAdmissionPolicies = grouped<ValidatingAdmissionPolicy>(ADMISSION, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', 'v1', false)
export const ValidatingAdmissionPolicyBindings = grouped<ValidatingAdmissionPolicyBinding>(ADMISSION, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', 'v1', false)
