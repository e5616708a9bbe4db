import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CertificateIssuers, Certificates } from '../../../common/kube/certificate.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import { Gateways, HTTPRoutes } from '../../../common/kube/gateway.ts'
import type { HTTPRoute } from '../../../common/kube/generated/gateway-networking-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { LocalClient } from '../../client/local-client.ts'
import { type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
let client: LocalClient
beforeEach(async () => {
  t = await startTestApi(new FakeClock())
  client = new LocalClient(t.api, 'tester')
})
afterEach(() => t.close())

const create = <T extends KubeObject>(resource: Resource<T>, spec: object): Promise<Readonly<T>> =>
  client.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name: 'x', ...(resource.namespaced ? { namespace: 'default' } : {}) }, spec } as never)
const listener = (more: object = {}): object => ({ name: 'http', port: 80, protocol: 'HTTP', ...more })
const edge = (...listeners: object[]): object => ({ gatewayClassName: 'toque', listeners })
const rule = (more: object): object => ({ rules: [more] })
const web = { name: 'web', port: 80 }

describe('what is wrong is said by its field', () => {
  test.each<[Resource, object, string]>([
    [Certificates, { secretName: 's', issuer: 'i', dnsNames: [] }, 'spec.dnsNames: Required value'],
    [Certificates, { secretName: 'S', issuer: 'i', dnsNames: ['a b'] }, 'spec.secretName: Invalid value: "S"'],
    [Certificates, { secretName: 's', issuer: 'i', dnsNames: ['a.example', '*bad'] }, 'spec.dnsNames[1]: Invalid value: "*bad"'],
    [Certificates, { secretName: 's', issuer: 'i', dnsNames: Array.from({ length: 101 }, (_, i) => `a${String(i)}`) }, 'must be 100 names at most'],
    [CertificateIssuers, { acme: { server: 'http://ca.example/dir' } }, 'spec.acme.server'], [CertificateIssuers, { acme: { email: 'a@b, c@d' } }, 'must be one e-mail address'], [CertificateIssuers, { acme: { caBundle: 'AAAA' } }, 'spec.acme.caBundle'],
    [Gateways, edge(), 'spec.listeners: Required value'], [Gateways, edge(listener(), listener({ hostname: 'a.example' })), 'spec.listeners[1].name: Duplicate value'], [Gateways, edge(listener(), listener({ name: 'b' })), 'must be unique for each listener'],
    [Gateways, edge(listener({ port: 0 })), 'spec.listeners[0].port'], [Gateways, edge(listener({ hostname: '10.0.0.1' })), 'not an IP address'], [Gateways, edge(listener({ tls: { certificateRefs: [{ name: 'c' }] } })), 'spec.listeners[0].tls: Forbidden'],
    [Gateways, edge(listener({ protocol: 'HTTPS', port: 443, tls: {} })), 'certificateRefs or options must be specified'], [Gateways, edge(listener({ allowedRoutes: { namespaces: { from: 'Some' } } })), 'Unsupported value: "Some"'],
    [HTTPRoutes, rule({ matches: [{ path: { type: 'Exact', value: '/a/../b' } }] }), "must not contain '/../'"], [HTTPRoutes, rule({ matches: [{ path: { value: 'a' } }] }), 'must be an absolute path'], [HTTPRoutes, rule({ matches: [{ method: 'FETCH' }] }), 'Unsupported value: "FETCH"'],
    [HTTPRoutes, rule({ matches: [{ headers: [{ name: 'a b', value: 'x' }] }] }), 'token of RFC 7230'], [HTTPRoutes, rule({ backendRefs: [{ name: 'web' }] }), 'Must have port for Service reference'], [HTTPRoutes, rule({ backendRefs: [{ ...web, weight: -1 }] }), 'must be between 0 and 1000000'],
    [HTTPRoutes, rule({ filters: [{ type: 'URLRewrite' }] }), 'must be specified for URLRewrite'], [HTTPRoutes, rule({ filters: [{ type: 'Magic' }] }), 'Unsupported value: "Magic"'], [HTTPRoutes, rule({ filters: [{ type: 'RequestRedirect', requestRedirect: {} }], backendRefs: [web] }), 'must not be used together with backendRefs'],
    [HTTPRoutes, rule({ matches: [{}, {}], filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }] }), 'exactly one PathPrefix match'], [HTTPRoutes, { hostnames: Array.from({ length: 17 }, () => 'a.example') }, 'must have at most 16 items'],
  ])('%o %j: %s', async (resource, spec, message) => { await expect(create(resource, spec)).rejects.toThrow(message) })
})

test('a route has its defaults, and is the same object in both versions', async () => {
  await create(HTTPRoutes, { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [web] }] })
  const { spec } = await client.get(HTTPRoutes, 'default', 'x')
  expect(spec).toEqual({ parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }], rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }] }] })
  const older = { ...HTTPRoutes, version: 'v1beta1' } as Resource<HTTPRoute>
  const seen = await client.get(older, 'default', 'x')
  expect([seen.apiVersion, seen.spec]).toEqual(['gateway.networking.k8s.io/v1beta1', spec])
  const changed = await client.update(older, { ...seen, spec: { ...seen.spec, hostnames: ['a.example'] } })
  expect([changed.apiVersion, (await client.get(HTTPRoutes, 'default', 'x')).spec.hostnames]).toEqual(['gateway.networking.k8s.io/v1beta1', ['a.example']])
})
