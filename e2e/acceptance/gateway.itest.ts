import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Gateway, HTTPRoute, Listener } from '../../src-main/common/kube/generated/gateway-networking-v1.ts'
import type { Condition } from '../../src-main/common/kube/generated/meta-v1.ts'
import { testCertificate } from '../../src-main/engine/network/ingress/testing/test-certificate.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import { testappDeployment, website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'

// Gateway API on two servers, asked by clients outside. In order: each test builds on the state the one before has left.
let team: Team
let certificate: { crt: string; key: string }

const API = 'gateway.networking.k8s.io'
const gateway = (listeners: Partial<Listener>[]): object => ({ apiVersion: `${API}/v1`, kind: 'Gateway', metadata: { name: 'edge' }, spec: { gatewayClassName: 'toque', listeners: listeners.map((one) => ({ name: 'http', port: 80, protocol: 'HTTP', ...one })) } })
const route = (name: string, spec: object, namespace = 'default', version = 'v1'): object =>
  ({ apiVersion: `${API}/${version}`, kind: 'HTTPRoute', metadata: { name, namespace }, spec: { parentRefs: [{ name: 'edge', namespace: 'default' }], ...spec } })
const split = (site: number, api: number): object => route('split', { hostnames: ['split.example'], rules: [{ backendRefs: [{ name: 'site', port: 80, weight: site }, { name: 'api', port: 80, weight: api }] }] })

const brief = (conditions: readonly Condition[] | undefined): string[] => (conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`).sort()
async function parentOf(name: string, namespace = 'default'): Promise<string[]> {
  const { status } = await team.get<HTTPRoute>('httproute', name, '-n', namespace)
  return brief(status?.parents[0]?.conditions)
}

beforeAll(async () => {
  certificate = await testCertificate('safe.example')
  team = await Team.up(2)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 2 }))
  await team.apply(testappDeployment({ name: 'api', image: 'toque/testapp:v1', replicas: 2 }))
  for (const name of ['site', 'api']) await team.rolloutDone(name)
})
afterAll(() => team?.down())

test('the class is there; a Gateway is served on every server, and says so; an older version of a route is taken', async () => {
  expect(await team.kubectl(['get', 'gatewayclass', 'toque', '--no-headers'])).toMatch(/^toque +toque.dev\/gateway +True /)
  await team.apply(gateway([{}]))
  await team.apply(route('shop', { hostnames: ['shop.example'], rules: [
    { backendRefs: [{ name: 'site', port: 80 }] },
    { matches: [{ path: { type: 'PathPrefix', value: '/api' } }], filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }, { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-Team', value: 'blue' }] } }], backendRefs: [{ name: 'api', port: 80 }] },
  ] }, 'default', 'v1beta1'))
  await eventually('it is programmed', async () => {
    const { status } = await team.get<Gateway>('gateway', 'edge')
    return status?.addresses?.length === 2 && brief(status.conditions).join() === 'Accepted True Accepted,Programmed True Programmed'
  })
  for (const server of [1, 2]) {
    await eventually('the site', async () => (await team.curl(server, 'http://shop.example/')).includes('nginx'))
    expect(await team.curl(server, 'http://shop.example/api/headers')).toMatch(/^GET \/headers [\s\S]*x-team: blue/i)
    expect(await team.curl(server, 'http://nobody.example/')).toContain('no HTTPRoute')
  }
  expect(await parentOf('shop')).toEqual(['Accepted True Accepted', 'ResolvedRefs True ResolvedRefs'])
  const { status } = await team.get<Gateway>('gateway', 'edge')
  expect(status?.listeners?.map(({ name, attachedRoutes, conditions }) => [name, attachedRoutes, brief(conditions)])).toEqual([['http', 1, ['Accepted True Accepted', 'Conflicted False NoConflicts', 'Programmed True Programmed', 'ResolvedRefs True ResolvedRefs']]])
  expect(await team.kubectl(['get', 'httproute', '--no-headers'])).toMatch(/^shop +\["shop.example"\]/)
})

test('weights are shares of real requests, and change without a failed one', async () => {
  await team.apply(split(3, 1))
  await eventually('the rule', async () => /nginx|version/.test(await team.curl(1, 'http://split.example/')))
  const { address } = team.lab.host(2)
  const count = async (): Promise<number> => {
    const { stdout } = await team.lab.host(1).exec(`for i in $(seq 80); do curl -sS -m 5 --resolve split.example:80:${address} http://split.example/ | grep -c '"version"'; done`, { anyCode: true })
    return stdout.split('\n').filter((line) => line === '1').length
  }
  const counted = await count()
  console.log(`${String(counted)} of 80 requests went where a quarter should`)
  expect(Math.abs(counted - 20)).toBeLessThanOrEqual(3)
  const load = startLoad({ host: address, port: 80, name: 'split.example', concurrency: 2, keepAlive: true, pauseMs: 2 })
  await eventually('the load to flow', () => Promise.resolve(load.answered > 100))
  await team.apply(split(0, 1))
  await eventually('the weights', async () => await count() === 80)
  const { requests, failures } = await load.stop()
  console.log(`${String(requests)} requests, ${String(failures.length)} failed`)
  expect(failures).toEqual([])
})

