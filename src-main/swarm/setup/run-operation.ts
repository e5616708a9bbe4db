import type { Clock } from '../../common/clock.ts'
import type { SwarmRole } from '../../common/contract/index.ts'
import { messageOf } from '../../common/errors.ts'
import type { DockerInfo } from '../docker/types.ts'
import { EngineApi } from './engine-api.ts'
import type { Operation } from './plan/change-plan.ts'
import { isWithoutLeader, swarmCode, swarmError } from './swarm-error.ts'
import type { DeskServer } from './swarm-server.ts'
import type { UnlockKeys } from './unlock-keys.ts'
import { until } from './until.ts'

/** Where Swarm listens for joins, unless told otherwise. */
const LISTEN = '0.0.0.0:2377'
const SUBNET_BITS = 24
/** A node is seen within seconds; on a slow network its certificate takes longer. */
const READY_MS = 60_000
/** Tasks end within their grace period, which is 10 s unless the service says otherwise. */
const EMPTY_MS = 120_000
const ROTATION_MS = 180_000
const RUNNING = new Set(['assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'])

/** What operations work on. */
export interface OperationContext {
  servers(): readonly DeskServer[]
  clock: Clock
  keys: UnlockKeys
  /** For `unlock`: what a person wrote. */
  givenKey?: string | undefined
  signal: AbortSignal
  /** How far a long one is. */
  onPart(part: { done: number; total: number }): void
}

/** Does one operation and resolves when it is so. Rejects with a `swarmError`. */
export async function runOperation(operation: Operation, context: OperationContext): Promise<void> {
  switch (operation.do) {
    case 'init': return init(operation, context)
    case 'join': return join(operation, context)
    case 'ready': return ready(operation.server, context)
    case 'leave': return new EngineApi(serverOf(operation.server, context)).leave()
    case 'role': return changeRole(operation.node, operation.role, context)
    case 'availability': return (await manager(context)).changeNode(operation.node, (spec) => {
      const differs = spec.Availability !== operation.availability
      spec.Availability = operation.availability
      return differs
    })
    case 'empty': return empty(operation.node, context)
    case 'remove': return (await manager(context)).removeNode(operation.node, true)
    case 'labels': return (await manager(context)).changeNode(operation.node, (spec) => {
      const labels = { ...spec.Labels, ...operation.labels }
      spec.Labels = Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== null))
      return true
    })
    case 'rotateToken': return (await manager(context)).changeSwarm(() => undefined, operation.role === 'worker' ? { rotateWorkerToken: true } : { rotateManagerToken: true })
    case 'rotateCa': return rotateCa(context)
    case 'autolock': return autolock(operation.on, context)
    case 'rotateUnlockKey': {
      const api = await manager(context)
      await api.changeSwarm(() => undefined, { rotateManagerUnlockKey: true })
      return context.keys.set(await api.unlockKey())
    }
    case 'unlock': return unlock(operation.server, context)
    case 'forceNewCluster': return forceNewCluster(operation, context)
    case 'forgetManagers': return forgetManagers(operation.server, context)
  }
}

async function init({ server, address, dataPathPort, pool }: Operation & { do: 'init' }, context: OperationContext): Promise<void> {
  await new EngineApi(serverOf(server, context)).init({
    ListenAddr: LISTEN, AdvertiseAddr: address ?? '', DefaultAddrPool: [pool], SubnetSize: SUBNET_BITS, ...(dataPathPort === undefined ? {} : { DataPathPort: dataPathPort }), Spec: {},
  })
}

/** The token goes from one engine's API to the other's, and nowhere else. */
async function join({ server, role, address, managers }: Operation & { do: 'join' }, context: OperationContext): Promise<void> {
  const joining = new EngineApi(serverOf(server, context))
  const { JoinTokens } = await (await manager(context)).swarm()
  try {
    await joining.join({ ListenAddr: LISTEN, AdvertiseAddr: address ?? '', RemoteAddrs: managers, JoinToken: role === 'manager' ? JoinTokens.Manager : JoinTokens.Worker })
  } catch (error) {
    // Docker goes on trying by itself, and would be in the swarm at some later time, unexpected.
    if (swarmCode(error) === 'PortClosed' || swarmCode(error) === 'Timeout') await joining.leave().catch(() => undefined)
    throw error
  }
}

