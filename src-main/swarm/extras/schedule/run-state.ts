import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import { LAST_RUN, RUNNING, labelsOf } from '../labels.ts'
import { endOf, hasEnded, modeOf, replicasOf } from '../service-state.ts'

/** How the latest run of a scheduled service is going. */
export interface RunState {
  /** Something of it runs, or is about to. */
  readonly isRunning: boolean
  /** Its tasks were there and have come to their end, all of them. */
  readonly isOver: boolean
  /** Why it did not do its work, as the rest of a sentence; undefined where it did. */
  readonly failure: string | undefined
}

/**
 * The state of the latest run. Every run has a ForceUpdate number of its own, so tasks of another run, or that are being removed, are told apart.
 * A task is over for good once Swarm wants it no more: until then one that failed may be started again. Pure.
 */
export function runState(service: SwarmService, tasks: readonly SwarmTask[]): RunState {
  const forced = service.Spec.TaskTemplate.ForceUpdate ?? 0
  const own = tasks.filter((t) => t.ServiceID === service.ID && t.DesiredState !== 'remove')
  const byPlace = new Map<string, SwarmTask>()
  for (const task of own.filter((t) => (t.Spec?.ForceUpdate ?? 0) === forced)) {
    const place = modeOf(service) === 'global-job' ? (task.NodeID ?? '') : String(task.Slot ?? 0)
    const known = byPlace.get(place)
    if (known === undefined || Date.parse(known.CreatedAt) <= Date.parse(task.CreatedAt)) byPlace.set(place, task)
  }
  const newest = [...byPlace.values()]
  const isStopped = isMarked(service) && modeOf(service) === 'replicated' && replicasOf(service) === 0
  const isAllOver = isStopped || (newest.length >= placesOf(service) && newest.every(isOverForGood))
  return {
    isRunning: isMarked(service) ? !isAllOver : own.some((t) => !isOverForGood(t)),
    isOver: isAllOver,
    failure: isStopped ? 'somebody scaled it to 0 before it had done its work' : failureOf(newest),
  }
}

/** Was a run begun by its schedule, whose end is not written yet? Never so of a job: Swarm begins a job anew whenever anything is written to its service. */
export function isMarked(service: SwarmService): boolean {
  return labelsOf(service)[RUNNING] !== undefined
}

/** When it ran last, milliseconds since the epoch: as it is written on it, else not before it was last written by anybody. */
export function lastRunOf(service: SwarmService): number {
  const written = Date.parse(labelsOf(service)[LAST_RUN] ?? '')
  return Number.isNaN(written) ? Date.parse(service.UpdatedAt) : written
}

function placesOf(service: SwarmService): number {
  const mode = modeOf(service)
  if (mode === 'replicated') return Math.max(1, replicasOf(service))
  return mode === 'replicated-job' ? (service.Spec.Mode?.ReplicatedJob?.TotalCompletions ?? 1) : 1
}

function isOverForGood(task: SwarmTask): boolean {
  return task.Status.State === 'complete' || (hasEnded(task) && (task.DesiredState === 'shutdown' || task.DesiredState === 'remove'))
}

function failureOf(tasks: readonly SwarmTask[]): string | undefined {
  const failed = tasks.filter((t) => t.Status.State !== 'complete')
  if (failed.length === 0) return undefined
  return `${String(failed.length)} of its ${String(tasks.length)} tasks failed (${[...new Set(failed.map(endOf))].join('; ')})`
}
