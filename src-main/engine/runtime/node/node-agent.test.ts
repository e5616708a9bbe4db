import { expect, test } from 'vitest'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Leases, Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { SimulatedNode } from '../testing/simulated-node.ts'
import { onSimulatedNode } from '../testing/simulated-node.ts'

let s: SimulatedNode
onSimulatedNode((node) => (s = node))

test('registers the node with its resources, network and heartbeat', async () => {
  const before = await s.client.get(Nodes, '', 'n')
  expect(before.status).toMatchObject({ capacity: { cpu: '2', memory: '1048576Ki', pods: '110' }, addresses: [{ type: 'InternalIP', address: '10.0.0.1' }, { type: 'Hostname', address: 'n' }] })
  expect(before.spec.podCIDR).toBe('10.244.1.0/24')
  const renewed = async (): Promise<unknown> => (await s.client.get(Leases, 'kube-node-lease', 'n')).spec?.renewTime
  await s.clock.advance(10_000)
  const first = await renewed()
  await s.clock.advance(10_000)
  expect(await renewed()).not.toBe(first)
  expect(await s.client.get(Nodes, '', 'n')).toBe(before)
  await s.clock.advance(300_000)
  const after = await s.client.get(Nodes, '', 'n')
  expect(after.status?.conditions?.[0]?.lastHeartbeatTime).not.toBe(before.status?.conditions?.[0]?.lastHeartbeatTime)
  expect(after.status?.conditions?.[0]?.lastTransitionTime).toBe(before.status?.conditions?.[0]?.lastTransitionTime)
})

test('what the server is, is said again at the next heartbeat when somebody else wrote the status without it', async () => {
  const { status: { addresses, nodeInfo } = {} } = await s.client.get(Nodes, '', 'n')
  expect(nodeInfo?.kubeletVersion).toBe('v1.32.0')
  await s.client.patch(Nodes, '', 'n', 'application/merge-patch+json', { status: { capacity: { 'example.com/foo': '5' }, addresses: [], nodeInfo: { kubeletVersion: '', osImage: '' } } }, 'status')
  await s.clock.advance(10_000)
  const { status } = await s.client.get(Nodes, '', 'n')
  expect([status?.addresses, status?.nodeInfo, status?.capacity?.['example.com/foo']]).toEqual([addresses, nodeInfo, '5'])
})

test('two hundred pods run with an address each, and nothing is written while nothing happens', async () => {
  await s.client.patch(Nodes, '', 'n', 'application/merge-patch+json', { status: { allocatable: { pods: '200' } } }, 'status')
  await Promise.all(Array.from({ length: 200 }, (_, i) => s.create(`p${String(i)}`, 'steady')))
  await s.clock.advance(1000)
  const { items } = await s.client.list(Pods)
  expect(items.filter((p) => p.status?.phase === 'Running')).toHaveLength(200)
  expect(new Set(items.map((p) => p.status?.podIP)).size).toBe(200)
  s.writes = 0
  await s.clock.advance(60_000)
  expect(s.writes).toBe(0)
})

test('with Docker away an action is tried about once a second, and does its work when Docker is back', async () => {
  let tries = 0
  const { create: real } = s.node.containers
  s.node.containers.create = () => {
    tries++
    return Promise.reject(new DockerUnreachableError('Docker is not running'))
  }
  await s.create('p', 'steady')
  await s.clock.advance(10_000)
  expect(tries).toBeGreaterThan(5)
  expect(tries).toBeLessThan(25)
  s.node.containers.create = real.bind(s.node.containers)
  await s.clock.advance(2000)
  expect((await s.pod('p')).status?.phase).toBe('Running')
})

