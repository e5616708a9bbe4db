import { messageOf } from '../../common/errors.ts'
import { managersToAsk } from '../docker/which-swarm.ts'
import type { DockerInfo, SwarmNode, SwarmObject, SwarmTask } from '../docker/types.ts'
import { EngineApi } from './engine-api.ts'
import { swarmCode } from './swarm-error.ts'
import type { DeskServer } from './swarm-server.ts'

/** A Docker that takes longer to tell of itself counts as not answering. */
const LOOK_MS = 6_000
/** One that did not answer the last time is waited for no longer than this: those that do answer are what people wait for. */
const SILENT_MS = 1_500

/** What one server answered. */
export interface ServerReading {
  name: string
  /** Undefined: it cannot be reached; `why` says why. */
  info?: DockerInfo
  why?: string
  /** Its node's ID, when it was last heard of. */
  lastNode?: string
}

/** What a manager answered. */
export interface ManagerReading {
  /** The server that was asked. */
  server: string
  nodes: SwarmNode[]
  swarm: SwarmObject
  tasks: SwarmTask[]
}

/** What all servers say, as it came. Holds join tokens: `stateOf` leaves them out. */
export interface Reading {
  servers: ServerReading[]
  manager?: ManagerReading
  /** Why no manager could be asked: by server. */
  refusals: { server: string; code: string | undefined; message: string }[]
  /** Where no manager could be asked: were managers locked at restart when one was asked last? */
  wasAutolocked?: boolean
}

/** Reads how the swarm is from all the servers, and remembers who is who. */
export class SwarmReader {
  readonly #servers: () => readonly DeskServer[]
  readonly #nodes = new Map<string, string>()
  readonly #silent = new Set<string>()
  /** The ID of the swarm that was last told of: another one that a server is in is not taken for it. */
  #swarm: string | undefined
  #autolocked = false

  constructor(servers: () => readonly DeskServer[]) {
    this.#servers = servers
  }

  /** Asks all servers at the same time, then the managers of the swarm, one after the other, until one tells of it. Never rejects. */
  async read(): Promise<Reading> {
    const known = this.#servers()
    const servers = await Promise.all(known.map((server) => this.#readServer(server)))
    const refusals: Reading['refusals'] = []
    for (const { name } of managersToAsk(servers, ({ info }) => info?.Swarm, this.#swarm)) {
      const server = known.find((one) => one.name === name)
      if (server === undefined) continue
      try {
        const manager = await readManager(server)
        this.#swarm = manager.swarm.ID
        this.#autolocked = manager.swarm.Spec.EncryptionConfig?.AutoLockManagers ?? false
        return { servers, refusals, manager }
      } catch (error) {
        refusals.push({ server: name, code: swarmCode(error), message: messageOf(error) })
      }
    }
    return { servers, refusals, wasAutolocked: this.#autolocked }
  }

  async #readServer(server: DeskServer): Promise<ServerReading> {
    const { name } = server
    try {
      const info = await new EngineApi(server, this.#silent.has(name) ? SILENT_MS : LOOK_MS).info()
      this.#silent.delete(name)
      // One that is locked does not know which node it is.
      if (info.Swarm?.LocalNodeState !== 'locked') this.#nodes.set(name, info.Swarm?.NodeID ?? '')
      return { name, info, ...this.#lastNode(name) }
    } catch (error) {
      this.#silent.add(name)
      return { name, why: messageOf(error), ...this.#lastNode(name) }
    }
  }

  #lastNode(name: string): { lastNode?: string } {
    const lastNode = this.#nodes.get(name) ?? ''
    return lastNode === '' ? {} : { lastNode }
  }
}

async function readManager(server: DeskServer): Promise<ManagerReading> {
  const api = new EngineApi(server, LOOK_MS)
  const [nodes, swarm, tasks] = await Promise.all([api.nodes(), api.swarm(), api.tasks()])
  return { server: server.name, nodes, swarm, tasks }
}
