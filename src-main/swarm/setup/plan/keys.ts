import type { SwarmChange } from '../../../common/contract/index.ts'
import { noManager, planned, refused, serverIn, step } from './change-plan.ts'
import type { ChangePlan, PlanInput } from './change-plan.ts'

type Change<T extends SwarmChange['type']> = SwarmChange & { type: T }

/** Pure. */
export function planRotateToken({ state }: PlanInput, { role }: Change<'rotateToken'>): ChangePlan {
  return noManager(state) ?? planned([step({ do: 'rotateToken', role }, `Make a new join token for ${role}s`)], [
    { reason: 'MembersStay', message: 'Who is in the swarm stays in it. Nobody can join with the old token any more; Toque takes the present one by itself.' },
  ])
}

/** Pure. */
export function planRotateCa({ state }: PlanInput): ChangePlan {
  const no = noManager(state)
  if (no !== undefined) return no
  if (state.cluster?.rotation !== undefined) return refused('Refused', 'The swarm\'s certificate authority is being replaced already. It ends when all nodes have the new certificate.')
  const away = state.nodes.filter((node) => node.state !== 'ready')
  return planned([step({ do: 'rotateCa' }, 'Replace the swarm\'s certificate authority, and give all nodes new certificates')], [
    { reason: 'TokensChange', message: 'The present ones do not count any more; Toque takes the new ones by itself. Services go on.' },
    away.length === 0 ? undefined : { reason: 'NodesAway', message: `${away.map(({ server, hostname }) => server ?? hostname).join(', ')} cannot get a certificate now: the rotation is not over until they are back or removed.` },
  ])
}

/** Pure. */
export function planAutolock({ state }: PlanInput, { on }: Change<'autolock'>): ChangePlan {
  const no = noManager(state)
  if (no !== undefined) return no
  if (state.cluster?.autolock === on) return planned([])
  if (!on) return planned([step({ do: 'autolock', on }, 'Let managers start without the unlock key')], [{ reason: 'KeysOnDisk', message: 'Whoever can read a manager\'s disk can then read the swarm\'s secrets.' }], true)
  return planned([step({ do: 'autolock', on }, 'Lock managers when they restart')], [
    { reason: 'KeyNeeded', message: 'After a restart a manager takes part only when it is given the unlock key. Write the key down, away from these servers: without it a locked swarm cannot be opened by anybody.' },
  ], true)
}

/** Pure. */
export function planRotateUnlockKey({ state }: PlanInput): ChangePlan {
  const no = noManager(state)
  if (no !== undefined) return no
  if (state.cluster?.autolock !== true) return refused('NotLocked', 'The swarm is not locked, so there is no unlock key to replace.')
  return planned([step({ do: 'rotateUnlockKey' }, 'Make a new unlock key')], [{ reason: 'OldKey', message: 'Managers that are down now need the old key at their next start: keep it until all have been up once.' }])
}

/** Pure. */
export function planUnlock({ state }: PlanInput, { server }: Change<'unlock'>): ChangePlan {
  const found = serverIn(state, server)
  if (found === undefined) return refused('NoSuchServer', `There is no server ${server} here.`)
  if (found.state !== 'locked') return refused('NotLocked', `${server} is not locked.`)
  return planned([step({ do: 'unlock', server }, `Open ${server} with the unlock key`, server)])
}

/** A swarm of the one manager that is left. Only when the quorum is really gone: otherwise it would make two swarms of one. Pure. */
export function planForceNewCluster({ state }: PlanInput, { server }: Change<'forceNewCluster'>): ChangePlan {
  const found = serverIn(state, server)
  if (found === undefined) return refused('NoSuchServer', `There is no server ${server} here.`)
  if (state.cluster !== undefined) return refused('Refused', 'The swarm has its quorum: a manager answers. Recovery would throw managers out that are needed; there is nothing to recover.')
  if (state.why?.reason !== 'QuorumLost') return refused('Refused', `${state.why?.message ?? 'There is no swarm here to recover.'} Recovery is for a swarm that has lost its quorum.`)
  // Docker ends the manager's part in the swarm, then refuses (moby issue 36852).
  if (state.wasAutolocked === true) return refused('Refused', 'The managers of this swarm are locked when they restart, and Docker cannot begin a swarm anew from such a manager. Bring other managers back and unlock them until more than half are up. If they are lost for good, begin a new swarm on other servers and deploy the stacks there.')
  if (found.state !== 'member' || !found.manager) return refused('NotAManager', `${server} is no manager of the swarm that is up: only from a manager's copy of the state can the swarm be recovered.`)
  const others = state.servers.filter((s) => s.name !== server && s.state === 'member' && s.manager)
  const lost = state.servers.filter((s) => s.name !== server && s.state === 'unreachable')
  const count = (state.quorum?.managers ?? 2) - 1
  return planned([
    // They would still count the lost ones, and quarrel with the new swarm.
    ...others.map(({ name }) => step({ do: 'leave', server: name }, `Let ${name}, which has no quorum either, leave its old place`, name)),
    step({ do: 'forceNewCluster', server, address: found.address }, `Make ${server} the only manager, with the state that it has`, server),
    step({ do: 'forgetManagers', server }, 'Take the entries of the lost managers out of the swarm', server),
  ], [
    { reason: 'Stays', message: `Services, networks, secrets, configs and workers stay, as ${server} knows them; what runs on workers runs on.` },
    { reason: 'Lost', message: `The other ${count === 1 ? 'manager is' : `${String(count)} managers are`} none any more, and changes that only they had are lost.${lost.length === 0 ? '' : ` Not reachable now: ${lost.map(({ name }) => name).join(', ')}.`}` },
    { reason: 'NeverReturn', message: 'A lost manager that comes back still believes in the old swarm, and two of them could even go on with it. Keep them off, or let each leave first and join anew: "join" offers that.' },
    { reason: 'ThreeAgain', message: 'Afterwards make two more servers managers, so that the next loss costs nothing.' },
  ], true)
}
