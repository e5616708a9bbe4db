import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node, Pod, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'
import { wrk } from '../harness/wrk.ts'

// Three servers over SSH are one cluster: pods anywhere reach each other, Services and names are the same everywhere.
const PORT = 30100
let team: Team
beforeAll(async () => {
  team = await Team.up(3)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', nodePort: PORT }))
  await team.rolloutDone('site')
})
afterAll(() => team?.down())

async function pods(): Promise<Pod[]> {
  return (await team.get<{ items: Pod[] }>('pods', '-l', 'app=site')).items
}

test('three replicas are spread over three servers, each with addresses of its own', async () => {
  const found = await pods()
  for (const host of team.hosts) console.log(host.name, (await team.containers(host).of('site')).map((c) => `${c.role} ${c.id.slice(0, 12)}`).join(' '))
  expect(new Set(found.map((p) => p.spec.nodeName)).size).toBe(3)
  const { items } = await team.get<{ items: Node[] }>('nodes')
  expect(new Set(items.map((n) => n.spec.podCIDR)).size).toBe(3)
})

test('a server goes to another zone, and to none, without being connected to anew', async () => {
  const [host] = team.hosts
  const zone = async (): Promise<string | undefined> => (await team.get<Node>('node', host?.name ?? '')).metadata.labels?.['topology.kubernetes.io/zone']
  const connections = async (): Promise<string> => (await host?.exec('pgrep -x sshd | sort'))?.stdout ?? ''
  const before = await connections()
  await team.kubectl(['patch', 'server', host?.name ?? '', '--type=merge', '-p', '{"spec":{"zone":"basement"}}'])
  await eventually('the zone', async () => (await zone()) === 'basement')
  await team.kubectl(['patch', 'server', host?.name ?? '', '--type=merge', '-p', '{"spec":{"zone":null}}'])
  await eventually('no zone', async () => (await zone()) === undefined)
  expect(await connections()).toBe(before)
})

test('every pod reaches every other by its own address, and is seen with its own', async () => {
  const found = await pods()
  for (const from of found) {
    for (const to of found) {
      expect(await team.kubectl(['exec', from.metadata.name, '--', 'curl', '-sS', '-m', '5', `http://${to.status?.podIP ?? ''}/`])).toContain('nginx')
    }
  }
  const [a, b] = found
  const log = await team.kubectl(['logs', b?.metadata.name ?? '', '--tail=200'])
  expect(log).toContain(a?.status?.podIP ?? 'no address')
})

test('the Service answers on every server, by its address and by its name from every pod', async () => {
  const { spec } = await team.get<Service>('service', 'site')
  for (const host of team.hosts) {
    for (const at of [`${host.address}:${String(PORT)}`, `127.0.0.1:${String(PORT)}`, `${spec?.clusterIP ?? ''}:80`]) {
      // More often than there are backends, so that those on other servers have their turn.
      for (let i = 0; i < 8; i++) expect((await host.exec(['curl', '-sS', '-m', '5', `http://${at}/`])).stdout).toContain('nginx')
    }
  }
  for (const pod of await pods()) {
    for (const name of ['site', 'site.default', 'site.default.svc.cluster.local']) {
      expect(await team.kubectl(['exec', pod.metadata.name, '--', 'curl', '-sS', '-m', '5', `http://${name}/`])).toContain('nginx')
    }
  }
})

