// What the engine's parts tell of their own work, on `node:diagnostics_channel`s: who counts it (engine/metrics/exposition) listens, and telling costs
// nothing while nobody does. The parts may not call each other, and none of them should have to be handed a counter.

/** The names of the channels, each with its message's type below. */
export const TELEMETRY = {
  request: 'toque.api.request', queue: 'toque.workqueue', reconcile: 'toque.reconcile', attempt: 'toque.scheduling', commit: 'toque.store.commit',
} as const

/** A request to the HTTPS API: as it begins (`begun`), and when its answer has gone. */
export interface RequestTold {
  /** Upstream's: get, list, watch, create, update, patch, apply, delete, deletecollection, connect; for other paths the method, in lower case. */
  readonly verb: string
  /** '' where the path names no kind that is served: clients could make up any number. */
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** It goes on until somebody ends it: a watch, a followed log, exec. */
  readonly longRunning: boolean
  /** How it ended; undefined at its begin. */
  readonly ended?: { readonly code: number; readonly seconds: number }
}

/** A key came into a controller's queue or left it. */
export interface QueueTold {
  readonly name: string
  readonly event: 'add' | 'retry' | 'take'
  /** Keys that are ready and wait. */
  readonly depth: number
}

/** One reconcile is over. */
export interface ReconcileTold {
  readonly controller: string
  readonly result: 'success' | 'requeue_after' | 'error'
  readonly seconds: number
}

/** The scheduler has decided about a pod. */
export interface AttemptTold {
  readonly result: 'scheduled' | 'unschedulable' | 'error'
  readonly seconds: number
}

/** The store has written a batch and synced it to the disk. */
export interface CommitTold {
  readonly changes: number
  readonly seconds: number
}
