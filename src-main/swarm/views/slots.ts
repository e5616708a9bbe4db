import type { SwarmTask } from '../docker/types.ts'
import { groupBy } from '../../common/group-by.ts'
import { time } from './refs.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'

/** One place of a service: a number of a replicated one, a node of a global one. Newest first; Swarm keeps some five of each place. */
export interface Slot {
  key: string
  /** Who is there, or who was last. */
  present: SwarmTask
  /** Those before. */
  past: SwarmTask[]
}

/** A service's tasks by place. An old one that ends while the new one starts has the place until the new one runs. Pure. */
export function slotsOf(tasks: readonly SwarmTask[]): Slot[] {
  return [...groupBy(tasks, slotKey)].map(([key, all]) => {
    const newestFirst = [...all].sort((a, b) => rank(b) - rank(a) || time(b.CreatedAt) - time(a.CreatedAt) || b.Version.Index - a.Version.Index)
    const [present, ...past] = newestFirst as [SwarmTask, ...SwarmTask[]]
    return { key, present, past }
  })
}

function slotKey({ Slot: number, NodeID = '', JobIteration }: SwarmTask): string {
  return `${number === undefined || number === 0 ? NodeID : String(number)} ${String(JobIteration?.Index ?? '')}`
}

function rank(task: SwarmTask): number {
  return isTaskWanted(task) && !isTaskEnded(task) ? 2 : isTaskWanted(task) ? 1 : 0
}

/** How many tasks of the place failed before the present one, as far as Swarm remembers. */
export function restartsOf({ past }: Slot): number {
  return past.filter(({ Status }) => Status.State === 'failed' || Status.State === 'rejected').length
}

/** Is there somebody, or shall there be? Places that an app was scaled down from, and jobs of earlier runs, are history. */
export function isSlotWanted({ present }: Slot): boolean {
  return isTaskWanted(present)
}
