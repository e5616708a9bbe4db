import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { MoveProgress, MoveState } from '../../src-main/common/contract/index.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { eventually } from './containers.ts'
import { OutsideWriter } from './database.ts'
import { docker } from './floors.ts'
import { startLoad } from './load.ts'
import type { Load } from './load.ts'
import { openScreens } from './screens.ts'
import type { Screens } from './screens.ts'
import { Team } from './team.ts'

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

/**
 * A web app and its PostgreSQL, the stack `shop` of a real Swarm of two servers that are the cluster's, too. From the beginning to the end it is under load on both servers, with new and with
 * kept connections, and written to from outside.
 */
export class MovingShop {
  readonly team: Team
  readonly one: LabHost
  readonly two: LabHost
  screens: Screens
  /** What moves told. */
  readonly seen: string[] = []
  readonly #writer: OutsideWriter
  readonly #loads: readonly Load[]

  private constructor(team: Team, screens: Screens, writer: OutsideWriter, loads: readonly Load[]) {
    this.team = team
    ;[this.one, this.two] = team.hosts as [LabHost, LabHost]
    this.screens = screens
    this.#writer = writer
    this.#loads = loads
  }

  static async open(): Promise<MovingShop> {
    const team = await Team.up(2)
    try {
      const [one, two] = team.hosts as [LabHost, LabHost]
      await docker(one, 'swarm', 'init', '--advertise-addr', one.address)
      await docker(two, 'swarm', 'join', '--advertise-addr', two.address, '--token', await docker(one, 'swarm', 'join-token', '--quiet', 'worker'), `${one.address}:2377`)
      const folder = await mkdtemp(join(tmpdir(), 'toque-move-'))
      await writeFile(join(folder, 'password'), 'sesame\n')
      await writeFile(join(folder, 'shop.yaml'), STACK)
      await docker(one, 'stack', 'deploy', '--compose-file', join(folder, 'shop.yaml'), 'shop')
      await rm(folder, { recursive: true })
      // A container that runs is no running task before its health check says so.
      await eventually('the stack to be ready', async () => /^(shop_db 1\/1|shop_web 2\/2)( \(.*)?\n(shop_db 1\/1|shop_web 2\/2)( \(.*)?$/.test(await docker(one, 'service', 'ls', '--format', '{{.Name}} {{.Replicas}}')), 90_000)
      const writer = await OutsideWriter.start(two, one.address)
      const loads = [one, two].flatMap(({ address }) => [false, true].map((keepAlive) => startLoad({ host: address, port: 8080, concurrency: 2, keepAlive, pauseMs: 10 })))
      return new MovingShop(team, await openScreens(team.toque.url), writer, loads)
    } catch (error) {
      await team.down()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.stop()))
    this.screens.close()
    await this.team.down()
  }

  /** What a failure prints. */
  async explain(): Promise<void> {
    console.error(this.seen.slice(-40).join('\n'))
    for (const words of [['service', 'ls'], ['service', 'ps', '--no-trunc', 'shop_web'], ['service', 'ps', '--no-trunc', 'shop_db']]) console.error(await docker(this.one, ...words).catch(String))
    console.error(await this.team.kubectl(['get', 'all,pvc,pv,events', '--namespace', 'shop', '-o', 'wide']).catch(String), this.team.log.slice(-3000))
  }

  /** Resolves when all of it runs in this place, and nothing of it in the other. */
  async runsIn(place: 'swarm' | 'cluster'): Promise<void> {
    await swarmRuns([this.one, this.two], place === 'swarm')
    const { items } = await this.team.get<{ items: { status?: { phase?: string } }[] }>('pods', '--namespace', 'shop')
    expect(items.filter(({ status }) => status?.phase === 'Running')).toHaveLength(place === 'cluster' ? 3 : 0)
  }

  /** Since the beginning no request has failed, all are answered now, rows are written, and none is missing that was told. */
  async nothingLost(): Promise<void> {
    const before = { rows: (await this.#writer.committed()).length, answers: this.#loads.map((load) => load.answered) }
    await eventually('rows to be committed', async () => (await this.#writer.committed()).length >= before.rows + 5, 90_000)
    await eventually('answers to all', () => Promise.resolve(this.#loads.every((load, i) => load.answered > (before.answers[i] ?? 0) + 5)))
    const told = await this.#writer.committed()
    const there = await this.#writer.rows()
    expect(told.filter((n) => !there.has(n))).toEqual([])
    expect(this.#loads.flatMap((load) => load.failures)).toEqual([])
    console.log(`${String(this.#loads.reduce((sum, load) => sum + load.answered, 0))} requests answered, none failed; ${String(told.length)} commits told, all among ${String(there.size)} rows`)
  }

  /** Reads a move to its end, or to the first progress that `leaveAt` wants to leave at. */
  async follow(stream: AsyncIterable<MoveProgress>, leaveAt: (progress: MoveProgress) => boolean = () => false): Promise<MoveProgress | undefined> {
    let last: MoveProgress | undefined
    for await (const progress of stream) {
      last = progress
      this.seen.push(`${new Date().toISOString()} ${progress.phase} ${progress.step} ${progress.message}`)
      if (leaveAt(progress)) break
    }
    return last
  }

  async stateWhere(holds: (state: MoveState) => boolean): Promise<MoveState> {
    for await (const states of this.screens.services.moves.watch()) {
      const state = states.find(({ id }) => id === 'shop')
      if (state !== undefined && holds(state)) return state
    }
    throw new Error('the stream ended')
  }

  /** SIGKILL as soon as the stream comes to a step, and another engine on the same data. */
  async killAt(stream: AsyncIterable<MoveProgress>, at: MoveProgress['step']): Promise<void> {
    await this.follow(stream, ({ step }) => step === at && (process.kill(this.team.toque.pid, 'SIGKILL'), true)).catch(() => undefined)
    await this.team.toque.end('SIGKILL')
    this.screens.close()
    await this.team.startEngine()
    this.screens = await openScreens(this.team.toque.url)
  }
}

async function swarmRuns(hosts: readonly LabHost[], runs: boolean): Promise<void> {
  const running = async (service: string): Promise<number> => (await Promise.all(hosts.map((host) => docker(host, 'ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=shop_${service}`)))).join('\n').split('\n').filter(Boolean).length
  await eventually(`the stack ${runs ? 'to run' : 'to be at rest'}`, async () => (await running('web')) === (runs ? 2 : 0) && (await running('db')) === (runs ? 1 : 0))
}
