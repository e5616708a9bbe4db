import { expect, test } from 'vitest'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { Pods, RuntimeClasses } from '../../../common/kube/kinds.ts'
import type { ContainerSpec } from '../container-runtime.ts'
import type { SimulatedNode } from '../testing/simulated-node.ts'
import { onSimulatedNode } from '../testing/simulated-node.ts'

let s: SimulatedNode
onSimulatedNode((node) => (s = node))

test('a pod that must end ends: Succeeded, and its sandbox goes down', async () => {
  await s.create('p', 'once', 'OnFailure')
  await s.clock.advance(2000)
  expect((await s.pod('p')).status?.phase).toBe('Succeeded')
  expect((await s.node.containers.list()).map((c) => c.state)).toEqual(['exited', 'exited'])
})

test('a pod of a job ends though its sidecars run: they end after it, the last one first, and only then it has succeeded', async () => {
  const side = (name: string): object => ({ name, image: 'slow', restartPolicy: 'Always' })
  await s.client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'n', restartPolicy: 'Never', initContainers: [side('first'), side('second')] as never, containers: [{ name: 'app', image: 'once' }] },
  })
  const running = async (): Promise<string[]> => (await s.node.containers.list()).filter((c) => c.state === 'running' && c.labels[DockerLabel.role] !== 'sandbox').map((c) => c.labels[DockerLabel.container] ?? '').sort()
  await s.clock.advance(200)
  expect(await running()).toEqual(['app', 'first', 'second'])
  expect((await s.pod('p')).status?.phase).toBe('Running')
  await s.clock.advance(1000)
  expect([await running(), (await s.pod('p')).status?.phase]).toEqual([['first', 'second'], 'Running'])
  await s.clock.advance(500)
  expect([await running(), (await s.pod('p')).status?.phase]).toEqual([['first'], 'Running'])
  await s.clock.advance(500)
  expect([await running(), (await s.pod('p')).status?.phase]).toEqual([[], 'Succeeded'])
  await s.clock.advance(60_000)
  expect([await running(), (await s.pod('p')).status?.initContainerStatuses?.map((s) => s.restartCount)]).toEqual([[], [0, 0]])
})

test('a container that is put into a living pod runs once, counts for nothing, and never comes again', async () => {
  await s.create('p', 'steady')
  await s.clock.advance(200)
  const putIn = async (name: string, image: string): Promise<void> => {
    const now = await s.pod('p')
    await s.client.update(Pods, { ...now, spec: { ...now.spec, ephemeralContainers: [...(now.spec.ephemeralContainers ?? []), { name, image, targetContainerName: 'app' }] } })
  }
  await putIn('look', 'crashes')
  await putIn('stay', 'steady')
  await s.clock.advance(500)
  const statuses = async (): Promise<unknown> => (await s.pod('p')).status?.ephemeralContainerStatuses
  expect(await statuses()).toMatchObject([{ name: 'look', ready: false, state: { running: {} } }, { name: 'stay', state: { running: {} } }])
  await s.clock.advance(5000)
  const over = { name: 'look', restartCount: 0, state: { terminated: { exitCode: 3 } } }
  expect([await statuses(), (await s.pod('p')).status?.phase, (await s.pod('p')).status?.containerStatuses?.[0]?.ready]).toMatchObject([[over, {}], 'Running', true])
  const id = (await s.node.containers.list()).find((c) => c.labels[DockerLabel.container] === 'look')?.id ?? ''
  await s.node.containers.remove(id)
  await s.clock.advance(1000)
  await s.end()
  await s.begin()
  await s.clock.advance(5000)
  expect((await s.node.containers.list()).some((c) => c.labels[DockerLabel.container] === 'look')).toBe(false)
  expect(await statuses()).toMatchObject([over, { state: { running: {} } }])
  await s.client.delete(Pods, 'default', 'p')
  await s.clock.advance(5000)
  expect(await s.node.containers.list()).toEqual([])
})

test('a pod that sets a kernel parameter which is not allowed is refused, said in its status and an event, and nothing of it is made', async () => {
  const spec = { nodeName: 'n', securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] }, containers: [{ name: 'app', image: 'steady' }] }
  await s.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec })
  await s.clock.advance(500)
  const why = 'forbidden sysctl: "kernel.msgmax" not allowlisted (the node\'s annotation toque.dev/allowed-unsafe-sysctls can allow it)'
  expect((await s.pod('p')).status).toEqual({ phase: 'Failed', reason: 'SysctlForbidden', message: `Pod was rejected: ${why}`, startTime: expect.any(String) as string, qosClass: 'BestEffort', conditions: [] })
  expect(s.told).toEqual([`SysctlForbidden: ${why}`])
  expect(await s.node.containers.list()).toEqual([])
})

