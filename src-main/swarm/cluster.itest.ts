import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../e2e/harness/containers.ts'
import { docker } from '../../e2e/harness/floors.ts'
import { Lab } from '../../e2e/lab/lab.ts'
import type { LabHost } from '../../e2e/lab/lab-host.ts'
import { systemClock } from '../common/clock.ts'
import type { Instance, ObjectRef, TerminalOutput } from '../common/contract/index.ts'
import { watchValue } from '../common/rpc/watches.ts'
import { openLocalHost } from '../hosts/local-host.ts'
import { RegistryLogins } from './cluster/registry-logins.ts'
import { SwarmCluster } from './cluster/swarm-cluster.ts'
import { isMoving } from './state/pace.ts'
import { SwarmState } from './state/swarm-state.ts'
import { firstWhere, wholeLists } from './testing/first-where.ts'
import { nodeRef } from './views/refs.ts'

// A real swarm of three servers, made by the docker CLI; one after the other, as a team would do it. The lab's kernel has no IP_VS: dnsrr and host ports.

let lab: Lab
let state: SwarmState
let cluster: SwarmCluster
let one: LabHost
let two: LabHost
let three: LabHost

const web: ObjectRef = { apiVersion: 'swarm', kind: 'Service', namespace: 'shop', name: 'shop_web' }
// A shell without a handler sleeps through SIGTERM.
const DNSRR = ['--endpoint-mode', 'dnsrr', '--detach', '--stop-signal', 'KILL']

beforeAll(async () => {
  lab = await Lab.up({ hosts: 3 })
  ;[one, two, three] = lab.hosts as [LabHost, LabHost, LabHost]
  const members = lab.hosts.map((host) => ({ name: host.name, host: openLocalHost({ socketPath: host.dockerSocket, description: host.name }) }))
  state = new SwarmState({ servers: { list: () => members, onChange: () => () => undefined }, clock: systemClock })
  const refused = { changes: [], problems: [{ severity: 'error' as const, message: 'no stacks here' }] }
  cluster = new SwarmCluster({ state, clock: systemClock, logins: new RegistryLogins({ load: () => [], save: () => undefined }), stacks: { plan: () => Promise.resolve(refused), apply: () => Promise.resolve(refused), read: () => Promise.resolve('no stacks here') }, name: 'team', version: '0', capabilities: [] })
})
afterAll(async () => {
  await state?.stop()
  await lab?.down()
})

// What the swarm itself says, where a test failed.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  for (const words of [['node', 'ls'], ['service', 'ls'], ['service', 'ps', '--no-trunc', 'shop_web']]) console.error(await docker(one, ...words).catch(String))
  console.error(state.now.source, state.now.tasks.map(({ Slot, DesiredState, Status, NodeID }) => [Slot, DesiredState, Status.State, NodeID].join(' ')).join('\n'))
})

const running = (list: readonly Instance[]): Instance[] => list.filter(({ status }) => status === 'Running')

// At rest no timed look comes: what is seen then was told by an event.
async function atRest(): Promise<void> {
  await firstWhere('rest', watchValue(state, systemClock, 10, () => isMoving(state.now) || state.now.reached.size < 3), (moving) => !moving)
}

test('before there is a swarm the overview says so; one that begins, and whoever joins, is seen at once', async () => {
  const none = await firstWhere('the sentence', cluster.watchOverview(), ({ problems }) => problems[0])
  expect(none).toMatchObject({ reason: 'SwarmUnreachable' })
  expect(none.message).toMatch(/There is no swarm on .* yet/)

  const three3 = firstWhere('three nodes', wholeLists(cluster.watchNodes()), (nodes) => nodes.length === 3 && nodes.every(({ health }) => health === 'healthy') && nodes)
  await docker(one, 'swarm', 'init', '--advertise-addr', one.address)
  const token = await docker(one, 'swarm', 'join-token', '--quiet', 'worker')
  await Promise.all([two, three].map((host) => docker(host, 'swarm', 'join', '--advertise-addr', host.address, '--token', token, `${one.address}:2377`)))
  const nodes = await three3
  expect(nodes.map(({ ref, address }) => [ref.name, address]).sort()).toEqual([one, two, three].map(({ name, address }) => [name, address]).sort())
  expect(nodes.find(({ ref }) => ref.name === one.name)?.conditions.map(({ type }) => type)).toEqual(['Ready', 'Availability', 'Leader'])
  await firstWhere('the way to every node', watchValue(state, systemClock, 10, () => state.now.reached.size), (count) => count === 3)
})

