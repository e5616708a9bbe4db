import type { Secret } from '../../../../common/kube/generated/core-v1.ts'
import type { HTTPIngressPath, Ingress, IngressClass, IngressSpec } from '../../../../common/kube/generated/networking-v1.ts'
import { DEFAULT_CLASS_ANNOTATION, INGRESS_CONTROLLER } from '../../../../common/kube/ingress.ts'
import { endpoint, service, slice } from '../../testing/objects.ts'
import type { IngressInput } from '../ingress-model.ts'

const meta = (name: string): Ingress['metadata'] => ({ name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' })

/** A path that leads to the port 80 of a Service. */
export function path(serviceName: string, at = '/', pathType = 'Prefix'): HTTPIngressPath {
  return { path: at, pathType, backend: { service: { name: serviceName, port: { number: 80 } } } }
}

/** An Ingress `default/NAME` of no class; the later its minute, the younger. */
export function ingress(name: string, spec: IngressSpec, annotations: Record<string, string> = {}, minute = 0): Ingress {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { ...meta(name), creationTimestamp: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`, annotations }, spec }
}

/** The class that is there from the beginning. */
export function toqueClass(): IngressClass {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { ...meta('toque'), annotations: { [DEFAULT_CLASS_ANNOTATION]: 'true' } }, spec: { controller: INGRESS_CONTROLLER } }
}

/** A TLS Secret. */
export function tlsSecret(name: string, crt: string, key: string): Secret {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return { apiVersion: 'v1', kind: 'Secret', metadata: meta(name), type: 'kubernetes.io/tls', data: { 'tls.crt': base64(crt), 'tls.key': base64(key) } }
}

/** Services with the pods 10.244.0.N each, and Ingresses that are ours. */
export function input(ingresses: Ingress[], pods: Record<string, string[]>, more: Partial<IngressInput> = {}): IngressInput {
  const names = Object.keys(pods)
  return {
    ingresses, classes: [toqueClass()], services: names.map((name, i) => service(name, `10.96.0.${String(i + 1)}`)), slices: names.map((name) => slice(name, (pods[name] ?? []).map((ip) => endpoint(ip)))),
    secret: () => undefined, revisions: new Map(), now: Date.parse('2026-06-01T00:00:00Z'), nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set(), ...more,
  }
}
