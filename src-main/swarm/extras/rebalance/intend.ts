import { excesses } from '../../../policy/rebalance/crowding.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../../docker/types.ts'
import { holdOf } from '../hold.ts'
import { hasEnded, isWanted, liveTasks, nodeName, replicasOf } from '../service-state.ts'
import { mayTake } from './may-take.ts'
import type { RebalanceSettings } from './settings.ts'

/** All that a look at one service is made of. */
export interface RebalanceInput {
  readonly service: SwarmService
  readonly settings: RebalanceSettings
  /** Of all services. */
  readonly tasks: readonly SwarmTask[]
  readonly nodes: readonly SwarmNode[]
  /** For how many milliseconds a node has been as it is. */
  settledMs(node: SwarmNode): number
}

/** What comes of it; `waitMs`: look again then. */
export interface RebalanceIntent {
  readonly what: 'rebalance' | 'nothing' | 'wait'
  readonly message: string
  readonly waitMs?: number
}

/**
 * Should the tasks of a service be made anew, so that Swarm spreads them over the nodes that there are? Only when that can help: they are uneven, and a node
 * with too few came (or was opened, or labelled) after the eldest of them was placed. Once all are younger than that node, Swarm has had its say, and
 * whatever came of it stays: nothing is tried twice, by whatever engine. Pure.
 */
export function intendRebalance({ service, settings, tasks, nodes, settledMs }: RebalanceInput): RebalanceIntent {
  const hold = holdOf(service, 'its tasks are left where they are')
  if (hold !== undefined) return { what: 'wait', message: hold.message }
  const live = liveTasks(service, tasks)
  const running = live.filter((t) => t.Status.State === 'running')
  if (running.length < replicasOf(service) || live.length > running.length) return { what: 'wait', message: 'Not all of its tasks run: they are left where they are until they do.' }
  const takers = nodes.filter((node) => mayTake(service, node, tasks))
  const uneven = unevenness(live, takers, tasks)
  if (uneven === undefined) return { what: 'nothing', message: 'Its tasks are spread evenly.' }
  const eldest = Math.min(...live.map((t) => Date.parse(t.CreatedAt)))
  const newcomers = uneven.emptiest.filter((node) => Date.parse(node.UpdatedAt) > eldest)
  if (newcomers.length === 0) return { what: 'nothing', message: 'Its tasks are not spread evenly, but no node came since they were placed: Swarm would place them so again.' }
  const waitMs = settings.settleSeconds * 1000 - Math.max(...newcomers.map(settledMs))
  const names = newcomers.map(nodeName).sort().join(', ')
  if (waitMs > 0) return { what: 'wait', waitMs, message: `Its tasks are spread again once ${names} has stayed for ${String(settings.settleSeconds)} seconds.` }
  return { what: 'rebalance', message: `${uneven.text(names)} Its tasks are made anew one after the other, as its update_config says, and Swarm spreads them over all nodes.` }
}

interface Uneven {
  readonly emptiest: readonly SwarmNode[]
  text(names: string): string
}

/** Too many of its own together; or, where it has fewer tasks than there are nodes, on nodes that have more to do than others. */
function unevenness(live: readonly SwarmTask[], takers: readonly SwarmNode[], tasks: readonly SwarmTask[]): Uneven | undefined {
  const own = countByNode(live)
  const emptiestOf = (counts: ReadonlyMap<string, number>, among: readonly SwarmNode[]): SwarmNode[] => {
    const fewest = Math.min(...among.map((n) => counts.get(n.ID) ?? 0))
    return among.filter((n) => (counts.get(n.ID) ?? 0) === fewest)
  }
  const most = Math.max(0, ...own.values())
  if (excesses(own, takers.map((n) => n.ID)).size > 0) {
    const emptiest = emptiestOf(own, takers)
    const fewest = own.get(emptiest[0]?.ID ?? '') ?? 0
    return { emptiest, text: (names) => `${names} has ${fewest === 0 ? 'none' : String(fewest)} of its ${String(live.length)} tasks, and another node has ${String(most)}.` }
  }
  const without = takers.filter((n) => !own.has(n.ID))
  const all = countByNode(tasks.filter((t) => isWanted(t) && !hasEnded(t)))
  const alone = [...excesses(all, without.map((n) => n.ID))].filter(([node]) => own.get(node) === 1)
  if (alone.length === 0) return undefined
  const emptiest = emptiestOf(all, without)
  const fewest = all.get(emptiest[0]?.ID ?? '') ?? 0
  return { emptiest, text: (names) => `${names} has ${String(fewest)} tasks of all services, and a node that it runs on has ${String(Math.max(...alone.map(([, excess]) => excess)) + fewest)}.` }
}

function countByNode(tasks: readonly SwarmTask[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { NodeID = '' } of tasks) if (NodeID !== '') counts.set(NodeID, (counts.get(NodeID) ?? 0) + 1)
  return counts
}

/** `a 2, b 2, c 2`: how many of a service's tasks run on each node. */
export function spreadText(service: SwarmService, tasks: readonly SwarmTask[], nodes: readonly SwarmNode[]): string {
  const counts = countByNode(liveTasks(service, tasks))
  return nodes.map((node) => `${nodeName(node)} ${String(counts.get(node.ID) ?? 0)}`).sort().join(', ')
}
