import type { ObjectRef } from '../../common/contract/index.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import type { RegistryAuth, SwarmApi } from '../docker/swarm-api.ts'
import { asking, isOutOfSequence, swarmError } from '../docker/status-error.ts'
import type { NodeSpec, ServiceSpec, SwarmNode, SwarmService } from '../docker/types.ts'
import { dockerStatus } from '../../hosts/docker-error.ts'

const TRIES = 8

/** Where changes are asked for: whatever manager is reached. */
export interface ManagerAccess {
  readonly api: SwarmApi
}

/** The service as it is now. NotFound, with a sentence, when it is gone. */
export async function readService(access: ManagerAccess, ref: ObjectRef): Promise<SwarmService> {
  if (ref.kind !== 'Service') throw badRequest(`A ${ref.kind} cannot be changed this way.`)
  try {
    return await access.api.service(ref.name)
  } catch (error) {
    throw dockerStatus(error) === 404 ? gone(ref) : swarmError(error)
  }
}

/**
 * Reads a service, edits its spec and writes it; again from the start when somebody else wrote it in between, so an edit may run more than once.
 * Throws what `edit` throws, NotFound, or Docker's refusal as a StatusError.
 */
export async function changeService(access: ManagerAccess, ref: ObjectRef, edit: (service: SwarmService) => ServiceSpec, how: { auth?: RegistryAuth; rollback?: boolean } = {}): Promise<void> {
  await again(async () => {
    const service = await readService(access, ref)
    await access.api.updateService(service.ID, service.Version.Index, edit(service), how)
  })
}

/** As `changeService`, for a node by its ID. */
export async function changeNode(access: ManagerAccess, id: string, edit: (node: SwarmNode) => NodeSpec): Promise<void> {
  await again(async () => {
    const node = await asking(access.api.node(id))
    await access.api.updateNode(node.ID, node.Version.Index, edit(node))
  })
}

async function again(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isOutOfSequence(error) || tries >= TRIES) throw swarmError(error)
    }
  }
}

/** What was there is not there any more. */
export function gone(ref: ObjectRef): StatusError {
  return new StatusError('NotFound', `${ref.kind} "${ref.name}" is not there (any more).`, { name: ref.name, kind: ref.kind })
}
