import type { Explanation, SwarmAvailability, SwarmErrorCode, SwarmNode, SwarmPlan, SwarmRole, SwarmServer, SwarmState } from '../../../common/contract/index.ts'
import type { ServerPlace } from '../swarm-server.ts'

/** One thing that is done to the swarm; `run-operation.ts` does it. `server`: a name; `node`: an ID. */
export type Operation =
  | { do: 'init'; server: string; address: string | undefined; dataPathPort: number | undefined; pool: string }
  | { do: 'join'; server: string; role: SwarmRole; address: string | undefined; managers: readonly string[] }
  /** The managers see it, and it takes part. */
  | { do: 'ready'; server: string }
  | { do: 'leave'; server: string }
  | { do: 'role'; node: string; role: SwarmRole }
  | { do: 'availability'; node: string; availability: SwarmAvailability }
  /** Nothing of the swarm runs on it any more. */
  | { do: 'empty'; node: string }
  /** By force: it has left, or is down. */
  | { do: 'remove'; node: string }
  | { do: 'labels'; node: string; labels: Readonly<Record<string, string | null>> }
  | { do: 'rotateToken'; role: SwarmRole }
  | { do: 'rotateCa' }
  | { do: 'autolock'; on: boolean }
  | { do: 'rotateUnlockKey' }
  | { do: 'unlock'; server: string }
  | { do: 'forceNewCluster'; server: string; address: string | undefined }
  /** Managers of the swarm before, of which there is no more than the entry. */
  | { do: 'forgetManagers'; server: string }

/** A planned step and what it says. */
export interface PlannedStep {
  operation: Operation
  message: string
  server?: string
}

/** As `SwarmPlan`, with what the steps do. */
export interface ChangePlan extends Omit<SwarmPlan, 'steps'> {
  steps: PlannedStep[]
}

/** What a plan is made from. */
export interface PlanInput {
  state: SwarmState
  /** By server, of those that could be asked. */
  places: ReadonlyMap<string, ServerPlace>
  /** Networks of all servers' bridges, as CIDRs. */
  bridges: readonly string[]
  /** By a node's ID: the services that may run on no other node, where a plan takes nodes away. */
  bound?: ReadonlyMap<string, readonly string[]>
}

/** A plan that is carried out. */
export function planned(steps: PlannedStep[], consequences: (Explanation | undefined)[] = [], dangerous = false): ChangePlan {
  return { steps, consequences: consequences.filter((c) => c !== undefined), dangerous }
}

/** A plan that says no. */
export function refused(code: SwarmErrorCode, message: string): ChangePlan {
  return { steps: [], consequences: [], dangerous: false, refused: { reason: code, message } }
}

export function step(operation: Operation, message: string, server?: string): PlannedStep {
  return { operation, message, ...(server === undefined ? {} : { server }) }
}

export function serverIn({ servers }: SwarmState, name: string): SwarmServer | undefined {
  return servers.find((server) => server.name === name)
}

export function nodeIn({ nodes }: SwarmState, id: string): SwarmNode | undefined {
  return nodes.find((node) => node.id === id)
}

/** What a node is called: its server's name where it is one of the desk's, else Docker's. */
export function nameOf({ server, hostname }: SwarmNode): string {
  return server ?? hostname
}

/** The "no" of everything that needs a manager, where none can be asked; undefined: one can. */
export function noManager({ cluster, why }: SwarmState): ChangePlan | undefined {
  if (cluster !== undefined) return undefined
  if (why === undefined) return refused('NotInSwarm', 'There is no swarm yet. Begin one first.')
  return refused(why.reason as SwarmErrorCode, why.message)
}
