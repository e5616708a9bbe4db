import type { Mode, Needs } from '../which-mode.ts'

/** Helps to choose between the modes. Words come as keys of the screens' messages, with what goes into them. */
export interface Guide {
  /** What fits, by what was answered; what was not counts as the least. Rejects with BadRequest for an answer that cannot be. */
  recommend(answers: Partial<Needs>): Promise<Recommendation>
  /** The cluster that the screens show, and whether it has outgrown its mode, by what it is and what was answered besides. */
  present(answers: Partial<Needs>): Promise<PresentCluster>
}

/** What a sentence for people is made of. */
export interface Saying {
  readonly key: string
  readonly values: Readonly<Record<string, number | string>>
}

/** Why, or why not. */
export interface Reason extends Saying {
  readonly criterion: keyof Needs
  /** The lightest mode that is right by this alone. */
  readonly mode: Mode
}

/** One answer that would lead to another mode. */
export interface Change extends Saying {
  readonly criterion: keyof Needs
  readonly to: Mode
}

/** Which mode, and why. */
export interface Recommendation {
  readonly mode: Mode
  /** What asks for it, the first to be asked first; where nothing asks for more than Swarm, what speaks for that. Never empty. */
  readonly reasons: readonly Reason[]
  /** What else asks for more than the lightest, but not for as much. */
  readonly also: readonly Reason[]
  /** What would change the answer, one thing at a time, with all else as it is. */
  readonly changes: readonly Change[]
  /** What was not said and counts as the least. */
  readonly unanswered: readonly (keyof Needs)[]
  /** What to keep in mind with that mode. */
  readonly advice: readonly Saying[]
}

/** What can be read of a running cluster. Whoever reads it says only what it knows. */
export interface ClusterFacts {
  readonly servers: number
  /** Deployed by people: no part of the cluster itself. */
  readonly services: number
  /** Servers with a GPU. */
  readonly gpuServers: number
  /** Services that are scaled by their use. */
  readonly autoscaled: number
  /** Those that may change it, where the cluster knows them apart. */
  readonly people?: number
}

/** Does a cluster still do what it is for? */
export interface Outgrown {
  /** Undefined: it is still right. */
  readonly to: Mode | undefined
  /** What is too much for it. */
  readonly signs: readonly Reason[]
  /** What is close to being too much. */
  readonly near: readonly Saying[]
}

export interface PresentCluster {
  readonly mode: Mode
  /** What of it is an answer already. */
  readonly answers: Partial<Needs>
  readonly outgrown: Outgrown
}
