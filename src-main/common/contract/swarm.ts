import type { Stream } from '../rpc/stream.ts'
import type { Explanation, ObjectRef } from './objects.ts'

/**
 * Which servers are in the swarm, and as what: capability `swarmMembership` of `ClusterInfo`. Each change is one `SwarmChange`: `plan` says what it would
 * do, `run` does it. Failures are StatusErrors with a sentence; the cause's reason is a `SwarmErrorCode`. No join token ever crosses this interface.
 */
export interface SwarmMembership {
  /** How it is, now and at each change. Docker tells nobody that a quorum is lost: while somebody watches, that is looked for every few seconds. */
  watch(): Stream<SwarmState>
  /** What a change would do, and what stands in its way. Nothing is changed. Of `unlock`, the key is not looked at. */
  plan(change: SwarmChange): Promise<SwarmPlan>
  /**
   * Does it, step by step as planned; the plan is made anew, and one that is refused fails with its sentence. The stream ends when all is done.
   * Leaving it stops before the next step; what is done stays done.
   */
  run(change: SwarmChange): Stream<SwarmProgress>
  /** Addresses of a server that others could know it by, the best first. */
  addresses(server: string): Promise<AddressChoice[]>
  /** The key that opens managers after a restart, for a person to write down; undefined: the swarm is not locked. Ask for it only to show it. */
  unlockKey(): Promise<string | undefined>
}

/** Finds what Docker does not say: capability `swarmDoctor`. */
export interface SwarmDoctor {
  /** Looks at everything once; at most half a minute. Never throws for what a server does not answer: that is in `missing`. */
  examine(): Promise<Examination>
  /** Does what a finding offers. A `membership` fix is a change like any other: show its plan first and run it as one. */
  pinService(service: string, node: string): Promise<void>
}

export type SwarmRole = 'worker' | 'manager'
export type SwarmAvailability = 'active' | 'pause' | 'drain'

/** A change of the swarm. `server`: the name of a server; `node`: the ID of a swarm node. */
export type SwarmChange =
  /** Begins a swarm. What is undefined is chosen: see `addresses`; port 4789; a pool of addresses that no server's network has. */
  | { type: 'init'; server: string; address?: string; dataPathPort?: number; pool?: string }
  /** `more`: servers that join in the same way after it. `leaveFirst`: it is in another swarm, or in an old state of this one, and shall leave that. */
  | { type: 'join'; server: string; more?: readonly string[]; role: SwarmRole; address?: string; leaveFirst?: boolean }
  | { type: 'promote'; node: string }
  | { type: 'demote'; node: string }
  /** `endSwarm`: it is the last manager, and the swarm with all its services shall end. */
  | { type: 'leave'; server: string; endSwarm?: boolean }
  /** Forgets a node that is down for good. */
  | { type: 'remove'; node: string }
  | { type: 'availability'; node: string; availability: SwarmAvailability }
  /** null: the label goes. */
  | { type: 'labels'; node: string; labels: Record<string, string | null> }
  | { type: 'rotateToken'; role: SwarmRole }
  | { type: 'rotateCa' }
  | { type: 'autolock'; on: boolean }
  | { type: 'rotateUnlockKey' }
  /** `key`: as a person wrote it down; undefined: the one that this desk keeps. */
  | { type: 'unlock'; server: string; key?: string }
  /** Makes a swarm of the one manager that is left, when the quorum is lost. */
  | { type: 'forceNewCluster'; server: string }

export interface SwarmState {
  /** Every server that this desk knows, in the swarm or not. */
  servers: SwarmServer[]
  /** What a manager says; empty where none can be asked. */
  nodes: SwarmNode[]
  /** Absent: no server is in a swarm, or no manager can be asked. */
  cluster?: SwarmCluster
  /** Absent where there is no swarm. */
  quorum?: QuorumHealth
  /** Why no manager could be asked, where there is a swarm: `QuorumLost`, `Locked`, `Unreachable`. */
  why?: Explanation
  /** Where no manager can be asked: managers are locked when they restart, as the swarm was when it was last told of. Absent: they are not, or nobody knows. */
  wasAutolocked?: true
}

