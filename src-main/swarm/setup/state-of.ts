import type { Explanation, QuorumHealth, SwarmCluster, SwarmNode as NodeView, SwarmServer, SwarmState } from '../../common/contract/index.ts'
import { withoutRpc } from '../docker/status-error.ts'
import type { SwarmNode, SwarmObject, SwarmTask } from '../docker/types.ts'
import { hidden } from './hidden.ts'
import { quorumHealth } from './quorum.ts'
import type { Reading, ServerReading } from './swarm-reader.ts'

const DATA_PATH_PORT = 4789
/** As images name an architecture, where the kernel's name for it is another. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', armv6l: 'arm', i686: '386', i386: '386' }

/** `linux/amd64` of what Docker says about a node (`x86_64`). Pure. */
export function platformOf(os: string, architecture: string): string {
  return `${os}/${ARCHITECTURES[architecture] ?? architecture}`
}

/** The same of a node, as its Docker told the managers. Pure. */
export function nodePlatform({ OS = '', Architecture = '' }: SwarmNode['Description']['Platform'] = {}): string {
  return platformOf(OS, Architecture)
}

/** A reading as screens see it: without tokens. Pure. */
export function stateOf({ servers, manager, refusals, wasAutolocked }: Reading): SwarmState {
  const inOne = servers.filter(({ info }) => isMember(info?.Swarm?.LocalNodeState))
  const summaries = servers.map((reading) => serverOf(reading, manager))
  if (manager === undefined) {
    if (inOne.length === 0) return { servers: summaries, nodes: [] }
    const quorum = quorumUnseen(inOne, refusals)
    return { servers: summaries, nodes: [], ...(quorum === undefined ? {} : { quorum }), why: whyNobody(inOne, refusals), ...(wasAutolocked === true ? { wasAutolocked } : {}) }
  }
  const names = new Map(servers.flatMap((reading) => {
    const id = nodeIdOf(reading, manager)
    return id ? [[id, reading.name] as const] : []
  }))
  const nodes = manager.nodes.map((node) => nodeOf(node, names.get(node.ID), manager.tasks)).sort((a, b) => a.hostname.localeCompare(b.hostname) || a.id.localeCompare(b.id))
  const managers = nodes.filter(({ reachable }) => reachable !== undefined)
  return { servers: summaries, nodes, cluster: clusterOf(manager.swarm, manager.nodes), quorum: quorumHealth(managers.length, managers.filter(({ reachable }) => reachable === true).length) }
}

function serverOf({ name, info, why, lastNode }: ServerReading, manager: Reading['manager']): SwarmServer {
  const swarm = info?.Swarm
  if (info === undefined || swarm === undefined) {
    return { name, state: 'unreachable', why: { reason: 'Unreachable', message: why ?? 'It says nothing about a swarm.' }, ...(lastNode === undefined ? {} : { node: lastNode }), manager: false, hostname: '', managers: [], dockerVersion: '' }
  }
  const managers = (swarm.RemoteManagers ?? []).map(({ Addr }) => Addr)
  const rest = { manager: swarm.ControlAvailable, hostname: info.Name, managers, dockerVersion: info.ServerVersion, ...(swarm.NodeAddr === '' ? {} : { address: swarm.NodeAddr }), ...(swarm.NodeID === '' ? {} : { node: swarm.NodeID }) }
  const trouble = swarm.Error === '' ? undefined : { reason: 'Failed', message: hidden(withoutRpc(swarm.Error)) }
  switch (swarm.LocalNodeState) {
    case 'active': {
      const known = manager === undefined || manager.nodes.some(({ ID }) => ID === swarm.NodeID)
      return { name, state: known ? 'member' : 'other', ...rest, ...(trouble === undefined ? {} : { why: trouble }) }
    }
    case 'locked': return { name, state: 'locked', ...rest, why: { reason: 'Locked', message: `${name} was restarted and needs the unlock key.` } }
    case 'error': return { name, state: 'failed', ...rest, why: trouble ?? { reason: 'Failed', message: 'Its Docker could not take its place in the swarm.' } }
    case 'pending':
      // Docker itself only goes on trying, without a word.
      if (swarm.NodeID !== '' && manager !== undefined && !manager.nodes.some(({ ID }) => ID === swarm.NodeID)) {
        return { name, state: 'other', ...rest, why: { reason: 'Removed', message: `The swarm does not have its node (any more): it was removed there. Let ${name} leave its old place and join anew.` } }
      }
      return { name, state: 'joining', ...rest, ...(trouble === undefined ? {} : { why: trouble }) }
    default: return { name, state: 'outside', manager: false, hostname: info.Name, managers: [], dockerVersion: info.ServerVersion }
  }
}

