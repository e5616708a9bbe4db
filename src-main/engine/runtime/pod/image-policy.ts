import type { Container } from '../../../common/kube/generated/core-v1.ts'

/** When an image is pulled for a new pod: as the container says, else always for `latest` or no tag at all. Pure. */
export function pullPolicy(container: Container): 'Always' | 'IfNotPresent' | 'Never' {
  const said = container.imagePullPolicy
  if (said === 'Always' || said === 'IfNotPresent' || said === 'Never') return said
  const image = container.image ?? ''
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^:/]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}
