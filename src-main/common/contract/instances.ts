import type { Explanation, Health, ObjectRef } from './objects.ts'

export interface Instance {
  id: string
  ref: ObjectRef
  app?: ObjectRef
  node: string
  ip: string
  health: Health
  /** As kubectl prints it: Running, Pending, CrashLoopBackOff, Terminating, Completed... */
  status: string
  why?: Explanation
  /** For a pending instance: why not, per node. */
  perNode: { node: string; reason: string }[]
  containers: InstanceContainer[]
  createdAt: number
}

export interface InstanceContainer {
  name: string
  image: string
  kind: 'init' | 'app'
  state: 'waiting' | 'running' | 'terminated'
  ready: boolean
  restarts: number
  /** Since when it is in this state; milliseconds since the epoch. */
  since?: number
  why?: Explanation
  exitCode?: number
}

export interface LogQuery {
  instances: ObjectRef[]
  container?: string
  follow: boolean
  previous?: boolean
  tailLines?: number
  /** Milliseconds since the epoch. */
  since?: number
}

export interface LogLine {
  instance: string
  container: string
  /** Milliseconds since the epoch. */
  time: number
  stream: 'stdout' | 'stderr'
  text: string
}

export interface ExecQuery {
  instance: ObjectRef
  container: string
  /** Empty: the best shell there is. */
  command: string[]
  columns: number
  rows: number
}

export type TerminalInput = { type: 'data'; data: string } | { type: 'resize'; columns: number; rows: number }
export type TerminalOutput = { type: 'data'; data: string } | { type: 'exit'; code: number; message?: string }