test('a pod that is evicted ends for good with the reason, in a second or two whatever time it would have; not twice, and not one that has failed', async () => {
  await s.create('p', 'steady')
  await s.clock.advance(500)
  const { uid } = (await s.pod('p')).metadata
  s.agent.evict(uid, 'It takes too much. ')
  s.agent.evict(uid, 'It takes too much. ')
  s.agent.evict('nobody', 'It takes too much. ')
  await s.clock.advance(3000)
  expect((await s.pod('p')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'It takes too much. ', containerStatuses: [{ state: { terminated: {} } }] })
  expect(s.told).toEqual(['Evicted: It takes too much. '])
  await s.end()
  await s.begin()
  await s.clock.advance(5000)
  expect((await s.pod('p')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
})

test('a pod that somebody holds says how it ended before nothing is left of it, also to an engine that comes later', async () => {
  await s.create('p', 'slow')
  await s.clock.advance(200)
  const now = await s.pod('p')
  await s.client.update(Pods, { ...now, metadata: { ...now.metadata, finalizers: ['batch.kubernetes.io/job-tracking'] } })
  await s.client.delete(Pods, 'default', 'p', { gracePeriodSeconds: 5 })
  await s.clock.advance(1000)
  const last = await s.pod('p')
  expect(s.told).toEqual([])
  expect(last.status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] })
  expect(last.metadata.deletionGracePeriodSeconds).toBe(0)
  expect(await s.node.containers.list()).toEqual([])
  await s.end()
  await s.begin()
  await s.clock.advance(5000)
  expect((await s.pod('p')).status).toEqual(last.status)
})

test('deleting a pod removes everything of it and frees its address', async () => {
  await s.create('p', 'steady')
  await s.clock.advance(100)
  await s.client.delete(Pods, 'default', 'p')
  await s.clock.advance(100)
  expect(await s.node.containers.list()).toEqual([])
  expect((await s.client.list(Pods)).items).toEqual([])
})

test('a failed probe stops a container in the time that it gives, not in the pod\'s', async () => {
  const graces: number[] = []
  const original = s.node.containers.stop.bind(s.node.containers)
  s.node.containers.stop = (id, grace) => {
    graces.push(grace)
    return original(id, grace)
  }
  const probed = (name: string, more: object): Promise<unknown> => s.client.create(Pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' },
    spec: { nodeName: 'n', terminationGracePeriodSeconds: 40, containers: [{ name: 'app', image: 'steady', livenessProbe: { exec: { command: ['false'] }, initialDelaySeconds: 1, failureThreshold: 1, ...more } }] },
  })
  await probed('own', { terminationGracePeriodSeconds: 5 })
  await s.clock.advance(1500)
  await probed('pods', {})
  await s.clock.advance(1500)
  expect([graces[0], graces.at(-1)]).toEqual([5, 40])
})

test('a pod whose image is changed stays as it is for a second', async () => {
  await s.create('p', 'steady')
  await s.clock.advance(1500)
  const now = await s.client.get(Pods, 'default', 'p')
  await s.client.update(Pods, { ...now, spec: { ...now.spec, containers: [{ ...now.spec.containers[0], name: 'app', image: 'steady:2' }] } })
  await s.clock.advance(900)
  const read = async (): Promise<unknown> => {
    const { status } = await s.client.get(Pods, 'default', 'p')
    return [status?.conditions?.find(({ type }) => type === 'Ready')?.status, status?.containerStatuses?.[0]?.restartCount]
  }
  expect(await read()).toEqual(['True', 0])
  await s.clock.advance(5_000)
  expect(await read()).toEqual(['True', 1])
})

test('how a container ended is said together with its last words', async () => {
  const said: unknown[] = []
  let answer: (words: { content: Uint8Array; modifiedAt: number }) => void = () => undefined
  s.node.streams.readFile = () => new Promise((resolve) => (answer = resolve))
  await s.create('p', 'once', 'Never')
  const stop = s.informers.for(Pods).addHandler({ onUpdate: ({ status }) => void said.push(status?.containerStatuses?.[0]?.state?.terminated?.message ?? status?.phase) })
  await s.clock.advance(1500)
  expect(said.at(-1)).toBe('Running')
  answer({ content: Buffer.from('done'), modifiedAt: s.clock.now() })
  await s.clock.advance(10)
  stop()
  expect(said.at(-1)).toBe('done')
  expect(said).not.toContain('Succeeded')
})

