import type { SwarmNode, SwarmService, SwarmTask, TaskState } from '../docker/types.ts'

const FIRST_MS = 150
const LAST_MS = 15_000
const BLIND_MS = 5_000
const QUORUM_MS = 30_000
/** A task on its way to run. */
const BEFORE_RUNNING: ReadonlySet<TaskState> = new Set(['new', 'allocated', 'pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting'])

/**
 * Milliseconds until the tasks are looked at again without an event; undefined: not before one comes. Docker has no events for tasks, so as long as something
 * is on its way it is looked for: often while it changes, less and less while it does not (`quiet` looks in a row). At rest nobody looks, unless there are
 * nodes whose own Docker is out of reach (`blind`): there a task can end unheard; or several managers: nothing tells when they do not reach each other any more, while
 * each of them still answers this desk.
 */
export function nextLook({ moving, blind, several, quiet }: { moving: boolean; blind: boolean; several: boolean; quiet: number }): number | undefined {
  if (moving) return Math.min(FIRST_MS * 2 ** quiet, LAST_MS)
  if (blind) return Math.min(BLIND_MS * 2 ** quiet, LAST_MS)
  return several ? QUORUM_MS : undefined
}

/** Must managers agree with each other for anything to be changed? */
export function hasSeveralManagers(nodes: readonly SwarmNode[]): boolean {
  return nodes.filter(({ ManagerStatus }) => ManagerStatus !== undefined).length > 1
}

/** Is anything on its way from what is to what is to be? Tasks of a node that is down stay as they were last heard of: that is no movement. Pure. */
export function isMoving({ services, tasks, nodes }: { services: readonly SwarmService[]; tasks: readonly SwarmTask[]; nodes: readonly SwarmNode[] }): boolean {
  const silent = new Set(nodes.filter(({ Status }) => Status.State !== 'ready').map(({ ID }) => ID))
  return services.some(isServiceMoving) || nodes.some(isNodeMoving) || tasks.some((task) => !silent.has(task.NodeID ?? '') && isTaskMoving(task))
}

/** Nodes that are there and whose own Docker tells us nothing. */
export function isBlind(nodes: readonly SwarmNode[], reached: ReadonlySet<string>): boolean {
  return nodes.some(({ ID, Status }) => Status.State === 'ready' && !reached.has(ID))
}

/** Whether a manager is one by now, and whether the others reach it, is found out anew by each answer: no event tells of it. */
function isNodeMoving({ Spec, ManagerStatus }: SwarmNode): boolean {
  return (Spec.Role === 'manager') !== (ManagerStatus !== undefined) || (ManagerStatus !== undefined && ManagerStatus.Reachability !== 'reachable')
}

function isServiceMoving({ UpdateStatus, ServiceStatus, Spec }: SwarmService): boolean {
  if (UpdateStatus?.State === 'updating' || UpdateStatus?.State === 'rollback_started') return true
  if (ServiceStatus === undefined) return false
  const { RunningTasks, DesiredTasks, CompletedTasks } = ServiceStatus
  const isJob = Spec.Mode?.ReplicatedJob !== undefined || Spec.Mode?.GlobalJob !== undefined
  return isJob ? RunningTasks > 0 && CompletedTasks < DesiredTasks : RunningTasks !== DesiredTasks
}

function isTaskMoving({ ServiceID, NodeID, DesiredState, Status }: SwarmTask): boolean {
  if (ServiceID === undefined) return false
  // `ready`: it waits for the older one to end, or for the restart delay.
  if (DesiredState === 'running' || DesiredState === 'complete' || DesiredState === 'ready') return BEFORE_RUNNING.has(Status.State)
  return NodeID !== undefined && (Status.State === 'running' || BEFORE_RUNNING.has(Status.State))
}