/** Which node of the swarm a server is. One that is locked does not know: it is the node that it was, else one of its name that is down. */
function nodeIdOf({ info, lastNode }: ServerReading, manager: NonNullable<Reading['manager']>): string | undefined {
  if (info === undefined) return lastNode
  if (info.Swarm?.LocalNodeState !== 'locked') return info.Swarm?.NodeID
  return lastNode ?? manager.nodes.find(({ Description: { Hostname }, Status }) => Hostname === info.Name && Status.State !== 'ready')?.ID
}

function nodeOf(node: SwarmNode, server: string | undefined, tasks: readonly SwarmTask[]): NodeView {
  const { Description: { Hostname, Platform, Engine }, Spec, Status, ManagerStatus } = node
  return {
    id: node.ID, hostname: Hostname, ...(server === undefined ? {} : { server }), role: Spec.Role,
    ...(ManagerStatus === undefined ? {} : { reachable: ManagerStatus.Reachability === 'reachable' }), leader: ManagerStatus?.Leader ?? false,
    availability: Spec.Availability, state: Status.State, message: Status.Message ?? '', address: Status.Addr ?? '', dockerVersion: Engine?.EngineVersion ?? '',
    platform: nodePlatform(Platform), labels: Spec.Labels ?? {},
    tasks: tasks.filter((task) => task.NodeID === node.ID && task.DesiredState === 'running' && task.Status.State === 'running').length,
  }
}

function clusterOf(swarm: SwarmObject, nodes: readonly SwarmNode[]): SwarmCluster {
  const issuer = swarm.TLSInfo?.CertIssuerPublicKey
  const done = nodes.filter(({ Description }) => Description.TLSInfo?.CertIssuerPublicKey === issuer).length
  return {
    id: swarm.ID, autolock: swarm.Spec.EncryptionConfig?.AutoLockManagers ?? false, dataPathPort: swarm.DataPathPort || DATA_PATH_PORT, pools: swarm.DefaultAddrPool ?? [],
    ...(swarm.RootRotationInProgress === true ? { rotation: { done, total: nodes.length } } : {}),
  }
}

/** How many managers there are, as those that cannot decide without the others remember it. */
function quorumUnseen(inOne: readonly ServerReading[], refusals: Reading['refusals']): QuorumHealth | undefined {
  if (!refusals.some(({ code }) => code === 'QuorumLost')) return undefined
  const survivors = inOne.filter(({ info }) => info?.Swarm?.ControlAvailable === true)
  const remembered = new Set(survivors.flatMap(({ info }) => (info?.Swarm?.RemoteManagers ?? []).map(({ NodeID }) => NodeID))).size
  const locked = inOne.filter(({ info }) => info?.Swarm?.LocalNodeState === 'locked').length
  // A manager that was just restarted may remember nobody but itself; only managers can be locked.
  const managers = Math.max(remembered, locked > 0 ? survivors.length + locked : survivors.length * 2)
  // More may be up, and still about to agree on a leader.
  return quorumHealth(managers, Math.min(survivors.length, Math.floor(managers / 2)))
}

function whyNobody(inOne: readonly ServerReading[], refusals: Reading['refusals']): Explanation {
  const said = refusals.find(({ code }) => code === 'QuorumLost') ?? refusals[0]
  if (said !== undefined) return { reason: said.code ?? 'Failed', message: said.message }
  const locked = inOne.filter(({ info }) => info?.Swarm?.LocalNodeState === 'locked').map(({ name }) => name)
  if (locked.length > 0) return { reason: 'Locked', message: `The swarm's managers are locked (${locked.join(', ')}): unlock one with the unlock key.` }
  return { reason: 'Unreachable', message: `${inOne.map(({ name }) => name).join(', ')} ${inOne.length === 1 ? 'is' : 'are'} in a swarm, but none of the servers that answer is a manager of it. Add a server that is.` }
}

function isMember(state: string | undefined): boolean {
  return state !== undefined && state !== '' && state !== 'inactive'
}
