import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import { DRAINED_CONDITION } from '../../common/docker-labels.ts'
import { isPodReady } from '../../common/kube/pods.ts'
import { followDockerEvents } from '../../hosts/docker-events.ts'
import type { DockerEvent } from '../../hosts/docker-events.ts'
import { systemClock } from '../../common/clock.ts'
import { IMAGE, NodeBench } from './testing/node-bench.ts'

// A web server that ends with 1, or by using too much memory, on demand.
const PROGRAM = 'rm -f /tmp/die /tmp/oom; echo ok > /tmp/index.html; httpd -p 8080 -h /tmp; echo run; while :; do [ -e /tmp/die ] && exit 1; [ -e /tmp/oom ] && exec tail /dev/zero; sleep 0.05; done'
const CONTAINER = {
  name: 'app', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', PROGRAM], resources: { limits: { memory: '32Mi' } },
  readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 5 },
}

let bench: NodeBench
const seen: DockerEvent[] = []
const abort = new AbortController()
beforeAll(async () => {
  bench = await NodeBench.up()
  void followDockerEvents(bench.host.docker, { type: ['container'] }, { onConnected: () => undefined, onDisconnected: () => undefined, onEvent: (e) => void seen.push(e) }, systemClock, abort.signal)
  await bench.createPod('web', { terminationGracePeriodSeconds: 1, containers: [CONTAINER] })
  await bench.ready('web')
})
afterAll(async () => {
  abort.abort()
  await bench.down()
})

type Kill = (id: string, pid: number) => Promise<unknown>
const KILLS: Record<string, Kill> = {
  'docker kill': (id) => bench.host.docker.getContainer(id).kill(),
  'docker rm -f': (id) => bench.host.docker.getContainer(id).remove({ force: true }),
  'kill -9': (_, pid) => bench.lab.host(1).exec(['kill', '-9', String(pid)]),
  'exit 1': () => bench.exec('web', 'app', ['touch', '/tmp/die']),
  'out of memory': () => bench.exec('web', 'app', ['touch', '/tmp/oom']),
  'docker stop': (id) => bench.host.docker.getContainer(id).stop({ t: 1 }),
}
const CASES = [
  ...Object.keys(KILLS).map((kill) => ['app', kill] as const),
  // A sandbox cannot be told to exit 1 or to use memory.
  ...['docker kill', 'docker rm -f', 'kill -9', 'docker stop'].map((kill) => ['sandbox', kill] as const),
]

test.each(CASES)('the %s comes back after %s, started once', async (victim, kill) => {
  await wait(300)
  const before = await bench.containers('web')
  const target = before.get(victim)
  if (target === undefined) throw new Error(`no ${victim}`)
  const pod = await bench.pod('web')
  const restarts = pod.status?.containerStatuses?.[0]?.restartCount ?? 0
  seen.length = 0
  const start = Date.now()
  await KILLS[kill]?.(target.id, target.pid)
  const healed = await bench.until('web', 'healed', (p) => isPodReady(p) && (p.status?.containerStatuses?.[0]?.restartCount ?? 0) > restarts)
  const ms = Date.now() - start
  await wait(700)
  const after = await bench.containers('web')
  console.error(`${victim} ${target.id.slice(0, 12)} after ${kill}: ready in ${String(ms)} ms; now ${[...after].map(([n, c]) => `${n} ${c.id.slice(0, 12)} pid ${String(c.pid)}`).join(', ')}`)
  expect(healed.status?.containerStatuses?.[0]?.restartCount).toBe(restarts + 1)
  expect(healed.status?.podIP).toBe(pod.status?.podIP)
  expect([...after.values()].map((c) => c.state)).toEqual(['running', 'running'])
  const starts = (name: string): number => seen.filter((e) => e.Action === 'start' && (e.Actor.Attributes['toque.dev/container'] ?? 'sandbox') === name).length
  expect({ app: starts('app'), sandbox: starts('sandbox') }).toEqual({ app: 1, sandbox: victim === 'sandbox' ? 1 : 0 })
  expect((await fetch(`http://${healed.status?.podIP ?? ''}:8080/`)).status).toBe(200)
  if (kill === 'out of memory') expect(healed.status?.containerStatuses?.[0]?.lastState?.terminated?.reason).toBe('OOMKilled')
  expect(bench.errors).toEqual([])
})

