import type { AddressChoice, ClusterInfo, NodeSummary, SwarmChange, SwarmMembership, SwarmNode, SwarmPlan, SwarmProgress, SwarmServer, SwarmState } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { Signal, values } from './fake-streams.ts'
import { node as nodeSummary } from './fake-world.ts'

const GI = 1024 ** 3
const LOST = 'Of 3 managers only 1 can be reached; 2 are needed. What runs goes on, but nothing can be changed, and nothing is started again. Bring a manager back, or recover with the one that is left.'
const ADVICE: Readonly<Record<number, string>> = {
  1: 'The swarm has one manager. If that server is lost, nothing can be changed or started again until it is back. With three managers one may be lost.',
  2: 'Two managers are worse than one: the loss of either stops the swarm from being changed. Make a third one, or go back to one.',
}
const KEY = 'SWMKEY-1-fake0fake0fake0fake0fake0fake0fake0fake0fake0'

/** What a fake cluster says of itself in Swarm mode. */
export const SWARM_INFO: ClusterInfo = { kind: 'swarm', name: 'Bistro', version: '0.1.0', capabilities: ['stacks', 'swarmMembership', 'swarmDoctor'] }

/** Which fake swarm there is: one of two managers and a worker, none yet, or one that has lost two of its three managers. */
export type FakeSwarmScenario = 'swarm' | 'swarm-new' | 'swarm-empty' | 'swarm-lost'

/** The membership of fake servers, kept in memory; each step of a change takes `stepMs`. A server called `slow` never comes in. */
export class FakeSwarm implements SwarmMembership {
  state: SwarmState
  /** Changes that were run, in order. */
  readonly ran: SwarmChange[] = []
  readonly #signal = new Signal()
  readonly #stepMs: number
  #key: string | undefined

  constructor(scenario: FakeSwarmScenario = 'swarm', stepMs = 700) {
    this.#stepMs = stepMs
    this.state = STATES[scenario]()
  }

  /** The nodes as the cluster's own page shows them. */
  get nodes(): NodeSummary[] {
    return this.state.nodes.map((node, i): NodeSummary => {
      const { podPaths: _, ...like } = nodeSummary(node.hostname, node.address, 4000, (i + 1) * 8 * GI)
      const lost = { health: 'failed' as const, why: { reason: 'NodeLost', message: 'Nothing is heard from this server. Its tasks run on other servers, as far as there is room.' } }
      return {
        ...like, id: node.id, ref: { apiVersion: 'swarm', kind: 'Node', namespace: '', name: node.hostname }, capacity: { ...like.capacity, pods: 0 }, pods: node.tasks, labels: node.labels,
        schedulable: node.availability === 'active', ...(node.state === 'down' ? lost : {}),
      }
    })
  }

  watch(): Stream<SwarmState> {
    return values(this.#signal, () => this.state)
  }

  async plan(change: SwarmChange): Promise<SwarmPlan> {
    await new Promise((resolve) => setTimeout(resolve, 60))
    return planOf(change, this.state)
  }

  run(change: SwarmChange): Stream<SwarmProgress> {
    const { steps, refused } = planOf(change, this.state)
    const begin = (): void => void this.ran.push(change)
    const apply = (): void => this.#apply(change)
    const stepMs = this.#stepMs
    return (async function* () {
      if (refused !== undefined) throw new StatusError('Conflict', refused.message)
      begin()
      for (const [step, { message }] of steps.entries()) {
        yield { step, of: steps.length, message }
        await new Promise((resolve) => setTimeout(resolve, stepMs))
        if (change.type === 'join' && change.server === 'slow') throw new StatusError('Timeout', 'slow cannot reach the manager on TCP port 2377: something on the way drops it. Open the port in the servers\' firewalls, then try again.')
      }
      apply()
    })()
  }

  async addresses(server: string): Promise<AddressChoice[]> {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const own = 11 + this.state.servers.findIndex(({ name }) => name === server)
    return [
      { address: `192.168.0.${String(own)}`, network: '192.168.0.0/24', why: { reason: 'Shared', message: `${String(this.state.servers.length - 1)} of the other servers are in the same network 192.168.0.0/24.` } },
      { address: `203.0.113.${String(own)}`, network: '203.0.113.0/24', why: { reason: 'Public', message: 'A public address: open the swarm\'s ports (2377, 7946, 4789) to the other servers only.' } },
    ]
  }

  unlockKey(): Promise<string | undefined> {
    return Promise.resolve(this.#key)
  }

  #apply(change: SwarmChange): void {
    const { state } = this
    const edit = (id: string, more: Partial<SwarmNode>): SwarmNode[] => state.nodes.map((node) => (node.id === id ? { ...node, ...more } : node))
    switch (change.type) {
      case 'init': return this.#set([], [change.server], 'manager')
      case 'join': return this.#set(state.nodes, [change.server, ...(change.more ?? [])], change.role)
      case 'promote': return this.#becomes(edit(change.node, { role: 'manager', reachable: true }))
      case 'demote': return this.#becomes(edit(change.node, { role: 'worker', reachable: false }))
      case 'availability': return this.#becomes(edit(change.node, { availability: change.availability }))
      case 'labels': {
        const before = state.nodes.find(({ id }) => id === change.node)?.labels ?? {}
        return this.#becomes(edit(change.node, { labels: Object.fromEntries(Object.entries({ ...before, ...change.labels }).filter((entry): entry is [string, string] => entry[1] !== null)) }))
      }
      case 'remove': return this.#becomes(state.nodes.filter(({ id }) => id !== change.node))
      case 'leave': return this.#becomes(state.nodes.filter(({ server }) => server !== change.server), change.server)
      case 'autolock': {
        this.#key = change.on ? KEY : undefined
        if (state.cluster !== undefined) this.state = { ...state, cluster: { ...state.cluster, autolock: change.on } }
        return this.#signal.fire()
      }
      default: return this.#signal.fire()
    }
  }

  #set(nodes: SwarmNode[], joining: string[], role: SwarmNode['role']): void {
    const servers = this.state.servers.map((s): SwarmServer => (joining.includes(s.name) ? { ...s, state: 'member', manager: role === 'manager' } : s))
    this.state = { ...this.state, servers }
    this.#becomes([...nodes, ...joining.map((name) => aSwarmNode(name, { role, ...(role === 'manager' ? { reachable: true } : {}), leader: nodes.length === 0 }))])
  }

