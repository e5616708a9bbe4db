import { StatusError } from '../../../common/errors.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'

/** The refusal of a pod by an admission plugin, in upstream's words. */
export function podForbidden(pod: Pod, why: string): StatusError {
  const { name } = pod.metadata
  return new StatusError('Forbidden', `pods "${name}" is forbidden: ${why}`, { name, kind: 'pods' })
}
