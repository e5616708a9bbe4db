import { registryHostOf } from '../../../common/kube/image-name.ts'

/** Who asks, and what the registry told him. */
export interface Asked {
  reference: string
  /** The registry turned the pod away. */
  refused: boolean
  /** UIDs of the secrets that the pod has for the registry. */
  secrets: readonly string[]
}

/**
 * May a pod have an image that is in the cluster and that its registry did not give it? One that is known to have come by a secret: only with that
 * secret, and not when the registry has just refused it. Any other: yes, but where the registry refuses, nothing that came from there. So no
 * namespace gets at an image that only another one's credentials open. `privateBy`: UIDs of the secrets by which it came. Pure.
 */
export function mayServe({ reference, refused, secrets }: Asked, image: { digests: readonly string[] }, privateBy: readonly string[]): boolean {
  if (privateBy.length > 0) return !refused && privateBy.some((uid) => secrets.includes(uid))
  const repository = repositoryOf(reference)
  // Docker Hub refuses what does not exist, and its official images are everybody's.
  return !refused || repository.startsWith('docker.io/library/') || !image.digests.some((digest) => repositoryOf(digest) === repository)
}

/** Does the image bear this name? Docker takes an ID, or the beginning of one, for a name as well. Pure. */
export function isNamed(image: { tags: readonly string[]; digests: readonly string[] }, reference: string): boolean {
  const repository = repositoryOf(reference)
  return [...image.tags, ...image.digests].some((name) => repositoryOf(name) === repository)
}

/** `nginx:1` and `nginx@sha256:...` are in `docker.io/library/nginx`. Pure. */
export function repositoryOf(reference: string): string {
  const name = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  const host = registryHostOf(name)
  if (host !== undefined && host !== 'docker.io' && host !== 'index.docker.io') return name
  const path = host === undefined ? name : name.slice(host.length + 1)
  return `docker.io/${path.includes('/') ? '' : 'library/'}${path}`
}
