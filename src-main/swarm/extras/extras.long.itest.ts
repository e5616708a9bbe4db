import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
import { docker } from '../../../e2e/harness/floors.ts'
import { Lab } from '../../../e2e/lab/lab.ts'
import { systemClock } from '../../common/clock.ts'
import type { Explanation } from '../../common/contract/objects.ts'
import type { SwarmService, SwarmTask } from '../docker/types.ts'
import { isOutOfSequence } from '../docker/status-error.ts'
import type { ExtraEvent } from './event-sink.ts'
import { SwarmExtras } from './extras.ts'
import { CANARY, labelsOf, LAST_RUN } from './labels.ts'
import { imageOf } from './canary/canary-spec.ts'
import { canaryStateOf } from './canary/canary-state.ts'
import { liveTasks, replicasOf } from './service-state.ts'
import { DockerPicture } from './testing/docker-picture.ts'

// Real Swarm on three servers. This kernel has no IP_VS: services are reached by ports of their own servers (mode=host), or not at all.

const DEADLINE_MS = 120_000
/** Of a CPU; each task is held to half of that again, so that a burning one uses 200 % of what it reserves. */
const RESERVED = ['--reserve-cpu', '0.05', '--limit-cpu', '0.1', '--reserve-memory', '8m']

let lab: Lab
let manager: Docker
let picture: DockerPicture
let extras: SwarmExtras
const events: ExtraEvent[] = []
const errors: unknown[] = []
/** What the alerts say at present. */
let raised: ReadonlyMap<string, readonly Explanation[]> = new Map()
const onNode = new Map<string, Docker>()

const on = (...words: string[]): Promise<string> => docker(lab.host(1), ...words)
const create = (name: string, ...words: string[]): Promise<string> => on('service', 'create', '--detach', '--quiet', '--name', name, '--no-resolve-image', ...words)
const labels = (all: Record<string, string>): string[] => Object.entries(all).flatMap(([k, v]) => ['--label', `${k}=${v}`])
const of = (name: string): SwarmService => {
  const found = picture.services().find((s) => s.Spec.Name === name)
  if (found === undefined) throw new Error(`no service ${name}`)
  return found
}
const running = (name: string): SwarmTask[] => liveTasks(of(name), picture.tasks()).filter((t) => t.Status.State === 'running')
const said = (name: string): string[] => events.filter((e) => e.about.name === name).map((e) => e.reason)
const story = (): string => `${events.map((e) => `${e.about.name} ${e.reason}: ${e.message}`).join('\n')}\n${errors.map(String).join('\n')}`
/** As `eventually`, and what the extras told is in the failure. */
const until = (what: string, check: () => boolean): Promise<boolean> => eventually(what, () => Promise.resolve(check()), DEADLINE_MS).catch((error: unknown) => { throw new Error(`${String(error)}\n${story()}`) })
/** How many of a service's tasks run on each server, the most first. */
const spread = (name: string): number[] => {
  const counts = picture.nodes().map((n) => running(name).filter((t) => t.NodeID === n.ID).length)
  return counts.sort((a, b) => b - a)
}

/** Every task's own program (but those in `burning`) is told, over the port of its server, to burn so many milliseconds of CPU: held to a tenth of one, ten times as long. */
async function burn(name: string, cpuMs: number, burning = new Set<string>()): Promise<void> {
  await Promise.all(running(name).filter(({ ID }) => !burning.has(ID)).map(async ({ ID, NodeID = '', Status: { ContainerStatus } }) => {
    const { NetworkSettings: { Ports } } = await (onNode.get(NodeID) ?? manager).getContainer(ContainerStatus?.ContainerID ?? '').inspect()
    const address = picture.nodes().find((n) => n.ID === NodeID)?.Status.Addr ?? ''
    const answer = await fetch(`http://${address}:${Ports['8080/tcp']?.[0]?.HostPort ?? ''}/burn?cores=1&for=${String(cpuMs)}`)
    expect(answer.status).toBe(200)
    burning.add(ID)
  }))
}

/** One more that looks after the swarm. */
const engine = (): SwarmExtras => new SwarmExtras({
  picture, manager: () => manager, dockerOf: (id) => onNode.get(id), clock: systemClock, sink: { event: (e) => events.push(e) }, onError: (e) => errors.push(e), board: { raised: (alerts) => (raised = alerts) },
})

/** Where the tasks of a service are in its network. */
async function addressesOf(name: string): Promise<string[]> {
  const tasks = JSON.parse(await on('inspect', ...running(name).map(({ ID }) => ID))) as { NetworksAttachments: { Addresses: string[] }[] }[]
  return tasks.flatMap(({ NetworksAttachments }) => NetworksAttachments.flatMap(({ Addresses }) => Addresses.map((address) => address.replace(/\/.*/, ''))))
}

