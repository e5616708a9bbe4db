import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MoveProgress, MoveState } from '../../src-main/common/contract/index.ts'
import type { Secret, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { OutsideWriter } from '../harness/database.ts'
import { docker } from '../harness/floors.ts'
import { startLoad } from '../harness/load.ts'
import type { Load } from '../harness/load.ts'
import { openScreens } from '../harness/screens.ts'
import type { Screens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A web app and its PostgreSQL in a real Swarm, under load and written to all the while, moved to the engine on the same two servers, and back; given up in the middle; and with the engine
// killed in the middle. Not one request of the web app may fail, and every row whose commit was told must be there.
const STACK = `version: "3.9"
services:
  web:
    image: toque/testapp:v1
    ports: [{target: 8080, published: 8080, mode: host}]
    networks: [net]
    deploy: {endpoint_mode: dnsrr, replicas: 2, placement: {max_replicas_per_node: 1}}
  db:
    image: postgres
    ports: [{target: 5432, published: 5432, mode: host}]
    networks: [net]
    volumes: ["data:/var/lib/postgresql/data"]
    secrets: [password]
    healthcheck: {test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"], interval: 1s, retries: 30}
    deploy: {endpoint_mode: dnsrr, placement: {constraints: ["node.role==manager"]}}
networks: {net: {}}
volumes: {data: {}}
secrets: {password: {file: ./password}}
`
const TO_CLUSTER = { to: 'kubernetes', from: 'shop' } as const
const TO_SWARM = { to: 'swarm', from: 'shop' } as const

let team: Team
let screens: Screens
let one: LabHost
let two: LabHost
let writer: OutsideWriter
let loads: Load[]
const seen: string[] = []

beforeAll(async () => {
  team = await Team.up(2)
  ;[one, two] = team.hosts as [LabHost, LabHost]
  screens = await openScreens(team.toque.url)
  await docker(one, 'swarm', 'init', '--advertise-addr', one.address)
  await docker(two, 'swarm', 'join', '--advertise-addr', two.address, '--token', await docker(one, 'swarm', 'join-token', '--quiet', 'worker'), `${one.address}:2377`)
  const folder = await mkdtemp(join(tmpdir(), 'toque-move-'))
  await writeFile(join(folder, 'password'), 'sesame\n')
  await writeFile(join(folder, 'shop.yaml'), STACK)
  await docker(one, 'stack', 'deploy', '--compose-file', join(folder, 'shop.yaml'), 'shop')
  await rm(folder, { recursive: true })
  await swarmRuns(true)
  writer = await OutsideWriter.start(two, one.address)
  await writes()
  // New connections all the time, and kept ones, to both servers.
  loads = [one, two].flatMap(({ address }) => [false, true].map((keepAlive) => startLoad({ host: address, port: 8080, concurrency: 2, keepAlive, pauseMs: 10 })))
})
afterAll(async () => {
  await Promise.all((loads ?? []).map((load) => load.stop()))
  screens?.close()
  await team?.down()
})
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  console.error(seen.slice(-40).join('\n'))
  for (const words of [['service', 'ls'], ['service', 'ps', '--no-trunc', 'shop_web'], ['service', 'ps', '--no-trunc', 'shop_db']]) console.error(await docker(one, ...words).catch(String))
  console.error(await team.kubectl(['get', 'all,pvc,pv,events', '--namespace', 'shop', '-o', 'wide']).catch(String), team.log.slice(-3000))
})

