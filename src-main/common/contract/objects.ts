/** Names one object. For Swarm: apiVersion `swarm`, kind `Service`, `Task`, `Node`. */
export interface ObjectRef {
  apiVersion: string
  kind: string
  /** '' for what has no namespace. */
  namespace: string
  name: string
}

/** A change of a list: first one with `reset` and everything, then differences. Lists are keyed by `id`. */
export interface Batch<T extends { id: string }> {
  reset: boolean
  upserted: T[]
  removed: string[]
}

/** How something is, in one word; `reason` and `message` beside it say why. */
export type Health = 'healthy' | 'progressing' | 'degraded' | 'failed' | 'stopped' | 'unknown'

/** A "no" that explains itself. */
export interface Explanation {
  /** Machine-readable, CamelCase: `ImagePullBackOff`, `Unschedulable`. */
  reason: string
  /** A sentence for people; what happened, and where it is known, what to do. */
  message: string
}
