import type { ObjectRef } from '../../common/contract/index.ts'
import type { NodeSpec } from '../docker/types.ts'
import { changeNode, gone } from './change-service.ts'
import type { ManagerAccess } from './change-service.ts'

/** Sets whether a node takes tasks: `active`, `pause` (none new), `drain` (those that are there move, too). */
export async function setAvailability(access: ManagerAccess, nodeId: string | undefined, ref: ObjectRef, availability: NodeSpec['Availability']): Promise<void> {
  if (nodeId === undefined) throw gone(ref)
  await changeNode(access, nodeId, ({ Spec }) => ({ ...Spec, Availability: availability }))
}