test('HTTPS by a certificate that is there, or the listener says what is wrong; plain HTTP is another listener\'s matter', async () => {
  const https = (name: string): Partial<Listener> => ({ name: 'https', port: 443, protocol: 'HTTPS', hostname: 'safe.example', tls: { certificateRefs: [{ name }] } })
  await team.apply(gateway([{}, https('cert'), { name: 'odd', port: 8080 }]))
  await team.apply(route('safe', { parentRefs: [{ name: 'edge', sectionName: 'https' }], rules: [{ backendRefs: [{ name: 'api', port: 80 }] }] }))
  await eventually('the words', async () => {
    const { status } = await team.get<Gateway>('gateway', 'edge')
    const of = (name: string): string => brief(status?.listeners?.find((one) => one.name === name)?.conditions).join()
    return of('https').includes('ResolvedRefs False InvalidCertificateRef') && of('odd').includes('Accepted False PortUnavailable') && brief(status?.conditions).includes('Accepted True ListenersNotValid')
  })
  await team.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert' }, type: 'kubernetes.io/tls', stringData: { 'tls.crt': certificate.crt, 'tls.key': certificate.key } })
  await team.lab.host(1).exec('cat >/run/ca.pem', { input: certificate.crt })
  for (const server of [1, 2]) await eventually('HTTPS', async () => (await team.curl(server, 'https://safe.example/', '--cacert', '/run/ca.pem')).includes('"version"'))
  expect(await team.curl(1, 'http://safe.example/')).toContain('no HTTPRoute')
})

test('who may not, or what is not there, is told and not served: other namespaces, hosts, Services, filters', async () => {
  await team.kubectl(['create', 'namespace', 'other'])
  const foreign = route('foreign', { hostnames: ['foreign.example'], rules: [{ backendRefs: [{ name: 'api', namespace: 'default', port: 80 }] }] }, 'other')
  await team.apply(foreign)
  await eventually('a refusal', async () => (await parentOf('foreign', 'other')).join() === 'Accepted False NotAllowedByListeners,ResolvedRefs False RefNotPermitted')
  await team.apply(gateway([{ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'blue' } } } } }]))
  await team.kubectl(['label', 'namespace', 'other', 'team=blue'])
  await eventually('only the Service is another\'s', async () => (await parentOf('foreign', 'other')).join() === 'Accepted True Accepted,ResolvedRefs False RefNotPermitted')
  await eventually('500', async () => (await team.curl(1, 'http://foreign.example/', '-i')).includes(' 500 '))
  await team.apply({ apiVersion: `${API}/v1beta1`, kind: 'ReferenceGrant', metadata: { name: 'to-other' }, spec: { from: [{ group: API, kind: 'HTTPRoute', namespace: 'other' }], to: [{ group: '', kind: 'Service', name: 'api' }] } })
  await eventually('an answer', async () => (await team.curl(1, 'http://foreign.example/')).includes('"version"'))
  expect(await parentOf('foreign', 'other')).toEqual(['Accepted True Accepted', 'ResolvedRefs True ResolvedRefs'])
  await team.apply(gateway([{ hostname: '*.example' }]))
  await team.apply(route('wrong', { hostnames: ['wrong.test'], rules: [{ backendRefs: [{ name: 'nobody', port: 80 }] }] }))
  await team.apply(route('mirror', { hostnames: ['mirror.example'], rules: [{ filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'api', port: 80 } } }], backendRefs: [{ name: 'api', port: 80 }] }] }))
  await eventually('no host', async () => (await parentOf('wrong')).join() === 'Accepted False NoMatchingListenerHostname,ResolvedRefs False BackendNotFound')
  await eventually('no mirror', async () => (await parentOf('mirror')).join() === 'Accepted False UnsupportedValue,ResolvedRefs True ResolvedRefs')
  await expect(team.apply(route('bad', { rules: [{ matches: [{ path: { type: 'Exact', value: 'x y' } }] }] }))).rejects.toThrow('spec.rules[0].matches[0].path.value')
})

test('without a Gateway the ports are free', async () => {
  await team.kubectl(['delete', 'gateway', 'edge'])
  for (const each of team.hosts) await eventually('free ports', async () => (await each.exec('ss -ltn | grep -E ":(80|443) "', { anyCode: true })).stdout === '')
  await eventually('no word of it', async () => (await team.get<HTTPRoute>('httproute', 'shop')).status?.parents.length === 0)
})
