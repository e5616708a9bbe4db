import { afterEach, beforeEach, expect, test } from 'vitest'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Leases, Nodes, Pods, RuntimeClasses } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import type { ContainerSpec, ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { simulatedRuntime } from '../simulated/simulated-runtime.ts'
import { startNodeAgent } from './node-agent.ts'
import type { NodeAgent } from './node-agent.ts'

let clock: FakeClock
let client: MemoryClient
let node: ReturnType<typeof simulatedRuntime>
let informers: SharedInformers
let agent: NodeAgent
let errors: unknown[]
let writes: number
let told: string[]

beforeEach(async () => {
  clock = new FakeClock()
  client = new MemoryClient(clock)
  errors = []
  writes = 0
  told = []
  client.intercept = (verb) => void (verb === 'updateStatus' && writes++)
  node = simulatedRuntime({ clusterId: 'c', clock, hostname: 'h', cpus: 2, memoryBytes: 2 ** 30, behaviours: { crashes: { runMs: 1000, exitCode: 3 }, stumbles: { runMs: 1, exitCode: 1 }, once: { runMs: 1000 }, slow: { stopMs: 500 } } })
  await begin()
})
afterEach(async () => {
  await end()
  expect(errors).toEqual([])
})

async function begin(remote = false): Promise<void> {
  const onError = (error: unknown): void => void errors.push(error)
  informers = new SharedInformers({ client, clock, onError })
  agent = startNodeAgent({
    client, informers, clock, onError, nodeName: 'n', clusterId: 'c', place: () => Promise.resolve({ address: '10.0.0.1', networks: [] }), runtime: node,
    host: { description: 'simulated', docker: {} as never, dial: () => Promise.reject(new Error('no network')), another: () => { throw new Error('no network') }, close: () => Promise.resolve() },
    recorder: { event: (_, type, reason, message) => void (type === 'Warning' && told.push(`${reason}: ${message}`)) }, remote,
  })
  await clock.advance(100)
}
async function end(): Promise<void> {
  await Promise.all([agent.stop(), informers.stop(), clock.advance(10)])
}
function create(name: string, image: string, restartPolicy = 'Always'): Promise<Frozen<Pod>> {
  return client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', restartPolicy, containers: [{ name: 'app', image }] } })
}
const pod = (name: string): Promise<Frozen<Pod>> => client.get(Pods, 'default', name)
const container = async (name: string): Promise<string> => {
  const uid = (await pod(name)).metadata.uid
  return (await node.containers.list()).find((c) => c.labels[DockerLabel.podUid] === uid && c.labels[DockerLabel.role] === 'app')?.id ?? ''
}

test('registers the node with its resources, network and heartbeat', async () => {
  const before = await client.get(Nodes, '', 'n')
  expect(before.status).toMatchObject({ capacity: { cpu: '2', memory: '1048576Ki', pods: '110' }, addresses: [{ type: 'InternalIP', address: '10.0.0.1' }, { type: 'Hostname', address: 'n' }] })
  expect(before.spec.podCIDR).toBe('10.244.1.0/24')
  const renewed = async (): Promise<unknown> => (await client.get(Leases, 'kube-node-lease', 'n')).spec?.renewTime
  await clock.advance(10_000)
  const first = await renewed()
  await clock.advance(10_000)
  expect(await renewed()).not.toBe(first)
  expect(await client.get(Nodes, '', 'n')).toBe(before)
  await clock.advance(300_000)
  const after = await client.get(Nodes, '', 'n')
  expect(after.status?.conditions?.[0]?.lastHeartbeatTime).not.toBe(before.status?.conditions?.[0]?.lastHeartbeatTime)
  expect(after.status?.conditions?.[0]?.lastTransitionTime).toBe(before.status?.conditions?.[0]?.lastTransitionTime)
})

test('two hundred pods run with an address each, and nothing is written while nothing happens', async () => {
  await client.patch(Nodes, '', 'n', 'application/merge-patch+json', { status: { allocatable: { pods: '200' } } }, 'status')
  await Promise.all(Array.from({ length: 200 }, (_, i) => create(`p${String(i)}`, 'steady')))
  await clock.advance(1000)
  const { items } = await client.list(Pods)
  expect(items.filter((p) => p.status?.phase === 'Running')).toHaveLength(200)
  expect(new Set(items.map((p) => p.status?.podIP)).size).toBe(200)
  writes = 0
  await clock.advance(60_000)
  expect(writes).toBe(0)
})

test('a container killed by hand is started again, at once when it ran well, once', async () => {
  await create('p', 'steady')
  await clock.advance(10_500)
  node.containers.kill(await container('p'), true)
  await clock.advance(0)
  await clock.advance(0)
  expect((await pod('p')).status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true, lastState: { terminated: { exitCode: 137, reason: 'Error' } } })
})

