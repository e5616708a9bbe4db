import type { ConfigMap, Namespace, ResourceQuota, Secret, Service } from '../../../../common/kube/generated/core-v1.ts'
import type { Ingress } from '../../../../common/kube/generated/networking-v1.ts'
import { ConfigMaps, Ingresses, Namespaces, ResourceQuotas, Secrets, Services } from '../../../../common/kube/kinds.ts'
import { amount, identity, info, named, oneOf, stateKind } from './state-kind.ts'
import type { StateSample } from './state-kind.ts'

/** Services. */
export const serviceState = stateKind<Service>({
  resource: Services, labels: ({ metadata: { namespace = '', name, uid } }) => ({ namespace, service: name, uid }),
  metrics: [
    info('kube_service_info', 'Information about service.', ({ spec }) => ({ cluster_ip: spec?.clusterIP, external_name: spec?.externalName })),
    ...identity('kube_service'),
    { name: 'kube_service_spec_type', help: 'Type about service.', of: ({ spec }) => [[{ type: spec?.type ?? 'ClusterIP' }, 1]] },
  ],
})

/** Namespaces. */
export const namespaceState = stateKind<Namespace>({
  resource: Namespaces, labels: ({ metadata: { name } }) => ({ namespace: name }),
  metrics: [
    ...identity('kube_namespace'),
    { name: 'kube_namespace_status_phase', help: 'kubernetes namespace status phase.', of: ({ status }) => oneOf('phase', ['Active', 'Terminating'], status?.phase) },
  ],
})

/** Ingresses. */
export const ingressState = stateKind<Ingress>({
  resource: Ingresses, labels: named('ingress'),
  metrics: [
    info('kube_ingress_info', 'Information about ingress.', ({ spec }) => ({ ingressclass: spec?.ingressClassName })),
    ...identity('kube_ingress'),
    {
      name: 'kube_ingress_path', help: 'Ingress host, paths and backend service information.',
      of: ({ spec }) => (spec?.rules ?? []).flatMap(({ host = '', http }) => (http?.paths ?? []).map(({ path = '', pathType, backend: { service } }): StateSample => [
        { host, path, path_type: pathType, service_name: service?.name ?? '', service_port: service?.port?.name ?? String(service?.port?.number ?? '') }, 1,
      ])),
    },
    { name: 'kube_ingress_tls', help: 'Ingress TLS host and secret information.', of: ({ spec }) => (spec?.tls ?? []).flatMap(({ hosts = [], secretName = '' }) => hosts.map((tls_host): StateSample => [{ tls_host, secret: secretName }, 1])) },
  ],
})

/** ResourceQuotas. */
export const quotaState = stateKind<ResourceQuota>({
  resource: ResourceQuotas, labels: named('resourcequota'),
  metrics: [
    ...identity('kube_resourcequota'),
    {
      name: 'kube_resourcequota', help: 'Information about resource quota.',
      of: ({ status }) => (['hard', 'used'] as const).flatMap((type) => Object.entries(status?.[type] ?? {}).map(([resource, quantity]): StateSample => [{ resource, type }, amount(quantity)])),
    },
  ],
})

/** ConfigMaps: that they are there, never what is in them. */
export const configMapState = stateKind<ConfigMap>({
  resource: ConfigMaps, labels: named('configmap'),
  metrics: [info('kube_configmap_info', 'Information about configmap.', () => ({})), ...identity('kube_configmap')],
})

/** Secrets: that they are there and of which type, never what is in them. */
export const secretState = stateKind<Secret>({
  resource: Secrets, labels: named('secret'),
  metrics: [
    info('kube_secret_info', 'Information about secret.', () => ({})), ...identity('kube_secret'),
    { name: 'kube_secret_type', help: 'Type about secret.', of: ({ type = 'Opaque' }) => [[{ type }, 1]] },
  ],
})