test('a sub-path that lacks a value waits, and is made as soon as the pod says it', async () => {
  const env = [{ name: 'SUB', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['sub']" } } }]
  const containers = [{ name: 'app', image: 'steady', env, volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: '$(SUB)' }] }]
  await s.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', containers, volumes: [{ name: 'v', emptyDir: {} }] } })
  await s.clock.advance(20_000)
  expect((await s.pod('p')).status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'CreateContainerConfigError', message: 'the sub-path "$(SUB)" of volume "v" needs a value for SUB' } } }] })
  const now = await s.pod('p')
  await s.client.update(Pods, { ...now, metadata: { ...now.metadata, annotations: { sub: 'mine' } } })
  await s.clock.advance(100)
  expect((await s.pod('p')).status?.phase).toBe('Running')
})

test('a pod is run by what its RuntimeClass names, whole; without the class it says so', async () => {
  const specs: ContainerSpec[] = []
  const original = s.node.containers.create.bind(s.node.containers)
  s.node.containers.create = (spec) => {
    specs.push(spec)
    return original(spec)
  }
  const withClass = (name: string): Promise<unknown> => s.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', runtimeClassName: 'gvisor', containers: [{ name: 'app', image: 'steady' }] } })
  await withClass('early')
  await s.clock.advance(500)
  expect(s.told.at(-1)).toBe('FailedCreatePodSandBox: RuntimeClass "gvisor" not found: make it again, or delete the pod')
  expect(specs).toEqual([])
  await s.client.create(RuntimeClasses, { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runsc' })
  await withClass('p')
  await s.clock.advance(100)
  expect(specs.map(({ handler }) => handler)).toEqual(['runsc', 'runsc'])
  await s.create('plain', 'steady')
  await s.clock.advance(100)
  expect(specs.slice(2).map(({ handler }) => handler)).toEqual([undefined, undefined])
})

test('what waits in a pod with init containers waits for the pod, themselves among it', async () => {
  const initContainers = [{ name: 'first', image: 'crashes' }, { name: 'second', image: 'once' }]
  await s.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', initContainers, containers: [{ name: 'app', image: 'steady' }] } })
  await s.clock.advance(500)
  const { initContainerStatuses = [], containerStatuses = [] } = (await s.pod('p')).status ?? {}
  expect([initContainerStatuses[1], containerStatuses[0]].map((s) => s?.state)).toEqual([{ waiting: { reason: 'PodInitializing' } }, { waiting: { reason: 'PodInitializing' } }])
})

test('an init container is ready when it is over, not while it runs', async () => {
  await s.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', initContainers: [{ name: 'first', image: 'slow' }], containers: [{ name: 'app', image: 'steady' }] } })
  await s.clock.advance(500)
  const { initContainerStatuses = [], conditions = [] } = (await s.pod('p')).status ?? {}
  expect(initContainerStatuses[0]).toMatchObject({ ready: false, state: { running: {} } })
  expect(conditions.find(({ type }) => type === 'Initialized')?.message).toBe('containers with incomplete status: [first]')
})

test('a pod whose object vanished is ended too', async () => {
  await s.create('p', 'steady')
  await s.clock.advance(100)
  await s.client.delete(Pods, 'default', 'p', { gracePeriodSeconds: 0 })
  await s.clock.advance(100)
  expect(await s.node.containers.list()).toEqual([])
})

test('a token in a pod is replaced in its time, without a restart and without a look at what has not changed', async () => {
  const archives: string[] = []
  const unpack = s.node.streams.unpack.bind(s.node.streams)
  s.node.streams.unpack = (id, tar) => {
    archives.push(tar.toString('latin1'))
    return unpack(id, tar)
  }
  const volumes = [{ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } }]
  await s.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName: 'n', serviceAccountName: 'robot', volumes, containers: [{ name: 'app', image: 'steady' }] } })
  await s.clock.advance(1000)
  const begun = (await s.node.containers.list()).map((c) => c.id)
  expect(archives.map((archive) => /token \d+ of robot for /.exec(archive)?.[0])).toEqual(['token 1 of robot for '])
  s.writes = 0
  await s.clock.advance(2800_000)
  expect(archives.length).toBe(1)
  await s.clock.advance(100_000)
  expect(archives.map((archive) => /token \d+ of robot for /.exec(archive)?.[0])).toEqual(['token 1 of robot for ', 'token 2 of robot for '])
  await s.clock.advance(2 * 2890_000)
  expect(archives.length).toBe(4)
  expect([(await s.node.containers.list()).map((c) => c.id), s.told]).toEqual([begun, []])
})
