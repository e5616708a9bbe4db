import type { Node } from './generated/core-v1.ts'
import type { Frozen } from './object.ts'

/**
 * Where a node writes which of its images came out of a registry by a pull secret: `{"sha256:...": ["UID of the secret"]}`. Docker does not remember
 * it, and an image that is copied to another node comes without its registry's name.
 */
export const PRIVATE_IMAGES_ANNOTATION = 'toque.dev/private-images'

/**
 * Where a node writes which of its images this cluster brought there, and by which names: `{"sha256:...": ["nginx:1.22"]}`. Docker puts no labels on
 * what it pulls, and what a person pulled, built or loaded there is never taken away.
 */
export const BROUGHT_IMAGES_ANNOTATION = 'toque.dev/brought-images'

export type ImageNotesAnnotation = typeof PRIVATE_IMAGES_ANNOTATION | typeof BROUGHT_IMAGES_ANNOTATION

/** What a node has noted of its images, by image ID, in the order in which they came. Pure. */
export function imageNotesOf(node: Frozen<Node>, annotation: ImageNotesAnnotation): ReadonlyMap<string, readonly string[]> {
  try {
    return new Map(Object.entries(JSON.parse(node.metadata.annotations?.[annotation] ?? '{}') as Record<string, string[]>))
  } catch {
    // Somebody wrote nonsense there.
    return new Map()
  }
}

/** The secrets by which an image is known to have come into the cluster; empty: it is not known to be private. Pure. */
export function secretsOfImage(nodes: readonly Frozen<Node>[], imageId: string): string[] {
  return [...new Set(nodes.flatMap((node) => imageNotesOf(node, PRIVATE_IMAGES_ANNOTATION).get(imageId) ?? []))]
}
