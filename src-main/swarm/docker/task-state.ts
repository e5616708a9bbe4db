import type { SwarmTask, TaskState } from './types.ts'

const ENDED: ReadonlySet<TaskState> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])
const WANTED: ReadonlySet<TaskState> = new Set(['running', 'ready', 'complete'])

/** Has it ended, whatever the reason? */
export function isTaskEnded({ Status }: SwarmTask): boolean {
  return ENDED.has(Status.State)
}

/** Shall it be there? (Its history is of those that shall not.) */
export function isTaskWanted({ DesiredState }: SwarmTask): boolean {
  return WANTED.has(DesiredState)
}
