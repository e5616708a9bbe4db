import { Agent } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad } from '../../../e2e/harness/load.ts'
import { DRAINED_CONDITION } from '../../common/docker-labels.ts'
import { EndpointSlices, Nodes, Pods, Services } from '../../common/kube/kinds.ts'
import { removeHelper } from './helper-container.ts'
import { compileTable, inPlace } from './nft-rules.ts'
import { serviceModel } from './service-model.ts'
import { startMetrics } from '../metrics/start-metrics.ts'
import { systemClock } from '../../common/clock.ts'
import { CLUSTER, eventually, NetworkLab } from './testing/network-lab.ts'
import { endpoint, pod, service, slice } from './testing/objects.ts'

// In order: each test builds on the state the one before has left.
const IPS = { pa: '10.244.0.11', pb: '10.244.0.12', pc: '10.244.0.13' }
const VIP = '10.96.0.5'
/** Of a client on this machine; none that the kernel gives by itself. */
const CLIENT_PORT = 21_080
let lab: NetworkLab
let ids: { sandbox: string; app: string }[]

async function setEndpoints(serviceName: string, ips: string[]): Promise<void> {
  const current = await lab.client.get(EndpointSlices, 'default', `${serviceName}-1`)
  await lab.client.update(EndpointSlices, { ...structuredClone(current), endpoints: ips.map((ip) => endpoint(ip)) })
}

/** As a client sends it: what the server fills in is not there. */
function fresh<T extends { metadata: { name: string; namespace?: string; labels?: Record<string, string> } }>(object: T): T {
  const { name, namespace, labels } = object.metadata
  return { ...object, metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) } }
}

beforeAll(async () => {
  lab = await NetworkLab.up()
  ids = await Promise.all(Object.entries(IPS).map(([name, ip]) => lab.pod(name, ip)))
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  await lab.client.create(Services, fresh(service('web', VIP, { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] })))
  await lab.client.create(EndpointSlices, fresh(slice('web', Object.values(IPS).map((ip) => endpoint(ip)), ports)))
  await lab.client.create(Services, fresh(service('self', '10.96.0.6', { sessionAffinity: 'ClientIP' })))
  await lab.client.create(EndpointSlices, fresh(slice('self', [endpoint(IPS.pa)], ports)))
  await lab.client.create(Services, fresh(service('nobody', '10.96.0.7')))
  await lab.client.create(Services, fresh(service('db', 'None')))
  await lab.client.create(EndpointSlices, fresh(slice('db', [endpoint(IPS.pa, { hostname: 'db-0' }), endpoint(IPS.pb)], ports)))
  await eventually(async () => expect(await lab.get(30080)).toMatch(/^p[abc]$/))
})
afterAll(() => lab?.[Symbol.asyncDispose]())