test('what the docker CLI makes is there at once, with its place and its ports', async () => {
  const seen = firstWhere('the service', wholeLists(cluster.watchApps()), (apps) => apps.find(({ ref }) => ref.name === 'shop_web'))
  await docker(
    one, 'service', 'create', ...DNSRR, '--name', 'shop_web', '--label', 'com.docker.stack.namespace=shop', '--replicas', '3',
    '--update-failure-action', 'rollback', '--update-parallelism', '3', '--update-monitor', '1s', '--rollback-parallelism', '3', '--rollback-monitor', '1s', '--restart-delay', '100ms', 'nginx:1.22',
  )
  expect((await seen).ref).toEqual(web)
  const app = await firstWhere('three that run', cluster.watchApp(web), (detail) => detail.replicas.ready === 3 && detail.health === 'healthy' && detail)
  expect(app).toMatchObject({ replicas: { desired: 3, ready: 3, updated: 3 }, images: ['nginx:1.22'], containers: [{ name: 'web', image: 'nginx:1.22' }], strategy: 'RollingUpdate', rollout: { state: 'complete' } })
  // Ports on a service of its own: Swarm 20.10 can leave tasks with host ports pending for ever when updates overtake each other.
  await docker(one, 'service', 'create', ...DNSRR, '--name', 'edge', '--mode', 'global', '--publish', 'mode=host,target=80,published=8080', 'nginx:1.22')
  const edge: ObjectRef = { ...web, namespace: 'default', name: 'edge' }
  await firstWhere('the other service', wholeLists(cluster.watchApps()), (apps) => apps.some(({ ref }) => ref.name === 'edge'))
  const { endpoints, containers, onNodes } = await firstWhere('its ports', cluster.watchApp(edge), (detail) => detail.replicas.ready === 3 && detail.endpoints.length === 3 && detail)
  expect(endpoints.map(({ kind, address, port }) => `${kind} ${address}:${String(port)}`).sort()).toEqual([one, two, three].map(({ address }) => `HostPort ${address}:8080`).sort())
  expect([containers[0]?.ports, onNodes?.map(({ node, instance }) => [node, instance !== undefined])]).toEqual([[80], [one, two, three].map(({ name }) => [name, true]).sort()])
  await cluster.remove(edge)
  expect(state.now.services.map(({ Spec }) => Spec.Name)).toEqual(['shop_web'])
  expect(await cluster.namespaces()).toEqual(['default', 'shop'])
  const tasks = await firstWhere('its tasks', wholeLists(cluster.watchInstances({ app: web })), (list) => running(list).length === 3 && list)
  expect(tasks.map(({ node }) => node).sort()).toEqual([one, two, three].map(({ name }) => name).sort())
  expect(await cluster.manifest(web, 'whole')).toContain('com.docker.stack.namespace: shop')
})

test('at rest nobody asks the manager anything', async () => {
  const watching = wholeLists(cluster.watchApps())[Symbol.asyncIterator]()
  await watching.next()
  await atRest()
  // What was asked for before may still be on its way, and what a busy machine's Docker tells may come late.
  await eventually('three seconds in which nothing is asked', async () => {
    const before = state.now
    await sleep(3_000)
    return state.now === before
  })
  await watching.return?.()
})

