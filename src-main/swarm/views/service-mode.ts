import type { SwarmService, SwarmTask } from '../docker/types.ts'
import { isTaskEnded, isTaskWanted } from './task-instance.ts'

export type ServiceMode = 'replicated' | 'global' | 'replicated-job' | 'global-job'

/** How a service's tasks are counted. Docker's own default is replicated. */
export function modeOf({ Spec: { Mode } }: SwarmService): ServiceMode {
  if (Mode?.Global !== undefined) return 'global'
  if (Mode?.ReplicatedJob !== undefined) return 'replicated-job'
  return Mode?.GlobalJob !== undefined ? 'global-job' : 'replicated'
}

export function isJob(service: SwarmService): boolean {
  return modeOf(service).endsWith('-job')
}

/** How many tasks it wants to run (a job: to complete). For a global one Docker counts the nodes that fit. */
export function desiredOf(service: SwarmService, tasks: readonly SwarmTask[]): number {
  const { Mode } = service.Spec
  switch (modeOf(service)) {
    case 'replicated': return Mode?.Replicated?.Replicas ?? 1
    case 'replicated-job': return Mode?.ReplicatedJob?.TotalCompletions ?? 1
    default: return service.ServiceStatus?.DesiredTasks ?? tasks.filter((task) => isTaskWanted(task) && !isTaskEnded(task)).length
  }
}
