import type { Explanation } from '../../common/contract/index.ts'
import type { NodeVolume, SwarmFile, SwarmNetwork, SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'

/** Everything a swarm has, as its manager last told. */
export interface SwarmObjects {
  readonly services: readonly SwarmService[]
  readonly tasks: readonly SwarmTask[]
  readonly nodes: readonly SwarmNode[]
  readonly networks: readonly SwarmNetwork[]
  readonly secrets: readonly SwarmFile[]
  readonly configs: readonly SwarmFile[]
}

/** What a manager is asked for, list by list. */
export type SwarmList = keyof SwarmObjects

export const ALL_LISTS: readonly SwarmList[] = ['services', 'tasks', 'nodes', 'networks', 'secrets', 'configs']

/** Where the picture comes from, and whether it is true now. */
export type PictureSource =
  | { state: 'connecting' }
  /** `manager`: the description of the server that is asked. */
  | { state: 'live'; manager: string }
  /** Nobody who may tell is reached. `since`: when it was last known to be true, milliseconds since the epoch; undefined: never. */
  | { state: 'offline'; message: string; since?: number }

/** A swarm at one moment. */
export interface SwarmPicture extends SwarmObjects {
  readonly source: PictureSource
  /** What the alerts that services ask for say at present, by the services' IDs. */
  readonly alerts: ReadonlyMap<string, readonly Explanation[]>
  /** Docker volumes of the nodes that can be reached directly. */
  readonly volumes: readonly NodeVolume[]
  /** Nodes whose own Docker is reached: their tasks' ends are heard of at once, and their containers can be entered. */
  readonly reached: ReadonlySet<string>
}

export const EMPTY_PICTURE: SwarmPicture = {
  services: [], tasks: [], nodes: [], networks: [], secrets: [], configs: [], volumes: [], reached: new Set(), alerts: new Map(), source: { state: 'connecting' },
}
