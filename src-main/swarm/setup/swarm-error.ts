import type { SwarmErrorCode } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { StatusReason } from '../../common/errors.ts'
import { DockerUnreachableError } from '../../hosts/host.ts'
import { saidByManager } from '../docker/status-error.ts'
import { hidden } from './hidden.ts'

const STATUS: Partial<Record<SwarmErrorCode, StatusReason>> = {
  NoSuchNode: 'NotFound', NoSuchServer: 'NotFound', WrongAddress: 'BadRequest', WrongKey: 'BadRequest', PoolClash: 'BadRequest', Timeout: 'Timeout',
  Unreachable: 'ServiceUnavailable', QuorumLost: 'ServiceUnavailable', Locked: 'ServiceUnavailable', PortClosed: 'ServiceUnavailable', Failed: 'InternalError',
}

/** A "no" about a swarm, as screens get it: a Status whose cause has the code. The sentence never holds a token or key. */
export function swarmError(code: SwarmErrorCode, sentence: string): StatusError {
  return new StatusError(STATUS[code] ?? 'Conflict', hidden(sentence), { kind: 'Swarm', causes: [{ reason: code, message: hidden(sentence) }] })
}

/** The code of an error made above; undefined for any other. */
export function swarmCode(error: unknown): SwarmErrorCode | undefined {
  if (!(error instanceof StatusError) || error.details.kind !== 'Swarm') return undefined
  return error.details.causes?.[0]?.reason as SwarmErrorCode | undefined
}

const WITHOUT_LEADER = /does not have a leader|too few managers are online/i

/** Does Docker say that too few managers are up to agree on a leader? */
export function isWithoutLeader(text: string): boolean {
  return WITHOUT_LEADER.test(text)
}

/** What Docker says, by a part of its words (20.10 to 29), and what it means; `server`: where it was asked. The first that fits. */
const MEANINGS: readonly (readonly [RegExp, SwarmErrorCode, (server: string, text: string) => string])[] = [
  [WITHOUT_LEADER, 'QuorumLost', () => 'The swarm has lost its quorum: not more than half of its managers are up, so nothing can be changed. What runs goes on. Start the other managers again; if they are lost for good, recover with the manager that is left.'],
  [/encrypted and needs to be unlocked/i, 'Locked', (s) => `The manager ${s} is locked: Docker was restarted there, and needs the unlock key to read the swarm's state.`],
  [/invalid (unlock )?key|cannot decrypt|key provided/i, 'WrongKey', (s) => `This is not the unlock key of ${s}. It begins with SWMKEY-1-; another manager that is open can show the present one.`],
  [/swarm is not locked/i, 'NotLocked', (s) => `${s} is not locked.`],
  [/worker nodes can't be used to view or modify/i, 'NotAManager', (s) => `${s} is a worker, and only managers may see or change the swarm. Ask a manager, or make ${s} one.`],
  [/already part of a swarm/i, 'AlreadyInSwarm', (s) => `${s} is already part of a swarm. Let it leave that one first.`],
  [/not a swarm manager|not part of a swarm|node is not in a swarm/i, 'NotInSwarm', (s) => `${s} is in no swarm. Begin one there, or let it join one.`],
  [/join token|remote CA does not match fingerprint/i, 'TokenRefused', (s) => `The swarm refused the join token that ${s} came with: it has been rotated, or belongs to another swarm. Take the present one from a manager.`],
  [/certificate has expired or is not yet valid|not yet valid/i, 'ClockSkew', (s) => `The clocks of ${s} and of the managers differ so much that their certificates do not count. Set them right (timedatectl set-ntp true), then try again.`],
  [/last manager/i, 'LastManager', (s) => `${s} is the last manager: without it there is no swarm. Make another server a manager first, or end the swarm.`],
  [/loss of quorum/i, 'QuorumLost', (s) => `Without ${s} not more than half of the managers would be up, and the swarm could not be changed any more. Bring the other managers back first, or make another server one.`],
  [/is not down and can't be removed/i, 'NodeNotDown', () => 'The node is still up. Let its server leave the swarm instead; only what is down can be removed.'],
  [/must be demoted to worker before removal/i, 'Refused', () => 'The node is still counted as a manager. Make it a worker first; then it can be removed.'],
  [/node .* not found|no such node/i, 'NoSuchNode', () => 'There is no such node in the swarm (any more).'],
  [/update out of sequence/i, 'Changed', () => 'Somebody else changed the same thing at the same moment. Look again, then try again.'],
  [/pool .*overlap|overlaps|invalid (address )?pool|invalid CIDR|subnet size|default address space/i, 'PoolClash', (s, t) => `The pool of addresses cannot be used on ${s}: ${t}`],
  [/data path port|datapath port/i, 'WrongAddress', () => 'The port of the overlay networks must be between 1024 and 49151.'],
  [/multiple addresses|advertise address|address to advertise|listening address|not recognized as a system address|no such host|must be a non-zero ip|cannot assign requested address|unknown interface|could not find the system's IP/i, 'WrongAddress', (s, t) => `The address does not fit ${s}: choose one of its own that the other servers reach. Docker says: ${t}`],
  [/bind: address already in use|address already in use/i, 'PortInUse', (s) => `A port that Swarm needs on ${s} (2377 or 7946) is in use by another program there. End that one (sudo ss -lntup shows it), then try again.`],
  [/timeout was reached before node|context deadline exceeded|connection refused|i\/o timeout|error while dialing|no route to host|network is unreachable/i, 'PortClosed', (s) => `${s} cannot reach the manager on TCP port 2377, or is not answered there. Let 2377/tcp, 7946/tcp+udp and 4789/udp through between the servers (firewall, security group), and check the manager's address.`],
]

/** An error of Docker on `server` as a sentence. What is one already stays. `joining`: what did not answer is another server. Pure. */
export function explainSwarm(error: unknown, server: string, joining = false): StatusError {
  if (error instanceof StatusError) return error
  if (error instanceof DockerUnreachableError) return swarmError('Unreachable', error.message)
  const text = hidden(saidByManager(error).trim())
  if (!joining && /context deadline exceeded/i.test(text)) return swarmError('Timeout', `The managers did not answer ${server} in time. If that goes on, too few of them are up.`)
  for (const [pattern, code, sentence] of MEANINGS) if (pattern.test(text)) return swarmError(code, sentence(server, text))
  return swarmError('Failed', `Docker on ${server} refused: ${text}`)
}