test('a container that is killed on a worker is heard of at once, with the reason', async () => {
  const [id = ''] = (await docker(two, 'ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=shop_web')).split('\n')
  const told = firstWhere('the failure', wholeLists(cluster.watchEvents({ about: web, limit: 50 })), (events) => events.find(({ reason }) => reason === 'Killed'))
  await atRest()
  await sleep(500)
  await docker(two, 'kill', id)
  expect((await told).message).toMatch(/exit code 137/)
  const detail = await firstWhere('its successor', wholeLists(cluster.watchInstances({ app: web })), (list) => running(list).length === 3 && list.some(({ status, why }) => status === 'Failed' && why?.reason === 'Killed') && running(list))
  expect(detail.flatMap(({ containers }) => containers.map(({ restarts }) => restarts)).sort()).toEqual([0, 0, 1])
})

test('scale: down and up again; what is no number is refused', async () => {
  await cluster.scale(web, 2)
  await firstWhere('two', cluster.watchApp(web), ({ replicas, health }) => replicas.desired === 2 && replicas.ready === 2 && health === 'healthy')
  await cluster.scale(web, 3)
  await firstWhere('three', cluster.watchApp(web), ({ replicas }) => replicas.ready === 3)
  await expect(cluster.scale(web, -1)).rejects.toThrow(/whole number/)
  await expect(cluster.scale({ ...web, name: 'nobody' }, 1)).rejects.toThrow(/Service "nobody" is not there/)
})

test('changes of many hands at once all arrive: one that comes too late is made again', async () => {
  await docker(one, 'service', 'create', ...DNSRR, '--name', 'hands', '--replicas', '2', '--update-parallelism', '0', 'busybox', 'sleep', '100000')
  const hands: ObjectRef = { ...web, namespace: 'default', name: 'hands' }
  await Promise.all([cluster.scale(hands, 3), cluster.restart(hands), cluster.scale(hands, 3), cluster.restart(hands), cluster.restart(hands)])
  const { Spec } = await state.api.service('hands')
  expect(Spec.TaskTemplate.ForceUpdate).toBe(3)
  await firstWhere('the restarted', cluster.watchApp(hands), ({ rollout, replicas }) => rollout.state === 'complete' && replicas.updated === 3 && replicas.ready === 3)
  await cluster.remove(hands)
  await firstWhere('its removal', wholeLists(cluster.watchApps()), (list) => list.every(({ ref }) => ref.name !== 'hands'))
})

test('an image that is not there: the plan warns, Swarm goes back by itself, and the app says why', async () => {
  const plan = await cluster.preview({ type: 'setImage', app: web, container: 'web', image: 'nginx:nope' })
  expect(plan.problems).toMatchObject([{ severity: 'warning', message: expect.stringMatching(/does not know the image "nginx:nope"/) as string }])
  expect(plan.changes[0]?.after).toContain('nginx:nope')
  expect((await cluster.preview({ type: 'setImage', app: web, container: 'web', image: 'not an image' })).problems).toMatchObject([{ severity: 'error' }])
  await cluster.setImage(web, 'web', 'nginx:nope')
  const why = await firstWhere('the way back', cluster.watchApp(web), ({ rollout, replicas }) => rollout.state === 'complete' && replicas.ready === 3 && rollout.why)
  expect(why.reason).toBe('RolledBack')
  expect(why.message).toMatch(/\(nginx:nope\) was taken back.*"nginx:nope" cannot be pulled/)
  const app = await firstWhere('the old one', cluster.watchApp(web), ({ images, health }) => health === 'healthy' && images)
  expect(app).toEqual(['nginx:1.22'])
})

test('a new image, and back to the one before', async () => {
  await cluster.setImage(web, 'web', 'nginx:alpine')
  const app = await firstWhere('the new one', cluster.watchApp(web), (detail) => detail.rollout.state === 'complete' && detail.replicas.updated === 3 && detail.images[0] === 'nginx:alpine' && detail)
  expect(app.revisions.map(({ images, current }) => [...images, current])).toEqual([['nginx:alpine', true], ['nginx:1.22', false]])
  expect((await state.api.service('shop_web')).Spec.TaskTemplate.ContainerSpec?.Image).toMatch(/^nginx:alpine@sha256:/)
  expect((await cluster.preview({ type: 'rollback', app: web, revision: 1 })).changes[0]?.after).toContain('nginx:1.22')
  await expect(cluster.rollback(web, 7)).rejects.toThrow(/keeps one version before/)
  await cluster.rollback(web, 1)
  await firstWhere('the one before', cluster.watchApp(web), (detail) => detail.rollout.state === 'complete' && detail.replicas.updated === 3 && detail.images[0] === 'nginx:1.22')
})