test.each(['app', 'sandbox'])('a killed %s is started again before the runtime has answered any question, and is unready meanwhile', async (role) => {
  await create('p', 'steady')
  await clock.advance(10_500)
  const victim = (await node.containers.list()).find((c) => c.labels[DockerLabel.role] === role)?.id ?? ''
  const ready: (boolean | undefined)[] = []
  const removeHandler = informers.for(Pods).addHandler({ onUpdate: (p) => void ready.push(p.status?.containerStatuses?.[0]?.ready) })
  let answer: (nothing: undefined) => void = () => undefined
  const silence = new Promise<undefined>((resolve) => (answer = resolve))
  node.containers.inspect = () => silence
  node.containers.kill(victim, true)
  await clock.advance(0)
  expect((await node.containers.list()).find((c) => c.id === victim)?.state).toBe('running')
  expect(ready[0]).toBe(false)
  answer(undefined)
  removeHandler()
})

test('a pod that must end ends: Succeeded, and its sandbox goes down', async () => {
  await create('p', 'once', 'OnFailure')
  await clock.advance(2000)
  expect((await pod('p')).status?.phase).toBe('Succeeded')
  expect((await node.containers.list()).map((c) => c.state)).toEqual(['exited', 'exited'])
})

test('a pod of a job ends though its sidecars run: they end after it, the last one first, and only then it has succeeded', async () => {
  const side = (name: string): object => ({ name, image: 'slow', restartPolicy: 'Always' })
  await client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'n', restartPolicy: 'Never', initContainers: [side('first'), side('second')] as never, containers: [{ name: 'app', image: 'once' }] },
  })
  const running = async (): Promise<string[]> => (await node.containers.list()).filter((c) => c.state === 'running' && c.labels[DockerLabel.role] !== 'sandbox').map((c) => c.labels[DockerLabel.container] ?? '').sort()
  await clock.advance(200)
  expect(await running()).toEqual(['app', 'first', 'second'])
  expect((await pod('p')).status?.phase).toBe('Running')
  await clock.advance(1000)
  expect([await running(), (await pod('p')).status?.phase]).toEqual([['first', 'second'], 'Running'])
  await clock.advance(500)
  expect([await running(), (await pod('p')).status?.phase]).toEqual([['first'], 'Running'])
  await clock.advance(500)
  expect([await running(), (await pod('p')).status?.phase]).toEqual([[], 'Succeeded'])
  await clock.advance(60_000)
  expect([await running(), (await pod('p')).status?.initContainerStatuses?.map((s) => s.restartCount)]).toEqual([[], [0, 0]])
})

test('a container that is put into a living pod runs once, counts for nothing, and never comes again', async () => {
  await create('p', 'steady')
  await clock.advance(200)
  const putIn = async (name: string, image: string): Promise<void> => {
    const now = await pod('p')
    await client.update(Pods, { ...now, spec: { ...now.spec, ephemeralContainers: [...(now.spec.ephemeralContainers ?? []), { name, image, targetContainerName: 'app' }] } })
  }
  await putIn('look', 'crashes')
  await putIn('stay', 'steady')
  await clock.advance(500)
  const statuses = async (): Promise<unknown> => (await pod('p')).status?.ephemeralContainerStatuses
  expect(await statuses()).toMatchObject([{ name: 'look', ready: false, state: { running: {} } }, { name: 'stay', state: { running: {} } }])
  await clock.advance(5000)
  const over = { name: 'look', restartCount: 0, state: { terminated: { exitCode: 3 } } }
  expect([await statuses(), (await pod('p')).status?.phase, (await pod('p')).status?.containerStatuses?.[0]?.ready]).toMatchObject([[over, {}], 'Running', true])
  const id = (await node.containers.list()).find((c) => c.labels[DockerLabel.container] === 'look')?.id ?? ''
  await node.containers.remove(id)
  await clock.advance(1000)
  await end()
  await begin()
  await clock.advance(5000)
  expect((await node.containers.list()).some((c) => c.labels[DockerLabel.container] === 'look')).toBe(false)
  expect(await statuses()).toMatchObject([over, { state: { running: {} } }])
  await client.delete(Pods, 'default', 'p')
  await clock.advance(5000)
  expect(await node.containers.list()).toEqual([])
})

