import type { SwarmChange, SwarmRole } from '../../../common/contract/index.ts'
import { addressChoices, freePool, poolProblem } from '../addresses.ts'
import { quorumHealth } from '../quorum.ts'
import { noManager, planned, refused, serverIn, step } from './change-plan.ts'
import type { ChangePlan, PlannedStep, PlanInput } from './change-plan.ts'

const LOWEST_PORT = 1024
const HIGHEST_PORT = 49_151

/** A swarm of one server. Pure. */
export function planInit({ state, places, bridges }: PlanInput, change: SwarmChange & { type: 'init' }): ChangePlan {
  const { server, dataPathPort } = change
  const found = serverIn(state, server)
  if (found === undefined) return refused('NoSuchServer', `There is no server ${server} here.`)
  if (found.state === 'unreachable') return refused('Unreachable', found.why?.message ?? `${server} cannot be reached.`)
  if (found.state !== 'outside') return refused('AlreadyInSwarm', `${server} is already part of a swarm. Let it leave that one first.`)
  const others = state.servers.filter((s) => s.state !== 'outside' && s.state !== 'unreachable')
  if (others.length > 0) return refused('AlreadyInSwarm', `There is a swarm already, on ${others.map(({ name }) => name).join(', ')}. Let ${server} join that one.`)
  if (dataPathPort !== undefined && !(Number.isInteger(dataPathPort) && dataPathPort >= LOWEST_PORT && dataPathPort <= HIGHEST_PORT)) {
    return refused('WrongAddress', `${String(dataPathPort)} cannot be the port of the overlay networks: it must be between ${String(LOWEST_PORT)} and ${String(HIGHEST_PORT)}.`)
  }
  const networks = [...[...places.values()].flatMap((place) => place.networks), ...bridges]
  const problem = change.pool === undefined ? undefined : poolProblem(change.pool, networks)
  if (problem !== undefined) return refused('PoolClash', problem)
  const pool = change.pool ?? freePool(networks)
  if (pool === undefined) return refused('PoolClash', 'Every usual pool of addresses for overlay networks meets a network of one of the servers. Choose one by hand that none of them has.')
  const address = addressFor({ places }, server, change.address)
  if (address instanceof Error) return refused('WrongAddress', address.message)
  return planned(
    [step({ do: 'init', server, address, dataPathPort, pool }, `Begin a swarm on ${server}${address === undefined ? '' : `, known to the others as ${address}`}; overlay networks get addresses of ${pool}`, server)],
    [quorumHealth(1, 1).advice],
  )
}

/** One more server in the swarm, or several, one after the other. Pure. */
export function planJoin(input: PlanInput, change: SwarmChange & { type: 'join' }): ChangePlan {
  const { state } = input
  const no = noManager(state)
  if (no !== undefined) return no
  const servers = [...new Set([change.server, ...(change.more ?? [])])]
  const steps: PlannedStep[] = []
  const leaving: string[] = []
  for (const server of servers) {
    const joined = stepsOfJoin(input, { ...change, server, ...(servers.length > 1 ? { address: undefined } : {}) })
    if (!('leaves' in joined)) return joined
    steps.push(...joined.steps)
    if (joined.leaves) leaving.push(server)
  }
  const { managers: count = 0, reachable = 0 } = state.quorum ?? {}
  return planned(steps, [
    ...leaving.map((server) => ({ reason: 'LeavesOther', message: `What ${server} runs for its present swarm ends; its volumes stay.` })),
    change.role === 'manager' ? quorumHealth(count + servers.length, reachable + servers.length).advice : undefined,
  ], leaving.length > 0)
}

function stepsOfJoin(input: PlanInput, { server, role, address: wanted, leaveFirst = false }: { server: string; role: SwarmRole; address?: string | undefined; leaveFirst?: boolean }): { steps: PlannedStep[]; leaves: boolean } | ChangePlan {
  const { state } = input
  const found = serverIn(state, server)
  if (found === undefined) return refused('NoSuchServer', `There is no server ${server} here.`)
  if (found.state === 'unreachable') return refused('Unreachable', found.why?.message ?? `${server} cannot be reached.`)
  if (found.state === 'member') return refused('AlreadyInSwarm', `${server} is in this swarm already.`)
  const leaves = found.state !== 'outside'
  if (leaves && !leaveFirst) return refused('AlreadyInSwarm', `${server} is in another swarm, or in an old state of this one. It can join when it leaves that first: what it runs for it ends, and if it is a manager there, its copy of that swarm's state goes.`)
  const address = addressFor(input, server, wanted)
  if (address instanceof Error) return refused('WrongAddress', address.message)
  const managers = state.servers.find((s) => s.state === 'member' && s.manager)?.managers ?? []
  return { leaves, steps: [
    ...(leaves ? [step({ do: 'leave', server }, `Let ${server} leave the swarm that it is in`, server)] : []),
    step({ do: 'join', server, role, address, managers }, `Let ${server} join as a ${role}${address === undefined ? '' : `, known to the others as ${address}`}`, server),
    step({ do: 'ready', server }, `Wait until the managers see ${server}`, server),
  ] }
}

/** The address to advertise: the chosen one, else the best; undefined where nothing is known of the server's networks: Docker chooses. */
function addressFor({ places }: Pick<PlanInput, 'places'>, server: string, chosen: string | undefined): string | undefined | Error {
  const place = places.get(server)
  if (place === undefined) return chosen
  const others = [...places].filter(([name]) => name !== server).map(([, other]) => other)
  const choices = addressChoices(place, others)
  if (chosen === undefined) return choices[0]?.address
  if (choices.some(({ address }) => address === chosen)) return chosen
  return new Error(`${chosen} is no address of ${server}. It has ${choices.map(({ address }) => address).join(', ') || 'none that is known'}.`)
}
