import { dockerMessage, dockerStatus } from '../../hosts/docker-error.ts'
import type { SwarmApi } from '../docker/swarm-api.ts'
import type { RegistryAuth } from '../docker/types.ts'
import { swarmError } from '../docker/status-error.ts'
import type { ResolvedImage } from './service-edits.ts'

/** What the registry says of an image, or why it could not be asked. */
export type ImageAnswer = { found: ResolvedImage } | { notFound: string }

/**
 * Asks the image's registry, through the manager, for its digest and platforms, as `docker service create` does. Where it is not found or not reached the
 * change is still possible (the image may be on the nodes): `notFound` is a sentence for that. Rejects when the manager itself is out of reach.
 */
export async function resolveImage(api: SwarmApi, image: string, auth: RegistryAuth | undefined): Promise<ImageAnswer> {
  try {
    const { Descriptor, Platforms } = await api.distribution(image, auth)
    return { found: { digest: Descriptor.digest, platforms: (Platforms ?? []).map(({ os = '', architecture = '' }) => ({ OS: os, Architecture: architecture })) } }
  } catch (error) {
    if (dockerStatus(error) === undefined) throw swarmError(error)
    return { notFound: `The registry does not know the image "${image}", or cannot be asked (Docker: ${dockerMessage(error)}). Each server will look for it by itself; one that does not find it rejects its tasks.` }
  }
}
