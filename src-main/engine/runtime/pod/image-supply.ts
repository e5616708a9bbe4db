import type { NodeImage, TransferProgress } from '../container-runtime.ts'

/** Where a node finds an image that no registry gives it. */
export interface ImageSupply {
  /** Sees to it that the node has the image. Fails with a sentence when a copy breaks off, or with the signal's reason. */
  supply(request: SupplyRequest): Promise<Supplied>
}

export interface SupplyRequest {
  reference: string
  /** What the node has under this name, although the pod's policy is to ask the registry first. */
  own: NodeImage | undefined
  /** The registry turned the pod away: it may still have what was built or loaded, but nothing that comes from there. */
  refused: boolean
  /** UIDs of the secrets that the pod has for the image's registry. */
  secrets: readonly string[]
  onProgress(progress: CopyProgress): void
  signal: AbortSignal
}

/** `from`: who it is copied from, for people; undefined while others' copies come first. */
export interface CopyProgress extends TransferProgress {
  from: string | undefined
}

export type Supplied =
  /** What the node has will do. */
  | { by: 'own'; image: NodeImage }
  | { by: 'copy'; imageId: string; from: string; sentBytes: number; sparedBytes: number; secrets: readonly string[] }
  /** Nobody has it. */
  | { by: 'nobody' }
  /** Somebody has it, but for another processor. */
  | { by: 'foreign'; architecture: string; wanted: string }
  /** Somebody has it, but this pod must not have it. */
  | { by: 'withheld' }

/** A node all by itself. */
export const noSupply: ImageSupply = {
  supply: ({ own }) => Promise.resolve(own === undefined ? { by: 'nobody' } : { by: 'own', image: own }),
}
