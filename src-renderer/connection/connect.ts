import { systemClock } from '../../src-main/common/clock.ts'
import { BRIDGE_FLAG } from '../../src-main/common/contract/bridge.ts'
import type { Contract } from '../../src-main/common/contract/index.ts'
import { CONTRACT } from '../../src-main/common/contract/shape.ts'
import type { ConnectionState } from '../../src-main/common/rpc/reconnecting.ts'
import { ReconnectingClient } from '../../src-main/common/rpc/reconnecting.ts'
import { browserDesktop } from './browser-desktop.ts'
import { openEnginePort } from './engine-port.ts'
import { openEngineSocket } from './engine-socket.ts'

/** The page's way to everything: its services, and whether they can be reached at the moment. */
export interface Connection {
  readonly services: Contract
  /** Whether the engine can be reached. Watches resume by themselves; see `clusters.watchEngine` for how the engine itself is. */
  readonly state: ConnectionState
  /** Tells of each change of `state`. Returns a function that ends it. */
  onState(listener: (state: ConnectionState) => void): () => void
}

/** Connects to the engine: by the ports of the desktop app where there are any, else by a WebSocket to the server the page came from. */
export function connect(): Connection {
  const inDesktop = BRIDGE_FLAG in window
  if (!inDesktop) {
    const client = new ReconnectingClient<Contract>(CONTRACT, openEngineSocket, systemClock)
    return connection(client, { ...client.services, desktop: browserDesktop() })
  }
  const desk = new ReconnectingClient<Contract>(CONTRACT, () => openEnginePort('desk'), systemClock)
  const engine = new ReconnectingClient<Contract>(CONTRACT, () => openEnginePort('engine'), systemClock)
  const { cluster, resources, servers, driving, volumes, placement, rebalance } = engine.services
  return connection(engine, { ...desk.services, cluster, resources, servers, driving, volumes, placement, rebalance })
}

function connection(client: ReconnectingClient<Contract>, services: Contract): Connection {
  return {
    services,
    get state() {
      return client.state
    },
    onState: (listener) => client.onState(listener),
  }
}
