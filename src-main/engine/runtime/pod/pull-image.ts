import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { PullError } from '../container-runtime.ts'
import type { NodeImage, TransferProgress } from '../container-runtime.ts'
import { registryOf } from './keyring.ts'
import type { NodeContext } from './node-context.ts'
import type { PullSecrets } from './pull-secrets.ts'

/** What whoever waits for an image hears of it. */
export interface FetchWatch {
  /** Called often. */
  onProgress(progress: TransferProgress): void
  signal: AbortSignal
}

/** Pulls with each of the pod's credentials in turn, or without where it has none. Fails with PullError. */
export async function pullImage(node: NodeContext, pod: Frozen<Pod>, reference: string, secrets: PullSecrets, watch: FetchWatch): Promise<NodeImage> {
  const { images } = node.runtime
  tellMissing(node, pod, secrets)
  if (secrets.credentials.length === 0) {
    return images.pull(reference, watch).catch((error: unknown) => {
      throw error instanceof PullError && error.kind === 'unauthorized' ? new PullError('unauthorized', `${error.message} ${withoutCredentials(reference, secrets)}`) : error
    })
  }
  let refusal: PullError | undefined
  for (const { auth, secret } of secrets.credentials) {
    try {
      const image = await images.pull(reference, { ...watch, auth })
      await node.imageNotes.isPrivate(image.id, [secret.uid])
      return image
    } catch (error) {
      // Another registry's entry may match, too; what is not about credentials does not get better with others.
      if (!(error instanceof PullError) || error.kind !== 'unauthorized') throw error
      refusal = error
    }
  }
  throw new PullError('unauthorized', refusedCredentials(reference, secrets, refusal?.message ?? ''))
}

function tellMissing({ recorder }: NodeContext, pod: Frozen<Pod>, { missing, unreadable }: PullSecrets): void {
  if (missing.length > 0) recorder.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', `There is no Secret ${quoted(missing)} in namespace ${pod.metadata.namespace ?? ''}, which the pod names as image pull secret; a private image cannot be pulled without it.`)
  if (unreadable.length > 0) recorder.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', `Secret ${quoted(unreadable)} holds no registry credentials: its type must be kubernetes.io/dockerconfigjson (or dockercfg), and its content JSON.`)
}

function withoutCredentials(reference: string, { missing }: PullSecrets): string {
  const registry = registryOf(reference)
  if (missing.length > 0) return `The pod names the pull secret ${quoted(missing)}, which does not exist.`
  return `The pod has no pull secret for ${registry}: make one (kubectl create secret docker-registry, or Registry credentials in the app) and name it in the pod's or its service account's imagePullSecrets.`
}

function refusedCredentials(reference: string, { credentials }: PullSecrets, said: string): string {
  const names = [...new Set(credentials.map(({ secret }) => secret.name))]
  const docker = /\(Docker: .*\)$/.exec(said)?.[0] ?? ''
  return `The registry ${registryOf(reference)} refuses the credentials in Secret ${quoted(names)} for image "${reference}": correct the user name or password there, or ask for access to the image. ${docker}`.trim()
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
