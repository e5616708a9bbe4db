import { Agent } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { NetworkPolicySpec } from '../../common/kube/generated/networking-v1.ts'
import { EndpointSlices, Namespaces, NetworkPolicies, Pods, Services } from '../../common/kube/kinds.ts'
import { policyModel } from './policy-model.ts'
import { compilePolicies } from './policy-rules.ts'
import { CLUSTER, eventually, NetworkLab } from './testing/network-lab.ts'
import { endpoint, namespace, networkPolicy, pod, service, slice } from './testing/objects.ts'
import { removeHelper } from './helper-container.ts'

const PODS = {
  web: { ip: '10.244.0.11', ns: 'default', labels: { app: 'web' } },
  db: { ip: '10.244.0.12', ns: 'default', labels: { app: 'db' } },
  mon: { ip: '10.244.0.13', ns: 'watch', labels: { app: 'mon' } },
}
type Name = keyof typeof PODS
const VIP = '10.96.0.5'
const DB: NetworkPolicySpec = { podSelector: { matchLabels: { app: 'db' } } }
let lab: NetworkLab

/** What a request says: 200, or 000 when nothing came back within so many seconds. `from` '' is the server itself. */
async function code(from: Name | '', to: string, seconds: number): Promise<string> {
  return (await lab.run(from, `curl -sm${String(seconds)} -o /dev/null -w "%{http_code}" http://${to}/`)).slice(0, 3)
}
/** Waits until each pair is as said; then all of them once more, as one picture. */
async function expectPaths(expected: Record<string, 'open' | 'shut'>): Promise<void> {
  const seen = async (): Promise<Record<string, string>> => Object.fromEntries(await Promise.all(Object.entries(expected).map(async ([path, is]): Promise<[string, string]> => {
    const [from = '', to = ''] = path.split(' -> ')
    const address = to in PODS ? PODS[to as Name].ip : to
    // What is shut keeps silent; what is open may be slow.
    return [path, (await code(from === 'node' ? '' : (from as Name), address, is === 'open' ? 10 : 1)) === '200' ? 'open' : 'shut']
  })))
  await eventually(async () => expect(await seen()).toEqual(expected))
  expect(await seen()).toEqual(expected)
}
async function apply(name: string, spec: Partial<NetworkPolicySpec>, ns = 'default'): Promise<void> {
  const { apiVersion, kind, spec: whole } = networkPolicy(name, spec, ns)
  await lab.client.create(NetworkPolicies, { apiVersion, kind, metadata: { name, namespace: ns }, spec: whole })
}
async function noPolicies(): Promise<void> {
  for (const { metadata } of lab.informers.for(NetworkPolicies).lister.list()) await lab.client.delete(NetworkPolicies, metadata.namespace ?? '', metadata.name).catch(() => undefined)
}

beforeAll(async () => {
  lab = await NetworkLab.up()
  await lab.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'watch', labels: { team: 'ops' } }, spec: {} })
  await Promise.all(Object.entries(PODS).map(async ([name, { ip, ns, labels }]) => {
    await lab.pod(name, ip)
    const made = pod(name, ip, { namespace: ns })
    const containers = [{ name: 'web', image: 'nginx', ports: [{ name: 'http', containerPort: 80 }] }]
    const created = await lab.client.create(Pods, { ...made, metadata: { name, namespace: ns, labels }, spec: { ...made.spec, containers } })
    await lab.client.updateStatus(Pods, { ...structuredClone(created), status: { phase: 'Running', podIP: ip } })
  }))
  const db = service('db', VIP, { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] })
  await lab.client.create(Services, { ...db, metadata: { name: 'db', namespace: 'default' } })
  const of = slice('db', [endpoint(PODS.db.ip)], [{ name: 'http', port: 80, protocol: 'TCP' }])
  await lab.client.create(EndpointSlices, { ...of, metadata: { name: 'db-1', namespace: 'default', labels: of.metadata.labels } })
  await eventually(async () => expect(await lab.get(30080)).toBe('db'))
})
afterAll(() => lab?.[Symbol.asyncDispose]())
afterEach(noPolicies)

