import { expect, test } from 'vitest'
import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { HTTPRoute } from '../../../common/kube/generated/gateway-networking-v1.ts'
import type { Ingress, IngressClass } from '../../../common/kube/generated/networking-v1.ts'
import { isBehindIngress } from './observe.ts'

const meta = (name: string, namespace = 'shop'): Service['metadata'] => ({ name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' })
const service = (name: string, selector: Record<string, string> | undefined): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: meta(name), spec: { ports: [{ port: 80 }], ...(selector === undefined ? {} : { selector }) } })
const ingress = (to: string, className = 'toque'): Ingress => ({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta('i'), spec: { ingressClassName: className, rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: to, port: { number: 80 } } } }] } }] } })
const classOf = (name: string, controller: string): IngressClass => ({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: meta(name, ''), spec: { controller } })
const route = (to: { name: string; namespace?: string }, { namespace = 'shop', controllerName = 'toque.dev/gateway', accepted = 'True' } = {}): HTTPRoute => ({
  apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: meta('r', namespace), spec: { rules: [{ backendRefs: [{ ...to, port: 80 }] }] },
  status: { parents: [{ parentRef: { name: 'g' }, controllerName, conditions: [{ type: 'Accepted', status: accepted, reason: 'x', message: '', lastTransitionTime: '' }] }] },
})
const classes = [classOf('toque', 'toque.dev/ingress'), classOf('other', 'example.com/ingress')]
const services = [service('web', { app: 'web' }), service('api', { app: 'api' }), service('bare', undefined)]

test.each<[string, { ingresses?: Ingress[]; routes?: HTTPRoute[] }, boolean]>([
  ['nothing', {}, false],
  ['an Ingress of ours', { ingresses: [ingress('web')] }, true], ['an Ingress to another Service', { ingresses: [ingress('api')] }, false],
  ['an Ingress of somebody else\'s class', { ingresses: [ingress('web', 'other')] }, false], ['an Ingress to a Service without a selector', { ingresses: [ingress('bare')] }, false],
  ['an HTTPRoute of ours', { routes: [route({ name: 'web' })] }, true], ['an HTTPRoute to another Service', { routes: [route({ name: 'api' })] }, false],
  ['an HTTPRoute that was not accepted', { routes: [route({ name: 'web' }, { accepted: 'False' })] }, false], ['an HTTPRoute of somebody else\'s Gateway', { routes: [route({ name: 'web' }, { controllerName: 'example.com/gateway' })] }, false],
  ['an HTTPRoute from another namespace', { routes: [route({ name: 'web', namespace: 'shop' }, { namespace: 'edge' })] }, true], ['an HTTPRoute of another namespace to its own', { routes: [route({ name: 'web' }, { namespace: 'edge' })] }, false],
])('%s leads through the nodes\' proxies: %j', (_, { ingresses = [], routes = [] }, expected) => {
  expect(isBehindIngress('shop', { app: 'web' }, { services, ingresses, classes, routes })).toBe(expected)
})
