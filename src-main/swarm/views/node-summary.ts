import type { Explanation, Health, NodeSummary } from '../../common/contract/index.ts'
import type { Amounts } from '../docker/specs.ts'
import type { NodeSpec, SwarmNode, SwarmTask } from '../docker/types.ts'
import { nodeRef, time } from './refs.ts'
import { addressOf } from './service-endpoints.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'

/** A node as the screens show it. `tasks` are those that were given to it; `managers`: of the whole swarm. Pure. */
export function nodeSummary(node: SwarmNode, name: string, tasks: readonly SwarmTask[], managers: { total: number; reachable: number }): NodeSummary {
  const { Description, Spec, Status, ManagerStatus } = node
  const living = tasks.filter((task) => isTaskWanted(task) && !isTaskEnded(task))
  const { health, why } = healthOf(node, managers)
  return {
    id: node.ID,
    ref: nodeRef(name),
    health,
    ...(why === undefined ? {} : { why }),
    address: addressOf(node),
    os: Description.Platform?.OS ?? '',
    architecture: Description.Platform?.Architecture ?? '',
    dockerVersion: Description.Engine?.EngineVersion ?? '',
    schedulable: Spec.Availability === 'active',
    // Swarm has no limit to the number of tasks.
    capacity: { ...amountsOf(Description.Resources), pods: 0 },
    requested: living.reduce((sum, { Spec: { Resources } }) => {
      const { cpuMilli, memoryBytes } = amountsOf(Resources?.Reservations)
      return { cpuMilli: sum.cpuMilli + cpuMilli, memoryBytes: sum.memoryBytes + memoryBytes }
    }, { cpuMilli: 0, memoryBytes: 0 }),
    pods: living.length,
    labels: { ...Description.Engine?.Labels, ...Spec.Labels },
    conditions: [
      { type: 'Ready', ok: Status.State === 'ready', message: Status.Message ?? '' },
      { type: 'Availability', ok: Spec.Availability === 'active', message: AVAILABILITY[Spec.Availability] },
      ...(ManagerStatus === undefined ? [] : [managerCondition(ManagerStatus)]),
    ],
    createdAt: time(node.CreatedAt),
  }
}

const AVAILABILITY: Readonly<Record<NodeSpec['Availability'], string>> = { active: 'It takes tasks.', pause: 'It takes no new tasks.', drain: 'It takes no tasks, and those that it had moved elsewhere.' }

function managerCondition({ Leader, Reachability = 'unknown' }: NonNullable<SwarmNode['ManagerStatus']>): NodeSummary['conditions'][number] {
  const words = { reachable: 'The other managers reach it.', unreachable: 'The other managers do not reach it.', unknown: 'The managers do not say whether they reach it.' }
  return { type: Leader === true ? 'Leader' : 'Manager', ok: Reachability === 'reachable', message: words[Reachability] }
}

/** The managers of a swarm, and those that reach each other. */
export function managersOf(nodes: readonly SwarmNode[]): { total: number; reachable: number } {
  const managers = nodes.flatMap(({ ManagerStatus }) => ManagerStatus ?? [])
  return { total: managers.length, reachable: managers.filter(({ Reachability }) => Reachability === 'reachable').length }
}

function healthOf({ Status, Spec, ManagerStatus }: SwarmNode, { total, reachable }: { total: number; reachable: number }): { health: Health; why?: Explanation } {
  if (Status.State === 'down' || Status.State === 'disconnected') return { health: 'failed', why: { reason: 'NodeLost', message: `Nothing is heard from this server${Status.Message === undefined || Status.Message === '' ? '' : ` (${Status.Message})`}. Its tasks run on other servers, as far as there is room.` } }
  if (Status.State !== 'ready') return { health: 'unknown', why: { reason: 'Unknown', message: 'The managers do not know yet how this server is.' } }
  if (ManagerStatus !== undefined && ManagerStatus.Reachability !== 'reachable') {
    return { health: 'degraded', why: { reason: 'ManagerUnreachable', message: `The other managers do not reach this one: ${String(reachable)} of ${String(total)} are left, and a majority (${String(Math.floor(total / 2) + 1)}) is needed to change anything.` } }
  }
  if (Spec.Availability === 'drain') return { health: 'healthy', why: { reason: 'SchedulingDisabled', message: 'This server is drained: its tasks moved elsewhere, and it takes none.' } }
  if (Spec.Availability === 'pause') return { health: 'healthy', why: { reason: 'SchedulingDisabled', message: 'This server is closed to new tasks; those that run here go on.' } }
  return { health: 'healthy' }
}

function amountsOf(amounts: Amounts | undefined): { cpuMilli: number; memoryBytes: number } {
  return { cpuMilli: Math.round((amounts?.NanoCPUs ?? 0) / 1e6), memoryBytes: amounts?.MemoryBytes ?? 0 }
}