/** What a program says that is run in a task of a service. */
async function inside(name: string, ...Cmd: string[]): Promise<string> {
  const [task] = running(name)
  const container = (onNode.get(task?.NodeID ?? '') ?? manager).getContainer(task?.Status.ContainerStatus?.ContainerID ?? '')
  const stream = await (await container.exec({ Cmd, AttachStdout: true, AttachStderr: true })).start({})
  let said = ''
  for await (const chunk of stream) said += String(chunk)
  return said
}

beforeAll(async () => {
  lab = await Lab.up({ hosts: 3 })
  const [first, ...others] = lab.hosts
  if (first === undefined) throw new Error('no server')
  await on('swarm', 'init', '--advertise-addr', first.address, '--dispatcher-heartbeat', '1s')
  const token = await on('swarm', 'join-token', '--quiet', 'worker')
  await Promise.all(others.map((host) => docker(host, 'swarm', 'join', '--advertise-addr', host.address, '--token', token, `${first.address}:2377`)))
  await Promise.all(lab.hosts.map((host) => Promise.all(['toque/testapp:v1', 'busybox'].map((image) => docker(host, 'pull', '--quiet', image)))))
  manager = new Docker({ socketPath: first.dockerSocket })
  picture = new DockerPicture(manager, systemClock)
  await picture.start()
  for (const host of lab.hosts) onNode.set(await docker(host, 'info', '--format', '{{.Swarm.NodeID}}'), new Docker({ socketPath: host.dockerSocket }))
  extras = engine()
  extras.start()
})

afterAll(async () => {
  await extras.stop()
  await picture.stop()
  await lab.down()
})

test('a service goes from 3 tasks to 10 under load and back to 3; one without labels stays as it is', async () => {
  const port = ['--publish', 'mode=host,target=8080', '--endpoint-mode', 'dnsrr', '--stop-grace-period', '1s']
  await create('web', '--replicas', '3', ...RESERVED, ...port, ...labels({ 'toque.autoscale.min': '3', 'toque.autoscale.max': '10', 'toque.autoscale.cpu': '50', 'toque.autoscale.stabilization': '3s', 'toque.autoscale.every': '2s' }), 'toque/testapp:v1')
  await create('plain', '--replicas', '3', ...RESERVED, ...port, 'toque/testapp:v1')
  await until('six tasks', () => picture.services().length === 2 && running('web').length === 3 && running('plain').length === 3)
  const plain = of('plain').Version.Index
  // What Swarm says to a write upon an old version, which all retries go by.
  await expect(manager.getService(of('plain').ID).update({ _query: { version: plain - 1 }, _body: of('plain').Spec })).rejects.toSatisfy(isOutOfSequence)
  await burn('plain', 3_000)
  // Those that come are as busy as the others: on a machine that has other work, too, the first three alone do not use what they may.
  const burning = new Set<string>()
  await eventually('ten tasks', async () => {
    await burn('web', 3_000, burning).catch(() => undefined)
    return running('web').length === 10
  }, DEADLINE_MS).catch((error: unknown) => { throw new Error(`${String(error)}\n${story()}`) })
  await until('three tasks', () => replicasOf(of('web')) === 3 && running('web').length === 3)
  expect(Math.max(...events.filter((e) => e.reason === 'Scaled').map((e) => Number(/to (\d+) tasks/.exec(e.message)?.[1])))).toBe(10)
  expect(events.find((e) => e.about.name === 'web')?.message).toMatch(/^From 3 to \d+ tasks: on average its tasks use \d+ % of the CPU that they ask for \(50 % is aimed at\)\.$/)
  expect(said('plain')).toEqual([])
  expect(of('plain').Version.Index).toBe(plain)
  expect(errors).toEqual([])
  await on('service', 'rm', 'web', 'plain')
})

