import type { Node } from './generated/core-v1.ts'
import type { Frozen } from './object.ts'

/**
 * Where a node writes which of its images came out of a registry by a pull secret: `{"sha256:...": ["UID of the secret"]}`. Docker does not remember
 * it, and an image that is copied to another node comes without its registry's name.
 */
export const PRIVATE_IMAGES_ANNOTATION = 'toque.dev/private-images'

/** The secrets' UIDs by image ID. Pure. */
export function privateImagesOf(node: Frozen<Node>): ReadonlyMap<string, readonly string[]> {
  try {
    return new Map(Object.entries(JSON.parse(node.metadata.annotations?.[PRIVATE_IMAGES_ANNOTATION] ?? '{}') as Record<string, string[]>))
  } catch {
    // Somebody wrote nonsense there.
    return new Map()
  }
}

/** The secrets by which an image is known to have come into the cluster; empty: it is not known to be private. Pure. */
export function secretsOfImage(nodes: readonly Frozen<Node>[], imageId: string): string[] {
  return [...new Set(nodes.flatMap((node) => privateImagesOf(node).get(imageId) ?? []))]
}
