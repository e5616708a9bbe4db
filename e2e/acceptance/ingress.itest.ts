import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Event, Node } from '../../src-main/common/kube/generated/core-v1.ts'
import type { Ingress, IngressSpec } from '../../src-main/common/kube/generated/networking-v1.ts'
import { testCertificate } from '../../src-main/engine/network/ingress/testing/test-certificate.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import { testappDeployment, website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'

// Two servers' ports 80 and 443, seen by clients outside. In order: each test builds on the state the one before has left.
let team: Team
let certificate: { crt: string; key: string }

const to = (name: string): { service: { name: string; port: { number: number } } } => ({ service: { name, port: { number: 80 } } })
const rule = (host: string, ...paths: (readonly [at: string, pathType: string, service: string])[]): NonNullable<IngressSpec['rules']>[number] =>
  ({ host, http: { paths: paths.map(([path, pathType, service]) => ({ path, pathType, backend: to(service) })) } })
const ingress = (name: string, spec: IngressSpec, annotations: Record<string, string> = {}): object => ({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, annotations }, spec })
const secret = (crt: string, key: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert' }, type: 'kubernetes.io/tls', stringData: { 'tls.crt': crt, 'tls.key': key } })

/** A websocket server in shell: says hello five times a second, and `got` for the first thing that it is told. (In the background a shell reads from nowhere, but for what has another number.) */
const SHELL_SOCKET = String.raw`while read -r name value; do value=$(printf %s "$value" | tr -d '\r'); case $name in [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:) key=$value ;; GET) ;; *:) ;; *) break ;; esac; done
accept=$(printf '%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11' "$key" | sha1sum | cut -c1-40 | xxd -r -p | base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n' "$accept"
exec 3<&0; { dd bs=1 count=8 of=/dev/null <&3 2>/dev/null; printf '\201\003got'; } & while printf '\201\005hello'; do sleep 0.2; done`
const socketPod = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'socket' }, data: { 'serve.sh': SHELL_SOCKET } },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'socket', labels: { app: 'socket' } }, spec: {
    containers: [{ name: 'c', image: 'busybox', command: ['nc', '-ll', '-p', '8080', '-e', 'sh', '/s/serve.sh'], volumeMounts: [{ name: 's', mountPath: '/s' }] }], volumes: [{ name: 's', configMap: { name: 'socket' } }],
  } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'socket' }, spec: { selector: { app: 'socket' }, ports: [{ port: 80, targetPort: 8080 }] } },
] })