test('a pod that sets a kernel parameter which is not allowed is refused, said in its status and an event, and nothing of it is made', async () => {
  const spec = { nodeName: 'n', securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] }, containers: [{ name: 'app', image: 'steady' }] }
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec })
  await clock.advance(500)
  const why = 'forbidden sysctl: "kernel.msgmax" not allowlisted (the node\'s annotation toque.dev/allowed-unsafe-sysctls can allow it)'
  expect((await pod('p')).status).toEqual({ phase: 'Failed', reason: 'SysctlForbidden', message: `Pod was rejected: ${why}`, startTime: expect.any(String) as string, qosClass: 'BestEffort', conditions: [] })
  expect(told).toEqual([`SysctlForbidden: ${why}`])
  expect(await node.containers.list()).toEqual([])
})

test('a pod that is evicted ends for good with the reason, in a second or two whatever time it would have; not twice, and not one that has failed', async () => {
  await create('p', 'steady')
  await clock.advance(500)
  const { uid } = (await pod('p')).metadata
  agent.evict(uid, 'It takes too much. ')
  agent.evict(uid, 'It takes too much. ')
  agent.evict('nobody', 'It takes too much. ')
  await clock.advance(3000)
  expect((await pod('p')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'It takes too much. ', containerStatuses: [{ state: { terminated: {} } }] })
  expect(told).toEqual(['Evicted: It takes too much. '])
  await end()
  await begin()
  await clock.advance(5000)
  expect((await pod('p')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
})

test('a pod that somebody holds says how it ended before nothing is left of it, also to an engine that comes later', async () => {
  await create('p', 'slow')
  await clock.advance(200)
  const now = await pod('p')
  await client.update(Pods, { ...now, metadata: { ...now.metadata, finalizers: ['batch.kubernetes.io/job-tracking'] } })
  await client.delete(Pods, 'default', 'p', { gracePeriodSeconds: 5 })
  await clock.advance(1000)
  const last = await pod('p')
  expect(told).toEqual([])
  expect(last.status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] })
  expect(last.metadata.deletionGracePeriodSeconds).toBe(0)
  expect(await node.containers.list()).toEqual([])
  await end()
  await begin()
  await clock.advance(5000)
  expect((await pod('p')).status).toEqual(last.status)
})