test('a restarted engine adopts what runs and touches nothing; what was deleted meanwhile is ended', async () => {
  await bench.createPod('doomed', { terminationGracePeriodSeconds: 1, containers: [{ ...CONTAINER, name: 'app' }] })
  await bench.ready('doomed')
  const before = await bench.containers('web')
  const [doomed] = (await bench.containers('doomed')).values()
  await bench.stopAgent()
  await bench.client.delete(Pods, 'default', 'doomed', { gracePeriodSeconds: 0 })
  const stored = await bench.pod('web')
  seen.length = 0
  await bench.startAgent()
  await expect.poll(async () => (await bench.host.docker.listContainers({ all: true })).map((c) => c.Id), { timeout: 60_000 }).not.toContain(doomed?.id)
  await wait(1000)
  console.error(`adopted ${[...before.values()].map((c) => c.id.slice(0, 12)).join(', ')}; ended ${doomed?.id.slice(0, 12) ?? ''}`)
  expect(await bench.containers('web')).toEqual(before)
  expect(seen.filter((e) => [...before.values()].some((c) => c.id === e.Actor.ID) && !e.Action.startsWith('exec')).map((e) => e.Action)).toEqual([])
  expect(await bench.pod('web')).toEqual(stored)
  expect(bench.errors).toEqual([])
})

test('what died while no engine ran is healed when one comes', async () => {
  const restarts = (await bench.pod('web')).status?.containerStatuses?.[0]?.restartCount ?? 0
  const app = (await bench.containers('web')).get('app')
  await bench.stopAgent()
  await bench.host.docker.getContainer(app?.id ?? '').kill()
  await bench.startAgent()
  const pod = await bench.until('web', 'healed', (p) => isPodReady(p) && (p.status?.containerStatuses?.[0]?.restartCount ?? 0) > restarts)
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(137)
})

