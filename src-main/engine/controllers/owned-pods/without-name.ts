import type { ObjectMeta } from '../../../common/kube/generated/meta-v1.ts'

/**
 * A refusal without the name of the pod that was never made: it is another one at each try, and what is refused ten times for one reason is one thing to
 * tell, not ten. Pure.
 */
export function withoutName(message: string, owner: { metadata: ObjectMeta }): string {
  return message.replaceAll(new RegExp(`${(owner.metadata.name ?? '').replaceAll('.', '\\.')}-[a-z0-9]{5}\\b`, 'g'), `${owner.metadata.name ?? ''}-*`)
}