test('a pod that a full disk kept from starting waits longer and longer, and is tried at once when there is room', async () => {
  const original = s.node.containers.create.bind(s.node.containers)
  let tries = 0
  s.node.containers.create = () => {
    tries++
    return Promise.reject(new Error('write /var/lib/docker/x: no space left on device'))
  }
  await s.create('p', 'steady')
  // Tried after 1, 3, 7, 15 and 31 s, and then after 63.
  await s.clock.advance(40_000)
  expect((await s.pod('p')).status?.phase).toBe('Pending')
  expect(s.told.at(-1)).toMatch(/The node's disk is full/)
  const before = tries
  await s.clock.advance(10_000)
  expect(tries).toBe(before)
  s.node.containers.create = original
  s.agent.roomMade()
  await s.clock.advance(100)
  expect((await s.pod('p')).status?.phase).toBe('Running')
})

test('a Docker that hangs makes the node unready, and its heart beats on', async () => {
  const { ping } = s.node.resources
  s.node.resources.ping = () => new Promise(() => undefined)
  await s.clock.advance(16_000)
  const ready = async (): Promise<unknown> => (await s.client.get(Nodes, '', 'n')).status?.conditions?.[0]
  expect(await ready()).toMatchObject({ type: 'Ready', status: 'False', reason: 'DockerUnreachable' })
  s.node.resources.ping = ping.bind(s.node.resources)
  await s.clock.advance(11_000)
  expect(await ready()).toMatchObject({ status: 'True' })
})

test('an engine that starts takes back the silence that the one before it heard, and hears of one that came while none ran', async () => {
  const responding = async (): Promise<unknown> => (await s.client.get(Nodes, '', 'n')).status?.conditions?.find((c) => c.type === 'toque.dev/Responding')?.status
  const { ping, info } = s.node.resources
  await s.end()
  const silent = new DockerUnreachableError('no route')
  Object.defineProperty(silent, 'silent', { value: true })
  s.node.resources.ping = () => Promise.reject(silent)
  s.node.resources.info = () => Promise.reject(silent)
  await s.begin(true)
  expect(await responding()).toBe('False')
  await s.end()
  s.node.resources.ping = ping.bind(s.node.resources)
  s.node.resources.info = info.bind(s.node.resources)
  await s.begin(true)
  expect(await responding()).toBe('True')
})

test('a server that was switched off: its pods are looked at before it is said to be back', async () => {
  await s.end()
  let deaf = false
  const follow = s.node.containers.follow.bind(s.node.containers)
  s.node.containers.follow = (handler, signal) => follow({ ...handler, onEvent: (event) => { if (!deaf) handler.onEvent(event) } }, signal)
  await s.begin(true)
  await s.create('p', 'steady', 'Never')
  await s.clock.advance(2000)
  const ready = async (): Promise<unknown> => (await s.pod('p')).status?.conditions?.find((c) => c.type === 'Ready')?.status
  expect(await ready()).toBe('True')

  const { ping } = s.node.resources
  const silent = new DockerUnreachableError('no route')
  Object.defineProperty(silent, 'silent', { value: true })
  s.node.resources.ping = () => Promise.reject(silent)
  deaf = true
  await s.clock.advance(2000)
  s.node.containers.kill(await s.container('p'), true)
  // Somebody else marks the pod; nothing is known that could be said against it.
  const marked = await s.pod('p')
  await s.client.updateStatus(Pods, { ...marked, status: { ...marked.status, conditions: [{ type: 'Ready', status: 'False', reason: 'NodeNotReporting' }] } })
  await s.clock.advance(2000)
  expect(await ready()).toBe('False')

  const said: unknown[] = []
  s.informers.for(Nodes).addHandler({ onUpdate: (n) => void said.push([n.status?.conditions?.find((c) => c.type === 'toque.dev/Responding')?.status, s.informers.for(Pods).lister.get('default', 'p')?.status?.phase]) })
  s.node.resources.ping = ping.bind(s.node.resources)
  await s.clock.advance(3000)
  expect(said[0]).toEqual(['Unknown', 'Running'])
  expect(said.at(-1)).toEqual(['True', 'Failed'])
  expect(said).not.toContainEqual(['True', 'Running'])
})

test('a Docker that was emptied gets the same network again', async () => {
  const { podNetwork, createPodNetwork } = s.node.resources
  const made: string[] = []
  s.node.resources.createPodNetwork = (cidr, mtu) => {
    made.push(cidr)
    s.node.resources.podNetwork = podNetwork.bind(s.node.resources)
    return createPodNetwork.call(s.node.resources, cidr, mtu)
  }
  await s.clock.advance(120_000)
  expect(made).toEqual([])
  s.node.resources.podNetwork = () => Promise.resolve(undefined)
  await s.clock.advance(61_000)
  expect(made).toEqual(['10.244.1.0/24'])
})

test('a pod that did not ask the scheduler is turned away where its port is taken, and one that runs stays', async () => {
  const withPort = (name: string): Promise<Frozen<Pod>> => s.client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', containers: [{ name: 'app', image: 'steady', ports: [{ containerPort: 80, hostPort: 8080 }] }] },
  })
  await withPort('first')
  await withPort('second')
  await s.clock.advance(1000)
  expect((await s.pod('first')).status?.phase).toBe('Running')
  expect((await s.pod('second')).status).toMatchObject({ phase: 'Failed', reason: 'NodePorts' })
  expect(s.told).toEqual([expect.stringContaining('NodePorts: Predicate NodePorts failed')])
  const running = (await s.node.containers.list()).map((c) => c.id)
  // Another engine takes it over as it is.
  await s.end()
  await s.begin()
  await s.clock.advance(1000)
  expect([(await s.pod('first')).status?.phase, (await s.node.containers.list()).map((c) => c.id)]).toEqual(['Running', running])
  // Its port is free as soon as it is gone.
  await s.client.delete(Pods, 'default', 'first')
  await s.clock.advance(60_000)
  await withPort('third')
  await s.clock.advance(1000)
  expect((await s.pod('third')).status?.phase).toBe('Running')
})
