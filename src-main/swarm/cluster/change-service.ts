import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { ObjectRef } from '../../common/contract/index.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import { inSequence } from '../docker/in-sequence.ts'
import type { SwarmApi } from '../docker/swarm-api.ts'
import type { RegistryAuth } from '../docker/types.ts'
import { asking, hasLostLeader, hasNoLeader, hasTimedOut, swarmError } from '../docker/status-error.ts'
import type { ServiceSpec } from '../docker/specs.ts'
import type { NodeSpec, SwarmNode, SwarmService } from '../docker/types.ts'
import { dockerStatus } from '../../hosts/docker-error.ts'

const TRIES = 8
/** How long managers may take to choose a leader. */
const LEADER_MS = 10_000
const LEADER_STEP_MS = 250

/** Where changes are asked for: whatever manager is reached. */
export interface ManagerAccess {
  readonly api: SwarmApi
  readonly clock: Clock
}

/** The service as it is now. NotFound, with a sentence, when it is gone. */
export async function readService(access: ManagerAccess, ref: ObjectRef): Promise<SwarmService> {
  return asking(read(access, ref))
}

/** With Docker's own errors, but for NotFound. */
async function read(access: ManagerAccess, ref: ObjectRef): Promise<SwarmService> {
  if (ref.kind !== 'Service') throw badRequest(`A ${ref.kind} cannot be changed this way.`)
  try {
    return await access.api.service(ref.name)
  } catch (error) {
    throw dockerStatus(error) === 404 ? gone(ref) : error
  }
}

/** What was only asked may be asked again, whatever became of it. */
class Unanswered extends Error {}

/** How a service is changed. */
export interface ChangeHow {
  auth?: RegistryAuth
  rollback?: boolean
  /** Made twice it would be another change (a rollback undoes itself): it is not repeated where it may have been made already. */
  once?: boolean
}

/**
 * Reads a service, edits its spec and writes it; again from the start when somebody else wrote it in between, or the managers lost their leader over it: an edit
 * may run more than once, also on what it has written itself.
 * Throws what `edit` throws, NotFound, or Docker's refusal as a StatusError.
 */
export async function changeService(access: ManagerAccess, ref: ObjectRef, edit: (service: SwarmService) => ServiceSpec, how: ChangeHow = {}): Promise<void> {
  await again(access.clock, async () => {
    const service = await read(access, ref).catch((error: unknown) => {
      throw hasTimedOut(error) || hasLostLeader(error) ? new Unanswered('', { cause: error }) : error
    })
    await access.api.updateService(service.ID, service.Version.Index, edit(service), { ...(how.auth === undefined ? {} : { auth: how.auth }), ...(how.rollback === true ? { rollback: true } : {}) })
  }, how.once !== true)
}

/** As `changeService`, for a node by its ID. */
export async function changeNode(access: ManagerAccess, id: string, edit: (node: SwarmNode) => NodeSpec): Promise<void> {
  await again(access.clock, async () => {
    const node = await asking(access.api.node(id))
    await access.api.updateNode(node.ID, node.Version.Index, edit(node))
  }, true)
}

/** Waits, for a while, for managers that choose a leader or do not agree. */
async function again(clock: Clock, attempt: () => Promise<void>, mayRepeat: boolean): Promise<void> {
  for (let waited = 0; ;) {
    try {
      return await inSequence(TRIES, attempt)
    } catch (error) {
      const isWaiting = error instanceof Unanswered || hasNoLeader(error) || (mayRepeat && (hasLostLeader(error) || hasTimedOut(error)))
      if (!isWaiting || waited >= LEADER_MS) throw swarmError(error instanceof Unanswered ? error.cause : error)
      await sleep(clock, LEADER_STEP_MS)
      waited += LEADER_STEP_MS
    }
  }
}

/** What was there is not there any more. */
export function gone(ref: ObjectRef): StatusError {
  return new StatusError('NotFound', `${ref.kind} "${ref.name}" is not there (any more).`, { name: ref.name, kind: ref.kind })
}
