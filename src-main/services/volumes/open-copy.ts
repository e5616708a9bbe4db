import type { RestoreSource } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { VolumeBackups } from '../../common/kube/volume-copies.ts'
import type { CopyAbout, CopyPlace } from './places/copy-place.ts'
import { folderPlace } from './places/folder-place.ts'
import { placeOf } from './places/place-of.ts'
import type { VolumeParts } from './volume-parts.ts'

/** A copy that can be read. */
export interface OpenCopy {
  place: CopyPlace
  about: CopyAbout
}

/** The copy behind a file of a folder, or behind a VolumeBackup; BadRequest where there is none. */
export async function openCopy(parts: VolumeParts, from: RestoreSource, signal: AbortSignal): Promise<OpenCopy> {
  if ('folder' in from) {
    const place = folderPlace(from.folder)
    return { place, about: await place.about(from.file, signal) }
  }
  const { spec, status } = await parts.client.get(VolumeBackups, from.namespace, from.backup)
  if (status?.phase !== 'Succeeded' || status.file === undefined) throw badRequest(`The backup "${from.backup}" is no copy: it is ${status?.phase ?? 'Pending'}${status?.message === undefined ? '' : ` (${status.message})`}.`)
  const place = await placeOf(parts, from.namespace, spec.target)
  const about = await place.about(status.file, signal)
  // The object is what was believed; the place is only where it is.
  if (about.digest !== status.digest) throw badRequest(`What is at the target of the backup "${from.backup}" is not what it saved: it was changed.`)
  return { place, about }
}
