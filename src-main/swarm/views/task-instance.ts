import type { Explanation, Health, Instance, InstanceContainer } from '../../common/contract/index.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'
import { imageName, serviceRef, shortName, taskRef, time } from './refs.ts'
import { taskReason } from './task-reason.ts'

/** What of its surroundings a task's view needs. */
export interface TaskSurroundings {
  /** Undefined: it was removed. */
  service: SwarmService | undefined
  node: SwarmNode | undefined
  nodeName: string
  /** Tasks of the same place that failed before it. */
  restarts: number
  /** For one that waits for a node: why not, node by node. */
  perNode: { node: string; reason: string }[]
}

/** A task as its screen shows it. Pure. */
export function instanceOfTask(task: SwarmTask, about: TaskSurroundings): Instance {
  const { service, node, nodeName } = about
  const why = whyOf(task, node)
  return {
    id: task.ID,
    ref: taskRef(task, service),
    ...(service === undefined ? {} : { app: serviceRef(service) }),
    node: nodeName,
    ip: (task.NetworksAttachments ?? []).flatMap(({ Addresses }) => Addresses ?? []).at(-1)?.split('/')[0] ?? '',
    health: healthOf(task, node),
    status: statusWord(task),
    ...(why === undefined ? {} : { why }),
    perNode: about.perNode,
    containers: [containerOf(task, service, about.restarts, why)],
    createdAt: time(task.CreatedAt),
  }
}

/** Docker's word for its state, as `docker service ps` prints it; one that runs and was asked to end is Terminating. */
function statusWord(task: SwarmTask): string {
  const { State } = task.Status
  if (!isTaskEnded(task) && !isTaskWanted(task)) return 'Terminating'
  return State.charAt(0).toUpperCase() + State.slice(1)
}

function healthOf(task: SwarmTask, node: SwarmNode | undefined): Health {
  const { State } = task.Status
  if (State === 'failed' || State === 'rejected' || State === 'orphaned') return 'failed'
  if (State === 'complete' || State === 'shutdown' || State === 'remove') return 'stopped'
  if (node !== undefined && node.Status.State !== 'ready') return 'unknown'
  if (!isTaskWanted(task)) return 'progressing'
  if (State === 'running') return 'healthy'
  return State === 'pending' && taskReason(task) !== undefined ? 'failed' : 'progressing'
}

function whyOf(task: SwarmTask, node: SwarmNode | undefined): Explanation | undefined {
  const silent = node !== undefined && node.Status.State !== 'ready' && !isTaskEnded(task)
  if (silent) return { reason: 'NodeLost', message: `Nothing is heard from the server "${node.Description.Hostname}", so nobody knows how this task is.` }
  return taskReason(task)
}

function containerOf(task: SwarmTask, service: SwarmService | undefined, restarts: number, why: Explanation | undefined): InstanceContainer {
  const { State, Timestamp, ContainerStatus } = task.Status
  const base = { name: service === undefined ? 'container' : shortName(service), image: imageName(task.Spec.ContainerSpec?.Image ?? ''), kind: 'app' as const, restarts }
  const rest = { since: time(Timestamp), ...(why === undefined ? {} : { why }) }
  if (State === 'running') return { ...base, ...rest, state: 'running', ready: true }
  // It runs, and its health check has not passed yet.
  if (State === 'starting' && ContainerStatus?.PID !== undefined && ContainerStatus.PID > 0) return { ...base, ...rest, state: 'running', ready: false }
  if (!isTaskEnded(task)) return { ...base, ...rest, state: 'waiting', ready: false }
  const code = ContainerStatus?.ContainerID === undefined ? undefined : ContainerStatus.ExitCode
  return { ...base, ...rest, state: 'terminated', ready: false, ...(code === undefined ? {} : { exitCode: code }) }
}