test('a crash loop is said, counted, and goes on over an engine restart without a start too many', async () => {
  await create('p', 'crashes')
  await clock.advance(10_000)
  const before = (await pod('p')).status?.containerStatuses?.[0]
  expect(before?.restartCount).toBeGreaterThan(2)
  // One for each death but the first, all in the same words, so that they are one Event with a count.
  expect(told.length).toBeGreaterThanOrEqual((before?.restartCount ?? 0) - 1)
  expect(new Set(told)).toEqual(new Set(['BackOff: Back-off restarting failed container app: it ends soon after each start, its log says why']))
  await end()
  await begin()
  const after = (await pod('p')).status?.containerStatuses?.[0]
  expect((after?.restartCount ?? 0) - (before?.restartCount ?? 0)).toBeLessThanOrEqual(1)
  const id = await container('p')
  for (let i = 0; i < 100 && (await node.containers.inspect(id))?.state !== 'restarting'; i++) await clock.advance(100)
  await clock.advance(1)
  expect((await pod('p')).status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff')
})

test('deleting a pod removes everything of it and frees its address', async () => {
  await create('p', 'steady')
  await clock.advance(100)
  await client.delete(Pods, 'default', 'p')
  await clock.advance(100)
  expect(await node.containers.list()).toEqual([])
  expect((await client.list(Pods)).items).toEqual([])
})

test('with Docker away an action is tried about once a second, and does its work when Docker is back', async () => {
  let tries = 0
  const { create: real } = node.containers
  node.containers.create = () => {
    tries++
    return Promise.reject(new DockerUnreachableError('Docker is not running'))
  }
  await create('p', 'steady')
  await clock.advance(10_000)
  expect(tries).toBeGreaterThan(5)
  expect(tries).toBeLessThan(25)
  node.containers.create = real.bind(node.containers)
  await clock.advance(2000)
  expect((await pod('p')).status?.phase).toBe('Running')
})

test('a pod that a full disk kept from starting waits longer and longer, and is tried at once when there is room', async () => {
  const original = node.containers.create.bind(node.containers)
  let tries = 0
  node.containers.create = () => {
    tries++
    return Promise.reject(new Error('write /var/lib/docker/x: no space left on device'))
  }
  await create('p', 'steady')
  // Tried after 1, 3, 7, 15 and 31 s, and then after 63.
  await clock.advance(40_000)
  expect((await pod('p')).status?.phase).toBe('Pending')
  expect(told.at(-1)).toMatch(/The node's disk is full/)
  const before = tries
  await clock.advance(10_000)
  expect(tries).toBe(before)
  node.containers.create = original
  agent.roomMade()
  await clock.advance(100)
  expect((await pod('p')).status?.phase).toBe('Running')
})

test('a Docker that hangs makes the node unready, and its heart beats on', async () => {
  const { ping } = node.resources
  node.resources.ping = () => new Promise(() => undefined)
  await clock.advance(16_000)
  const ready = async (): Promise<unknown> => (await client.get(Nodes, '', 'n')).status?.conditions?.[0]
  expect(await ready()).toMatchObject({ type: 'Ready', status: 'False', reason: 'DockerUnreachable' })
  node.resources.ping = ping.bind(node.resources)
  await clock.advance(11_000)
  expect(await ready()).toMatchObject({ status: 'True' })
})

test('an engine that starts takes back the silence that the one before it heard, and hears of one that came while none ran', async () => {
  const responding = async (): Promise<unknown> => (await client.get(Nodes, '', 'n')).status?.conditions?.find((c) => c.type === 'toque.dev/Responding')?.status
  const { ping, info } = node.resources
  await end()
  const silent = new DockerUnreachableError('no route')
  Object.defineProperty(silent, 'silent', { value: true })
  node.resources.ping = () => Promise.reject(silent)
  node.resources.info = () => Promise.reject(silent)
  await begin(true)
  expect(await responding()).toBe('False')
  await end()
  node.resources.ping = ping.bind(node.resources)
  node.resources.info = info.bind(node.resources)
  await begin(true)
  expect(await responding()).toBe('True')
})

test('a server that was switched off: its pods are looked at before it is said to be back', async () => {
  await end()
  let deaf = false
  const follow = node.containers.follow.bind(node.containers)
  node.containers.follow = (handler, signal) => follow({ ...handler, onEvent: (event) => { if (!deaf) handler.onEvent(event) } }, signal)
  await begin(true)
  await create('p', 'steady', 'Never')
  await clock.advance(2000)
  const ready = async (): Promise<unknown> => (await pod('p')).status?.conditions?.find((c) => c.type === 'Ready')?.status
  expect(await ready()).toBe('True')

  const { ping } = node.resources
  const silent = new DockerUnreachableError('no route')
  Object.defineProperty(silent, 'silent', { value: true })
  node.resources.ping = () => Promise.reject(silent)
  deaf = true
  await clock.advance(2000)
  node.containers.kill(await container('p'), true)
  // Somebody else marks the pod; nothing is known that could be said against it.
  const marked = await pod('p')
  await client.updateStatus(Pods, { ...marked, status: { ...marked.status, conditions: [{ type: 'Ready', status: 'False', reason: 'NodeNotReporting' }] } })
  await clock.advance(2000)
  expect(await ready()).toBe('False')

  const said: unknown[] = []
  informers.for(Nodes).addHandler({ onUpdate: (n) => void said.push([n.status?.conditions?.find((c) => c.type === 'toque.dev/Responding')?.status, informers.for(Pods).lister.get('default', 'p')?.status?.phase]) })
  node.resources.ping = ping.bind(node.resources)
  await clock.advance(3000)
  expect(said[0]).toEqual(['Unknown', 'Running'])
  expect(said.at(-1)).toEqual(['True', 'Failed'])
  expect(said).not.toContainEqual(['True', 'Running'])
})

test.each([['after a while', 'crashes', 100], ['at once, its start told late', 'stumbles', 60]])('a run that is over before Docker answers about the one before is counted, once: %s', async (_, image, afterMs) => {
  const { inspect } = node.containers
  let late = true
  node.containers.inspect = async (id) => {
    const now = await inspect.call(node.containers, id)
    if (!late || now?.state !== 'restarting' || now.finishedAt === undefined) return now
    late = false
    // What Docker's own restart made meanwhile; its events come after this answer.
    return { ...now, state: 'exited', startedAt: now.finishedAt + afterMs, finishedAt: now.finishedAt + 150, exitCode: 0 }
  }
  await create('p', image, 'OnFailure')
  await clock.advance(1050)
  expect(late).toBe(false)
  expect((await pod('p')).status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ restartCount: 1, state: { terminated: { exitCode: 0 } } }] })
})