  #becomes(nodes: SwarmNode[], left?: string): void {
    const servers = this.state.servers.map((s): SwarmServer => (s.name === left ? { ...s, state: 'outside', manager: false } : s))
    this.state = swarmOf(servers, nodes, this.state.cluster)
    this.#signal.fire()
  }
}

/** A node of a fake swarm. */
function aSwarmNode(name: string, more: Partial<SwarmNode> = {}): SwarmNode {
  return {
    id: `id-of-${name}`, hostname: name, server: name, role: 'worker', leader: false, availability: 'active', state: 'ready', message: '', address: `192.168.0.${String(11 + (name.charCodeAt(name.length - 1) % 20))}`, dockerVersion: '27.5.1', platform: 'linux/amd64', labels: {}, tasks: 0, ...more,
  }
}

function aServer(name: string, state: SwarmServer['state'], more: Partial<SwarmServer> = {}): SwarmServer {
  return { name, state, manager: false, hostname: name, managers: [], dockerVersion: '27.5.1', ...more }
}

function swarmOf(servers: SwarmServer[], nodes: SwarmNode[], cluster: SwarmState['cluster'] = { id: 'k2v7', autolock: false, dataPathPort: 4789, pools: ['10.208.0.0/12'] }): SwarmState {
  const managers = nodes.filter(({ role }) => role === 'manager')
  if (managers.length === 0) return { servers, nodes: [] }
  const reachable = managers.filter((node) => node.reachable === true).length
  const needed = Math.floor(managers.length / 2) + 1
  const advice = ADVICE[managers.length]
  const mayLose = Math.max(0, reachable - needed)
  return { servers, nodes, cluster, quorum: { managers: managers.length, reachable, needed, mayLose, state: mayLose > 0 ? 'healthy' : 'fragile', ...(advice === undefined ? {} : { advice: { reason: managers.length === 1 ? 'OneManager' : 'TwoManagers', message: advice } }) } }
}

const STATES: Readonly<Record<FakeSwarmScenario, () => SwarmState>> = {
  'swarm-empty': () => swarmOf([aServer('kitchen-1', 'outside'), aServer('kitchen-2', 'outside'), aServer('pantry', 'outside'), aServer('slow', 'outside')], []),
  'swarm-new': () => swarmOf([aServer('kitchen-1', 'member', { manager: true }), aServer('kitchen-2', 'outside')], [aSwarmNode('kitchen-1', { role: 'manager', reachable: true, leader: true, tasks: 0 })]),
  'swarm': () => swarmOf([
    aServer('kitchen-1', 'member', { manager: true }), aServer('kitchen-2', 'member', { manager: true }), aServer('pantry', 'member'), aServer('attic', 'outside'), aServer('loft', 'outside'),
    aServer('cellar', 'other', { why: { reason: 'OtherSwarm', message: 'cellar is in another swarm, or has an old state of this one: the managers do not know it.' } }), aServer('shed', 'unreachable', { why: { reason: 'Unreachable', message: '10.8.0.14, port 22 does not answer. Is the server on, and does its firewall let this port through?' } }),
  ], [
    aSwarmNode('kitchen-1', { role: 'manager', reachable: true, leader: true, tasks: 6, labels: { zone: 'a', disk: 'ssd' } }), aSwarmNode('kitchen-2', { role: 'manager', reachable: true, tasks: 4 }), aSwarmNode('pantry', { tasks: 5, availability: 'drain' }),
    { ...aSwarmNode('old-laptop', { state: 'down', role: 'worker' }), server: 'unknown' },
  ]),
  'swarm-lost': () => ({
    servers: [aServer('kitchen-1', 'member', { manager: true, address: '192.168.0.11' }), aServer('kitchen-2', 'unreachable', { node: 'id-of-kitchen-2', why: { reason: 'Unreachable', message: '192.168.0.12, port 22 does not answer. Is the server on, and does its firewall let this port through?' } }), aServer('pantry', 'locked', { why: { reason: 'Locked', message: 'pantry was restarted and needs the unlock key.' } })],
    nodes: [], quorum: { managers: 3, reachable: 1, needed: 2, mayLose: 0, state: 'lost', advice: { reason: 'QuorumLost', message: LOST } },
    why: { reason: 'QuorumLost', message: 'kitchen-1 is a manager, but too few managers of the swarm reach each other to decide anything.' },
  }),
}

