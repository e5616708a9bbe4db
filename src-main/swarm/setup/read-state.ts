import { messageOf } from '../../common/errors.ts'
import type { DockerInfo, DockerNode, DockerSwarm, DockerTask } from './docker-shapes.ts'
import { EngineApi } from './engine-api.ts'
import { swarmCode } from './swarm-error.ts'
import type { DeskServer } from './swarm-server.ts'

/** A Docker that takes longer to tell of itself counts as not answering. */
const LOOK_MS = 6_000

/** What one server answered. */
export interface ServerReading {
  name: string
  /** Undefined: it cannot be reached; `why` says why. */
  info?: DockerInfo
  why?: string
}

/** What a manager answered. */
export interface ManagerReading {
  /** The server that was asked. */
  server: string
  nodes: DockerNode[]
  swarm: DockerSwarm
  tasks: DockerTask[]
}

/** What all servers say, as it came. Holds join tokens: `stateOf` leaves them out. */
export interface Reading {
  servers: ServerReading[]
  manager?: ManagerReading
  /** Why no manager could be asked: by server. */
  refusals: { server: string; code: string | undefined; message: string }[]
}

/** Asks all servers at the same time, then the managers one after the other until one answers. Never rejects. `deadlineMs`: of each question. */
export async function readSwarm(servers: readonly DeskServer[], deadlineMs = LOOK_MS): Promise<Reading> {
  const readings = await Promise.all(servers.map((server) => readServer(server, deadlineMs)))
  const refusals: Reading['refusals'] = []
  for (const server of servers) {
    const info = readings.find(({ name }) => name === server.name)?.info
    if (info?.Swarm?.ControlAvailable !== true) continue
    try {
      const api = new EngineApi(server, deadlineMs)
      const [nodes, swarm, tasks] = await Promise.all([api.nodes(), api.swarm(), api.tasks()])
      return { servers: readings, manager: { server: server.name, nodes, swarm, tasks }, refusals }
    } catch (error) {
      refusals.push({ server: server.name, code: swarmCode(error), message: messageOf(error) })
    }
  }
  return { servers: readings, refusals }
}

async function readServer(server: DeskServer, deadlineMs: number): Promise<ServerReading> {
  try {
    return { name: server.name, info: await new EngineApi(server, deadlineMs).info() }
  } catch (error) {
    return { name: server.name, why: messageOf(error) }
  }
}