/** A container that runs, and what Docker tells and answers of it from `at` on, whatever it does. */
async function retold(): Promise<{ at: number; tell: (type: 'start' | 'die', time: number, exitCode?: number) => void; answer: (seen: Partial<ObservedContainer> | undefined) => void; status: () => Promise<unknown> }> {
  const { inspect } = node.containers
  await create('p', 'steady')
  await clock.advance(200)
  const id = await container('p')
  const handlers: ((event: RuntimeEvent) => void)[] = []
  const labels = (await inspect.call(node.containers, id))?.labels ?? {}
  await end()
  const follow = node.containers.follow.bind(node.containers)
  node.containers.follow = (handler, signal) => {
    handlers.push((event) => handler.onEvent(event))
    return follow(handler, signal)
  }
  await begin()
  let answered: Partial<ObservedContainer> | undefined
  node.containers.inspect = async (asked) => {
    const now = await inspect.call(node.containers, asked)
    return asked === id && now !== undefined ? { ...now, ...answered } : now
  }
  return {
    at: clock.now(),
    tell: (type, time, exitCode) => handlers.forEach((handle) => handle({ type, id, labels, time, ...(exitCode === undefined ? {} : { exitCode }) })),
    answer: (seen) => void (answered = seen),
    status: async () => (await pod('p')).status?.containerStatuses?.[0],
  }
}

test('Docker answers about a run when the one after the next is under way: both that ended are counted, and it is not said to crash on', async () => {
  const { at, tell, answer, status } = await retold()
  answer({ state: 'running', startedAt: at + 1500, finishedAt: at + 1300, exitCode: 0 })
  tell('die', at + 1000, 1)
  await clock.advance(0)
  tell('start', at + 1200)
  tell('die', at + 1300, 0)
  tell('start', at + 1501)
  await clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 2, ready: true, state: { running: {} }, lastState: { terminated: { exitCode: 0 } } })
})

test.each([['', 1120], [', and the run was so short that Docker has its end before its start', 1080]])('a start is told later than the end of its run was seen, by more than a restart takes%s: it is one run', async (_, endMs) => {
  const { at, tell, answer, status } = await retold()
  answer({ state: 'restarting', startedAt: at + 1100, finishedAt: at + endMs, exitCode: 2 })
  tell('die', at + 1000, 1)
  tell('start', at + 1300)
  tell('die', at + 1120, 2)
  await clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 1, ready: false, lastState: { terminated: { exitCode: 2 } } })
  // The next one is another.
  answer({ state: 'running', startedAt: at + 1320, finishedAt: at + 1120, exitCode: 2 })
  tell('start', at + 1330)
  await clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 2, ready: true, state: { running: {} }, lastState: { terminated: { exitCode: 2 } } })
})