async function ready(server: string, context: OperationContext): Promise<void> {
  const joined = new EngineApi(serverOf(server, context))
  const { Swarm } = await joined.info()
  const id = Swarm?.NodeID ?? ''
  await until(context.clock, READY_MS, context.signal, (last) => `${server} joined, but the managers do not see it as ready${saying(last)}. The doctor may say why: often a port between the servers is closed.`, async () => {
    const node = await (await manager(context)).node(id)
    return node.Status.State === 'ready' && (node.Spec.Role === 'worker' || node.ManagerStatus?.Reachability === 'reachable')
  })
}

async function changeRole(id: string, role: SwarmRole, context: OperationContext): Promise<void> {
  const own = await serverOfNode(id, context)
  // Not asked of the one that ceases to be a manager meanwhile, where there is another.
  const away = role === 'worker' ? own?.name : undefined
  await (await manager(context, away)).changeNode(id, (spec) => {
    const differs = spec.Role !== role
    spec.Role = role
    return differs
  })
  await until(context.clock, READY_MS, context.signal, (last) => `The node did not become a ${role} in time${saying(last)}. It may still do so; look again in a minute.`, async () => {
    const node = await (await manager(context, away)).node(id)
    const settled = role === 'manager' ? node.ManagerStatus?.Reachability === 'reachable' : node.ManagerStatus === undefined
    if (!settled || node.Status.State !== 'ready' || own === undefined) return settled
    // The node itself knows, too.
    return (await new EngineApi(own).info()).Swarm?.ControlAvailable === (role === 'manager')
  })
}

async function empty(id: string, context: OperationContext): Promise<void> {
  await until(context.clock, EMPTY_MS, context.signal, () => 'Tasks still run on the node. They may take longer to end (their stop grace period), or wait for a place elsewhere; try again when they are gone.', async () => {
    const tasks = await (await manager(context)).tasks(id)
    return !tasks.some(({ Status }) => RUNNING.has(Status.State))
  })
}

async function rotateCa(context: OperationContext): Promise<void> {
  await (await manager(context)).changeSwarm((spec) => { spec.CAConfig = { ...spec.CAConfig, ForceRotate: (spec.CAConfig?.ForceRotate ?? 0) + 1 } })
  await until(context.clock, ROTATION_MS, context.signal, () => 'Not all nodes have the new certificate yet. The rotation goes on by itself; it ends when all nodes are up, or those that are lost are removed.', async () => {
    const api = await manager(context)
    const [swarm, nodes] = await Promise.all([api.swarm(), api.nodes()])
    const up = nodes.filter(({ Status }) => Status.State === 'ready')
    const rotated = up.filter(({ Description: { TLSInfo } }) => TLSInfo?.CertIssuerPublicKey === swarm.TLSInfo?.CertIssuerPublicKey && TLSInfo?.TrustRoot === swarm.TLSInfo?.TrustRoot)
    context.onPart({ done: rotated.length, total: nodes.length })
    return swarm.RootRotationInProgress !== true && rotated.length === up.length
  })
}

async function autolock(on: boolean, context: OperationContext): Promise<void> {
  const api = await manager(context)
  await api.changeSwarm((spec) => { spec.EncryptionConfig = { ...spec.EncryptionConfig, AutoLockManagers: on } })
  if (on) context.keys.set(await api.unlockKey())
}