test('what cannot be placed says why, node by node; what crashes says how', async () => {
  await docker(one, 'service', 'create', ...DNSRR, '--name', 'stuck', '--constraint', 'node.labels.disk==ssd', 'busybox', 'sleep', '100000')
  await docker(one, 'service', 'create', ...DNSRR, '--name', 'crash', '--restart-max-attempts', '1', '--restart-delay', '100ms', 'busybox', 'sh', '-c', 'echo so long; exit 3')
  const apps = await firstWhere('both in trouble', wholeLists(cluster.watchApps()), (list) => {
    const [stuck, crash] = ['stuck', 'crash'].map((name) => list.find(({ ref }) => ref.name === name))
    return stuck?.health === 'failed' && crash?.health === 'failed' && { stuck, crash }
  })
  expect(apps.stuck.why).toMatchObject({ reason: 'Unschedulable', message: expect.stringMatching(/constraints do not hold on 3 nodes/) as string })
  expect(apps.crash.why?.message).toMatch(/exit code 3/)
  const waits = await firstWhere('the waiting task', wholeLists(cluster.watchInstances({ app: apps.stuck.ref })), ([task]) => task?.status === 'Pending' && task)
  expect(waits.perNode).toHaveLength(3)
  expect(waits.perNode[0]?.reason).toBe('the constraint node.labels.disk==ssd does not hold')
  const overview = await firstWhere('the overview', cluster.watchOverview(), (value) => value.apps.failed === 2 && value)
  expect(overview.problems.map(({ about }) => about.name).sort()).toEqual(['crash', 'stuck'])
  for (const { ref } of [apps.stuck, apps.crash]) await cluster.remove(ref)
  await firstWhere('both gone', wholeLists(cluster.watchApps()), (list) => list.every(({ ref }) => ref.namespace === 'shop'))
})

test('logs through the manager, of several tasks at once; a terminal in a task of another node', async () => {
  const tasks = await firstWhere('the tasks', wholeLists(cluster.watchInstances({ app: web })), (list) => running(list).length === 3 && running(list))
  const task = tasks.find(({ node }) => node === two.name)
  if (task === undefined) throw new Error('no task on the second server')
  const channel = cluster.exec({ instance: task.ref, container: 'web', command: ['sh', '-c', 'read line; echo "got $line on $(hostname)" | tee /proc/1/fd/1; exit 4'], columns: 80, rows: 24 })
  let screen = ''
  let exit: (TerminalOutput & { type: 'exit' }) | undefined
  const reading = (async () => {
    for await (const output of channel) {
      if (output.type === 'data') screen += output.data
      else exit = output
    }
  })()
  await channel.send({ type: 'data', data: 'a word\n' })
  await reading
  expect(screen).toContain('got a word on ')
  expect(exit?.code).toBe(4)
  const lines = await firstWhere('its log', cluster.logs({ instances: tasks.map(({ ref }) => ref), follow: true }), (batch) => batch.find(({ text }) => text.startsWith('got a word')))
  expect(lines.instance).toBe(task.ref.name)
  const usage = await firstWhere('its usage', cluster.watchUsage({ app: web }), (points) => points.find(({ memoryBytes }) => memoryBytes > 0))
  expect(usage.cpuMilli).toBeGreaterThanOrEqual(0)
})

