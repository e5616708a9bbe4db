import { messageOf } from '../../common/errors.ts'
import { dockerMessage, dockerStatus } from '../../hosts/docker-error.ts'
import type { SwarmNode } from '../docker/types.ts'
import { quorumOf } from '../setup/quorum.ts'
import type { MemberState } from './member-watch.ts'

/** Why nobody can be asked about the swarm, and what to do: from what the known servers last said. Pure. */
export function whyNoManager(members: readonly { name: string; state: MemberState }[]): string {
  if (members.length === 0) return 'This desk knows no server. Add one, then begin a swarm on it, or add a manager of the swarm that is there.'
  const connected = members.flatMap(({ name, state }) => (state.state === 'connected' ? [{ name, ...state.membership }] : []))
  const locked = connected.find(({ LocalNodeState }) => LocalNodeState === 'locked')
  if (locked !== undefined) return `The swarm on ${locked.name} is locked: Docker was restarted there, and autolock is on. Unlock it with its key, on the page Swarm or with docker swarm unlock.`
  const failed = connected.find(({ LocalNodeState, Error }) => LocalNodeState === 'error' && Error !== undefined && Error !== '')
  if (failed !== undefined) return `${failed.name} cannot take its place in the swarm: ${failed.Error ?? ''}`
  const workers = connected.filter(({ LocalNodeState }) => LocalNodeState === 'active').map(({ name }) => name)
  const silent = members.flatMap(({ name, state }) => (state.state === 'unreachable' ? [`${name}: ${state.message}`] : []))
  if (workers.length > 0) return `${workers.join(', ')} ${workers.length === 1 ? 'is a worker' : 'are workers'} of a swarm, and only a manager can tell of it. ${silent.length > 0 ? `No manager is reached (${silent.join('; ')}).` : 'Add one of its managers.'}`
  if (silent.length === members.length) return silent.length === 1 ? `Nothing is heard of the swarm: ${silent[0] ?? ''}` : `Nothing is heard of the swarm, none of its servers is reached: ${silent.join('; ')}`
  if (connected.length === 0) return 'The servers are being connected to.'
  return `There is no swarm on ${connected.map(({ name }) => name).join(', ')} yet. Begin one on the server that shall lead it, on the page Swarm.${silent.length > 0 ? ` (Not reached: ${silent.join('; ')}.)` : ''}`
}

/** Are so many of the managers away that the others are no majority: by what they last said of each other, or because their servers (`away`: nodes) do not answer? Pure. */
export function isMajorityAway(nodes: readonly Pick<SwarmNode, 'ID' | 'ManagerStatus'>[], away: ReadonlySet<string>): boolean {
  const managers = nodes.filter(({ ManagerStatus }) => ManagerStatus !== undefined)
  const left = managers.filter(({ ID, ManagerStatus }) => ManagerStatus?.Reachability !== 'unreachable' && !away.has(ID))
  return managers.length > 0 && left.length < quorumOf(managers.length)
}

/** A manager answered, but cannot tell: in words for people. One that is alone waits for the others, and answers late or not at all (`majorityAway`). Pure. */
export function whyRefused(manager: string, error: unknown, majorityAway = false): string {
  const message = dockerStatus(error) === undefined ? messageOf(error) : dockerMessage(error)
  if (majorityAway || /does not have a leader|no leader|context deadline exceeded/i.test(message)) {
    return `${manager} is a manager, but too few managers of the swarm reach each other to decide anything. What runs goes on, nothing can be changed. Bring the other managers back; if they are lost for good, recover the swarm from this one, on the page Swarm or with docker swarm init --force-new-cluster.`
  }
  return `${manager} does not tell about the swarm: ${message}`
}
