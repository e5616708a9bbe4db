import type Docker from 'dockerode'
import { orAborted } from '../../common/or-aborted.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import type { DockerInfo, NodeSpec, SwarmNode, SwarmObject, SwarmService, SwarmTask } from '../docker/types.ts'
import { explainSwarm, swarmError } from './swarm-error.ts'
import type { DeskServer } from './swarm-server.ts'

/** Docker's own limit for a join is 20 s; what takes longer does not come. */
const DEADLINE_MS = 30_000

/**
 * One server's Docker as what makes swarms asks it: its place in one, and the `SwarmApi` of a manager. Every failure is a `swarmError`: a sentence, without the request, so that no token or key is in it. None of the
 * calls retries.
 */
export class EngineApi {
  readonly server: string
  readonly #docker: Docker
  readonly #api: SwarmApi
  readonly #deadlineMs: number

  constructor({ name, host }: Pick<DeskServer, 'name' | 'host'>, deadlineMs = DEADLINE_MS) {
    this.server = name
    this.#docker = host.docker
    this.#api = new SwarmApi(host.docker)
    this.#deadlineMs = deadlineMs
  }

  info(): Promise<DockerInfo> {
    return this.#ask(() => this.#docker.info() as Promise<DockerInfo>)
  }

  swarm(): Promise<SwarmObject> {
    return this.#ask(() => this.#docker.swarmInspect() as Promise<SwarmObject>)
  }

  nodes(): Promise<SwarmNode[]> {
    return this.#ask(() => this.#api.nodes())
  }

  node(id: string): Promise<SwarmNode> {
    return this.#ask(() => this.#api.node(id))
  }

  /** Tasks that shall run, of one node or all. */
  tasks(node?: string): Promise<SwarmTask[]> {
    return this.#ask(() => this.#api.tasks(node))
  }

  services(): Promise<SwarmService[]> {
    return this.#ask(() => this.#api.services())
  }

  init(body: Record<string, unknown>): Promise<string> {
    return this.#ask(() => this.#docker.swarmInit(body) as Promise<string>)
  }

  join(body: Record<string, unknown>): Promise<void> {
    return this.#ask(() => this.#docker.swarmJoin(body) as Promise<void>, true)
  }

  /** By force: what a manager loses is in the plan. */
  leave(): Promise<void> {
    return this.#ask(() => this.#docker.swarmLeave({ _query: { force: true }, _body: {} }) as Promise<void>)
  }

  /** Changes a node's role, availability or labels, unless `change` says that it is so already. */
  async changeNode(id: string, change: (spec: NodeSpec) => boolean): Promise<void> {
    const { Version, Spec } = await this.node(id)
    if (!change(Spec)) return
    await this.#ask(() => this.#api.updateNode(id, Version.Index, Spec))
  }

  removeNode(id: string, force: boolean): Promise<void> {
    return this.#ask(() => this.#api.removeNode(id, force))
  }

  /** Changes the swarm's spec, and rotates what is named. */
  async changeSwarm(change: (spec: SwarmObject['Spec']) => void, rotate: { rotateWorkerToken?: true; rotateManagerToken?: true; rotateManagerUnlockKey?: true } = {}): Promise<void> {
    const { Version, Spec } = await this.swarm()
    change(Spec)
    await this.#ask(() => this.#docker.swarmUpdate({ _query: { version: Version.Index, ...rotate }, _body: Spec }) as Promise<void>)
  }

  /** The key that opens managers; '': the swarm is not locked. */
  async unlockKey(): Promise<string> {
    const { UnlockKey = '' } = await this.#call<{ UnlockKey?: string }>('GET', '/swarm/unlockkey')
    return UnlockKey
  }

  unlock(key: string): Promise<void> {
    return this.#call('POST', '/swarm/unlock', { UnlockKey: key })
  }

  /** What dockerode has no method for. */
  #call<T>(method: 'GET' | 'POST', path: string, body?: Record<string, string>): Promise<T> {
    return this.#ask(() => new Promise<T>((resolve, reject) => {
      this.#docker.modem.dial({ path, method, statusCodes: { 200: true, 204: true }, ...(body === undefined ? {} : { options: body }) } as never, (error, answer) => {
        if (error === null || error === undefined) resolve(answer as T)
        else reject(error as Error)
      })
    }))
  }

  async #ask<T>(call: () => Promise<T>, joining = false): Promise<T> {
    try {
      return await orAborted(call(), AbortSignal.timeout(this.#deadlineMs))
    } catch (error) {
      if (error instanceof DOMException) throw swarmError('Timeout', `Docker on ${this.server} did not answer within ${String(this.#deadlineMs / 1000)} s.`)
      throw explainSwarm(error, this.server, joining)
    }
  }
}
