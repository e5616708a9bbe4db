import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ArchiveRefusedError } from './image-place.ts'
import type { ImagePlace, PlacedImage } from './image-place.ts'
import { thinArchive } from './thin-archive.ts'

/** What a copy moved, and what it did not have to. */
export interface Copied {
  sentBytes: number
  sparedBytes: number
}

/**
 * Copies an image from one Docker to another, only the layers that the other lacks, without a name. Nothing is kept in between, in memory or on
 * disk, and nothing is left on the receiver when it breaks off: Docker unpacks an archive when it has all of it.
 */
export async function copyImage(image: PlacedImage, from: ImagePlace, to: ImagePlace, onProgress: (progress: { doneBytes: number; totalBytes: number }) => void, signal: AbortSignal): Promise<Copied> {
  const present = commonLayers(image.layers, await to.allLayers(signal))
  try {
    return await send(image, present, from, to, onProgress, signal)
  } catch (error) {
    // A layer was removed in the meantime, or this Docker wants whole archives.
    if (present === 0 || !(error instanceof ArchiveRefusedError) || /no space left/i.test(error.message)) throw error
    return send(image, 0, from, to, onProgress, signal)
  }
}

async function send(image: PlacedImage, present: number, from: ImagePlace, to: ImagePlace, onProgress: (progress: { doneBytes: number; totalBytes: number }) => void, signal: AbortSignal): Promise<Copied> {
  const copied: Copied = { sentBytes: 0, sparedBytes: 0 }
  const totalBytes = await from.bytesAbove(image, present)
  onProgress({ doneBytes: 0, totalBytes })
  // Whatever fails first ends the others.
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const archive = await from.save(image.id, either)
  let lost: Error | undefined
  archive.once('error', (error) => { if (!either.aborted) lost = error })
  const thin = thinArchive(archive, { layers: image.layers, present, onSpared: (bytes) => (copied.sparedBytes += bytes) })
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      copied.sentBytes += chunk.length
      onProgress({ doneBytes: copied.sentBytes, totalBytes })
      done(null, chunk)
    },
  })
  const moved = pipeline(thin, counted, { signal: either })
  try {
    await Promise.all([to.load(counted, either), moved])
  } catch (error) {
    over.abort(error)
    await moved.catch(() => undefined)
    signal.throwIfAborted()
    // The receiver's Docker then only hears that the archive breaks off.
    throw lost === undefined ? error : new Error(`the connection to it was lost in the middle of the copy (${lost.message})`, { cause: lost })
  }
  return copied
}

/** How many of an image's layers, from the lowest, another image of `there` has too. Pure. */
export function commonLayers(layers: readonly string[], there: readonly (readonly string[])[]): number {
  let most = 0
  for (const other of there) {
    let n = 0
    while (n < layers.length && n < other.length && layers[n] === other[n]) n++
    most = Math.max(most, n)
  }
  return most
}
