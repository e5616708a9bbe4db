import type { Explanation, SwarmChange, SwarmNode, SwarmState } from '../../../common/contract/index.ts'
import { quorumHealth, survivesRemoval } from '../quorum.ts'
import { nameOf, nodeIn, noManager, planned, refused, serverIn, step } from './change-plan.ts'
import type { ChangePlan, PlanInput } from './change-plan.ts'

type Change<T extends SwarmChange['type']> = SwarmChange & { type: T }

/** A worker becomes a manager, too. Pure. */
export function planPromote({ state }: PlanInput, { node: id }: Change<'promote'>): ChangePlan {
  const node = nodeIn(state, id)
  if (noManager(state) !== undefined || node === undefined) return noManager(state) ?? noNode()
  if (node.role === 'manager') return planned([])
  if (node.state !== 'ready') return refused('Refused', `${nameOf(node)} is ${node.state}: it could not take part as a manager. Bring it back first.`)
  const { managers = 0, reachable = 0 } = state.quorum ?? {}
  return planned([step({ do: 'role', node: id, role: 'manager' }, `Make ${nameOf(node)} a manager`, node.server)], [quorumHealth(managers + 1, reachable + 1).advice])
}

/** A manager becomes a worker only. Pure. */
export function planDemote({ state }: PlanInput, { node: id }: Change<'demote'>): ChangePlan {
  const node = nodeIn(state, id)
  if (noManager(state) !== undefined || node === undefined) return noManager(state) ?? noNode()
  if (node.role === 'worker') return planned([])
  return demotionProblem(state, node) ?? planned([step({ do: 'role', node: id, role: 'worker' }, `Make ${nameOf(node)} a worker`, node.server)], [adviceWithout(state, node)])
}

/** A server leaves; its tasks go elsewhere first. Pure. */
export function planLeave({ state, bound }: PlanInput, { server, endSwarm = false }: Change<'leave'>): ChangePlan {
  const found = serverIn(state, server)
  if (found === undefined) return refused('NoSuchServer', `There is no server ${server} here.`)
  if (found.state === 'outside') return refused('NotInSwarm', `${server} is in no swarm.`)
  if (found.state === 'unreachable') return refused('Unreachable', `${server} cannot be reached, so it cannot leave. If it is lost for good, remove its node.`)
  const leave = step({ do: 'leave', server }, `Let ${server} leave`, server)
  if (found.state !== 'member') {
    return planned([leave], [{ reason: 'LeavesOther', message: `What ${server} runs for that swarm ends; its volumes stay. If it is a manager there, its copy of that swarm's state goes.` }], true)
  }
  const no = noManager(state)
  // A worker whose managers are gone for good could never get out.
  if (no !== undefined && !found.manager && state.why !== undefined) return planned([leave], [
    { reason: 'LeavesUnseen', message: `No manager of the swarm can be asked, so what ${server} runs for it simply ends, and its entry stays with the managers until one of them removes it. Volumes stay on the server.` },
  ], true)
  if (no !== undefined) return no
  const node = nodeIn(state, found.node ?? '')
  if (node === undefined) return noNode()
  const isLast = node.role === 'manager' && (state.quorum?.managers ?? 0) === 1
  if (isLast && endSwarm) return planEnd(state, server)
  if (isLast) return refused('LastManager', `${server} is the last manager: without it there is no swarm. Make another server a manager first, or end the whole swarm.`)
  const problem = node.role === 'manager' ? demotionProblem(state, node) : undefined
  if (problem !== undefined) return problem
  return planned([
    step({ do: 'availability', node: node.id, availability: 'drain' }, `Give ${server} no more tasks, and start those that it has elsewhere`, server),
    step({ do: 'empty', node: node.id }, 'Wait until nothing of the swarm runs there', server),
    ...(node.role === 'manager' ? [step({ do: 'role', node: node.id, role: 'worker' }, `Make ${server} a worker`, server)] : []),
    leave,
    step({ do: 'remove', node: node.id }, 'Take its entry out of the swarm', server),
  ], [...moved(state, node), waiting(bound?.get(node.id)), node.role === 'manager' ? adviceWithout(state, node) : undefined], true)
}

/** Forgets a node that is down. Pure. */
export function planRemove({ state, bound }: PlanInput, { node: id }: Change<'remove'>): ChangePlan {
  const node = nodeIn(state, id)
  if (noManager(state) !== undefined || node === undefined) return noManager(state) ?? noNode()
  if (node.state === 'ready') return refused('NodeNotDown', `${nameOf(node)} is up. Let its server leave the swarm instead; only what is down can be removed.`)
  const problem = node.role === 'manager' ? demotionProblem(state, node) : undefined
  if (problem !== undefined) return problem
  return planned([
    ...(node.reachable !== undefined ? [step({ do: 'role', node: id, role: 'worker' }, `Count ${nameOf(node)} no longer as a manager`, node.server)] : []),
    step({ do: 'remove', node: id }, `Take ${nameOf(node)} out of the swarm`, node.server),
  ], [
    { reason: 'RemovedForGood', message: `If ${nameOf(node)} comes back, it is no part of the swarm: it has to leave its old place and join anew. Volumes on it stay there.` },
    waiting(bound?.get(id)), node.role === 'manager' ? adviceWithout(state, node) : undefined,
  ], true)
}

