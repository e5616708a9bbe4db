import { join } from 'node:path'
import { timestamp } from '../../common/clock.ts'
import type { BackUpOptions, ClaimRef, TransferProgress } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { backupName, checkArchive, discard, finish, writeArchive } from './backup-file.ts'
import { whileHeld } from './hold-claim.ts'
import { counter, sizeText } from './transfer.ts'
import { busyWith, filesOf, keptVolume } from './volume-parts.ts'
import type { Tell, VolumeParts } from './volume-parts.ts'

/** Saves a claim's data to a new file, and reads it back to compare. A stream that is left, or fails, leaves no file. */
export function backUpVolume(parts: VolumeParts, ref: ClaimRef, { folder, stopped }: BackUpOptions): Stream<TransferProgress> {
  return makeStream(async (push, signal) => {
    const { claim } = await keptVolume(parts, ref)
    const busy = busyWith(claim)
    if (busy !== undefined) throw badRequest(`The claim "${ref.name}" is being ${busy}: wait until that is over.`)
    const save = (): Promise<TransferProgress> => saveTo(parts, ref, folder, stopped, push, signal)
    await push(stopped ? await whileHeld(parts, ref, 'saved', push, signal, save) : await save())
  })
}

async function saveTo(parts: VolumeParts, ref: ClaimRef, folder: string, stopped: boolean, tell: Tell, signal: AbortSignal): Promise<TransferProgress> {
  const { clock } = parts
  const { claim, at } = await keptVolume(parts, ref)
  const files = filesOf(parts, at.node)
  const createdAt = timestamp(clock.now())
  const file = backupName(ref.namespace, ref.name, createdAt)
  try {
    const count = counter(clock, tell, 'copying', await files.size(at.name))
    const content = await files.read(at.name, (archive, reading) => writeArchive(folder, file, archive, reading), count, signal)
    const written = await checkArchive(folder, file, counter(clock, tell, 'comparing', content.bytes), signal)
    if (written.digest !== content.digest) throw new Error(`The file in ${folder} is not what was read from server ${at.node}: check the disk of this computer, and try again.`)
    const { storageClassName } = claim.spec
    await finish({
      folder, file, claim: ref, createdAt, size: claim.spec.resources?.requests?.['storage'] ?? '1Gi', ...content, stopped, ...(storageClassName === undefined ? {} : { storageClass: storageClassName }),
    })
    parts.recorder.event(claim, 'Normal', 'VolumeSaved', `Its data was saved to ${join(folder, file)} (${sizeText(content)})`)
    return { phase: 'done', doneBytes: content.bytes, digest: content.digest, file }
  } catch (error) {
    await discard(folder, file)
    throw error
  }
}
