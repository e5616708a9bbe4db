import type { Stream } from '../rpc/stream.ts'
import type { ClusterMode } from './mode.ts'

/**
 * Moves an app between the swarm and the Toque engine's cluster on the same servers. A swarm's app is a stack, a cluster's is a namespace or some of its workloads.
 * The old one serves until the new one is ready, and is kept, at rest, until a person says `finish`.
 */
export interface Moves {
  /** The moves that are under way, were broken off, or wait for `finish`; now and at each change. */
  watch(): Stream<MoveState[]>
  /** What a move would do, and what stands in its way. Nothing is changed. */
  plan(what: MoveRequest): Promise<MovePlan>
  /**
   * Does it, step by step, as planned now; a plan with errors is refused with its sentences. Ends when the app is moved. When a step fails, or the stream is left, what was done is
   * taken back first: the old one serves again. Fails with the sentence why.
   */
  run(what: MoveRequest): Stream<MoveProgress>
  /** Goes on with a move that an engine left in the middle, at its step. Leaving the stream takes it back, as with `run`. NotFound, Conflict (it is under way). */
  goOn(id: string): Stream<MoveProgress>
  /** Takes a move back: one that was broken off, or one that is done and not finished. The old one serves again, with the data as it is now. */
  takeBack(id: string): Stream<MoveProgress>
  /** The person's word that the move is good: removes what is left of the app at the old place, but no volume. Of a move that was taken back it only forgets what was said. */
  finish(id: string): Promise<void>
}

export interface MoveRequest {
  to: ClusterMode
  /** The stack, or the namespace. */
  from: string
  /** What it shall be called there: the namespace, or the stack. Default: as here. */
  as?: string
  /** Of a namespace: only these workloads, by name, with what they use. Default: all. */
  only?: string[]
}

export type MoveStepName = 'make' | 'startStateless' | 'stopData' | 'startData' | 'switchTraffic' | 'stopOld'

export interface MoveStep {
  name: MoveStepName
  /** What it does, in a sentence. */
  message: string
  /** How it is taken back. */
  undo: string
  /** Whoever needs the data waits, or fails, from here until `startData` is done. */
  pause: boolean
}

export interface MovePlan {
  steps: MoveStep[]
  /** The services or workloads that move. `data`: it is stopped here before it starts there. */
  parts: { name: string; replicas: number; data: boolean }[]
  /** Every field of the app: the same there, changed, or lost, with what to do. */
  report: MoveField[]
  ports: MovePort[]
  volumes: MoveVolume[]
  /** An error stands in the way. */
  problems: { severity: 'error' | 'warning'; message: string }[]
  /** Parts with data are stopped at most so long before they are killed, in seconds; how long they are away is this and their start. */
  stopSeconds: number
}

export interface MoveField {
  /** As people write it: `services.web.ports[0].mode`. */
  field: string
  verdict: 'same' | 'changed' | 'lost'
  /** '' when it is the same. */
  message: string
}

/** A published port, and who has it when. */
export interface MovePort {
  port: number
  protocol: string
  part: string
  before: string
  /** While both run. */
  meanwhile: string
  after: string
}

/** A volume with data. It stays where it is, and is mounted there: nothing is copied. */
export interface MoveVolume {
  /** Docker's name for it. */
  name: string
  server: string
  part: string
  /** What has it there: a claim, or a volume of the stack. */
  becomes: string
  /** Absent where it could not be counted. */
  bytes?: number
}

/** `interrupted`: the engine ended in the middle; `goOn` or `takeBack`. */
export type MovePhase = 'moving' | 'takingBack' | 'interrupted' | 'moved' | 'takenBack'

export interface MoveState {
  /** The stack's name. */
  id: string
  what: MoveRequest
  phase: MovePhase
  /** The step that is under way, or was. */
  step: MoveStepName
  message: string
  /** Why it was taken back. */
  problem?: string
}

export interface MoveProgress {
  phase: MovePhase
  step: MoveStepName
  /** The step's place among those of the plan, and how many these are. */
  at: number
  of: number
  message: string
}