test('ten thousand new connections are spread evenly over the pods of all servers', async () => {
  const [first, second] = [team.lab.host(1), team.lab.host(2)]
  // Each nginx tells its own address.
  for (const pod of await pods()) await team.kubectl(['exec', pod.metadata.name, '--', 'sh', '-c', 'hostname > /usr/share/nginx/html/name'])
  const seen = new Map<string, number>()
  const total = (): number => [...seen.values()].reduce((a, b) => a + b, 0)
  while (total() < 10_000) {
    const { bodies, failed } = await wrk(second, { onNetworkOf: 1, targets: [`${first.address}:${String(PORT)}`], path: '/name', seconds: 3, threads: 1, connections: 20, fresh: true, bodies: true })
    expect(failed).toBe(0)
    for (const [name, count] of bodies) seen.set(name, (seen.get(name) ?? 0) + count)
  }
  console.log('answers by pod:', Object.fromEntries(seen))
  expect([...seen.keys()].sort()).toEqual((await pods()).map((p) => p.metadata.name).sort())
  const expected = total() / 3
  const chiSquare = [...seen.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
  // Two degrees of freedom: p > 0.001.
  expect(chiSquare).toBeLessThan(13.82)
}, 180_000)

test('logs, exec and port-forward lead to the pod\'s own server', async () => {
  for (const pod of await pods()) {
    expect((await team.kubectl(['exec', pod.metadata.name, '--', 'hostname'])).trim()).toBe(pod.metadata.name)
    expect(await team.kubectl(['logs', pod.metadata.name, '--tail=3'])).toContain('GET')
  }
})

test('a NetworkPolicy holds on one server and across servers', async () => {
  const name = (pod: Pod): string => pod.metadata.name
  await team.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'client' }, spec: { replicas: 3, selector: { matchLabels: { app: 'client' } }, template: { metadata: { labels: { app: 'client' } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'busybox', command: ['sleep', '100000'] }] } } } })
  await team.rolloutDone('client')
  const clients = (await team.get<{ items: Pod[] }>('pods', '-l', 'app=client')).items
  const reached = async (from: Pod, to: Pod): Promise<boolean> => team.kubectl(['exec', name(from), '--', 'curl', '-sS', '-o', '/dev/null', '-m', '1', `http://${to.status?.podIP ?? ''}/`]).then(() => true, () => false)
  const matrix = async (): Promise<boolean[]> => Promise.all(clients.flatMap((from) => targets.map((to) => reached(from, to))))
  const targets = await pods()
  expect(new Set(clients.map((p) => p.spec.nodeName)).size).toBe(3)
  await eventually('every way to be open', async () => (await matrix()).every((open) => open))
  const policy = (label: string): object => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'site' }, spec: { podSelector: { matchLabels: { app: 'site' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: label } } }] }] } })
  await team.apply(policy('somebody-else'))
  await eventually('every way to be shut', async () => (await matrix()).every((open) => !open))
  await team.apply(policy('client'))
  await eventually('every way to be open again', async () => (await matrix()).every((open) => open))
  console.log('judged:', targets.map((p) => `${name(p)} ${p.status?.containerStatuses?.[0]?.containerID?.slice(9, 21) ?? ''}`).join(' '))
  await team.kubectl(['delete', 'networkpolicy/site', 'deployment/client'])
})

test('a server whose network card was down for a moment has its routes again', async () => {
  const [first] = team.hosts
  if (first === undefined) throw new Error('no server')
  const routes = async (): Promise<string> => (await first.exec('ip route show proto 170')).stdout
  const before = await routes()
  expect(before.trim().split('\n')).toHaveLength(2)
  await first.exec('ip link set eth0 down && ip link set eth0 up')
  await eventually('its routes', async () => (await routes()) === before)
  await team.nodesReady(3)
})

test('a rebooted server has its routes and rules again with no engine', async () => {
  const [first, second] = team.hosts
  if (first === undefined || second === undefined) throw new Error('no server')
  await team.toque.end('SIGTERM')
  await second.kill()
  await second.start()
  console.log('rebooted with no engine:', second.name, (await team.containers(second).of('site')).map((c) => c.id.slice(0, 12)).join(' '))
  await eventually('its Service to reach pods of other servers', async () => {
    for (let i = 0; i < 12; i++) await second.exec(['curl', '-sS', '-m', '2', '-o', '/dev/null', `http://${second.address}:${String(PORT)}/`])
    return true
  })
  await team.startEngine()
  await team.nodesReady(3)
})

test('a server that is removed is left as it was, and its pods run elsewhere', async () => {
  const third = team.hosts[2]
  if (third === undefined) throw new Error('no server')
  await team.kubectl(['delete', 'server', third.name, '--timeout=60s'])
  await eventually('its pods elsewhere', async () => {
    const found = (await pods()).filter((p) => p.metadata.deletionTimestamp === undefined)
    return found.length === 3 && found.every((p) => p.spec.nodeName !== third.name && p.status?.containerStatuses?.every((c) => c.ready))
  })
  const left = await third.exec('docker ps -aq; docker volume ls -q; docker network ls -q --filter label=toque.dev/cluster; ip route show proto 170; nft list tables | grep -w toque; iptables-nft -S DOCKER-USER | grep 10.244', { anyCode: true })
  expect(left.stdout.trim()).toBe('')
  expect((await team.get<{ items: Node[] }>('nodes')).items.map((n) => n.metadata.name)).not.toContain(third.name)
})
