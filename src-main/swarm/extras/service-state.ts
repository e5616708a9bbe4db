import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'

export { modeOf, replicasOf } from '../docker/service-mode.ts'
export type { ServiceMode as Mode } from '../docker/service-mode.ts'

const ENDED = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])
const ENDED_BY_ITSELF = new Set(['complete', 'failed', 'rejected'])
const GOES_ON = new Set(['updating', 'rollback_started'])
const STOPPED = new Set(['paused', 'rollback_paused'])

/** Are its tasks being replaced at present, by a new version or back by the old one? */
export function isBeingUpdated({ UpdateStatus }: SwarmService): boolean {
  return GOES_ON.has(UpdateStatus?.State ?? '')
}

/** Is that so, or did it stop half-way? */
export function isChanging(service: SwarmService): boolean {
  return isBeingUpdated(service) || STOPPED.has(service.UpdateStatus?.State ?? '')
}

/** Has the task ended, one way or the other? */
export function hasEnded({ Status: { State } }: SwarmTask): boolean {
  return ENDED.has(State)
}

/** Did it end by itself, well or not? One that Swarm ends is `shutdown`, one whose health check fails `failed`. */
export function endedByItself({ Status: { State } }: SwarmTask): boolean {
  return ENDED_BY_ITSELF.has(State)
}

/** Is the task still meant to run, or to come to its end? What is only kept as history is not. */
export function isWanted({ DesiredState }: SwarmTask): boolean {
  return !ENDED.has(DesiredState) || DesiredState === 'complete'
}

/** The tasks of a service that run or are about to. */
export function liveTasks(service: SwarmService, tasks: readonly SwarmTask[]): SwarmTask[] {
  return tasks.filter((task) => task.ServiceID === service.ID && isWanted(task) && !hasEnded(task))
}

/** Its tasks that run, on nodes that are heard of: what a lost node said last says nothing. */
export function runningTasks(service: SwarmService, tasks: readonly SwarmTask[], nodes: readonly SwarmNode[]): SwarmTask[] {
  const silent = new Set(nodes.filter(({ Status }) => Status.State !== 'ready').map(({ ID }) => ID))
  return liveTasks(service, tasks).filter((task) => task.Status.State === 'running' && !silent.has(task.NodeID ?? ''))
}

/** Why a task ended, in Swarm's words where it has some. */
export function endOf({ Status: { State, Err = '', ContainerStatus } }: SwarmTask): string {
  const code = ContainerStatus?.ExitCode
  return Err !== '' ? Err : code !== undefined && code !== 0 ? `exit code ${String(code)}` : State
}

/** Does the node take new tasks? */
export function isOpen({ Spec, Status }: SwarmNode): boolean {
  return Status.State === 'ready' && (Spec.Availability ?? 'active') === 'active'
}

/** As people know a node. */
export function nodeName(node: SwarmNode): string {
  return node.Description?.Hostname ?? node.ID
}
