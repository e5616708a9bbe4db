import type { Stream } from '../rpc/stream.ts'
import type { Explanation } from './objects.ts'

/** Who drives the cluster: one desk at a time. Another one that knows the cluster looks on, and changes nothing until it takes over. */
export interface Driving {
  watch(): Stream<DrivingState>
  /** The key that opens the copies of the cluster's state on its servers. To be kept away from this desk: without it a lost desk is a lost cluster. */
  recoveryKey(): Promise<string>
  /** A person has kept the key: it is not asked for any more. */
  recoveryKeyKept(): Promise<void>
  /** What a take-over would find now: who drives, which servers answer, how old their newest copy is. */
  takeOverPlan(): Promise<TakeOverPlan>
  /** Restores the newest state that the servers have, then drives. Ends when it does; leaving it before `drive` changes nothing. */
  takeOver(): Stream<TakeOverStep>
}

export interface DrivingState {
  /** This desk drives. */
  drives: boolean
  /** Who drives: `mina@laptop`. */
  driver: string
  /** Why this desk only looks on: `Superseded`, `Stale`, `Joined`. */
  why?: Explanation
  /** For a desk that looks on: the server whose copy it shows; absent while it reaches none. */
  source?: string
  /** For the desk that drives: where copies are kept, and whether they hold everything. */
  copies: { node: string; upToDate: boolean; problem?: string }[]
  /** `kept`: a person said so. */
  recoveryKey: 'none' | 'made' | 'kept'
}

export interface TakeOverPlan {
  driver: string
  /** How long ago it was last seen by a server, milliseconds; absent: it stopped in good order, or never drove. */
  driverSeenAgoMs?: number
  servers: { name: string; answers: boolean; copy: boolean; problem?: string }[]
  /** The newest copy is newer than what this desk has. */
  restores: boolean
  /** Why it cannot be. */
  problem?: Explanation
}

/** Its steps, in order. */
export type TakeOverStep = { step: 'look' | 'restore' | 'drive' | 'done'; message: string }
