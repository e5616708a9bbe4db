import type { ScaledPod } from '../../../policy/autoscaling/scaled-pod.ts'
import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import { amountsOf } from './settings.ts'

const PHASES: Readonly<Record<string, string>> = { running: 'Running', complete: 'Succeeded', shutdown: 'Failed', failed: 'Failed', rejected: 'Failed', remove: 'Failed', orphaned: 'Failed' }
/** A task stays at `ready` while it waits to be restarted. */
const MEANT_TO_RUN = new Set(['running', 'ready'])

/**
 * The tasks of a service as the autoscaler counts pods. A running task is ready since it runs: Swarm calls it `running` only once its health check is
 * passed. Those that are kept as history, or are on their way out, are not among them. Pure.
 */
export function scaledTasks(service: SwarmService, tasks: readonly SwarmTask[]): ScaledPod[] {
  const requests = { task: amountsOf(service) }
  return tasks.filter((task) => task.ServiceID === service.ID && MEANT_TO_RUN.has(task.DesiredState)).map((task): ScaledPod => {
    const { State, Timestamp } = task.Status
    const since = State === 'running' ? Date.parse(Timestamp ?? '') || 0 : undefined
    return {
      name: task.ID, phase: PHASES[State] ?? 'Pending', isDeleting: false, startedAt: since,
      ready: since === undefined ? undefined : { status: 'True', since }, requests,
    }
  })
}
