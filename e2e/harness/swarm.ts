import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/lab-host.ts'
import { DockerLog } from './docker-log.ts'
import { docker } from './floors.ts'

const SERVICE = 'com.docker.swarm.service.name'

/** A real Docker Swarm of one server with one service, as a team would have it: defaults everywhere. */
export class Swarm {
  readonly #host: LabHost
  readonly #log: DockerLog

  private constructor(host: LabHost, log: DockerLog) {
    this.#host = host
    this.#log = log
  }

  /** Begins the swarm and resolves when all replicas run. */
  static async start(host: LabHost, image: string, replicas: number): Promise<Swarm> {
    await docker(host, 'swarm', 'init', '--advertise-addr', host.address)
    const swarm = new Swarm(host, await DockerLog.open(host.dockerSocket))
    await docker(host, 'service', 'create', '--detach', '--name', 'web', '--replicas', String(replicas), image)
    while ((await swarm.running()).length < replicas) await sleep(100)
    return swarm
  }

  /** IDs of the running replicas' containers, oldest first. */
  async running(): Promise<string[]> {
    const list = await docker(this.#host, 'ps', '--quiet', '--no-trunc', '--filter', `label=${SERVICE}=web`)
    return list.split('\n').filter(Boolean).reverse()
  }

  /** Kills the oldest replica and returns the milliseconds from its death to its replacement's start, both as Docker's events tell. */
  async heal(): Promise<number> {
    const [victim = ''] = await this.running()
    const from = this.#log.events.length
    await docker(this.#host, 'kill', victim)
    const died = await this.#log.next(from, ({ action, id }) => action === 'die' && id === victim)
    const back = await this.#log.next(from, ({ action, at, attributes }) => action === 'start' && at > died.at && attributes[SERVICE] === 'web')
    return back.at - died.at
  }

  close(): void {
    this.#log.close()
  }
}