// Whatever the sysctl says for all bridges, ours is filtered.
describe.each(['1', '0'])('between pods of one bridge, with bridge-nf-call-iptables=%s', (sysctl) => {
  beforeAll(async () => {
    await lab.server.exec(`echo ${sysctl} > /proc/sys/net/bridge/bridge-nf-call-iptables`)
    await lab.network?.stop()
    lab.connect()
  })

  test('nothing is shut without a policy; all is, but for the node, with a default deny; and open again without it', async () => {
    const all = ['web -> db', 'mon -> db', `web -> ${VIP}`, 'db -> web', 'node -> db', `node -> ${VIP}`, `db -> ${VIP}`]
    await expectPaths(Object.fromEntries(all.map((path) => [path, 'open'])))
    await apply('deny', {})
    await expectPaths({ 'web -> db': 'shut', 'mon -> db': 'shut', [`web -> ${VIP}`]: 'shut', 'db -> web': 'shut', 'db -> mon': 'open', 'node -> db': 'open', [`node -> ${VIP}`]: 'open', [`db -> ${VIP}`]: 'open' })
    await lab.client.delete(NetworkPolicies, 'default', 'deny')
    await expectPaths(Object.fromEntries(all.map((path) => [path, 'open'])))
  })

  test('by podSelector, also through a Service, whose caller is seen', async () => {
    await apply('from-web', { ...DB, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] })
    await expectPaths({ 'web -> db': 'open', [`web -> ${VIP}`]: 'open', 'mon -> db': 'shut', [`mon -> ${VIP}`]: 'shut', 'db -> web': 'open' })
    expect(await lab.run('', 'docker logs --tail 3 db 2>&1')).toContain(`${PODS.web.ip} - `)
  })

  test('by namespaceSelector and a named port', async () => {
    await apply('from-ops', { ...DB, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'ops' } } }], ports: [{ port: 'http', protocol: 'TCP' }] }] })
    await expectPaths({ 'mon -> db': 'open', [`mon -> ${VIP}`]: 'open', 'web -> db': 'shut' })
  })

  test('by ipBlock with an exception', async () => {
    await apply('block', { ...DB, ingress: [{ from: [{ ipBlock: { cidr: '10.244.0.0/24', except: [`${PODS.mon.ip}/32`] } }] }] })
    await expectPaths({ 'web -> db': 'open', 'mon -> db': 'shut' })
  })

  test('egress: only where it may, and names only where DNS is allowed', async () => {
    const dns = { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53, protocol: 'UDP' }] }
    await apply('out', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 80, protocol: 'TCP' }] }] })
    await expectPaths({ 'web -> db': 'open', [`web -> ${VIP}`]: 'open', 'web -> mon': 'shut', 'mon -> web': 'open', 'web -> db.default.svc.cluster.local': 'shut', 'mon -> db.default.svc.cluster.local': 'open' })
    await apply('dns', { podSelector: {}, policyTypes: ['Egress'], egress: [dns] })
    await expectPaths({ 'web -> db.default.svc.cluster.local': 'open', 'web -> mon': 'shut' })
  })
})

describe('from outside', () => {
  test('the caller is judged by its own address, and a connection that is not allowed any more is cut', async () => {
    const machine = lab.server.address.replace(/\d+$/, '1')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await lab.get(30080, agent)).toBe('db')
    await apply('block', { ...DB, ingress: [{ from: [{ ipBlock: { cidr: `${machine}/32` } }] }] })
    await expectPaths({ 'web -> db': 'shut' })
    expect(await lab.get(30080, agent)).toBe('db')
    expect(await lab.get(30080)).toBe('db')
    await noPolicies()
    await apply('deny', {})
    await expectPaths({ 'web -> db': 'shut' })
    await expect(lab.get(30080, agent)).rejects.toThrow()
    await expect(lab.get(30080)).rejects.toThrow('timed out')
    agent.destroy()
  })

  test('a pod of another node is known by its address', async () => {
    // The machine plays the node: what it sends arrives as a far pod's packets do, unmasqueraded.
    const made = pod('far', '', { namespace: 'default' })
    const created = await lab.client.create(Pods, { ...made, metadata: { name: 'far', namespace: 'default', labels: { app: 'far' } }, spec: { ...made.spec, nodeName: 'node-2', containers: [{ name: 'c', image: 'nginx' }] }, status: undefined })
    await apply('from-far', { ...DB, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'far' } } }] }] })
    await expectPaths({ 'web -> db': 'shut' })
    await expect(lab.get(30080)).rejects.toThrow('timed out')
    await lab.client.updateStatus(Pods, { ...structuredClone(created), status: { podIP: lab.server.address.replace(/\d+$/, '1') } })
    await eventually(async () => expect(await lab.get(30080)).toBe('db'))
  })
})

test('labels that change, change what is allowed', async () => {
  await apply('from-web', { ...DB, ingress: [{ from: [{ podSelector: { matchLabels: { role: 'caller' } } }] }] })
  await expectPaths({ 'web -> db': 'shut' })
  await lab.client.patch(Pods, 'default', 'web', 'application/merge-patch+json', { metadata: { labels: { role: 'caller' } } })
  await expectPaths({ 'web -> db': 'open' })
})

test('the kernel takes every form of rule', async () => {
  const policies = [networkPolicy('all', { ingress: [{}, { ports: [{ protocol: 'SCTP' }, { port: 53, protocol: 'UDP' }, { port: 1, endPort: 9 }, { port: 'http' }] }], egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'http' }, { port: 80 }] }] })]
  const pods = [...lab.informers.for(Pods).lister.list(), { ...pod('new', ''), status: {} }]
  const model = policyModel({ policies, pods, namespaces: [namespace('default')] }, 'node-1', '10.244.0.1')
  const text = compilePolicies(model, { bridge: 'toque0', gateway: '10.244.0.1', podCidr: '10.244.0.0/24', bridgeNetfilter: true, bridgeFilter: false })
  expect(text).toContain('@known drop')
  await lab.server.exec(['nft', '-c', '-f', '-'], { input: text })
})

test('after a power cut with no engine, what was shut is shut', async () => {
  await apply('from-web', { ...DB, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] })
  await expectPaths({ 'mon -> db': 'shut', 'web -> db': 'open' })
  await lab.network?.stop()
  lab.network = undefined
  await lab.server.kill()
  await lab.server.start()
  await eventually(async () => expect(await code('web', PODS.db.ip, 1)).toBe('200'))
  await eventually(async () => expect(await code('', PODS.mon.ip, 1)).toBe('200'))
  expect(await code('mon', PODS.db.ip, 1)).toBe('000')
  await removeHelper(lab.host.docker, CLUSTER)
  expect(await lab.run('', 'nft list tables')).not.toContain('toque')
})