describe('a Service', () => {
  test.each([
    ['its cluster IP from the server itself', '', VIP], ['its cluster IP from a pod', 'pa', VIP], ['its node port from a pod', 'pb', 'SERVER:30080'],
    ['its node port on the server\'s address', '', 'SERVER:30080'], ['its node port on the server\'s loopback', '', '127.0.0.1:30080'], ['its short name from a pod', 'pc', 'web'],
  ])('answers at %s', async (_, from, address) => {
    expect(await lab.run(from, `curl -sSm10 http://${address.replace('SERVER', lab.server.address)}/`)).toMatch(/^p[abc]$/)
  })

  test('leads a pod back to itself', async () => {
    for (let i = 0; i < 3; i++) expect(await lab.run('pa', 'curl -sSm10 http://10.96.0.6/')).toBe('pa')
  })

  test('refuses nobody while its backends change, again and again', async () => {
    const load = startLoad({ host: lab.server.address, port: 30080, concurrency: 4, keepAlive: false })
    for (let i = 0; i < 60; i++) await setEndpoints('web', i % 2 === 0 ? [IPS.pa, IPS.pb] : Object.values(IPS))
    const { requests, failures } = await load.stop()
    console.error(`${String(requests)} connections, ${String(failures.length)} failed`)
    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(50)
  })

  test('sees who calls from outside', async () => {
    await lab.get(30080)
    const logs = await Promise.all(Object.keys(IPS).map((name) => lab.run('', `docker logs ${name} 2>&1`)))
    expect(logs.join('\n')).toContain(lab.server.address.replace(/\d+$/, '1 - '))
  })

  test.each([['from a pod', 'pa'], ['from the server', '']])('with nobody behind it refuses at once, %s', async (_, from) => {
    expect(await lab.run(from, 'curl -sSm10 http://10.96.0.7/')).toMatch(/onnect|refused/)
    expect(await lab.run(from, 'curl -sm10 -w "%{exitcode}" http://10.96.0.7/')).toContain('7')
  })

  test('spreads 2,000 new connections evenly over three pods', async () => {
    const counts: Record<string, number> = { pa: 0, pb: 0, pc: 0 }
    for (let i = 0; i < 100; i++) for (const name of await Promise.all(Array.from({ length: 20 }, () => lab.get(30080)))) counts[name] = (counts[name] ?? 0) + 1
    const chiSquare = Object.values(counts).reduce((sum, n) => sum + (n - 2000 / 3) ** 2 / (2000 / 3), 0)
    console.error('spread', counts, 'chi square', chiSquare.toFixed(2))
    // Two degrees of freedom: by chance one run in three million goes beyond.
    expect(chiSquare).toBeLessThan(30)
  })

  test('does not lead a client back to who left by what the kernel remembers of its last connection from the same port', async () => {
    const switchTo = async (name: 'pa' | 'pb'): Promise<void> => {
      await setEndpoints('web', [IPS[name]])
      await eventually(async () => expect(new Set(await Promise.all(Array.from({ length: 20 }, () => lab.get(30080))))).toEqual(new Set([name])))
    }
    await switchTo('pa')
    expect(await lab.getFrom(CLIENT_PORT, 30080)).toBe('pa')
    const remembered = (): Promise<string> => lab.run('', `conntrack -L -p tcp --orig-port-src ${String(CLIENT_PORT)} 2>&1`)
    await eventually(async () => expect(await remembered()).toMatch(new RegExp(`TIME_WAIT.* src=${IPS.pa} `)))
    await switchTo('pb')
    expect(await remembered()).toContain(IPS.pa)
    expect(await lab.getFrom(CLIENT_PORT, 30080)).toBe('pb')
    await setEndpoints('web', Object.values(IPS))
    await eventually(async () => expect(new Set(await Promise.all(Array.from({ length: 20 }, () => lab.get(30080)))).size).toBe(3))
  })
})

describe('an ending pod', () => {
  test('gets no new connection, is told so, and keeps the connections it has', async () => {
    const agents = await Promise.all(Array.from({ length: 12 }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      return { agent, name: await lab.get(30080, agent) }
    }))
    const kept = agents.find((a) => a.name === 'pc')
    expect(kept).toBeDefined()
    const created = await lab.client.create(Pods, fresh(pod('pc', IPS.pc)))
    // The API gives its own UID; the endpoint names it.
    const slices = structuredClone(await lab.client.get(EndpointSlices, 'default', 'web-1'))
    const target = slices.endpoints.find((e) => e.addresses[0] === IPS.pc)
    if (target?.targetRef) target.targetRef.uid = created.metadata.uid
    await lab.client.update(EndpointSlices, slices)
    await lab.client.updateStatus(Pods, { ...structuredClone(created), status: { podIP: IPS.pc } })
    console.error(`ending: container ${ids[2]?.app ?? ''} of pod ${created.metadata.uid}`)
    await lab.client.delete(Pods, 'default', 'pc')
    await eventually(async () => {
      const { status } = await lab.client.get(Pods, 'default', 'pc')
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: DRAINED_CONDITION, status: 'True' }))
    })
    const names = await Promise.all(Array.from({ length: 200 }, () => lab.get(30080)))
    expect(new Set(names)).toEqual(new Set(['pa', 'pb']))
    expect(await lab.get(30080, kept?.agent)).toBe('pc')
    for (const { agent } of agents) agent.destroy()
  })
})

