import { beforeAll, describe, expect, test } from 'vitest'
import type { HTTPRouteSpec, Listener } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import { gateway, gatewayClass, gatewayInput, grant, httpRoute, listener } from '../testing/gateway-objects.ts'
import { tlsSecret } from '../testing/ingress-objects.ts'
import { testCertificate } from '../testing/test-certificate.ts'
import { gatewayModel } from './gateway-model.ts'
import type { GatewayInput } from './gateway-model.ts'
import { gatewayStatus, routeStatus } from './gateway-status.ts'
import { commonHosts, covers } from './hostnames.ts'
import { readRule } from './rules.ts'

let good: { crt: string; key: string }
beforeAll(async () => {
  good = await testCertificate('a.example')
})
const brief = (conditions: readonly { type: string; status: string; reason: string }[] | undefined): string => (conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`).join()
const verdict = (of: GatewayInput): string => brief(gatewayModel(of).parents[0]?.verdicts[0]?.conditions)
const backendRefs = [{ name: 'a', port: 80 }]
const withRoute = (spec: Partial<HTTPRouteSpec>, more: Partial<GatewayInput> = {}, namespace = 'default'): GatewayInput => gatewayInput({ routes: [httpRoute('r', { rules: [{ backendRefs }], ...spec }, 0, namespace)], ...more })

describe('hosts that a listener and a route have in common', () => {
  test.each<[string | undefined, string[], string[] | undefined]>([
    [undefined, [], ['']], [undefined, ['a.example'], ['a.example']], ['a.example', [], ['a.example']], ['a.example', ['a.example', 'b.example'], ['a.example']], ['a.example', ['b.example'], undefined],
    ['*.example', ['a.example', 'a.b.example', 'example', 'other'], ['a.example', 'a.b.example']], ['a.example', ['*.example'], ['a.example']], ['*.b.example', ['*.example'], ['*.b.example']], ['*.example', ['*.b.example'], ['*.b.example']], ['*.a.example', ['*.b.example'], undefined],
  ])('%s and %j: %j', (of, route, wanted) => expect(commonHosts(of, route)).toEqual(wanted))
  test('a wildcard is one label at least, and no part of one', () => expect([covers('*.example', 'example'), covers('*.example', 'xexample'), covers('*.example', '*.example'), covers('a.example', '')]).toEqual([false, false, true, false]))
})

describe('listeners', () => {
  const verdicts = (one: Listener, more: Partial<GatewayInput> = {}): string => brief(gatewayModel(gatewayInput({ gateways: [gateway('web', [one])], ...more })).listeners.get('default/web')?.[0]?.served.conditions.filter(({ type }) => type !== 'Conflicted'))
  const https = (certificateRefs: NonNullable<Listener['tls']>['certificateRefs'] = [{ name: 'cert' }], more: Partial<Listener> = {}): Listener => listener({ port: 443, protocol: 'HTTPS', tls: { mode: 'Terminate', certificateRefs }, ...more })
  test.each<[string, () => [Listener, Partial<GatewayInput>?], string]>([
    ['plain', () => [listener()], 'Accepted True Accepted,ResolvedRefs True ResolvedRefs,Programmed True Programmed'],
    ['another port', () => [listener({ port: 8080 })], 'Accepted False PortUnavailable,ResolvedRefs True ResolvedRefs,Programmed False Invalid'],
    ['HTTP on the port of HTTPS', () => [listener({ port: 443 })], 'Accepted False PortUnavailable,ResolvedRefs True ResolvedRefs,Programmed False Invalid'],
    ['another protocol', () => [listener({ protocol: 'TCP' })], 'Accepted False UnsupportedProtocol,ResolvedRefs True ResolvedRefs,Programmed False Invalid'],
    ['TLS that is not ended here', () => [https([], { tls: { mode: 'Passthrough' } })], 'Accepted False UnsupportedValue,ResolvedRefs True ResolvedRefs,Programmed False Invalid'],
    ['other kinds of routes', () => [listener({ allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } })], 'Accepted True Accepted,ResolvedRefs False InvalidRouteKinds,Programmed True Programmed'],
    ['no Secret', () => [https()], 'Accepted True Accepted,ResolvedRefs False InvalidCertificateRef,Programmed False Invalid'],
    ['a ConfigMap', () => [https([{ kind: 'ConfigMap', name: 'cert' }])], 'Accepted True Accepted,ResolvedRefs False InvalidCertificateRef,Programmed False Invalid'],
    ['a Secret', () => [https(), { secret: () => tlsSecret('cert', good.crt, good.key) }], 'Accepted True Accepted,ResolvedRefs True ResolvedRefs,Programmed True Programmed'],
    ['a Secret of another namespace', () => [https([{ name: 'cert', namespace: 'vault' }]), { secret: () => tlsSecret('cert', good.crt, good.key) }], 'Accepted True Accepted,ResolvedRefs False RefNotPermitted,Programmed False Invalid'],
    ['with a grant', () => [https([{ name: 'cert', namespace: 'vault' }]), { secret: () => tlsSecret('cert', good.crt, good.key), grants: [grant('vault', { kind: 'Gateway', namespace: 'default' }, { kind: 'Secret' })] }], 'Accepted True Accepted,ResolvedRefs True ResolvedRefs,Programmed True Programmed'],
    ['with a grant for another Secret', () => [https([{ name: 'cert', namespace: 'vault' }]), { secret: () => tlsSecret('cert', good.crt, good.key), grants: [grant('vault', { kind: 'Gateway', namespace: 'default' }, { kind: 'Secret', name: 'x' })] }], 'Accepted True Accepted,ResolvedRefs False RefNotPermitted,Programmed False Invalid'],
  ])('%s', (_, make, wanted) => {
    const [one, more] = make()
    expect(verdicts(one, more)).toBe(wanted)
  })
  test('a certificate is shown for the listener\'s host', () => {
    const { certificates } = gatewayModel(gatewayInput({ gateways: [gateway('web', [https([{ name: 'cert' }], { hostname: '*.example' })])], secret: () => tlsSecret('cert', good.crt, good.key) }))
    expect(certificates.map(({ name, hosts }) => [name, hosts])).toEqual([['default:cert', ['*.example']]])
  })
})

describe('routes and their parents', () => {
  const all = { namespaces: { from: 'All' as const } }
  test.each<[string, GatewayInput, string]>([
    ['served', withRoute({}), 'Accepted True Accepted,ResolvedRefs True ResolvedRefs'],
    ['no such listener', withRoute({ parentRefs: [{ name: 'web', sectionName: 'x' }] }), 'Accepted False NoMatchingParent,ResolvedRefs True ResolvedRefs'],
    ['no such port', withRoute({ parentRefs: [{ name: 'web', port: 443 }] }), 'Accepted False NoMatchingParent,ResolvedRefs True ResolvedRefs'],
    ['no such Gateway', withRoute({ parentRefs: [{ name: 'x' }] }), ''],
    ['another kind of parent', withRoute({ parentRefs: [{ group: '', kind: 'Service', name: 'web' }] }), ''],
    ['a Gateway of another class', withRoute({}, { classes: [gatewayClass('toque', 'example.com/other')] }), ''],
    ['another namespace, by default not allowed', withRoute({}, { gateways: [gateway('web', [listener({ allowedRoutes: {} })])] }, 'other'), 'Accepted False NotAllowedByListeners,ResolvedRefs False BackendNotFound'],
    ['a namespace by its labels', withRoute({}, { gateways: [gateway('web', [listener({ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'blue' } } } } })])], namespaceLabels: () => ({ team: 'blue' }) }), 'Accepted True Accepted,ResolvedRefs True ResolvedRefs'],
    ['other labels', withRoute({}, { gateways: [gateway('web', [listener({ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'blue' } } } } })])], namespaceLabels: () => ({ team: 'red' }) }), 'Accepted False NotAllowedByListeners,ResolvedRefs True ResolvedRefs'],
    ['another host', withRoute({ hostnames: ['b.example'] }, { gateways: [gateway('web', [listener({ hostname: 'a.example', allowedRoutes: all })])] }), 'Accepted False NoMatchingListenerHostname,ResolvedRefs True ResolvedRefs'],
    ['no Service', withRoute({ rules: [{ backendRefs: [{ name: 'x', port: 80 }] }] }), 'Accepted True Accepted,ResolvedRefs False BackendNotFound'],
    ['no such port of it', withRoute({ rules: [{ backendRefs: [{ name: 'a', port: 81 }] }] }), 'Accepted True Accepted,ResolvedRefs False BackendNotFound'],
    ['another kind of backend', withRoute({ rules: [{ backendRefs: [{ group: 'x', kind: 'Bucket', name: 'a' }] }] }), 'Accepted True Accepted,ResolvedRefs False InvalidKind'],
    ['a Service of another namespace', withRoute({ rules: [{ backendRefs: [{ name: 'a', namespace: 'default', port: 80 }] }] }, {}, 'other'), 'Accepted True Accepted,ResolvedRefs False RefNotPermitted'],
    ['with a grant', withRoute({ rules: [{ backendRefs: [{ name: 'a', namespace: 'default', port: 80 }] }] }, { grants: [grant('default', { kind: 'HTTPRoute', namespace: 'other' }, { kind: 'Service', name: 'a' })] }, 'other'), 'Accepted True Accepted,ResolvedRefs True ResolvedRefs'],
    ['one rule of two that is not understood', withRoute({ rules: [{ backendRefs }, { backendRefs, matches: [{ path: { type: 'RegularExpression', value: '.*' } }] }] }), 'Accepted True Accepted,ResolvedRefs True ResolvedRefs,PartiallyInvalid True UnsupportedValue'],
    ['no rule that is understood', withRoute({ rules: [{ backendRefs, retry: { attempts: 2 } }] }), 'Accepted False UnsupportedValue,ResolvedRefs True ResolvedRefs'],
  ])('%s', (_, of, wanted) => expect(verdict(of)).toBe(wanted))

  test('the older of two routes has what both want; a younger one that asks for more has its own', () => {
    const { routes } = gatewayModel(gatewayInput({ routes: [
      httpRoute('young', { rules: [{ backendRefs }] }, 5), httpRoute('old', { rules: [{ backendRefs }] }, 1), httpRoute('method', { rules: [{ matches: [{ method: 'GET' }], backendRefs }] }, 9), httpRoute('host', { hostnames: ['*.example'], rules: [{ backendRefs }] }, 9),
    ] }))
    expect(routes.map(({ backend }) => backend.split(':')[2])).toEqual(['host', 'method', 'old', 'young'])
  })
})

describe('what of a rule is not served, or would be more than a value', () => {
  const header = (value: string, name = 'X-A'): { type: 'RequestHeaderModifier'; requestHeaderModifier: { set: { name: string; value: string }[] } } => ({ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name, value }] } })
  test.each([
    ['a line\'s end in a header', { filters: [header('x\n  use_backend b')] }, /control characters/], ['an odd header\'s name', { filters: [header('x', "x'y")] }, /cannot be written here/],
    ['an odd parameter\'s name', { matches: [{ queryParams: [{ name: 'a),b(', value: 'x' }] }] }, /cannot be matched here/], ['a line\'s end in a match', { matches: [{ headers: [{ name: 'A', value: 'x\ny' }] }] }, /control characters/],
    ['white space in a path', { filters: [{ type: 'URLRewrite' as const, urlRewrite: { path: { type: 'ReplaceFullPath' as const, replaceFullPath: '/a b' } } }] }, /white space/],
    ['filters of one backend', { backendRefs: [{ name: 'a', filters: [header('x')] }] }, /set them on the rule/], ['a timeout', { timeouts: { request: 'soon' } }, /no duration/],
  ])('%s', (_, rule, message) => {
    const read = readRule(rule)
    expect('unsupported' in read ? read.unsupported : '').toMatch(message)
  })
  test.each([['30s', 30], ['1h30m', 5400], ['500ms', 1], ['0s', undefined]])('timeout %s is %s seconds', (request, seconds) => expect(readRule({ timeouts: { request } })).toMatchObject({ timeoutSeconds: seconds }))
})

test('statuses: written once, with the time of the last change; what others wrote of their parents stays', () => {
  const of = withRoute({})
  const { listeners, parents: [told] } = gatewayModel(of)
  const web = of.gateways[0] ?? gateway('', [])
  const first = gatewayStatus(web, listeners.get('default/web') ?? [], [], '2026-01-01T00:00:00Z')
  expect(brief(first.conditions)).toBe('Accepted True Accepted,Programmed False Pending')
  const second = gatewayStatus({ ...web, status: first }, listeners.get('default/web') ?? [], ['192.0.2.1'], '2026-01-01T00:00:09Z')
  expect([brief(second.conditions), second.addresses, second.conditions?.map(({ lastTransitionTime }) => lastTransitionTime.slice(-3))]).toEqual(['Accepted True Accepted,Programmed True Programmed', [{ type: 'IPAddress', value: '192.0.2.1' }], ['00Z', '09Z']])
  expect(gatewayStatus({ ...web, status: second }, listeners.get('default/web') ?? [], ['192.0.2.1'], '2026-01-01T00:00:30Z')).toEqual(second)
  expect(second.listeners?.[0]?.attachedRoutes).toBe(1)
  const others = { parentRef: { name: 'theirs' }, controllerName: 'example.com/other', conditions: [] }
  const route = { ...httpRoute('r', {}), status: { parents: [others] } }
  const status = routeStatus(route, told?.verdicts ?? [], '2026-01-01T00:00:00Z')
  expect(status.parents.map(({ controllerName }) => controllerName)).toEqual(['example.com/other', 'toque.dev/gateway'])
  expect(routeStatus({ ...route, status }, [], '2026-01-01T00:00:09Z').parents).toEqual([others])
})