test('a server stops and returns: the tasks of the labelled service are spread again, those of the other are not touched', async () => {
  const quick = ['--replicas', '4', '--endpoint-mode', 'dnsrr', '--stop-grace-period', '1s', '--restart-delay', '0s', '--update-monitor', '0s', '--update-parallelism', '2']
  await create('api', ...quick, ...labels({ 'toque.rebalance': 'true', 'toque.rebalance.settle': '2s' }), 'toque/testapp:v1')
  await create('still', ...quick, 'toque/testapp:v1')
  await until('all tasks', () => running('api').length === 4 && running('still').length === 4)
  const third = lab.host(3)
  await third.kill()
  await until('all tasks on two servers', () => picture.nodes().filter((n) => n.Status.State === 'ready').length === 2 && running('api').length === 4 && spread('api')[2] === 0 && running('still').length === 4 && spread('still')[2] === 0)
  const stays = running('still').map((t) => t.ID).sort()
  await third.start()
  await until('a task on the server that is back', () => said('api').includes('Rebalanced'))
  expect(spread('api')).toEqual([2, 1, 1])
  expect(running('still').map((t) => t.ID).sort()).toEqual(stays)
  expect(said('api')).toEqual(['Rebalancing', 'Rebalanced'])
  expect(said('still')).toEqual([])
  await on('service', 'rm', 'api', 'still')
})

test('a schedule runs once for its time, as a service from nothing and as a job, with two engines at work and one that begins anew', async () => {
  const second = engine()
  second.start()
  const begun = Date.now()
  // The hour's schedule was last looked at before this very time: it is due for it, once, and not again for an hour.
  const due = { 'toque.schedule': '@every 30m', [LAST_RUN]: new Date(begun - 31 * 60_000).toISOString() }
  const schedule = labels({ ...due, 'toque.schedule.replicas': '2' })
  await create('night', '--replicas', '0', '--restart-condition', 'none', ...schedule, 'busybox', 'sh', '-c', 'sleep 1; exit 0')
  await create('job', '--mode', 'replicated-job', '--restart-condition', 'none', ...labels(due), 'busybox', 'sh', '-c', 'sleep 1; exit 3')
  await until('both runs to be over', () => said('night').includes('RunCompleted') && said('job').includes('RunFailed'))
  await second.stop()
  const third = engine()
  third.start()
  await third.plan(new AbortController().signal)
  expect(said('night')).toEqual(['RunStarted', 'RunCompleted'])
  expect(said('job').filter((r) => r !== 'StillRunning')).toEqual(['RunStarted', 'RunFailed'])
  expect(events.find((e) => e.reason === 'RunFailed')?.message).toMatch(/1 of its 1 tasks failed/)
  expect([replicasOf(of('night')), of('night').Spec.TaskTemplate.ForceUpdate, of('job').Spec.TaskTemplate.ForceUpdate]).toEqual([0, 1, 1])
  expect(Date.parse(labelsOf(of('night'))[LAST_RUN] ?? '')).toBeGreaterThan(begun - 120_000)
  await third.stop()
  // What is written when a run is over begins none. Beside the scheduled one there may be the one that Swarm itself begins when a job is made, if it came to that.
  expect(picture.tasks().filter((t) => t.ServiceID === of('job').ID).map((t) => t.Spec?.ForceUpdate ?? 0).filter((forced) => forced !== 0)).toEqual([1])
})

test('a run that is not over when the next is due makes place for it where the label says so; a service that is gone is no failure', async () => {
  const again = labels({ 'toque.schedule': '@every 4s', 'toque.schedule.concurrency': 'replace' })
  await create('again', '--replicas', '0', '--restart-condition', 'none', '--stop-grace-period', '1s', ...again, 'busybox', 'sleep', '600')
  await until('a run in the place of another', () => running('again').some((t) => (t.Spec?.ForceUpdate ?? 0) > 1))
  const runs = events.filter((e) => e.about.name === 'again')
  expect(runs.map((e) => e.reason)).toEqual(runs.map(() => 'RunStarted'))
  expect(runs[1]?.message).toMatch(/, in the place of the one before, which was not over\.$/)
  // Each is for a time of its own.
  expect(new Set(runs.map((e) => /for (\S+)/.exec(e.message)?.[1])).size).toBe(runs.length)
  await on('service', 'rm', 'again')
  await until('it to be gone', () => picture.services().every((s) => s.Spec.Name !== 'again'))
  expect(errors).toEqual([])
})