/** Pure. */
export function planAvailability({ state }: PlanInput, { node: id, availability }: Change<'availability'>): ChangePlan {
  const node = nodeIn(state, id)
  if (noManager(state) !== undefined || node === undefined) return noManager(state) ?? noNode()
  if (node.availability === availability) return planned([])
  const what = { active: `Give ${nameOf(node)} tasks again`, pause: `Give ${nameOf(node)} no new tasks; what runs there goes on`, drain: `Give ${nameOf(node)} no more tasks, and start those that it has elsewhere` }[availability]
  const stays: Explanation = { reason: 'NothingReturns', message: 'Swarm moves no task back by itself: the node gets new ones as they are started.' }
  return planned([step({ do: 'availability', node: id, availability }, what, node.server)], availability === 'drain' ? moved(state, node) : availability === 'active' ? [stays] : [], availability === 'drain')
}

/** Pure. */
export function planLabels({ state }: PlanInput, { node: id, labels }: Change<'labels'>): ChangePlan {
  const node = nodeIn(state, id)
  if (noManager(state) !== undefined || node === undefined) return noManager(state) ?? noNode()
  const bad = Object.keys(labels).find((key) => !/^[\w./-]+$/.test(key))
  if (bad !== undefined) return refused('Refused', `"${bad}" cannot be the name of a label: letters, digits, ".", "/", "_" and "-" only, without spaces.`)
  const changed = Object.entries(labels).filter(([key, value]) => (node.labels[key] ?? null) !== value)
  if (changed.length === 0) return planned([])
  const words = changed.map(([key, value]) => (value === null ? `without ${key}` : `${key}=${value}`)).join(', ')
  return planned([step({ do: 'labels', node: id, labels }, `Set the labels of ${nameOf(node)}: ${words}`, node.server)], [{ reason: 'Constraints', message: 'Tasks that may no longer run there because of a constraint are started elsewhere.' }])
}

function noNode(): ChangePlan {
  return refused('NoSuchNode', 'There is no such node in the swarm (any more).')
}

/** Why a manager may not become none; undefined: it may. One that takes part in no votes is missed by nobody. */
function demotionProblem(state: SwarmState, node: SwarmNode): ChangePlan | undefined {
  if (node.reachable === undefined) return undefined
  const { managers = 1, reachable = 1 } = state.quorum ?? {}
  if (managers === 1) return refused('LastManager', `${nameOf(node)} is the last manager: without it there is no swarm. Make another server a manager first, or end the swarm.`)
  if (survivesRemoval(managers, reachable, node.reachable === true)) return undefined
  return refused('QuorumLost', `Without ${nameOf(node)} the swarm would have ${String(managers - 1)} managers, of which not more than half are up: nothing could be changed any more. Bring the other managers back first, or make another server one.`)
}

function adviceWithout({ quorum }: SwarmState, node: SwarmNode): Explanation | undefined {
  if (node.reachable === undefined) return quorum?.advice
  const { managers = 1, reachable = 1 } = quorum ?? {}
  return quorumHealth(managers - 1, reachable - (node.reachable === true ? 1 : 0)).advice
}

/** Of services that the node takes with it. */
function waiting(services: readonly string[] = []): Explanation | undefined {
  if (services.length === 0) return undefined
  return { reason: 'NoOtherFits', message: `By placement constraints no other node takes ${services.join(', ')}: nothing of that runs until the constraints are changed.` }
}

function moved({ nodes }: SwarmState, node: SwarmNode): Explanation[] {
  const elsewhere = nodes.filter((other) => other.id !== node.id && other.state === 'ready' && other.availability === 'active')
  if (node.tasks === 0) return []
  const tasks = `${String(node.tasks)} task${node.tasks === 1 ? '' : 's'}`
  if (elsewhere.length === 0) return [{ reason: 'NowhereToRun', message: `${tasks} of ${nameOf(node)} stop${node.tasks === 1 ? 's' : ''}: no other node takes tasks now.` }]
  return [{ reason: 'TasksMove', message: `${tasks} of ${nameOf(node)} end${node.tasks === 1 ? 's' : ''} there and start${node.tasks === 1 ? 's' : ''} on other nodes (${elsewhere.map(nameOf).join(', ')}). Data in local volumes does not move with them.` }]
}

/** Everything goes: workers first, so that nobody is left without a manager. */
function planEnd(state: SwarmState, last: string): ChangePlan {
  const workers = state.servers.filter((s) => s.state === 'member' && s.name !== last)
  const strangers = state.nodes.filter(({ server, state: how }) => server === undefined && how === 'ready')
  return planned(
    [...workers.map(({ name }) => name), last].map((name) => step({ do: 'leave', server: name }, `Let ${name} leave`, name)),
    [
      { reason: 'SwarmEnds', message: 'All services end, and with them all secrets, configs and overlay networks. Volumes stay on their servers.' },
      strangers.length === 0 ? undefined : { reason: 'StrangersStay', message: `${strangers.map(nameOf).join(', ')} cannot be reached from here and will look for the managers in vain, until somebody runs there: docker swarm leave --force` },
    ], true,
  )
}
