import type { Gateway, GatewayClass, HTTPRoute, HTTPRouteSpec, Listener, ReferenceGrant } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import { GATEWAY_CONTROLLER } from '../../../../common/kube/gateway.ts'
import { endpoint, service, slice } from '../../testing/objects.ts'
import { slicesByService } from '../../service-model.ts'
import type { GatewayInput } from '../gateway/gateway-model.ts'

const meta = (name: string, namespace = 'default', minute = 0): Gateway['metadata'] =>
  ({ name, namespace, uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z` })

/** A class; ours unless another controller is named. */
export function gatewayClass(name = 'toque', controllerName = GATEWAY_CONTROLLER): GatewayClass {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: meta(name, ''), spec: { controllerName } }
}

/** An HTTP listener on port 80, taking routes from everywhere. */
export function listener(more: Partial<Listener> = {}): Listener {
  return { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } }, ...more }
}

/** A Gateway of class toque. */
export function gateway(name: string, listeners: Listener[], namespace = 'default', gatewayClassName = 'toque'): Gateway {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: meta(name, namespace), spec: { gatewayClassName, listeners } }
}

/** A route of the Gateway `web`, or of other parents; the later its minute, the younger. */
export function httpRoute(name: string, spec: Partial<HTTPRouteSpec>, minute = 0, namespace = 'default'): HTTPRoute {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: meta(name, namespace, minute), spec: { parentRefs: [{ name: 'web', namespace: 'default' }], ...spec } }
}

/** Lets kinds of a namespace refer to Services or Secrets of another. */
export function grant(namespace: string, from: { kind: string; namespace: string }, to: { kind: string; name?: string }): ReferenceGrant {
  return { apiVersion: 'gateway.networking.k8s.io/v1beta1', kind: 'ReferenceGrant', metadata: meta('grant', namespace), spec: { from: [{ group: 'gateway.networking.k8s.io', ...from }], to: [{ group: '', ...to }] } }
}

/** Services of `default` with their pods, and what Gateways serve. */
export function gatewayInput(more: Partial<GatewayInput>, pods: Record<string, string[]> = { a: ['10.244.0.1'], b: ['10.244.0.2'] }): GatewayInput {
  const names = Object.keys(pods)
  return {
    classes: [gatewayClass()], gateways: [gateway('web', [listener()])], routes: [], grants: [],
    services: new Map(names.map((name, i) => [`default/${name}`, service(name, `10.96.0.${String(i + 1)}`)])), slices: slicesByService(names.map((name) => slice(name, (pods[name] ?? []).map((ip) => endpoint(ip))))),
    revisions: new Map(), secret: () => undefined, namespaceLabels: () => undefined, now: 0, nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set(), ...more,
  }
}
