import { createHash } from 'node:crypto'
import { timestamp } from '../../common/clock.ts'
import type { BackUpOptions, ClaimRef, TransferProgress } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { copyFileName, FREEZE_SECONDS, targetText } from '../../common/kube/volume-copies.ts'
import type { CopyTarget } from '../../common/kube/volume-copies.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { withHeldData } from './held-volume.ts'
import type { Holding } from './held-volume.ts'
import { contentAt } from './places/copy-place.ts'
import type { CopyAbout } from './places/copy-place.ts'
import { placeOf } from './places/place-of.ts'
import { counter, sizeText } from './transfer.ts'
import { filesOf, keptVolume } from './volume-parts.ts'
import type { Tell, VolumeParts } from './volume-parts.ts'

/** So long giving up may take, for who was told to stop. */
const CLEAN_MS = 20_000

/** What is saved, where, and how it is held meanwhile. */
export interface SaveOrder extends Omit<Holding, 'copy'> {
  ref: ClaimRef
  target: CopyTarget
  /** Its name there. */
  file: string
}

/** Saves a claim's data to a new file of a folder, and reads it back to compare. A stream that is left, or fails, leaves no file. */
export function backUpVolume(parts: VolumeParts, ref: ClaimRef, { folder, hold, freezeSeconds = FREEZE_SECONDS }: BackUpOptions): Stream<TransferProgress> {
  return makeStream(async (push, signal) => {
    const file = copyFileName(ref.namespace, ref.name, timestamp(parts.clock.now()))
    const { bytes, digest } = await saveVolume(parts, { ref, target: { folder: { path: folder } }, file, hold, freezeSeconds }, push, signal)
    await push({ phase: 'done', doneBytes: bytes, digest, file })
  })
}

/** Saves a claim's data to a place and reads it back to compare. What fails, or is given up, leaves no copy there. */
export async function saveVolume(parts: VolumeParts, { ref, target, file, ...holding }: SaveOrder, tell: Tell, signal: AbortSignal): Promise<CopyAbout> {
  const place = await placeOf(parts, ref.namespace, target)
  const { clock } = parts
  try {
    const { at: { node } } = await keptVolume(parts, ref)
    if (target.server?.name === node) throw badRequest(`The data of the claim "${ref.name}" is on server ${node} itself: a copy there would be lost with it. Choose another server.`)
    return await withHeldData(parts, ref, { ...holding, copy: `copy-${createHash('sha256').update(file).digest('hex').slice(0, 12)}` }, tell, signal, async ({ claim, at }, volume) => {
      const files = filesOf(parts, at.node)
      const createdAt = timestamp(clock.now())
      const count = counter(clock, tell, 'copying', await files.size(volume))
      const content = await files.read(volume, (archive, reading) => place.write(file, archive, reading), count, signal)
      const written = await contentAt(place, file, counter(clock, tell, 'comparing', content.bytes), signal)
      if (written.digest !== content.digest) throw new Error(`What arrived at ${targetText(target)} is not what was read from server ${at.node}: check the disks, and try again.`)
      const { storageClassName } = claim.spec
      const about: CopyAbout = {
        file, claim: ref, createdAt, size: claim.spec.resources?.requests?.['storage'] ?? '1Gi', ...content, hold: holding.hold, ...(storageClassName === undefined ? {} : { storageClass: storageClassName }),
      }
      await place.finish(about, signal)
      parts.recorder.event(claim, 'Normal', 'VolumeSaved', `Its data was saved to ${targetText(target)}: ${file} (${sizeText(content)})`)
      return about
    })
  } catch (error) {
    await place.remove(file, AbortSignal.timeout(CLEAN_MS)).catch(() => undefined)
    throw error
  }
}
