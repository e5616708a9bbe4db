import type { Explanation, Health } from '../../common/contract/index.ts'
import type { SwarmTask } from '../docker/types.ts'
import type { Slot } from './slots.ts'
import { taskReason } from './task-reason.ts'

const OVER = new Set(['complete', 'failed', 'rejected'])

/** Has the present task of this place ended for good? Swarm makes no other when the restart policy says so (its condition, or its attempts are used up): then nobody is wanted there any more. */
function isOver({ present }: Slot): boolean {
  return present.DesiredState === 'shutdown' && OVER.has(present.Status.State)
}

/**
 * How a service is whose tasks have ended and are not started again; undefined while one of the `desired` places may still get a task. `running`: how many run;
 * `isPresent`: of the service as it is now, not of a version before. Pure.
 */
export function endedService(slots: readonly Slot[], desired: number, running: number, isPresent: (task: SwarmTask) => boolean): { health: Health; why: Explanation } | undefined {
  const over = slots.filter((slot) => isOver(slot) && isPresent(slot.present)).map(({ present }) => present)
  if (over.length === 0 || running + over.length < desired) return undefined
  const failed = over.map((task) => taskReason(task)).find((why) => why !== undefined)
  if (failed !== undefined) return { health: running === 0 ? 'failed' : 'degraded', why: { reason: failed.reason, message: `${failed.message} It is not started again: so its restart policy says.` } }
  if (running > 0) return undefined
  return { health: 'stopped', why: { reason: 'Completed', message: 'Its tasks did their work and ended. Its restart policy does not start them again.' } }
}
