import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { HTTPIngressPath } from '../../../common/kube/generated/networking-v1.ts'
import { endpoint, slice } from '../testing/objects.ts'
import { compileProxy } from './haproxy-config.ts'
import { ingressModel, servedAddresses } from './ingress-model.ts'
import type { IngressInput } from './ingress-model.ts'
import { ingress, input, path, tlsSecret, toqueClass } from './testing/ingress-objects.ts'
import { routeByMaps } from './testing/route.ts'
import { testCertificate } from './testing/test-certificate.ts'

const PODS = { web: ['10.244.0.2', '10.244.0.3'], api: ['10.244.0.4'] }
const rule = (host: string, ...paths: HTTPIngressPath[]) => ({ ...(host === '' ? {} : { host }), http: { paths } })
const problems = (of: IngressInput): string[] => ingressModel(of).problems.map(({ reason, message }) => `${reason}: ${message}`)
/** The Service that a request comes to. */
function route(of: IngressInput, host: string, at: string): string | undefined {
  const { model } = ingressModel(of)
  return routeByMaps(compileProxy(model, [80]), host, at)?.split(':')[2]
}
let good: { crt: string; key: string }
beforeAll(async () => {
  good = await testCertificate('a.example')
})

describe('routing', () => {
  const shop = input([
    ingress('shop', { rules: [rule('a.example', path('web', '/foo'), path('api', '/foo/bar'), path('web', '/only', 'Exact'), path('api', '/', 'ImplementationSpecific')), rule('*.wild.example', path('web'))] }),
    ingress('rest', { rules: [rule('', path('api', '/all'))] }, {}, 1), ingress('last', { defaultBackend: { service: { name: 'web', port: { name: 'http' } } } }, {}, 2),
  ], PODS)
  test.each([
    ['a.example', '/foo', 'web'], ['A.EXAMPLE', '/foo/x', 'web'], ['a.example', '/foo/', 'web'], ['a.example', '/foobar', 'api'], ['a.example', '/foo/bar', 'api'], ['a.example', '/foo/bar/1', 'api'],
    ['a.example', '/foo/barn', 'web'], ['a.example', '/only', 'web'], ['a.example', '/only/', 'api'], ['x.wild.example', '/', 'web'], ['x.y.wild.example', '/', 'web'], ['x.y.wild.example', '/all/1', 'api'], ['wild.example', '/all', 'api'],
    // A host that has rules is not served by those for all hosts.
    ['x.wild.example', '/all', 'web'], ['nobody.example', '/', 'web'],
  ])('%s%s goes to %s', (host, at, service) => expect(route(shop, host, at)).toBe(service))

  test('without a default backend, what matches nothing goes nowhere', () => {
    expect(route(input([ingress('one', { rules: [rule('a.example', path('web', '/x'))] })], PODS), 'a.example', '/y')).toBeUndefined()
  })

  test('is upstream\'s precedence, for any rules: exact before prefix, the longest prefix by whole segments', () => {
    const segments = fc.array(fc.constantFrom('a', 'ab', 'b'), { maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
    const paths = fc.uniqueArray(fc.record({ at: segments, exact: fc.boolean() }), { minLength: 1, maxLength: 6, selector: ({ at, exact }) => `${at} ${String(exact)}` })
    fc.assert(fc.property(paths, segments, (rules, asked) => {
      const names = rules.map((_, i) => `s${String(i)}`)
      const of = input([ingress('x', { rules: [rule('h.example', ...rules.map(({ at, exact }, i) => path(names[i] ?? '', at, exact ? 'Exact' : 'Prefix')))] })], Object.fromEntries(names.map((name) => [name, ['10.244.0.9']])))
      const parts = (text: string): string[] => text.split('/').filter((part) => part !== '')
      const matching = rules.map((r, i) => ({ ...r, name: names[i] })).filter(({ at, exact }) => (exact ? at === asked : parts(at).every((part, i) => parts(asked)[i] === part)))
      matching.sort((x, y) => Number(y.exact) - Number(x.exact) || parts(y.at).length - parts(x.at).length)
      expect(route(of, 'h.example', asked)).toBe(matching[0]?.name)
    }))
  })

  test('the older of two Ingresses has a path that both want; the younger one is told', () => {
    const both = input([ingress('young', { rules: [rule('a.example', path('api'))] }, {}, 5), ingress('old', { rules: [rule('a.example', path('web'))] }, {}, 1)], PODS)
    expect(route(both, 'a.example', '/')).toBe('web')
    expect(ingressModel(both).problems).toEqual([expect.objectContaining({ reason: 'PathTaken', ingress: expect.objectContaining({ metadata: expect.objectContaining({ name: 'young' }) as unknown }) as unknown })])
  })
})

describe('who serves', () => {
  test.each([['of another class', { ingressClassName: 'nginx' }, 'NoIngressClass'], ['of ours by name', { ingressClassName: 'toque' }, undefined], ['of none, and ours is the default', {}, undefined]])('an Ingress %s', (_, more, reason) => {
    const { model, problems: told } = ingressModel(input([ingress('x', { ...more, rules: [rule('a.example', path('web'))] })], PODS))
    expect(told.map((p) => p.reason)).toEqual(reason === undefined ? [] : [reason])
    expect(model.hosts).toHaveLength(reason === undefined ? 1 : 0)
  })

  test('a class of somebody else is left to them', () => {
    const other = { ...toqueClass(), metadata: { ...toqueClass().metadata, name: 'other', annotations: {} }, spec: { controller: 'example.com/other' } }
    const { model, problems: told } = ingressModel(input([ingress('x', { ingressClassName: 'other', rules: [rule('a.example', path('web'))] })], PODS, { classes: [toqueClass(), other] }))
    expect([model.hosts, told]).toEqual([[], []])
  })
})

describe('pods', () => {
  const of = (endpoints: ReturnType<typeof endpoint>[], more: Partial<IngressInput> = {}) => ingressModel(input([ingress('x', { rules: [rule('', path('web'))] })], PODS, { slices: [slice('web', endpoints)], ...more })).model
  test('only ready ones; an ending one leaves at once, but serves where it is the last, and does not count as serving', () => {
    const [a, b] = [endpoint('10.244.0.2'), endpoint('10.244.0.3', { conditions: { ready: false, serving: false } })]
    expect(of([a, b]).backends[0]?.servers).toEqual([{ ip: '10.244.0.2', port: 8080, weight: 1, ending: false }])
    const last = of([a, b], { endingPods: new Set(['uid-10.244.0.2']) })
    expect(last.backends[0]?.servers.map(({ ip, ending }) => [ip, ending])).toEqual([['10.244.0.2', true]])
    expect([...servedAddresses(last)]).toEqual([])
  })

  test('of a server that does not answer get nothing while there are others', () => {
    const away = endpoint('10.244.1.2', { nodeName: 'node-2' })
    expect(of([endpoint('10.244.0.2'), away], { avoidedNodes: new Set(['node-2']) }).backends[0]?.servers.map(({ ip }) => ip)).toEqual(['10.244.0.2'])
    expect(of([away], { avoidedNodes: new Set(['node-2']) }).backends[0]?.servers.map(({ ip }) => ip)).toEqual(['10.244.1.2'])
  })

  test('share by the weights of their Services, whatever their number', () => {
    const model = ingressModel(input([ingress('x', { rules: [rule('', path('web'))] }, { 'toque.dev/service-weights': 'web=90, api=10' })], PODS)).model
    const share = (ips: string[]): number => model.backends[0]?.servers.filter(({ ip }) => ips.includes(ip)).reduce((sum, { weight }) => sum + weight, 0) ?? 0
    expect(share(PODS.api) / (share(PODS.api) + share(PODS.web))).toBeCloseTo(0.1, 2)
  })
})

describe('TLS', () => {
  const secure = (secrets: Record<string, ReturnType<typeof tlsSecret>>, annotations = {}) => input([
    ingress('safe', { rules: [rule('a.example', path('web')), rule('b.example', path('api'))], tls: [{ hosts: ['a.example'], secretName: 'cert' }] }, annotations), ingress('plain', { rules: [rule('c.example', path('api'))] }, {}, 1),
  ], PODS, { secret: (_, name) => secrets[name] })

  test('is shown for the hosts that name it, which plain HTTP is sent to', () => {
    const of = secure({ cert: tlsSecret('cert', good.crt, good.key) })
    const { model, problems: told } = ingressModel(of)
    expect(told).toEqual([])
    const { files } = compileProxy(model, [80, 443])
    expect(files.get('certs.list')).toBe('default:cert.pem a.example\n')
    expect(files.get('haproxy.cfg')).toContain('strict-sni')
    expect(model.backends.map(({ name, options }) => [name, options.redirect])).toEqual([['default:plain:api:80', 'never'], ['default:safe:api:80', 'never'], ['default:safe:web:80:https', 'tls']])
  })

  test.each([['nginx.ingress.kubernetes.io/ssl-redirect', 'never'], ['toque.dev/ssl-redirect', 'never']])('%s: "false" serves plain HTTP, too', (annotation, redirect) => {
    const { model } = ingressModel(secure({ cert: tlsSecret('cert', good.crt, good.key) }, { [annotation]: 'false' }))
    expect(model.backends.find(({ name }) => name.includes(':safe:web'))?.options.redirect).toBe(redirect)
  })

  test('a Secret that cannot be used is told, the rest is served, and nothing becomes plain by it', async () => {
    const other = await testCertificate('b.example')
    for (const [secret, says] of [[undefined, 'is not there'], [tlsSecret('cert', good.crt, other.key), 'is not the key of'], [tlsSecret('cert', 'x', good.key), 'no certificate in PEM form'], [tlsSecret('cert', good.crt, 'KEY'), 'cannot be read']] as const) {
      const { model, problems: told } = ingressModel(secure(secret === undefined ? {} : { cert: secret }))
      expect(told.map(({ reason, message }) => `${reason} ${message}`)).toEqual([expect.stringMatching(new RegExp(`^BadTLS .*Secret default/cert.*${says}|^BadTLS .*${says}.*Secret default/cert`))])
      expect(told[0]?.message).not.toContain('KEY')
      expect([model.hosts.map(({ host }) => host), model.certificates]).toEqual([['a.example', 'b.example', 'c.example'], []])
      expect(model.backends.find(({ name }) => name.includes(':safe:web'))?.options.redirect).toBe('tls')
    }
  })

  test('a certificate that ran out is used, and told', async () => {
    const old = await testCertificate('a.example', new Date('2021-01-01'))
    const { model, problems: told } = ingressModel(secure({ cert: tlsSecret('cert', old.crt, old.key) }))
    expect(model.certificates).toHaveLength(1)
    expect(told[0]?.message).toContain('ran out')
  })
})

test.each<[string, IngressInput, RegExp]>([
  ['a Service that is not there', input([ingress('x', { rules: [rule('', path('nobody'))] })], PODS), /BadBackend: Service default\/nobody is not there/],
  ['a port that a Service has not', input([ingress('x', { rules: [rule('', { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'grpc' } } } })] })], PODS), /BadBackend: Service default\/web has no port grpc/],
  ['white space in a path', input([ingress('x', { rules: [rule('', path('web', '/a b\nglobal'))] })], PODS), /a path has no white space/],
  ['a cookie that would be a command', input([ingress('x', { rules: [rule('', path('web'))] }, { 'toque.dev/affinity': 'cookie', 'toque.dev/session-cookie-name': 'x\n  bind :1' })], PODS), /no cookie's name/],
  ['weights that are none', input([ingress('x', { rules: [rule('', path('web'))] }, { 'toque.dev/service-weights': 'web:1' })], PODS), /is not SERVICE=WEIGHT/],
  ['an annotation of ingress-nginx that is not understood', input([ingress('x', { rules: [rule('', path('web'))] }, { 'nginx.ingress.kubernetes.io/rewrite-target': '/' })], PODS), /rewrite-target is not understood here/],
])('%s is told, and does not get into the configuration', (_, of, says) => {
  expect(problems(of)).toEqual([expect.stringMatching(says)])
  const { model } = ingressModel(of)
  const { files } = compileProxy(model, [80])
  expect([...files.values()].join('')).not.toMatch(/bind :1|a b|rewrite/)
})
