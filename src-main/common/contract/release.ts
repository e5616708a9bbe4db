import type { ObjectRef } from './objects.ts'

/** How new versions of an app come in where they come in by steps (a Rollout), and how far the present one is. */
export interface Release {
  ref: ObjectRef
  phase: 'waiting' | 'healthy' | 'progressing' | 'paused' | 'aborted'
  /** What it does and why, in the cluster's words. */
  message: string
  strategy: 'canary' | 'blueGreen'
  steps: ReleaseStep[]
  /** The step under way, or where it was aborted; undefined: no new version is being brought in. */
  step?: number
  /** When the pause is over, milliseconds since the epoch; undefined: not at a pause, or one that waits for a person. */
  until?: number
  stable?: ReleaseRevision
  canary?: ReleaseRevision
  /** No Ingress leads to the app: requests are shared by the number of pods, as near to the steps as that comes. */
  byPods: boolean
  /** What the last look at the new version found. */
  finding?: string
}

/** To a weight in percent, or a pause: `seconds`, or `byHand` until somebody promotes. */
export type ReleaseStep = { weight: number } | { seconds: number } | { byHand: true }

export interface ReleaseRevision {
  /** The ReplicaSet's. */
  name: string
  images: string[]
  /** Percent of the requests. */
  weight: number
  pods: number
  /** Requests since it began, as far as they are counted. */
  requests?: number
  errors?: number
  meanMs?: number
}

/** What a person may tell it. */
export type ReleaseOrder = 'promote' | 'promote-all' | 'abort' | 'retry'
