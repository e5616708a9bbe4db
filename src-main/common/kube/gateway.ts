import type { Gateway, GatewayClass, HTTPRoute, ReferenceGrant } from './generated/gateway-networking-v1.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

const GROUP = 'gateway.networking.k8s.io'
function kind<T extends KubeObject>(name: string, plural: string, namespaced = true, version = 'v1'): Resource<T> {
  return { group: GROUP, version, kind: name, plural, namespaced }
}

/** Gateway API's kinds that are served. */
export const GatewayClasses = kind<GatewayClass>('GatewayClass', 'gatewayclasses', false)
export const Gateways = kind<Gateway>('Gateway', 'gateways')
export const HTTPRoutes = kind<HTTPRoute>('HTTPRoute', 'httproutes')
export const ReferenceGrants = kind<ReferenceGrant>('ReferenceGrant', 'referencegrants', true, 'v1beta1')
export const GATEWAY_GROUP = GROUP

/** `spec.controllerName` of the classes whose Gateways the nodes serve themselves, and the class that is there from the beginning. */
export const GATEWAY_CONTROLLER = 'toque.dev/gateway'
export const TOQUE_GATEWAY_CLASS = 'toque'