test('an image is tried beside a service, under its name; the engine dies on the way; then the service is updated, and its tasks had been left alone', async () => {
  await on('network', 'create', '--driver', 'overlay', 'front')
  const steps = labels({ 'toque.canary.steps': '33%,50%', 'toque.canary.pause': '5s' })
  await create('shop', '--replicas', '2', '--network', 'front', '--endpoint-mode', 'dnsrr', '--stop-grace-period', '1s', '--update-parallelism', '2', '--update-monitor', '0s', ...steps, 'toque/testapp:v1')
  await create('client', '--network', 'front', '--endpoint-mode', 'dnsrr', '--stop-grace-period', '0s', 'busybox', 'sleep', '9999')
  await until('its tasks', () => running('shop').length === 2 && running('client').length === 1)
  const before = running('shop').map(({ ID }) => ID).sort()
  await on('service', 'update', '--detach', '--quiet', '--label-add', 'toque.canary.image=toque/testapp:v2', 'shop')
  await until('the first step', () => said('shop').includes('CanaryStep'))
  await extras.stop()
  expect(running('shop-canary')).toHaveLength(1)
  // Whoever asks for the service by its name gets the new ones, too, once the servers have told each other.
  const addresses = [...await addressesOf('shop'), ...await addressesOf('shop-canary')]
  expect(addresses).toHaveLength(3)
  await eventually('the name to lead to all', async () => {
    const answer = await inside('client', 'nslookup', 'shop')
    return addresses.every((address) => answer.includes(address))
  }, DEADLINE_MS)
  extras = engine()
  extras.start()
  await until('the second step', () => said('shop').filter((reason) => reason === 'CanaryStep').length === 2)
  expect([running('shop-canary').length, canaryStateOf(of('shop-canary'))?.image, running('shop').map(({ ID }) => ID).sort()]).toEqual([2, 'toque/testapp:v2', before])
  await until('the end', () => said('shop').includes('CanaryPromoted') && picture.services().every((s) => s.Spec.Name !== 'shop-canary'))
  expect(said('shop')).toEqual(['CanaryStarted', 'CanaryStep', 'CanaryStep', 'CanaryPromoting', 'CanaryPromoted'])
  expect([imageOf(of('shop')), replicasOf(of('shop')), running('shop').length]).toEqual(['toque/testapp:v2', 2, 2])
})

test('an image that does not run is given up: the service is not touched, and says why', async () => {
  const before = running('shop').map(({ ID }) => ID).sort()
  await on('service', 'update', '--detach', '--quiet', '--label-add', 'toque.canary.image=toque/testapp:v99', 'shop')
  await until('it to be given up', () => said('shop').includes('CanaryGivenUp') && picture.services().every((s) => s.Spec.Name !== 'shop-canary'))
  expect([imageOf(of('shop')), running('shop').map(({ ID }) => ID).sort()]).toEqual(['toque/testapp:v2', before])
  expect(labelsOf(of('shop'))[CANARY]).toMatch(/^gave up toque\/testapp:v99: 1 task of shop-canary failed \(.*No such image: toque\/testapp:v99.*\)$/)
  await on('service', 'rm', 'shop', 'client')
  await until('both to be gone', () => picture.services().every((s) => s.Spec.Name !== 'shop' && s.Spec.Name !== 'client'))
  await eventually('its network to be free', () => on('network', 'rm', 'front').then(() => true, () => false), DEADLINE_MS)
})

test('alerts are raised and cleared: tasks that find no place, tasks that end again and again, and too much CPU', async () => {
  const up = (name: string): string[] => (raised.get(of(name).ID) ?? []).map(({ reason }) => reason)
  await create('far', '--replicas', '2', '--constraint', 'node.labels.far==yes', '--endpoint-mode', 'dnsrr', ...labels({ 'toque.alert.tasks': '2s' }), 'busybox', 'sleep', '9999')
  await create('flaky', '--restart-delay', '500ms', '--endpoint-mode', 'dnsrr', ...labels({ 'toque.alert.restarts': '2', 'toque.alert.window': '20s' }), 'busybox', 'sh', '-c', 'exit 3')
  await create('hot', ...RESERVED, '--publish', 'mode=host,target=8080', '--endpoint-mode', 'dnsrr', '--stop-grace-period', '1s', ...labels({ 'toque.alert.cpu': '60', 'toque.alert.for': '3s', 'toque.alert.every': '2s' }), 'toque/testapp:v1')
  await until('one that runs', () => picture.services().length >= 3 && running('hot').length === 1)
  await burn('hot', 3_000)
  await until('all three', () => up('far').length === 1 && up('flaky').length === 1 && up('hot').length === 1)
  expect([up('far'), up('flaky'), up('hot')]).toEqual([['TasksMissing'], ['RestartsOften'], ['CpuHigh']])
  await on('service', 'update', '--detach', '--quiet', '--constraint-rm', 'node.labels.far==yes', 'far')
  await on('service', 'update', '--detach', '--quiet', '--args', 'sleep 9999', 'flaky')
  await until('all to be over', () => raised.size === 0)
  for (const name of ['far', 'flaky', 'hot']) expect(said(name)).toEqual([expect.stringMatching(/Missing|Often|High/), 'AlertCleared'])
  await on('service', 'rm', 'far', 'flaky', 'hot')
  expect(errors).toEqual([])
})