test('a crashing container backs off, says so, and shows the log of its previous run', async () => {
  await bench.createPod('crash', { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', 'echo "begin $(date +%s%N)"; echo sorry > /dev/termination-log; exit 3'] }] })
  const pod = await bench.until('crash', 'in a crash loop', (p) => p.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff' && p.status.containerStatuses[0].lastState?.terminated?.message !== undefined)
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'sorry\n' })
  expect(pod.status?.phase).toBe('Running')
  await bench.until('crash', 'restarted often', (p) => (p.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 3)
  expect((await bench.logs('crash', 'app')).split('\n')).toHaveLength(2)
  expect((await bench.logs('crash', 'app', { previous: true })).split('\n')).toHaveLength(2)
  await bench.client.delete(Pods, 'default', 'crash', { gracePeriodSeconds: 0 })
})

describe('an ending pod', () => {
  test('is drained first, then preStop runs, then the signal comes', async () => {
    const labels = { app: 'bye' }
    await bench.createService('bye', labels)
    const program = 'trap "echo signal; exit 0" TERM; echo up; while :; do sleep 0.05; done'
    await bench.createPod('bye', { terminationGracePeriodSeconds: 10, containers: [{ ...CONTAINER, command: ['sh', '-c', program], readinessProbe: { exec: { command: ['true'] } }, lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo preStop > /proc/1/fd/1; sleep 0.3'] } } } }] }, labels)
    await bench.ready('bye')
    let said = ''
    const lines = (): string[] => said.split('\n').filter((line) => line !== '')
    const follow = (async (): Promise<void> => {
      for await (const chunk of bench.agent.nodeAccess.logs({ namespace: 'default', pod: 'bye', container: '' }, { follow: true }, new AbortController().signal)) said += Buffer.from(chunk).toString()
    })()
    await expect.poll(lines).toEqual(['up'])
    await bench.client.delete(Pods, 'default', 'bye')
    await wait(600)
    expect(lines()).toEqual(['up'])
    const pod = await bench.pod('bye')
    const conditions = [...(pod.status?.conditions ?? []), { type: DRAINED_CONDITION, status: 'True' }]
    await bench.client.patch(Pods, 'default', 'bye', 'application/merge-patch+json', { status: { conditions } }, 'status')
    await bench.gone('bye')
    await follow
    expect(lines()).toEqual(['up', 'preStop', 'signal'])
  })

  test('gets SIGKILL when its grace is over', async () => {
    await bench.createPod('deaf', { terminationGracePeriodSeconds: 2, containers: [{ name: 'app', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done'] }] })
    await bench.ready('deaf')
    const [app] = (await bench.containers('deaf')).values()
    seen.length = 0
    await bench.client.delete(Pods, 'default', 'deaf')
    await bench.gone('deaf')
    const signals = seen.filter((e) => e.Action === 'kill' && e.Actor.ID === app?.id).map((e) => e.Actor.Attributes['signal'])
    expect(signals.slice(0, 2)).toEqual(['15', '9'])
  })
})

test('probes: a late startup holds the others back, a failed readiness only unreadies, a failed liveness restarts', async () => {
  // A busy machine may take its time: only an answer makes a verdict.
  const file = (name: string): { exec: { command: string[] }; periodSeconds: number; failureThreshold: number; timeoutSeconds: number } => ({ exec: { command: ['test', '-e', `/tmp/${name}`] }, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 30 })
  await bench.createPod('probed', { terminationGracePeriodSeconds: 0, containers: [{
    name: 'app', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', 'touch /tmp/ready /tmp/alive; until [ -e /tmp/began ]; do sleep 0.1; done; touch /tmp/started; exec sleep 10000'],
    startupProbe: { ...file('started'), failureThreshold: 90 }, readinessProbe: file('ready'), livenessProbe: file('alive'),
  }] })
  const begun = await bench.until('probed', 'running', (p) => p.status?.containerStatuses?.[0]?.state?.running !== undefined)
  expect(begun.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false })
  await bench.exec('probed', 'app', ['touch', '/tmp/began'])
  await bench.ready('probed')
  await bench.exec('probed', 'app', ['rm', '/tmp/ready'])
  await bench.until('probed', 'unready', (p) => !isPodReady(p))
  await bench.exec('probed', 'app', ['touch', '/tmp/ready'])
  expect((await bench.ready('probed')).status?.containerStatuses?.[0]?.restartCount).toBe(0)
  await bench.exec('probed', 'app', ['rm', '/tmp/alive', '/tmp/started'])
  await bench.until('probed', 'restarted', (p) => (p.status?.containerStatuses?.[0]?.restartCount ?? 0) === 1 && isPodReady(p))
  expect(bench.events.some((e) => e.includes('failed liveness probe'))).toBe(true)
})

test('what cannot start says why: no such image, no such program, a missing config map, a taken port', async () => {
  const base = { name: 'app', image: IMAGE, imagePullPolicy: 'Never' }
  await bench.createPod('no-image', { containers: [{ ...base, image: 'nothing/here:1' }] })
  await bench.createPod('no-program', { containers: [{ ...base, command: ['/bin/nothing'] }] })
  await bench.createPod('no-map', { terminationGracePeriodSeconds: 0, containers: [{ ...base, command: ['sleep', '1000'], envFrom: [{ configMapRef: { name: 'late' } }] }] })
  // No pod of the cluster: one whose port another pod has is not taken at all.
  const other = await bench.host.docker.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000'], ExposedPorts: { '80/tcp': {} }, HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8099' }] } } })
  await other.start()
  await bench.createPod('port-2', { terminationGracePeriodSeconds: 0, containers: [{ ...base, command: ['sleep', '1000'], ports: [{ containerPort: 80, hostPort: 8099 }] }] })
  const waits = (name: string, reason: string, message: RegExp): Promise<unknown> => bench.until(name, reason, (p) => {
    const waiting = p.status?.containerStatuses?.[0]?.state?.waiting
    return waiting?.reason === reason && message.test(waiting.message ?? '')
  })
  await waits('no-image', 'ErrImageNeverPull', /does not have image "nothing\/here:1"/)
  await waits('no-program', 'RunContainerError', /The image has no program "\/bin\/nothing"/)
  await waits('no-map', 'CreateContainerConfigError', /configmap "late" not found/)
  await waits('port-2', 'FailedCreatePodSandBox', /Port 8099 of the node is taken/)
  await bench.createConfigMap('late', { A: '1' })
  await bench.ready('no-map')
  await other.remove({ force: true })
  for (const name of ['no-image', 'no-program', 'no-map']) await bench.client.delete(Pods, 'default', name)
  await bench.ready('port-2')
})

test.each([
  ['Docker is restarted', () => bench.lab.host(1).stopDocker(), () => bench.lab.host(1).startDocker()],
  ['the server loses its power', () => bench.lab.host(1).kill(), () => bench.lab.host(1).start()],
])('pods come back when %s, and the node says meanwhile that Docker is away', async (_, stop, start) => {
  const node = async (): Promise<string | undefined> => (await bench.client.get(Nodes, '', 'node-1')).status?.conditions?.find((c) => c.type === 'Ready')?.status
  const before = await bench.containers('web')
  await stop()
  await expect.poll(node, { timeout: 60_000 }).toBe('False')
  await start()
  await expect.poll(node, { timeout: 60_000 }).toBe('True')
  await bench.lab.host(1).exec(['iptables', '-I', 'DOCKER-USER', '-j', 'ACCEPT'])
  const pod = await bench.ready('web')
  const after = await bench.containers('web')
  console.error(`was ${before.get('app')?.id.slice(0, 12) ?? ''}, is ${after.get('app')?.id.slice(0, 12) ?? ''}`)
  await expect.poll(() => fetch(`http://${pod.status?.podIP ?? ''}:8080/`).then((r) => r.status)).toBe(200)
  expect(after.get('sandbox')?.id).toBe(before.get('sandbox')?.id)
})
