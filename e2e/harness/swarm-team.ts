import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/lab-host.ts'
import { eventually } from './containers.ts'
import { docker } from './floors.ts'

/** Makes a swarm of servers and resolves with its manager, the first. */
export async function beginSwarm(hosts: readonly LabHost[]): Promise<LabHost> {
  const [manager, ...workers] = hosts
  if (manager === undefined) throw new Error('a swarm needs a server')
  await docker(manager, 'swarm', 'init', '--advertise-addr', manager.address)
  const token = (await docker(manager, 'swarm', 'join-token', '--quiet', 'worker')).trim()
  for (const worker of workers) await docker(worker, 'swarm', 'join', '--advertise-addr', worker.address, '--token', token, `${manager.address}:2377`)
  return manager
}

/** A real Docker Swarm of several servers with one service, as a team would have it: defaults everywhere. The first server is its manager. */
export class SwarmTeam {
  readonly #hosts: readonly LabHost[]
  readonly #replicas: number

  private constructor(hosts: readonly LabHost[], replicas: number) {
    this.#hosts = hosts
    this.#replicas = replicas
  }

  /** Begins the swarm and resolves when all replicas run. */
  static async start(hosts: readonly LabHost[], image: string, replicas: number): Promise<SwarmTeam> {
    const manager = await beginSwarm(hosts)
    const team = new SwarmTeam(hosts, replicas)
    // Image present everywhere, as for the other side.
    for (const host of hosts) await docker(host, 'pull', image)
    await docker(manager, 'service', 'create', '--detach', '--name', 'web', '--replicas', String(replicas), image)
    await eventually('all replicas of the swarm', async () => (await team.#runningOn(hosts)) === replicas, 120_000)
    return team
  }

  /** Cuts the power of a worker and resolves with the milliseconds until all replicas run on the others, as their Docker tells. */
  async failOver(victim: LabHost): Promise<number> {
    const others = this.#hosts.filter((host) => host !== victim)
    const cut = performance.now()
    await victim.kill()
    await eventually('all replicas on the others', async () => (await this.#runningOn(others)) >= this.#replicas, 120_000)
    return performance.now() - cut
  }

  /** Starts the worker again; the swarm does not move its replicas back, so each node is emptied and filled anew. */
  async comeBack(victim: LabHost): Promise<void> {
    await victim.start()
    const [manager] = this.#hosts
    if (manager === undefined) return
    await eventually('the node to be ready', async () => (await docker(manager, 'node', 'ls', '--format', '{{.Status}}')).split('\n').filter(Boolean).every((status) => status === 'Ready'), 60_000)
    await docker(manager, 'service', 'update', '--detach=false', '--force', '--quiet', 'web')
    await eventually('its replicas', async () => (await this.#runningOn(this.#hosts)) === this.#replicas && (await this.#runningOn([victim])) > 0, 120_000)
    await sleep(5_000)
  }

  async #runningOn(hosts: readonly LabHost[]): Promise<number> {
    const lists = await Promise.all(hosts.map((host) => docker(host, 'ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=web')))
    return lists.join('\n').split('\n').filter(Boolean).length
  }
}
