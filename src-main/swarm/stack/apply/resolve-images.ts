import type { SwarmApi } from '../../docker/swarm-api.ts'
import type { RegistryAuth } from '../../docker/types.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { saidByManager } from '../../docker/status-error.ts'
import { hasDigest, taggedImage, withDigest } from '../image-name.ts'
import type { Placement } from '../../docker/specs.ts'

/** What the registry says of an image; `problem`: why it could not be asked. */
export interface ResolvedImage {
  /** With its digest where it is known. */
  readonly image: string
  readonly platforms: Placement['Platforms']
  readonly problem?: string
}

/** Asks the registries, through the manager, for the digests and platforms of images, all at once, as Docker's own tool does. By the images' names in the file. */
export async function resolveImages(manager: SwarmApi, images: readonly string[], auth: (image: string) => RegistryAuth | undefined): Promise<Map<string, ResolvedImage>> {
  const found = await Promise.all([...new Set(images)].map(async (image): Promise<[string, ResolvedImage]> => [image, await resolve(manager, image, auth(image))]))
  return new Map(found)
}

async function resolve(manager: SwarmApi, name: string, auth: RegistryAuth | undefined): Promise<ResolvedImage> {
  const image = taggedImage(name)
  try {
    const { Descriptor, Platforms } = await manager.distribution(image, auth)
    // Registries say "arm" and nodes "armv7l": such an image goes anywhere, or it would go nowhere (swarmkit 2294).
    const platforms = (Platforms ?? []).map(({ architecture = '', os = '' }) => ({ ...(architecture === '' || architecture.toLowerCase() === 'arm' ? {} : { Architecture: architecture }), ...(os === '' ? {} : { OS: os }) }))
    return { image: hasDigest(image) ? image : withDigest(image, Descriptor.digest), platforms: platforms.length === 0 ? undefined : platforms }
  } catch (error) {
    if (dockerStatus(error) === undefined) throw error
    return { image, platforms: undefined, problem: saidByManager(error) }
  }
}