test('a start is told when the run after it is over, too: all three are counted', async () => {
  const { at, tell, answer, status } = await retold()
  answer({ state: 'restarting', finishedAt: at + 1000, exitCode: 1 })
  tell('die', at + 1000, 1)
  await clock.advance(0)
  answer({ state: 'running', startedAt: at + 1400, finishedAt: at + 1250, exitCode: 2 })
  tell('start', at + 1110)
  tell('die', at + 1250, 2)
  tell('start', at + 1410)
  await clock.advance(0)
  expect(await status()).toMatchObject({ restartCount: 2, ready: true, state: { running: {} }, lastState: { terminated: { exitCode: 2 } } })
})

test('a failed probe stops a container in the time that it gives, not in the pod\'s', async () => {
  const graces: number[] = []
  const original = node.containers.stop.bind(node.containers)
  node.containers.stop = (id, grace) => {
    graces.push(grace)
    return original(id, grace)
  }
  const probed = (name: string, more: object): Promise<unknown> => client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' },
    spec: { nodeName: 'n', terminationGracePeriodSeconds: 40, containers: [{ name: 'app', image: 'steady', livenessProbe: { exec: { command: ['false'] }, initialDelaySeconds: 1, failureThreshold: 1, ...more } }] },
  })
  await probed('own', { terminationGracePeriodSeconds: 5 })
  await clock.advance(1500)
  await probed('pods', {})
  await clock.advance(1500)
  expect([graces[0], graces.at(-1)]).toEqual([5, 40])
})

test('how a container ended is said together with its last words', async () => {
  const said: unknown[] = []
  let answer: (words: { content: Uint8Array; modifiedAt: number }) => void = () => undefined
  node.streams.readFile = () => new Promise((resolve) => (answer = resolve))
  await create('p', 'once', 'Never')
  const stop = informers.for(Pods).addHandler({ onUpdate: ({ status }) => void said.push(status?.containerStatuses?.[0]?.state?.terminated?.message ?? status?.phase) })
  await clock.advance(1500)
  expect(said.at(-1)).toBe('Running')
  answer({ content: Buffer.from('done'), modifiedAt: clock.now() })
  await clock.advance(10)
  stop()
  expect(said.at(-1)).toBe('done')
  expect(said).not.toContain('Succeeded')
})

test('a sub-path that lacks a value waits, and is made as soon as the pod says it', async () => {
  const env = [{ name: 'SUB', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['sub']" } } }]
  const containers = [{ name: 'app', image: 'steady', env, volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: '$(SUB)' }] }]
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', containers, volumes: [{ name: 'v', emptyDir: {} }] } })
  await clock.advance(20_000)
  expect((await pod('p')).status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'CreateContainerConfigError', message: 'the sub-path "$(SUB)" of volume "v" needs a value for SUB' } } }] })
  const now = await pod('p')
  await client.update(Pods, { ...now, metadata: { ...now.metadata, annotations: { sub: 'mine' } } })
  await clock.advance(100)
  expect((await pod('p')).status?.phase).toBe('Running')
})

