import type { Namespace, Pod, Service, ServiceSpec } from '../../../common/kube/generated/core-v1.ts'
import type { Endpoint, EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import type { NetworkPolicy, NetworkPolicySpec } from '../../../common/kube/generated/networking-v1.ts'
import { EndpointSlices, NetworkPolicies, Pods, Services } from '../../../common/kube/kinds.ts'
import type { StoredMeta } from '../../../common/kube/object.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'
import { SERVICE_NAME } from '../../../common/kube/well-known.ts'

function meta(name: string, more: Partial<StoredMeta> = {}): StoredMeta {
  return { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...more }
}

/** A Service `default/NAME` with port 80 named `http`, unless `spec` says otherwise. */
export function service(name: string, clusterIP: string, spec: ServiceSpec = {}): Service {
  return { apiVersion: 'v1', kind: Services.kind as 'Service', metadata: meta(name), spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec } }
}

/** An endpoint whose pod has the UID `uid-IP`. */
export function endpoint(ip: string, more: Partial<Endpoint> = {}): Endpoint {
  return { addresses: [ip], nodeName: 'node-1', conditions: { ready: true, serving: true, terminating: false }, targetRef: { kind: 'Pod', uid: `uid-${ip}` }, ...more }
}

/** The Service's EndpointSlice; its port is 8080 named `http`, unless told otherwise. */
export function slice(serviceName: string, endpoints: Endpoint[], ports: EndpointSlice['ports'] = [{ name: 'http', port: 8080, protocol: 'TCP' }]): EndpointSlice {
  const metadata = meta(`${serviceName}-1`, { labels: { [SERVICE_NAME]: serviceName } })
  return { apiVersion: apiVersionOf(EndpointSlices) as 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4', endpoints, ports }
}

/** A pod with the UID `uid-IP`. */
export function pod(name: string, ip: string, more: Partial<StoredMeta> = {}): Pod {
  return { apiVersion: 'v1', kind: Pods.kind as 'Pod', metadata: meta(name, { uid: `uid-${ip}`, ...more }), spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'nginx' }] }, status: { podIP: ip, podIPs: [{ ip }] } }
}

/** A NetworkPolicy in `default`, as the API stores it: with its types. */
export function networkPolicy(name: string, spec: Partial<NetworkPolicySpec>, namespace = 'default'): NetworkPolicy {
  const policyTypes = spec.policyTypes ?? ['Ingress', ...(spec.egress === undefined ? [] : ['Egress'])]
  return { apiVersion: apiVersionOf(NetworkPolicies) as 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta(name, { namespace }), spec: { podSelector: {}, ...spec, policyTypes } }
}

/** A Namespace with the label every namespace has. */
export function namespace(name: string, labels: Record<string, string> = {}): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { ...meta(name), namespace: undefined, labels: { 'kubernetes.io/metadata.name': name, ...labels } }, spec: {} }
}