async function events(name: string): Promise<string[]> {
  const { items } = await team.get<{ items: Event[] }>('events', '--field-selector', `involvedObject.name=${name}`)
  return items.map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`)
}
async function condition(server: number): Promise<string> {
  const { status } = await team.get<Node>('node', team.lab.host(server).name)
  const found = status?.conditions?.find(({ type }) => type === 'toque.dev/Ingress')
  return `${found?.status ?? ''} ${found?.reason ?? ''} ${found?.message ?? ''}`
}

beforeAll(async () => {
  certificate = await testCertificate('safe.example')
  team = await Team.up(2)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 2 }))
  await team.apply(testappDeployment({ name: 'api', image: 'toque/testapp:v1', replicas: 2 }))
  await team.apply(socketPod)
  for (const name of ['site', 'api']) await team.rolloutDone(name)
})
afterAll(() => team?.down())

test('nothing runs and no port is taken before there is an Ingress', async () => {
  for (const host of team.hosts) expect((await host.exec('pidof haproxy; ss -ltn | grep -E ":(80|443) "', { anyCode: true })).stdout).toBe('')
})

test('hosts and paths lead where they should, on every server, which the status names', async () => {
  await team.apply(ingress('shop', { defaultBackend: to('site'), rules: [rule('shop.example', ['/', 'Prefix', 'site'], ['/headers', 'Exact', 'api'], ['/env', 'Prefix', 'api']), rule('*.wild.example', ['/', 'Prefix', 'api'])] }))
  await eventually('both servers serve', async () => {
    const { spec, status } = await team.get<Ingress>('ingress', 'shop')
    return spec.ingressClassName === 'toque' && status?.loadBalancer?.ingress?.length === 2
  })
  for (const server of [1, 2]) {
    expect(await team.curl(server, 'http://shop.example/')).toContain('nginx')
    const headers = await team.curl(server, 'http://shop.example/headers', '-H', 'X-Forwarded-For: 6.6.6.6')
    expect(headers).toMatch(new RegExp(`X-Forwarded-For: ${team.lab.host(1).address}`, 'i'))
    expect(headers).not.toContain('6.6.6.6')
    expect(await team.curl(server, 'http://shop.example/headers/more')).toContain('404')
    expect(await team.curl(server, 'http://x.wild.example/')).toContain('"version"')
    expect(await team.curl(server, 'http://nobody.example/')).toContain('nginx')
  }
  expect(await team.kubectl(['get', 'ingress', 'shop', '--no-headers'])).toMatch(/^shop +toque +shop.example,\*.wild.example +\S+ +80 /)
})

test('a client keeps its pod by a cookie', async () => {
  await team.apply(ingress('sticky', { rules: [rule('sticky.example', ['/', 'Prefix', 'api'])] }, { 'nginx.ingress.kubernetes.io/affinity': 'cookie', 'toque.dev/session-cookie-name': 'pod' }))
  for (const server of [1, 2]) await eventually('the rule', async () => (await team.curl(server, 'http://sticky.example/', '-i')).includes('set-cookie: pod='))
  const name = (body: string): string => /"hostname": ?"([^"]+)"/.exec(body)?.[1] ?? body
  const [, cookie = ''] = /set-cookie: (pod=[^;]+)/.exec(await team.curl(1, 'http://sticky.example/', '-i')) ?? []
  // On whichever server it comes in.
  const kept = await Promise.all([1, 2, 1, 2, 1, 2].map((server) => team.curl(server, 'http://sticky.example/', '-H', `Cookie: ${cookie}`)))
  expect(new Set(kept.map(name)).size).toBe(1)
  const free = await Promise.all([1, 1, 1, 1].map((server) => team.curl(server, 'http://sticky.example/')))
  expect(new Set(free.map(name)).size).toBe(2)
})

test('Services share the requests of a path by weights, which change while it is served', async () => {
  const split = (weights: string): Promise<string> => team.apply(ingress('split', { rules: [rule('split.example', ['/', 'Prefix', 'site'])] }, { 'toque.dev/service-weights': weights }))
  const fromApi = async (): Promise<number> => {
    const { stdout } = await team.lab.host(1).exec(`for i in $(seq 40); do curl -sS -m 5 --resolve split.example:80:${team.lab.host(1).address} http://split.example/ | grep -c '"version"'; done`, { anyCode: true })
    return stdout.split('\n').filter((line) => line === '1').length
  }
  await split('site=75,api=25')
  await eventually('the rule', async () => (await team.curl(1, 'http://split.example/')).includes('nginx'))
  expect(Math.abs(await fromApi() - 10)).toBeLessThanOrEqual(3)
  await split('site=0,api=100')
  await eventually('the weights', async () => await fromApi() === 40)
  await split('site=1,api=0')
  await eventually('the weights', async () => await fromApi() === 0)
})

