import type { Readable } from 'node:stream'

/** An image as one Docker has it. */
export interface PlacedImage {
  id: string
  /** `app:1`. */
  tags: readonly string[]
  /** Repositories that it came from, or was pushed to: `registry.example.com/app@sha256:...`. */
  digests: readonly string[]
  /** Diff IDs, the lowest first. */
  layers: readonly string[]
  sizeBytes: number
  /** Milliseconds since the epoch. */
  createdAt: number
  /** `amd64`, `arm64`. */
  architecture: string
}

/** A Docker that images are copied from or to. */
export interface ImagePlace {
  /** For people, in the middle of a sentence: `server web-1`. */
  readonly name: string
  /** The processor that its containers run on: `amd64`. */
  architecture(signal: AbortSignal): Promise<string>
  /** Undefined when it does not have it. Fails when it does not answer. */
  find(reference: string, signal: AbortSignal): Promise<PlacedImage | undefined>
  /** The layers of every image that it has. */
  allLayers(signal: AbortSignal): Promise<readonly (readonly string[])[]>
  /** How many bytes an image's layers from number `from` on have, nearly. */
  bytesAbove(image: PlacedImage, from: number): Promise<number>
  /** The image with all its layers, as `docker save` does it. Destroying the stream ends it. */
  save(imageId: string, signal: AbortSignal): Promise<Readable>
  /** As `docker load`. Fails with ArchiveRefusedError when Docker says that it does not take it. */
  load(archive: Readable, signal: AbortSignal): Promise<void>
  /** Gives an image that is there a name. */
  tag(imageId: string, reference: string): Promise<void>
}

/** Docker does not take an archive. The message is Docker's. */
export class ArchiveRefusedError extends Error {
  override readonly name = 'ArchiveRefusedError'
}