function planOf(change: SwarmChange, { nodes, cluster, why }: SwarmState): SwarmPlan {
  const plan = (steps: string[], consequences: SwarmPlan['consequences'] = [], dangerous = false): SwarmPlan => ({ steps: steps.map((message) => ({ message })), consequences, dangerous })
  const managers = nodes.filter(({ role }) => role === 'manager').length
  const advice = (count: number): SwarmPlan['consequences'] => (ADVICE[count] === undefined ? [] : [{ reason: count === 1 ? 'OneManager' : 'TwoManagers', message: ADVICE[count] }])
  switch (change.type) {
    case 'init': return change.pool === '10.0.0.0/8' ? { ...plan([]), refused: { reason: 'PoolClash', message: 'The pool 10.0.0.0/8 has addresses of 10.8.0.0/24, in which one of the servers is: overlay networks would hide it. Choose another pool, for instance 10.208.0.0/12.' } }
      : plan([`Begin a swarm on ${change.server}, known to the others as ${change.address ?? ''}; overlay networks get addresses of ${change.pool ?? '10.208.0.0/12'}`], advice(1))
    case 'join': return plan([change.server, ...(change.more ?? [])].flatMap((name) => [...(change.leaveFirst === true ? [`Let ${name} leave the swarm that it is in`] : []), `Let ${name} join as a ${change.role}`, `Wait until the managers see ${name}`]),
      [...(change.leaveFirst === true ? [{ reason: 'LeavesOther', message: `What ${change.server} runs for its present swarm ends; its volumes stay.` }] : []), ...(change.role === 'manager' ? advice(managers + 1 + (change.more ?? []).length) : [])], change.leaveFirst)
    case 'promote': return plan(['Make it a manager'], advice(managers + 1))
    case 'demote': return plan(['Make it a worker'], advice(managers - 1))
    case 'leave': return plan([`Give ${change.server} no more tasks, and start those that it has elsewhere`, 'Wait until nothing of the swarm runs there', `Let ${change.server} leave`, 'Take its entry out of the swarm'], [{ reason: 'TasksMove', message: `6 tasks of ${change.server} end there and start on other nodes. Data in local volumes does not move with them.` }], true)
    case 'autolock': return plan(['Lock managers when they restart'], [{ reason: 'KeyNeeded', message: 'After a restart a manager takes part only when it is given the unlock key. Write the key down, away from these servers: without it a locked swarm cannot be opened by anybody.' }], true)
    case 'forceNewCluster': return why === undefined || cluster !== undefined ? { ...plan([]), refused: { reason: 'Refused', message: 'The swarm has its quorum: a manager answers. Recovery would throw managers out that are needed; there is nothing to recover.' } } : plan([`Make ${change.server} the only manager, with the state that it has`, 'Take the entries of the lost managers out of the swarm'], [
      { reason: 'Stays', message: `Services, networks, secrets, configs and workers stay, as ${change.server} knows them; what runs on workers runs on.` },
      { reason: 'Lost', message: 'The other 2 managers are none any more, and changes that only they had are lost. Not reachable now: kitchen-2.' },
      { reason: 'NeverReturn', message: 'A lost manager that comes back still believes in the old swarm, and two of them could even go on with it. Keep them off, or let each leave first and join anew: "join" offers that.' },
    ], true)
    case 'labels': return Object.keys(change.labels).length === 0 ? plan([]) : plan([`Set the labels of it: ${Object.entries(change.labels).map(([name, value]) => (value === null ? `without ${name}` : `${name}=${value}`)).join(', ')}`], [{ reason: 'Constraints', message: 'Tasks that may no longer run there because of a constraint are started elsewhere.' }])
    default: return plan([`Do it: ${change.type}`])
  }
}
