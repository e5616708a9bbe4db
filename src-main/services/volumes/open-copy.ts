import type { RestoreSource } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import { Nodes } from '../../common/kube/kinds.ts'
import { SNAPSHOT_HANDLE, VolumeBackups, VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import { getIfThere } from '../../engine/client/retry.ts'
import type { CopyAbout, CopyPlace } from './places/copy-place.ts'
import { folderPlace } from './places/folder-place.ts'
import { placeOf } from './places/place-of.ts'
import { filesOf } from './volume-parts.ts'
import type { VolumeParts } from './volume-parts.ts'

/** A copy that can be read. */
export interface OpenCopy {
  place: Pick<CopyPlace, 'read'>
  about: CopyAbout
}

/** The copy behind a file of a folder, or behind a VolumeBackup or a VolumeSnapshot; BadRequest where there is none. */
export async function openCopy(parts: VolumeParts, from: RestoreSource, signal: AbortSignal): Promise<OpenCopy> {
  if ('folder' in from) {
    const place = folderPlace(from.folder)
    return { place, about: await place.about(from.file, signal) }
  }
  if ('snapshot' in from) return openSnapshot(parts, from, signal)
  const { spec, status } = await parts.client.get(VolumeBackups, from.namespace, from.backup)
  if (status?.phase !== 'Succeeded' || status.file === undefined) throw badRequest(`The backup "${from.backup}" is no copy: it is ${status?.phase ?? 'Pending'}${status?.message === undefined ? '' : ` (${status.message})`}.`)
  const place = await placeOf(parts, from.namespace, spec.target)
  const about = await place.about(status.file, signal)
  // The object is what was believed; the place is only where it is.
  if (about.digest !== status.digest) throw badRequest(`What is at the target of the backup "${from.backup}" is not what it saved: it was changed.`)
  return { place, about }
}

/** A snapshot is a volume of its server: what it holds is counted now, for what is made of it to be compared with. */
async function openSnapshot(parts: VolumeParts, { namespace, snapshot: name }: { namespace: string; snapshot: string }, signal: AbortSignal): Promise<OpenCopy> {
  const { metadata: { annotations }, spec, status } = await parts.client.get(VolumeSnapshots, namespace, name)
  const [node = '', volume = ''] = annotations?.[SNAPSHOT_HANDLE]?.split('/') ?? []
  if (status?.readyToUse !== true || volume === '') throw badRequest(`The snapshot "${name}" is no copy: ${status?.error?.message ?? 'it is being made.'}`)
  const server = await getIfThere(parts.client, Nodes, '', node)
  if (!isConditionTrue(server?.status?.conditions, 'Ready')) throw badRequest(`The snapshot "${name}" is on server ${node}, which does not answer: restore a backup instead, or wait for that server.`)
  const files = filesOf(parts, node)
  const content = await files.check(volume, () => undefined, signal)
  return {
    place: { read: async (_file, take, reading) => void await files.read(volume, take, () => undefined, reading) },
    about: { file: name, claim: { namespace, name: spec.source.persistentVolumeClaimName ?? '' }, createdAt: status.creationTime ?? '', size: status.restoreSize ?? '1Gi', ...content, hold: 'Freeze' },
  }
}
