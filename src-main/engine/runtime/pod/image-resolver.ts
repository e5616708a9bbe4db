import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { PullError } from '../container-runtime.ts'
import type { NodeImage } from '../container-runtime.ts'
import { pullPolicy } from './image-policy.ts'
import type { NodeContext } from './node-context.ts'
import { pullCredentials } from './pull-secrets.ts'

/** The node does not have the image and may not pull it. */
export class NeverPullError extends Error {
  override readonly name = 'NeverPullError'
}

/**
 * The image a container starts from. `known` is what it was made from before (a digest or ID): then nothing is pulled as long as the node has it.
 * Fails with PullError or NeverPullError. With the registry out of reach, an image the node has is used as it is (a deviation: a
 * desk without network can still heal), and an Event says so.
 */
export async function resolveImage(node: NodeContext, pod: Frozen<Pod>, container: Container, known: string | undefined): Promise<NodeImage> {
  const { images } = node.runtime
  const reference = container.image ?? ''
  if (known !== undefined) {
    const before = await images.inspect(known)
    if (before !== undefined) return before
  }
  const policy = pullPolicy(container)
  const present = policy === 'Always' ? undefined : await images.inspect(reference)
  if (present !== undefined) {
    node.recorder.event(pod, 'Normal', 'Pulled', `Container image "${reference}" already present on machine`)
    return present
  }
  if (policy === 'Never') throw new NeverPullError(`The node does not have image "${reference}", and imagePullPolicy Never forbids to pull it.`)
  node.recorder.event(pod, 'Normal', 'Pulling', `Pulling image "${reference}"`)
  const start = node.clock.monotonic()
  try {
    const image = await images.pull(reference, pullCredentials(pod, reference, node.sources))
    const seconds = ((node.clock.monotonic() - start) / 1000).toFixed(3)
    node.recorder.event(pod, 'Normal', 'Pulled', `Successfully pulled image "${reference}" in ${seconds}s. Image size: ${String(image.sizeBytes)} bytes.`)
    return image
  } catch (error) {
    const local = error instanceof PullError && error.kind === 'unreachable' ? await images.inspect(reference) : undefined
    if (local === undefined) throw error
    node.recorder.event(pod, 'Warning', 'RegistryUnreachable', `The registry of "${reference}" cannot be reached; the image that the node has is used, which may be older.`)
    return local
  }
}

/** How a status names an image: by a digest of the repository it was asked from, else by ID. */
export function statusImageId(image: NodeImage): string {
  return image.digests[0] ?? image.id
}