/** Containers of a service that run, on both servers. */
async function running(service: string): Promise<number> {
  return (await Promise.all([one, two].map((host) => docker(host, 'ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=shop_${service}`)))).join('\n').split('\n').filter(Boolean).length
}
const swarmRuns = (runs: boolean): Promise<true> => eventually(`the stack ${runs ? 'to run' : 'to be at rest'}`, async () => (await running('web')) === (runs ? 2 : 0) && (await running('db')) === (runs ? 1 : 0))
async function clusterRuns(runs: boolean): Promise<void> {
  const { items } = await team.get<{ items: { status?: { phase?: string } }[] }>('pods', '--namespace', 'shop')
  expect(items.filter(({ status }) => status?.phase === 'Running')).toHaveLength(runs ? 3 : 0)
}
/** Resolves when ten more rows are committed. */
async function writes(): Promise<void> {
  const before = (await writer.committed()).length
  await eventually('rows to be committed', async () => (await writer.committed()).length >= before + 10, 90_000)
}
/** Since the beginning no request has failed, requests are answered now, and no row is missing that was told. */
async function nothingLost(): Promise<void> {
  await writes()
  const told = await writer.committed()
  const there = await writer.rows()
  expect(told.filter((n) => !there.has(n))).toEqual([])
  const before = loads.map((load) => load.answered)
  await eventually('answers to all', () => Promise.resolve(loads.every((load, i) => load.answered > (before[i] ?? 0) + 5)))
  expect(loads.flatMap((load) => load.failures)).toEqual([])
  console.log(`${String(loads.reduce((sum, load) => sum + load.answered, 0))} requests answered, none failed; ${String(told.length)} commits told, all among ${String(there.size)} rows`)
}
/** Reads a move to its end, or to the first progress that `leaveAt` wants to leave at. */
async function follow(stream: AsyncIterable<MoveProgress>, leaveAt: (progress: MoveProgress) => boolean = () => false): Promise<MoveProgress | undefined> {
  let last: MoveProgress | undefined
  for await (const progress of stream) {
    last = progress
    seen.push(`${new Date().toISOString()} ${progress.phase} ${progress.step} ${progress.message}`)
    if (leaveAt(progress)) break
  }
  return last
}
async function stateWhere(holds: (state: MoveState) => boolean): Promise<MoveState> {
  for await (const states of screens.services.moves.watch()) {
    const state = states.find(({ id }) => id === 'shop')
    if (state !== undefined && holds(state)) return state
  }
  throw new Error('the stream ended')
}

test('the plan says what happens to ports, volumes and fields before anything does', async () => {
  const plan = await screens.services.moves.plan(TO_CLUSTER)
  expect(plan.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(plan.problems.map(({ message }) => message).join()).toMatch(/What the secrets password hold is read from a running task/)
  expect(plan.steps.map(({ name, pause }) => `${name}${pause ? ' (pause)' : ''}`)).toEqual(['make', 'startStateless', 'stopData (pause)', 'startData (pause)', 'switchTraffic', 'stopOld'])
  expect(plan.parts).toEqual([{ name: 'web', replicas: 2, data: false }, { name: 'db', replicas: 1, data: true }])
  expect(plan.volumes).toEqual([expect.objectContaining({ name: 'shop_data', server: one.name, part: 'db' })])
  expect(plan.ports.map(({ port, part }) => `${String(port)} ${part}`).sort()).toEqual(['5432 db', '8080 web'])
  expect(plan.report).toContainEqual({ field: 'services.web.ports[0].mode', verdict: 'changed', message: expect.stringContaining('Every server answers') as string })
  expect(await team.kubectl(['get', 'namespaces', '-o', 'name'])).not.toContain('shop')
  await expect(screens.services.moves.plan({ to: 'kubernetes', from: 'nowhere' })).rejects.toThrow('There is no stack "nowhere" in the swarm.')
})

test('from the swarm to the cluster: no request fails, every row is there, and the secret is the same', async () => {
  expect(await follow(screens.services.moves.run(TO_CLUSTER))).toMatchObject({ phase: 'moved' })
  await nothingLost()
  await swarmRuns(false)
  await clusterRuns(true)
  const secret = await team.get<Secret>('secret', 'password', '--namespace', 'shop')
  expect(Buffer.from(secret.data?.['password'] ?? '', 'base64').toString()).toBe('sesame\n')
  const { spec } = await team.get<Service>('service', 'web-published', '--namespace', 'shop')
  expect(spec.externalIPs).toEqual(expect.arrayContaining([one.address, two.address]))
  // It is the same data, not a copy.
  expect(await docker(one, 'volume', 'ls', '--quiet', '--filter', 'name=shop')).toBe('shop_data')
})

test('and back: the same', async () => {
  expect(await follow(screens.services.moves.run(TO_SWARM))).toMatchObject({ phase: 'moved' })
  await nothingLost()
  await swarmRuns(true)
  await clusterRuns(false)
})

test('left in the middle, when the database has just started there: it is taken back, and the old one serves', async () => {
  await follow(screens.services.moves.run(TO_CLUSTER), ({ step, phase }) => phase === 'moving' && step === 'startData')
  expect(await stateWhere(({ phase }) => phase === 'takenBack')).toMatchObject({ problem: 'It was broken off.' })
  await nothingLost()
  await swarmRuns(true)
  await clusterRuns(false)
})

test('the engine is killed in the middle: the next one knows, and goes on to the end', async () => {
  const stream = screens.services.moves.run(TO_CLUSTER)
  await follow(stream, ({ step }) => {
    if (step !== 'startData') return false
    void team.toque.end('SIGKILL')
    return true
  }).catch(() => undefined)
  await team.toque.end('SIGKILL')
  screens.close()
  await team.startEngine()
  screens = await openScreens(team.toque.url)
  await stateWhere(({ phase }) => phase === 'interrupted')
  await expect(screens.services.moves.plan(TO_CLUSTER)).resolves.toMatchObject({ problems: expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining('was left in the middle') as string })]) as unknown })
  expect(await follow(screens.services.moves.goOn('shop'))).toMatchObject({ phase: 'moved' })
  await nothingLost()
  await swarmRuns(false)
  await clusterRuns(true)
})

test('finished: what was left of the stack goes, its volume stays', async () => {
  await screens.services.moves.finish('shop')
  expect(await docker(one, 'service', 'ls', '--quiet')).toBe('')
  expect(await docker(one, 'volume', 'ls', '--quiet', '--filter', 'name=shop')).toBe('shop_data')
  await nothingLost()
})