test('TLS: a Secret that is no certificate is told; a good one serves its host, to which plain HTTP is sent; a port that is held is told, too', async () => {
  const [, second] = team.hosts
  const holder = second?.spawn('echo $$ >/run/holder.pid; exec socat TCP-LISTEN:443,fork,reuseaddr SYSTEM:true', { stdio: 'ignore' })
  await team.apply(secret('no certificate', certificate.key))
  await team.apply(ingress('safe', { rules: [rule('safe.example', ['/', 'Prefix', 'site'])], tls: [{ hosts: ['safe.example'], secretName: 'cert' }] }))
  await eventually('the event', async () => (await events('safe')).some((line) => /^BadTLS: .*default\/cert/.test(line)))
  expect(await team.curl(1, 'http://shop.example/')).toContain('nginx')
  await team.apply(secret(certificate.crt, certificate.key))
  await team.lab.host(1).exec('cat >/run/ca.pem', { input: certificate.crt })
  await eventually('HTTPS', async () => (await team.curl(1, 'https://safe.example/', '--cacert', '/run/ca.pem')).includes('nginx'))
  expect(await team.curl(1, 'http://safe.example/x', '-i')).toMatch(/^HTTP\/1.1 308[\s\S]*location: https:\/\/safe.example\/x/)
  expect(await team.curl(1, 'https://shop.example/', '-k')).toMatch(/^curl: .*SSL|TLS|alert/)
  await eventually('the port is told', async () => (await condition(2)).startsWith('False PortInUse Port 443'))
  expect(await team.curl(2, 'http://shop.example/')).toContain('nginx')
  expect(await condition(1)).toContain('True Serving')
  const over = new Promise((resolve) => holder?.once('exit', resolve))
  await second?.exec('kill $(cat /run/holder.pid)')
  await over
})

test('a rolling update, new rules and more pods, under load: no request is lost, and an open websocket stays', async () => {
  await team.apply(ingress('socket', { rules: [rule('socket.example', ['/', 'Prefix', 'socket'])] }))
  await eventually('the rule', async () => (await team.curl(1, 'http://socket.example/', '-m', '1', '-i', '-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket', '-H', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')).includes(' 101 '))
  const { address } = team.lab.host(1)
  const said: string[] = []
  const socket = new WebSocket(`ws://${address}/`, { headers: { Host: 'socket.example' } })
  // What it says may come with the handshake's answer.
  socket.on('message', (data: Buffer) => said.push(data.toString()))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  expect(said).not.toContain('got')
  socket.send('hi')
  await eventually('an answer', () => Promise.resolve(said.includes('got') && said.includes('hello')))
  const masters = async (): Promise<string> => (await team.lab.host(1).exec('pgrep -o -x haproxy')).stdout.trim()
  const before = await masters()
  const loads = [true, false].map((keepAlive) => startLoad({ host: address, port: 80, concurrency: 2, keepAlive, pauseMs: 2 }))
  await eventually('the load to flow', () => Promise.resolve(loads.every(({ answered }) => answered > 100)))
  await team.kubectl(['set', 'image', 'deployment/site', 'web=nginx:other'])
  await team.apply(ingress('more', { rules: [rule('more.example', ['/', 'Prefix', 'api'])] }))
  await team.rolloutDone('site')
  await team.kubectl(['scale', 'deployment/site', '--replicas=3'])
  await team.kubectl(['delete', 'ingress', 'sticky'])
  await team.rolloutDone('site')
  await eventually('the rule', async () => (await team.curl(1, 'http://more.example/')).includes('"version"'))
  const reports = await Promise.all(loads.map((load) => load.stop()))
  for (const { requests, failures, retries, longestGapMs, bodies } of reports) {
    console.log(`${String(requests)} requests, ${String(failures.length)} failed, ${String(retries)} sent again, longest gap ${longestGapMs.toFixed(0)} ms`)
    expect(failures).toEqual([])
    expect([...bodies.keys()].some((body) => body.includes('the other nginx'))).toBe(true)
  }
  const heard = said.length
  await eventually('the websocket to speak on', () => Promise.resolve(said.length > heard + 1))
  expect(socket.readyState).toBe(WebSocket.OPEN)
  expect(await masters()).toBe(before)
  socket.terminate()
})

test('with no engine, a server that was switched off serves again by itself; without an Ingress the ports are free', async () => {
  const host = team.lab.host(1)
  await team.toque.end('SIGTERM')
  await host.kill()
  await host.start()
  await eventually('HTTPS', async () => (await team.curl(1, 'https://safe.example/', '-k')).includes('nginx'))
  expect((await host.exec('ls -l /var/lib/docker/volumes/*/_data/ingress.tar')).stdout).toMatch(/^-rw------- /)
  await team.startEngine()
  await team.kubectl(['delete', 'ingress', '--all'])
  for (const each of team.hosts) await eventually('free ports', async () => (await each.exec('ss -ltn | grep -E ":(80|443) "', { anyCode: true })).stdout === '')
})