test('a node is drained: the plan, the way, the end; then it takes tasks again', async () => {
  await docker(one, 'service', 'create', ...DNSRR, '--name', 'agent', '--mode', 'global', '--label', 'com.docker.stack.namespace=shop', 'busybox', 'sleep', '100000')
  await cluster.scale(web, 2)
  await firstWhere('the global one', wholeLists(cluster.watchApps()), (apps) => apps.every(({ health }) => health === 'healthy') && apps.some(({ ref, replicas }) => ref.name === 'agent' && replicas.ready === 3))
  const tasks = await firstWhere('two tasks', wholeLists(cluster.watchInstances({ app: web })), (list) => running(list).length === 2 && running(list))
  const victim = [two, three].find(({ name }) => tasks.some(({ node: at }) => at === name)) ?? two
  const others = [one, two, three].filter((host) => host !== victim)
  const node = nodeRef(victim.name)
  const plan = await cluster.drainPlan(node)
  expect(plan.elsewhere).toEqual(others.map(({ name }) => name).sort())
  expect(plan.pods.map(({ fate, ref }) => `${fate} ${ref.name.split('.')[0] ?? ''}`)).toContain('waits agent')
  expect(plan.pods.some(({ fate }) => fate === 'moves')).toBe(true)
  const end = await firstWhere('the end', cluster.drain(node), (progress) => progress.done && progress)
  expect(end.pods.map(({ state: how }) => how)).toEqual(plan.pods.map(() => 'ended'))
  const drained = await firstWhere('the drained node', wholeLists(cluster.watchNodes()), (nodes) => nodes.find(({ ref, schedulable }) => ref.name === victim.name && !schedulable))
  expect(drained).toMatchObject({ health: 'healthy', pods: 0, why: { reason: 'SchedulingDisabled' } })
  await firstWhere('both on the others', wholeLists(cluster.watchInstances({ app: web })), (list) => running(list).length === 2 && running(list).every(({ node: at }) => at !== victim.name))
  await cluster.cordon(node, false)
  await firstWhere('the global one again', wholeLists(cluster.watchApps()), (apps) => apps.some(({ ref, replicas }) => ref.name === 'agent' && replicas.ready === 3))
})

test('what Swarm has no word for is refused with a sentence', async () => {
  await expect(cluster.steer(web, 'promote')).rejects.toThrow(/no release by steps/)
  await expect(cluster.startWithoutData(web)).rejects.toThrow(/placement constraint/)
  await expect(cluster.pause(web, true)).rejects.toThrow(/cannot pause an update/)
  await expect(cluster.remove(nodeRef(two.name))).rejects.toThrow(/leave the swarm first/)
})

test('the only manager\'s Docker stops: the picture stays and says that it is old; it comes back by itself', async () => {
  const old = firstWhere('the old picture', cluster.watchOverview(), (value) => value.health === 'unknown' && value.problems[0]?.message.includes('Docker is not running') === true && value)
  await one.stopDocker()
  const overview = await old
  expect(overview.problems[0]?.reason).toBe('SwarmUnreachable')
  expect(overview.problems[0]?.message).toMatch(/how it was when it was last heard of/)
  expect(overview.nodes.total).toBe(3)
  await expect(cluster.scale(web, 1)).rejects.toThrow(/No manager is reached .*Docker is not running/)
  const back = firstWhere('the live picture', cluster.watchOverview(), (value) => value.health !== 'unknown' && state.now.source.state === 'live')
  await one.startDocker()
  await back
})

test('with three managers another one is asked when the first is gone', async () => {
  await docker(one, 'node', 'promote', two.name, three.name)
  await firstWhere('three managers', wholeLists(cluster.watchNodes()), (nodes) => nodes.every(({ conditions }) => conditions.some(({ type, ok }) => ok && (type === 'Manager' || type === 'Leader'))))
  const { source } = state.now
  const asked = lab.hosts.find(({ name }) => source.state === 'live' && source.manager === name)
  if (asked === undefined) throw new Error(`nobody is asked: ${JSON.stringify(source)}`)
  const moved = firstWhere('another manager', watchValue(state, systemClock, 10, () => state.now.source), (now) => now.state === 'live' && now.manager !== asked.name)
  await asked.stopDocker()
  await moved
  // The swarm goes on, and is changed through the other one.
  await cluster.scale(web, 1)
  await firstWhere('the change', cluster.watchApp(web), ({ replicas }) => replicas.desired === 1)
  expect((await state.api.service('shop_web')).Spec.Mode?.Replicated?.Replicas).toBe(1)
})
