import { findCondition } from '../../../common/kube/conditions.ts'
import { GatewayClasses, Gateways, HTTPRoutes, ReferenceGrants } from '../../../common/kube/gateway.ts'
import type { Gateway, GatewayClass, HTTPRoute, ReferenceGrant } from '../../../common/kube/generated/gateway-networking-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'
import type { OtherVersion } from './kind.ts'
import { validateGateway, validateRoute } from './gateway-validation.ts'

/** The older version that most manifests of the web are in: the same objects under another name. */
function olderVersion<T extends KubeObject>(resource: Resource<T>): OtherVersion {
  const older = { ...resource, version: 'v1beta1' }
  return {
    resource: older,
    toStored: (object) => ({ ...object, apiVersion: `${resource.group}/${resource.version}` }),
    fromStored: (object) => ({ ...object, apiVersion: `${older.group}/${older.version}` }),
  }
}

/** GatewayClass: who serves the Gateways that name it. */
export const gatewayClassKind = defineKind<GatewayClass>({
  resource: GatewayClasses,
  shortNames: ['gc'],
  categories: ['gateway-api'],
  hasStatus: true,
  hasGeneration: true,
  otherVersions: [olderVersion(GatewayClasses)],
  validate({ spec }, errors) {
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(spec?.controllerName ?? '')) errors.invalid('spec.controllerName', spec?.controllerName ?? '', 'must be a domain-prefixed path (such as "example.net/gateway-controller")')
  },
  validateUpdate: ({ spec }, old, errors) => errors.immutable('spec.controllerName', spec.controllerName, spec.controllerName === old.spec.controllerName),
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', cell: (o) => o.spec.controllerName },
    { name: 'Accepted', type: 'string', cell: (o) => findCondition(o.status?.conditions, 'Accepted')?.status ?? 'Unknown' },
    ageColumn,
    { name: 'Description', type: 'string', priority: 1, cell: (o) => o.spec.description ?? '' },
  ],
})

/** Gateway: which ports and hosts are served, with which certificates. */
export const gatewayKind = defineKind<Gateway>({
  resource: Gateways,
  shortNames: ['gtw'],
  categories: ['gateway-api'],
  hasStatus: true,
  hasGeneration: true,
  otherVersions: [olderVersion(Gateways)],
  defaults({ spec }) {
    for (const listener of spec?.listeners ?? []) {
      const allowed = (listener.allowedRoutes ??= {})
      allowed.namespaces ??= {}
      allowed.namespaces.from ??= 'Same'
      if (listener.tls !== undefined) {
        listener.tls.mode ??= 'Terminate'
        for (const ref of listener.tls.certificateRefs ?? []) {
          ref.group ??= ''
          ref.kind ??= 'Secret'
        }
      }
    }
  },
  validate: validateGateway,
  columns: [
    nameColumn,
    { name: 'Class', type: 'string', cell: (o) => o.spec.gatewayClassName },
    { name: 'Address', type: 'string', cell: (o) => (o.status?.addresses ?? []).map(({ value }) => value).join(',') },
    { name: 'Programmed', type: 'string', cell: (o) => findCondition(o.status?.conditions, 'Programmed')?.status ?? 'Unknown' },
    ageColumn,
  ],
})

/** HTTPRoute: which requests go to which Services. */
export const httpRouteKind = defineKind<HTTPRoute>({
  resource: HTTPRoutes,
  categories: ['gateway-api'],
  hasStatus: true,
  hasGeneration: true,
  otherVersions: [olderVersion(HTTPRoutes)],
  defaults({ spec }) {
    if (spec === undefined) return
    for (const parent of spec.parentRefs ?? []) {
      parent.group ??= 'gateway.networking.k8s.io'
      parent.kind ??= 'Gateway'
    }
    spec.rules ??= [{}]
    for (const rule of spec.rules) {
      rule.matches ??= [{}]
      for (const match of rule.matches) {
        match.path ??= {}
        match.path.type ??= 'PathPrefix'
        match.path.value ??= '/'
        for (const one of [...(match.headers ?? []), ...(match.queryParams ?? [])]) one.type ??= 'Exact'
      }
      for (const backend of rule.backendRefs ?? []) {
        backend.group ??= ''
        backend.kind ??= 'Service'
        backend.weight ??= 1
      }
      for (const { requestRedirect } of rule.filters ?? []) if (requestRedirect !== undefined) requestRedirect.statusCode ??= 302
    }
  },
  validate: validateRoute,
  columns: [nameColumn, { name: 'Hostnames', type: 'string', cell: (o) => JSON.stringify(o.spec.hostnames ?? []) }, { ...ageColumn }],
})

/** ReferenceGrant: what of a namespace others may refer to. */
export const referenceGrantKind = defineKind<ReferenceGrant>({
  resource: ReferenceGrants,
  shortNames: ['refgrant'],
  categories: ['gateway-api'],
  hasGeneration: true,
  validate({ spec }, errors) {
    for (const field of ['from', 'to'] as const) if ((spec?.[field] ?? []).length === 0) errors.required(`spec.${field}`)
  },
  columns: [nameColumn, { name: 'From', type: 'string', priority: 1, cell: (o) => joined((o.spec.from ?? []).map(({ kind, namespace }) => `${namespace}/${kind}`)) }, ageColumn],
})