/** With the key that a person gave; else one that an open manager knows, else the one that this desk keeps. */
async function unlock(server: string, context: OperationContext): Promise<void> {
  const key = context.givenKey ?? (await openKey(context)) ?? context.keys.get()
  if (key === undefined) throw swarmError('WrongKey', `No manager of the swarm is open, and this desk does not have its unlock key. Give the key that was written down (it begins with SWMKEY-1-).`)
  const api = new EngineApi(serverOf(server, context))
  const refusal = new AbortController()
  // A wrong key is refused at once. The right one is answered only when the swarm has a leader: what the server says of itself counts sooner.
  void api.unlock(key.trim()).catch((error: unknown) => { if (swarmCode(error) !== 'Unreachable') refusal.abort(error) })
  await until(context.clock, READY_MS, AbortSignal.any([context.signal, refusal.signal]), (last) => `${server} took the key, but is not back in the swarm${saying(last)}.`, async () => isOpen((await api.info()).Swarm))
}

/** It took the key: it is back, or waits for others that are still locked or away. */
function isOpen(swarm: DockerInfo['Swarm']): boolean {
  return swarm?.LocalNodeState === 'active' || (swarm?.LocalNodeState === 'pending' && isWithoutLeader(swarm.Error))
}

async function openKey(context: OperationContext): Promise<string | undefined> {
  const api = await manager(context).catch(() => undefined)
  return (await api?.unlockKey().catch(() => '')) || undefined
}

async function forceNewCluster({ server, address }: Operation & { do: 'forceNewCluster' }, context: OperationContext): Promise<void> {
  const api = new EngineApi(serverOf(server, context))
  await api.init({ ListenAddr: LISTEN, AdvertiseAddr: address ?? '', ForceNewCluster: true, Spec: {} }).catch((error: unknown) => {
    if (swarmCode(error) !== 'Locked') throw error
    // It is not in the swarm now, as far as its Docker knows; what it had is still on its disk.
    throw swarmError('Locked', `${server} is locked at restart, and Docker cannot begin a swarm anew from such a manager. It takes part in nothing now, but nothing is lost: restart Docker on it (sudo systemctl restart docker), unlock it, and bring other managers back until more than half are up.`)
  })
  await until(context.clock, READY_MS, context.signal, (last) => `${server} did not become the leader of the new swarm${saying(last)}.`, async () => (await api.nodes()).some(({ ManagerStatus }) => ManagerStatus?.Leader === true))
}

async function forgetManagers(server: string, context: OperationContext): Promise<void> {
  const api = new EngineApi(serverOf(server, context))
  const own = (await api.info()).Swarm?.NodeID
  const lost = (await api.nodes()).filter(({ ID, Spec }) => ID !== own && Spec.Role === 'manager')
  // They are managers by name only: Raft has forgotten them, so there is nobody to demote.
  for (const { ID } of lost) await api.removeNode(ID, true)
}

/** A manager that answers, rather not `but`. Rejects with what the first one says. */
async function manager(context: OperationContext, but?: string): Promise<EngineApi> {
  const servers = [...context.servers()].sort((a, b) => Number(a.name === but) - Number(b.name === but))
  let said: Error | undefined
  for (const server of servers) {
    const api = new EngineApi(server)
    try {
      if ((await api.info()).Swarm?.ControlAvailable !== true) continue
      await api.swarm()
      return api
    } catch (error) {
      if (swarmCode(error) !== 'Unreachable') said ??= error as Error
    }
  }
  throw said ?? swarmError('Unreachable', 'No manager of the swarm can be reached from here.')
}

async function serverOfNode(id: string, context: OperationContext): Promise<DeskServer | undefined> {
  const found = await Promise.all(context.servers().map(async (server) => ((await new EngineApi(server).info().catch(() => undefined))?.Swarm?.NodeID === id ? server : undefined)))
  return found.find((server) => server !== undefined)
}

function serverOf(name: string, { servers }: OperationContext): DeskServer {
  const found = servers().find((server) => server.name === name)
  if (found === undefined) throw swarmError('NoSuchServer', `There is no server ${name} here (any more).`)
  return found
}

function saying(last: unknown): string {
  return last === undefined ? '' : ` (${messageOf(last)})`
}
