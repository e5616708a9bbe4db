import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { PullError } from '../container-runtime.ts'
import type { NodeImage } from '../container-runtime.ts'
import { copyingWords, FetchProgress, megabytes, pullingWords } from './fetch-progress.ts'
import { pullPolicy } from './image-policy.ts'
import type { Supplied } from './image-supply.ts'
import type { NodeContext } from './node-context.ts'
import { pullImage } from './pull-image.ts'
import { pullSecrets } from './pull-secrets.ts'
import type { PullSecrets } from './pull-secrets.ts'

/** The node does not have the image and may not pull it. */
export class NeverPullError extends Error {
  override readonly name = 'NeverPullError'
}

/** Who waits for an image. */
export interface Waiting {
  /** What is being done, for the container's status; at most once a second. */
  say(message: string): void
  /** Gives it up. */
  signal: AbortSignal
}

/**
 * The image a container starts from. `known` is what it was made from before (a digest or ID): then nothing is pulled as long as the node has it.
 * What the registry does not give comes from another server of the cluster or from the desk, or is what the node has already (a deviation: a desk
 * without network can still heal), and an Event says so. Fails with PullError or NeverPullError.
 */
export async function resolveImage(node: NodeContext, pod: Frozen<Pod>, container: Container, known: string | undefined, waiting: Waiting): Promise<NodeImage> {
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
  const secrets = pullSecrets(pod, reference, node.sources)
  const start = node.clock.monotonic()
  const progress = new FetchProgress(node.clock, (message) => waiting.say(message))
  const before = await images.list()
  try {
    const pull = (): Promise<NodeImage> => pullImage(node, pod, reference, secrets, { signal: waiting.signal, onProgress: (p) => progress.tell(pullingWords(reference, p)) })
    const image = await pull().catch(async (error: unknown) => {
      if (error instanceof PullError && error.kind === 'diskFull' && await node.makeRoom()) return pull()
      throw error
    })
    await noteBrought(node, image, before)
    const seconds = ((node.clock.monotonic() - start) / 1000).toFixed(3)
    node.recorder.event(pod, 'Normal', 'Pulled', `Successfully pulled image "${reference}" in ${seconds}s. Image size: ${String(image.sizeBytes)} bytes.`)
    return image
  } catch (error) {
    if (!(error instanceof PullError) || !ELSEWHERE.has(error.kind)) throw error
    const image = await fromElsewhere(node, pod, reference, error, secrets, policy, progress, waiting.signal)
    await noteBrought(node, image, before)
    return image
  } finally {
    progress.stop()
  }
}

/** Notes what came with a fetch, so that it can be taken away when nothing needs it: what was there before is somebody else's. Without the note it stays. */
async function noteBrought(node: NodeContext, image: NodeImage, before: readonly NodeImage[]): Promise<void> {
  const there = before.find(({ id }) => id === image.id)
  const names = image.tags.filter((tag) => there?.tags.includes(tag) !== true)
  if (there !== undefined && names.length === 0) return
  await node.imageNotes.brought(image.id, names, there === undefined).catch(node.onError)
}

/** Failures of a registry that another server may make good. */
const ELSEWHERE: ReadonlySet<PullError['kind']> = new Set(['notFound', 'unauthorized', 'unreachable'])

async function fromElsewhere(
  node: NodeContext, pod: Frozen<Pod>, reference: string, why: PullError, secrets: PullSecrets, policy: 'Always' | 'IfNotPresent', progress: FetchProgress, signal: AbortSignal,
): Promise<NodeImage> {
  const { images } = node.runtime
  const start = node.clock.monotonic()
  const supplied = await node.supply.supply({
    reference, signal, refused: why.kind === 'unauthorized', secrets: secrets.credentials.map(({ secret }) => secret.uid),
    own: policy === 'Always' ? await images.inspect(reference) : undefined,
    onProgress: (p) => progress.tell(copyingWords(reference, p)),
  })
  if (supplied.by === 'own') {
    if (why.kind === 'unreachable') node.recorder.event(pod, 'Warning', 'RegistryUnreachable', `The registry of "${reference}" cannot be reached; the image that the node has is used, which may be older.`)
    else node.recorder.event(pod, 'Normal', 'Pulled', `The registry has no image "${reference}" for this pod; the one that the node has is used.`)
    return supplied.image
  }
  if (supplied.by !== 'copy') throw new PullError(why.kind, `${why.message} ${notSupplied(supplied)}`)
  if (supplied.secrets.length > 0) await node.imageNotes.isPrivate(supplied.imageId, supplied.secrets)
  node.recorder.event(pod, 'Normal', 'Copied', copiedWords(reference, supplied, (node.clock.monotonic() - start) / 1000))
  const image = await images.inspect(supplied.imageId)
  if (image === undefined) throw new PullError('other', `Image "${reference}" was copied from ${supplied.from}, but is not on the node any more. Try again.`)
  return image
}

function notSupplied(supplied: Supplied & { by: 'nobody' | 'foreign' | 'withheld' }): string {
  switch (supplied.by) {
    case 'nobody': return 'No other server of the cluster has it, nor does the Docker of the computer that Toque runs on.'
    case 'withheld': return 'Another server has it, but from a registry, with credentials that this pod does not have.'
    case 'foreign': return `What others of the cluster have under this name is for ${supplied.architecture}, and this server is ${supplied.wanted}: build it for that (docker build --platform linux/${supplied.wanted}).`
  }
}

function copiedWords(reference: string, { from, sentBytes, sparedBytes }: Supplied & { by: 'copy' }, seconds: number): string {
  const spared = sparedBytes > 0 ? `; ${megabytes(sparedBytes)} MB (${String(sparedBytes)} bytes) of layers were here already` : ''
  return `Copied image "${reference}" from ${from} in ${seconds.toFixed(3)}s: ${megabytes(sentBytes)} MB (${String(sentBytes)} bytes) sent${spared}.`
}

/** How a status names an image: by a digest of the repository it was asked from, else by ID. */
export function statusImageId(image: NodeImage): string {
  return image.digests[0] ?? image.id
}
