import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

/**
 * A person's wish that pods are spread anew, so that a server that came (back) is used: moved gently, a few at a time, each by an eviction and only
 * where it improves something.
 */
export interface Rebalance extends KubeObject {
  spec: RebalanceSpec
  status?: RebalanceStatus
}

export interface RebalanceSpec {
  /** `Once` (the default): now, to its end. `Always`: whenever servers came or changed, and that has settled. */
  when?: 'Once' | 'Always'
  /** Only pods of these; absent: of all. */
  namespaces?: string[]
  /** Moves under way at a time, of different apps; the next begins when one's replacement is Ready. Default 1. */
  atOnce?: number
  /** `Always`: how long the servers must have been as they are. Default 60. */
  settleSeconds?: number
}

export interface RebalanceStatus {
  /** `Waiting`: a move is not allowed at the moment, and is tried again. `Stopped`: it gave up; the message says why. */
  phase?: 'Running' | 'Waiting' | 'Done' | 'Stopped'
  message?: string
  /** The generation of the spec that this is about. */
  observedGeneration?: number
  /** Moves under way. */
  current?: MoveUnderWay[]
  /** Moves of this run that are over, the last 100. */
  moves?: MoveDone[]
}

/** Why a pod is moved. `NotAllowed`: its own rules (affinity, taints) speak against its node by now. `Spread`: its spread constraints do. `Crowded`: too many of its app are together. `Uneven`: its node is fuller than others. */
export type MoveReason = 'NotAllowed' | 'Spread' | 'Crowded' | 'Uneven'

export interface MoveUnderWay {
  namespace: string
  pod: string
  uid: string
  /** UID of the controller that makes it anew. */
  owner: string
  from: string
  /** Where it may go: equally good nodes. */
  to: string[]
  reason: MoveReason
  /** Ready pods of its owner when it was asked to go: as many must be again. */
  ready: number
  since: string
}

export interface MoveDone {
  namespace: string
  pod: string
  owner: string
  from: string
  /** Where its replacement is; absent: there is none any more. */
  to?: string
  reason: MoveReason
  /** It did not go where it should have: its app is left alone in this run. */
  inVain?: boolean
}

export const Rebalances: Resource<Rebalance> = { group: 'toque.dev', version: 'v1', kind: 'Rebalance', plural: 'rebalances', namespaced: false }

/**
 * On a pod, on what owns it (a Deployment, a StatefulSet), or on its namespace; the nearest word counts. `false`: never moved. `true`: moved even if it is the
 * only one of its app or keeps scratch data in an emptyDir. Data on a server's disk is never left behind.
 */
export const MAY_REBALANCE = 'toque.dev/rebalance'

/** Is it over, for good (`Once`) or for now? */
export function isRebalanceOver({ metadata, status }: Rebalance): boolean {
  return (status?.phase === 'Done' || status?.phase === 'Stopped') && status.observedGeneration === metadata.generation
}
