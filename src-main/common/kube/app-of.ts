import type { Pod } from './generated/core-v1.ts'
import { controllerOf } from './owners.ts'
import { POD_TEMPLATE_HASH } from './well-known.ts'

/** The app that a pod is of, as a key that is the same for all revisions of a Deployment; undefined for a pod that nobody owns. */
export function appKeyOf(pod: Pod): string | undefined {
  const owner = controllerOf(pod)
  if (owner === undefined) return undefined
  const hash = `-${pod.metadata.labels?.[POD_TEMPLATE_HASH] ?? ''}`
  const name = owner.name.endsWith(hash) ? owner.name.slice(0, -hash.length) : owner.name
  return `${pod.metadata.namespace ?? ''}/${owner.kind}/${name}`
}