test('a pod is run by what its RuntimeClass names, whole; without the class it says so', async () => {
  const specs: ContainerSpec[] = []
  const original = node.containers.create.bind(node.containers)
  node.containers.create = (spec) => {
    specs.push(spec)
    return original(spec)
  }
  const withClass = (name: string): Promise<unknown> => client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', runtimeClassName: 'gvisor', containers: [{ name: 'app', image: 'steady' }] } })
  await withClass('early')
  await clock.advance(500)
  expect(told.at(-1)).toBe('FailedCreatePodSandBox: RuntimeClass "gvisor" not found: make it again, or delete the pod')
  expect(specs).toEqual([])
  await client.create(RuntimeClasses, { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runsc' })
  await withClass('p')
  await clock.advance(100)
  expect(specs.map(({ handler }) => handler)).toEqual(['runsc', 'runsc'])
  await create('plain', 'steady')
  await clock.advance(100)
  expect(specs.slice(2).map(({ handler }) => handler)).toEqual([undefined, undefined])
})

test('what waits in a pod with init containers waits for the pod, themselves among it', async () => {
  const initContainers = [{ name: 'first', image: 'crashes' }, { name: 'second', image: 'once' }]
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', initContainers, containers: [{ name: 'app', image: 'steady' }] } })
  await clock.advance(500)
  const { initContainerStatuses = [], containerStatuses = [] } = (await pod('p')).status ?? {}
  expect([initContainerStatuses[1], containerStatuses[0]].map((s) => s?.state)).toEqual([{ waiting: { reason: 'PodInitializing' } }, { waiting: { reason: 'PodInitializing' } }])
})

test('an init container is ready when it is over, not while it runs', async () => {
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', initContainers: [{ name: 'first', image: 'slow' }], containers: [{ name: 'app', image: 'steady' }] } })
  await clock.advance(500)
  const { initContainerStatuses = [], conditions = [] } = (await pod('p')).status ?? {}
  expect(initContainerStatuses[0]).toMatchObject({ ready: false, state: { running: {} } })
  expect(conditions.find(({ type }) => type === 'Initialized')?.message).toBe('containers with incomplete status: [first]')
})

test('a Docker that was emptied gets the same network again', async () => {
  const { podNetwork, createPodNetwork } = node.resources
  const made: string[] = []
  node.resources.createPodNetwork = (cidr, mtu) => {
    made.push(cidr)
    node.resources.podNetwork = podNetwork.bind(node.resources)
    return createPodNetwork.call(node.resources, cidr, mtu)
  }
  await clock.advance(120_000)
  expect(made).toEqual([])
  node.resources.podNetwork = () => Promise.resolve(undefined)
  await clock.advance(61_000)
  expect(made).toEqual(['10.244.1.0/24'])
})

test('a pod whose object vanished is ended too', async () => {
  await create('p', 'steady')
  await clock.advance(100)
  await client.delete(Pods, 'default', 'p', { gracePeriodSeconds: 0 })
  await clock.advance(100)
  expect(await node.containers.list()).toEqual([])
})

test('a token in a pod is replaced in its time, without a restart and without a look at what has not changed', async () => {
  const archives: string[] = []
  const unpack = node.streams.unpack.bind(node.streams)
  node.streams.unpack = (id, tar) => {
    archives.push(tar.toString('latin1'))
    return unpack(id, tar)
  }
  const volumes = [{ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } }]
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', serviceAccountName: 'robot', volumes, containers: [{ name: 'app', image: 'steady' }] } })
  await clock.advance(1000)
  const begun = (await node.containers.list()).map((c) => c.id)
  expect(archives.map((archive) => /token \d+ of robot for /.exec(archive)?.[0])).toEqual(['token 1 of robot for '])
  writes = 0
  await clock.advance(2800_000)
  expect(archives.length).toBe(1)
  await clock.advance(100_000)
  expect(archives.map((archive) => /token \d+ of robot for /.exec(archive)?.[0])).toEqual(['token 1 of robot for ', 'token 2 of robot for '])
  await clock.advance(2 * 2890_000)
  expect(archives.length).toBe(4)
  expect([(await node.containers.list()).map((c) => c.id), told]).toEqual([begun, []])
})

test('a pod that did not ask the scheduler is turned away where its port is taken, and one that runs stays', async () => {
  const withPort = (name: string): Promise<Frozen<Pod>> => client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', containers: [{ name: 'app', image: 'steady', ports: [{ containerPort: 80, hostPort: 8080 }] }] },
  })
  await withPort('first')
  await withPort('second')
  await clock.advance(1000)
  expect((await pod('first')).status?.phase).toBe('Running')
  expect((await pod('second')).status).toMatchObject({ phase: 'Failed', reason: 'NodePorts' })
  expect(told).toEqual([expect.stringContaining('NodePorts: Predicate NodePorts failed')])
  const running = (await node.containers.list()).map((c) => c.id)
  // Another engine takes it over as it is.
  await end()
  await begin()
  await clock.advance(1000)
  expect([(await pod('first')).status?.phase, (await node.containers.list()).map((c) => c.id)]).toEqual(['Running', running])
  // Its port is free as soon as it is gone.
  await client.delete(Pods, 'default', 'first')
  await clock.advance(60_000)
  await withPort('third')
  await clock.advance(1000)
  expect((await pod('third')).status?.phase).toBe('Running')
})
