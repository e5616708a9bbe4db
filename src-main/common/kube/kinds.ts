import type { Deployment, ReplicaSet } from './generated/apps-v1.ts'
import type { Lease } from './generated/coordination-v1.ts'
import type { ConfigMap, Endpoints, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount } from './generated/core-v1.ts'
import type { EndpointSlice } from './generated/discovery-v1.ts'
import type { NetworkPolicy } from './generated/networking-v1.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

function core<T extends KubeObject>(kind: string, plural: string, namespaced = true): Resource<T> {
  return { group: '', version: 'v1', kind, plural, namespaced }
}
function grouped<T extends KubeObject>(group: string, kind: string, plural: string, version = 'v1'): Resource<T> {
  return { group, version, kind, plural, namespaced: true }
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
export const Events = core<Event>('Event', 'events')
export const EndpointSlices = grouped<EndpointSlice>('discovery.k8s.io', 'EndpointSlice', 'endpointslices')
export const NetworkPolicies = grouped<NetworkPolicy>('networking.k8s.io', 'NetworkPolicy', 'networkpolicies')
export const Deployments = grouped<Deployment>('apps', 'Deployment', 'deployments')
export const ReplicaSets = grouped<ReplicaSet>('apps', 'ReplicaSet', 'replicasets')
/** Where nodes renew theirs: one named as the node is its heartbeat. */
export const LEASE_NAMESPACE = 'kube-node-lease'
export const Leases = grouped<Lease>('coordination.k8s.io', 'Lease', 'leases')
