import type { ObjectRef } from './objects.ts'
import type { ReleaseOrder } from './release.ts'

/** A change that `preview` can show before it is made. */
export type Action =
  | { type: 'setImage'; app: ObjectRef; container: string; image: string }
  | { type: 'rollback'; app: ObjectRef; revision: number }
  | { type: 'steer'; release: ObjectRef; order: ReleaseOrder }
  | { type: 'remove'; ref: ObjectRef }
  /** A Job from a CronJob, or a Job once more. */
  | { type: 'run'; ref: ObjectRef }

/** What an apply would do, or did. Empty `problems` means it can be applied. */
export interface Plan {
  changes: PlannedChange[]
  problems: Problem[]
}

export interface PlannedChange {
  ref: ObjectRef
  action: 'create' | 'update' | 'unchanged' | 'delete'
  /** YAML of both sides, for the diff. '' where there is none. */
  before: string
  after: string
}

/** Something wrong with a text, at its place. Lines and columns count from 1. */
export interface Problem {
  severity: 'error' | 'warning'
  message: string
  line?: number
  column?: number
  endLine?: number
  endColumn?: number
  /** The field: `spec.replicas`. */
  field?: string
}