describe('names', () => {
  test('resolve as Kubernetes says', async () => {
    expect(await lab.run('pa', 'nslookup web.default.svc.cluster.local')).toContain(VIP)
    const headless = await lab.run('pa', 'nslookup -type=a db.default.svc.cluster.local')
    expect(headless).toContain(IPS.pa)
    expect(headless).toContain(IPS.pb)
    expect(await lab.run('pb', 'nslookup -type=a db-0.db.default.svc.cluster.local')).toContain(IPS.pa)
    expect(await lab.run('pb', 'nslookup -type=srv _http._tcp.db.default.svc.cluster.local')).toContain('80 db-0.db.default.svc.cluster.local')
    expect(await lab.run('pb', 'nslookup nothing.default.svc.cluster.local')).toContain('NXDOMAIN')
  })

  test('follow the ready pods, and no query is lost while SRV records change', async () => {
    // The exit code of the loop is the number of failures.
    const asking = lab.run('pa', 'n=0; for i in $(seq 60); do nslookup web.default.svc.cluster.local >/dev/null 2>&1 || n=$((n+1)); usleep 20000; done; echo lost $n')
    for (let i = 0; i < 3; i++) {
      await setEndpoints('db', [i % 2 === 0 ? IPS.pb : IPS.pa])
      await eventually(async () => expect(await lab.run('pb', 'nslookup -type=srv _http._tcp.db.default.svc.cluster.local')).toContain(i % 2 === 0 ? '10-244-0-12.db' : '10-244-0-11.db'))
    }
    expect(await asking).toBe('lost 0')
    await eventually(async () => expect(await lab.run('pb', 'nslookup -type=a db.default.svc.cluster.local')).not.toContain(IPS.pa))
  })
})

test('CPU and memory are read from cgroups', async () => {
  const name = 'busy'
  const created = await lab.client.create(Pods, fresh(pod(name, '10.244.0.99')))
  const id = ids[0]?.app ?? ''
  await lab.client.updateStatus(Pods, { ...structuredClone(created), status: { containerStatuses: [{ name: 'web', containerID: `docker://${id}`, image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } }] } })
  const metrics = startMetrics({ informers: lab.informers, clock: systemClock })
  metrics.addNode({ name: 'node-1', host: lab.host, readFiles: (paths) => lab.node?.readFiles(paths) ?? Promise.reject(new Error('no network')) })
  // Until it is told to stop: what share of a processor it gets is a busy machine's choice. An idle nginx uses less than a thousandth of one.
  const busy = lab.run('pa', 'until [ -e /tmp/enough ]; do for i in 1 2 3 4 5 6 7 8 9; do :; done; done')
  try {
    metrics.subscribe(() => undefined)
    await eventually(() => {
      const usage = metrics.latest(created.metadata.uid)
      expect(usage?.containers['web']?.cpuMilli).toBeGreaterThan(20)
      expect(usage?.memoryBytes).toBeGreaterThan(100_000)
      expect(metrics.latestNode('node-1')?.cpuMilli).toBeGreaterThanOrEqual(20)
    })
  } finally {
    await lab.run('pa', 'touch /tmp/enough')
    await busy
    await metrics.stop()
  }
})