export interface SwarmServer {
  name: string
  /** `other`: in a swarm, but not in that of the first server that is in one. `joining`: it tries to get into a swarm, or back into it. */
  state: 'outside' | 'joining' | 'member' | 'other' | 'locked' | 'failed' | 'unreachable'
  why?: Explanation
  /** Its node's ID, while it is in a swarm. */
  node?: string
  manager: boolean
  /** Docker's own name for the machine. */
  hostname: string
  /** Its address as the swarm knows it. */
  address?: string
  /** Addresses of the managers it knows, as HOST:PORT. */
  managers: string[]
  dockerVersion: string
}

export interface SwarmNode {
  id: string
  /** Docker's name of the machine. */
  hostname: string
  /** The server of this desk that it is, where it is one. */
  server?: string
  role: SwarmRole
  /** Of managers that take part in votes: they can be reached. Absent for workers, and for what is a manager by name only. */
  reachable?: boolean
  leader: boolean
  availability: SwarmAvailability
  state: 'ready' | 'down' | 'disconnected' | 'unknown'
  /** Docker's word on the state. */
  message: string
  address: string
  dockerVersion: string
  /** `linux/amd64`, as images name it. */
  platform: string
  labels: Record<string, string>
  /** Running tasks that are counted on it. */
  tasks: number
}

export interface SwarmCluster {
  id: string
  autolock: boolean
  /** UDP port of the overlay networks. */
  dataPathPort: number
  /** Where overlay networks get their addresses. */
  pools: string[]
  /** A CA rotation is under way: nodes that have the new certificate, and all. */
  rotation?: { done: number; total: number }
}

/** Raft needs more than half of the managers. */
export interface QuorumHealth {
  managers: number
  /** Of them, how many answer. */
  reachable: number
  needed: number
  /** How many more may be lost before nothing can be changed any more. */
  mayLose: number
  state: 'healthy' | 'fragile' | 'lost'
  /** What to do about the number of managers: `OneManager`, `TwoManagers`, `EvenManagers`, `ManyManagers`, `AtTheLimit`, `QuorumLost`. */
  advice?: Explanation
}

/** What a change does, in order. */
export interface SwarmPlan {
  steps: { message: string; server?: string }[]
  /** What people should know before: what stops, what is lost, what stays. */
  consequences: Explanation[]
  /** Cannot be undone, or stops what runs: ask before. */
  dangerous: boolean
  /** Why it cannot be done now. Then there are no steps. */
  refused?: Explanation
}

export interface SwarmProgress {
  /** Index in the plan's steps. */
  step: number
  /** How many steps there are. */
  of: number
  message: string
  /** How far a long step is. */
  part?: { done: number; total: number }
}

export interface AddressChoice {
  address: string
  /** Its network, as a CIDR. */
  network: string
  /** `Shared`: other servers are in the same network; `Private`; `Public`: whoever is on the internet may try the swarm's ports. */
  why: Explanation
}

/** Why something about a swarm failed. */
export type SwarmErrorCode =
  | 'NotAManager' | 'NotInSwarm' | 'AlreadyInSwarm' | 'WrongAddress' | 'PortClosed' | 'TokenRefused' | 'ClockSkew' | 'QuorumLost' | 'Locked' | 'WrongKey' | 'NotLocked'
  | 'LastManager' | 'NodeNotDown' | 'NoSuchNode' | 'NoSuchServer' | 'PoolClash' | 'PortInUse' | 'Changed' | 'Timeout' | 'Refused' | 'Unreachable' | 'Failed'

export interface Examination {
  /** Milliseconds since the epoch. */
  at: number
  /** Worst first. */
  findings: Finding[]
  /** What could not be learned, so that a clean report does not promise too much. */
  missing: { what: string; where: ObjectRef; why: string }[]
}

export interface Finding {
  /** The same finding has the same ID at the next examination. */
  id: string
  severity: 'error' | 'warning' | 'info'
  /** Machine-readable, CamelCase. The message says what is wrong, in a sentence. */
  why: Explanation
  about: ObjectRef[]
  /** What to do, in words. */
  fix: string
  /** What Toque can do about it by a click. */
  action?: FindingAction
}

export type FindingAction =
  | { type: 'membership'; change: SwarmChange }
  /** Keeps the service where its data is. A task that runs there runs on. */
  | { type: 'pinService'; service: string; node: string }
