import type { SwarmChange, SwarmNode, SwarmServer, SwarmState } from '../../src-main/common/contract/index.ts'

/** A server of this desk and the node that it is, or a node that this desk has no way to. */
export interface SwarmRow {
  name: string
  server?: SwarmServer
  node?: SwarmNode
}

/** What can be done with a row, the likeliest first. `joinLeaving`: it leaves its present swarm for it. `end`: it is the last manager, and the swarm goes with it. */
export type RowAction = 'begin' | 'join' | 'joinLeaving' | 'unlock' | 'recover' | 'promote' | 'demote' | 'activate' | 'pause' | 'drain' | 'labels' | 'leave' | 'leaveOther' | 'end' | 'remove' | 'reconnect'

/** The servers with their nodes, then nodes without a server; each by name. Pure. */
export function swarmRows({ servers, nodes }: Pick<SwarmState, 'servers' | 'nodes'>): SwarmRow[] {
  const byName = (a: SwarmRow, b: SwarmRow): number => a.name.localeCompare(b.name)
  const known = servers.map((server): SwarmRow => {
    const node = nodes.find((n) => n.server === server.name)
    return { name: server.name, server, ...(node === undefined ? {} : { node }) }
  })
  const strangers = nodes.filter(({ server }) => server === undefined || !servers.some(({ name }) => name === server)).map((node): SwarmRow => ({ name: node.hostname, node }))
  return [...known.sort(byName), ...strangers.sort(byName)]
}

/** Is there a swarm on any of the servers, whether it can be asked or not? Pure. */
export function hasSwarm({ cluster, why }: Pick<SwarmState, 'cluster' | 'why'>): boolean {
  return cluster !== undefined || why !== undefined
}

/** What a person may ask for; whether it can be is the plan's to say. Pure. */
export function rowActions({ server, node }: SwarmRow, state: SwarmState): RowAction[] {
  const onNode = node === undefined ? [] : nodeActions(node, state)
  switch (server?.state) {
    case 'outside': return hasSwarm(state) ? ['join'] : ['begin']
    case 'other': return [...(state.cluster === undefined ? [] : ['joinLeaving' as const]), 'leaveOther']
    case 'locked': return ['unlock', ...onNode, 'leaveOther']
    case 'failed': case 'joining': return [...onNode, 'leaveOther']
    case 'member':
      if (node === undefined) return !server.manager ? ['leave'] : state.why?.reason === 'QuorumLost' ? ['recover'] : []
      return [...onNode, isLastManager(node, state) ? 'end' : 'leave']
    case 'unreachable': return ['reconnect', ...onNode]
    default: return onNode
  }
}

/** What can be done with a node of a swarm that can be asked. Pure. */
export function nodeActions(node: SwarmNode, { quorum }: Pick<SwarmState, 'quorum'>): RowAction[] {
  if (node.state === 'down') return ['remove', ...(node.reachable !== undefined ? ['demote' as const] : [])]
  return [
    ...(node.role === 'worker' ? ['promote' as const] : isLastManager(node, { quorum }) ? [] : ['demote' as const]),
    ...(node.availability === 'active' ? ['pause' as const, 'drain' as const] : node.availability === 'pause' ? ['activate' as const, 'drain' as const] : ['activate' as const]), 'labels',
  ]
}

function isLastManager({ role }: SwarmNode, { quorum }: { quorum?: SwarmState['quorum'] | undefined }): boolean {
  return role === 'manager' && quorum?.managers === 1
}

/** The change that an action comes to; undefined: something has to be asked first, or it is about what the row has not. Pure. */
export function changeOf(action: RowAction, { server, node }: SwarmRow): SwarmChange | undefined {
  if (server !== undefined) {
    if (action === 'recover') return { type: 'forceNewCluster', server: server.name }
    if (action === 'leave' || action === 'leaveOther') return { type: 'leave', server: server.name }
    if (action === 'end') return { type: 'leave', server: server.name, endSwarm: true }
  }
  if (node === undefined) return undefined
  if (action === 'promote' || action === 'demote' || action === 'remove') return { type: action, node: node.id }
  if (action === 'activate') return { type: 'availability', node: node.id, availability: 'active' }
  if (action === 'pause' || action === 'drain') return { type: 'availability', node: node.id, availability: action }
  return undefined
}