test('the kernel takes every form of rule', async () => {
  const endpoints = [endpoint(IPS.pa), endpoint(IPS.pb), endpoint('10.244.1.2', { nodeName: 'node-2' })]
  const udp = { ports: [{ name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 }, { name: 'sig', port: 54, protocol: 'SCTP', nodePort: 30054 }] }
  const udpPorts = [{ name: 'dns', port: 5353, protocol: 'UDP' }, { name: 'sig', port: 54, protocol: 'SCTP' }]
  const models = serviceModel({
    services: [
      service('sticky', '10.96.1.1', { sessionAffinity: 'ClientIP', externalIPs: ['192.0.2.1'] }), service('none', '10.96.1.2', { externalIPs: ['192.0.2.2'] }),
      service('local', '10.96.1.3', { type: 'NodePort', externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local', ports: [{ name: 'http', port: 80, nodePort: 30081 }] }), service('udp', '10.96.1.4', udp),
    ],
    slices: [slice('sticky', endpoints), slice('local', endpoints), slice('udp', endpoints, udpPorts)], nodeName: 'node-1', avoidedNodes: new Set(), endingPods: new Set(),
  })
  for (const bridgeNetfilter of [true, false]) {
    const rules = inPlace(compileTable(models, { bridge: 'toque0', gateway: '10.244.0.1', podCidr: '10.244.0.0/24', clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12', bridgeNetfilter }))
    await lab.server.exec(['nft', '-c', '-f', '-'], { input: rules })
  }
})

describe('what happens to the node', () => {
  const helper = async (): Promise<{ Id: string }> => (await lab.host.docker.listContainers({ filters: { label: ['toque.dev/role=helper'] } }))[0] as { Id: string }
  const healthy = async (): Promise<void> => {
    const { status } = await lab.client.get(Nodes, '', 'node-1')
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'NetworkUnavailable', status: 'False' }))
  }

  test('a killed helper: traffic goes on, and the engine drives the next one', async () => {
    const { Id } = await helper()
    console.error(`killing helper ${Id}`)
    await lab.host.docker.getContainer(Id).restart({ t: 0 })
    expect(await lab.get(30080)).toMatch(/^p[ab]$/)
    await setEndpoints('web', [IPS.pb])
    await eventually(async () => expect(await lab.get(30080)).toBe('pb'))
    await eventually(async () => expect(new Set(await Promise.all(Array.from({ length: 10 }, () => lab.get(30080))))).toEqual(new Set(['pb'])))
    await eventually(healthy)
  })

  test('a kernel that keeps bridged frames from netfilter: pods reach Services all the same', async () => {
    await lab.network?.stop()
    // As where br_netfilter is not loaded: the helper, which would turn it on for our bridge, is not asked.
    await lab.server.exec('echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables; ip link set dev toque0 type bridge nf_call_iptables 0')
    const [services, slices] = [lab.informers.for(Services).lister.list(), lab.informers.for(EndpointSlices).lister.list()]
    const node = { bridge: 'toque0', gateway: '10.244.0.1', podCidr: '10.244.0.0/24', clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12', bridgeNetfilter: false }
    await lab.server.exec(['nft', '-f', '-'], { input: inPlace(compileTable(serviceModel({ services, slices, nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() }), node)) })
    await eventually(async () => expect(await lab.run('pa', `curl -sSm10 http://${VIP}/`)).toBe('pb'))
    expect(await lab.run('pa', 'curl -sSm10 http://10.96.0.6/')).toBe('pa')
    await lab.server.exec('echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables')
    lab.connect()
  })

  test('a power cut with no engine: rules, names and pods come back by themselves', async () => {
    await lab.network?.stop()
    lab.network = undefined
    console.error(`power cut; sandboxes ${ids.map((i) => i.sandbox).join(' ')}`)
    await lab.server.kill()
    await lab.server.start()
    await eventually(async () => expect(await lab.get(30080)).toBe('pb'))
    await eventually(async () => expect(await lab.run('pa', 'curl -sSm10 http://web/')).toBe('pb'))
    // Nobody made anything anew: the same containers run, the last of them a moment after the first one answers.
    for (const { sandbox, app } of ids) for (const id of [sandbox, app]) await eventually(async () => expect((await lab.host.docker.getContainer(id).inspect()).State.Running).toBe(true))
  })

  test('a restart of dockerd with an engine there: it connects again and goes on', async () => {
    lab.connect()
    await eventually(healthy)
    await lab.server.stopDocker()
    await lab.server.startDocker()
    for (const { sandbox, app } of ids) {
      await lab.host.docker.getContainer(sandbox).start()
      await lab.host.docker.getContainer(app).restart({ t: 0 })
    }
    await setEndpoints('web', [IPS.pa])
    await eventually(async () => expect(await lab.get(30080)).toBe('pa'))
  })

  test('taken away, it leaves nothing behind', async () => {
    await lab.network?.stop()
    lab.network = undefined
    await removeHelper(lab.host.docker, CLUSTER)
    const left = await lab.run('', 'nft list tables; ip route; iptables -S DOCKER-USER; docker volume ls -q; docker ps -a --filter label=toque.dev/role=helper -q')
    expect(left).not.toMatch(/toque(?!0)|10\.96\.|ACCEPT/)
    await removeHelper(lab.host.docker, CLUSTER)
  })
})
