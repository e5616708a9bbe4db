import { DockerLabel } from '../../common/docker-labels.ts'
import { badRequest, hasReason, StatusError } from '../../common/errors.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import { Nodes, PersistentVolumes } from '../../common/kube/kinds.ts'
import { FREEZE_SECONDS, SNAPSHOT_HANDLE, VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import type { CopySource } from '../../common/kube/volume-copies.ts'
import type { BackupResult, VolumeWork } from '../../common/kube/volume-work.ts'
import { dockerVolumeOf } from '../../common/kube/volumes.ts'
import { getIfThere } from '../../engine/client/retry.ts'
import { saveVolume } from './back-up-volume.ts'
import { copyOnServer } from './held-volume.ts'
import { openCopy } from './open-copy.ts'
import { placeOf } from './places/place-of.ts'
import { unpack } from './restore-volume.ts'
import { compare } from './transfer.ts'
import { busyWith, filesOf, keptVolume } from './volume-parts.ts'
import type { KeptVolume, Tell, VolumeParts } from './volume-parts.ts'

/** Owner of the Docker volumes of snapshots, where a PersistentVolume's has its UID. */
const SNAPSHOT_OWNER = 'snapshot'
const silent: Tell = () => Promise.resolve()

/** The work that controllers of copies have done, on the volumes of the nodes. */
export function volumeWork(parts: VolumeParts): VolumeWork {
  /** The claim's volume, or why it waits (ServiceUnavailable). */
  const reached = async (namespace: string, claim: string): Promise<KeptVolume> => {
    const kept = await keptVolume(parts, { namespace, name: claim }).catch((error: unknown) => {
      throw hasReason(error, 'NotFound') ? badRequest(`There is no claim "${claim}" in ${namespace}.`) : error
    })
    const busy = busyWith(kept.claim)
    if (busy !== undefined) throw new StatusError('ServiceUnavailable', `The claim "${claim}" is being ${busy}: it waits until that is over.`)
    await onServer(kept.at.node)
    return kept
  }
  const onServer = async (node: string): Promise<void> => {
    const found = await getIfThere(parts.client, Nodes, '', node)
    if (found === undefined) throw badRequest(`The server ${node}, which has the data, is not part of the cluster any more.`)
    if (!isConditionTrue(found.status?.conditions, 'Ready') || parts.files(node) === undefined) throw new StatusError('ServiceUnavailable', `The server ${node}, which has the data, does not answer: it waits for that server.`)
  }
  const work: VolumeWork = {
    async locate(namespace, claim) {
      return { node: (await reached(namespace, claim)).at.node }
    },
    async backUp({ namespace, claim, ...order }, onProgress, signal) {
      const tell: Tell = (progress) => Promise.resolve(onProgress(progress.doneBytes, progress.totalBytes))
      return saveVolume(parts, { ref: { namespace, name: claim }, ...order }, tell, signal)
    },
    async removeBackup(namespace, target, file, signal) {
      await (await placeOf(parts, namespace, target)).remove(file, signal)
    },
    async snapshot(namespace, claim, name, signal) {
      const kept = await reached(namespace, claim)
      await copyOnServer(parts, kept, name, { [DockerLabel.volumeUid]: SNAPSHOT_OWNER, [DockerLabel.claim]: `${namespace}/${claim}` }, FREEZE_SECONDS, signal)
      return { handle: `${kept.at.node}/${name}`, size: kept.claim.spec.resources?.requests?.['storage'] ?? '1Gi' }
    },
    async removeSnapshot(handle) {
      const [node = '', name = ''] = handle.split('/')
      if (await getIfThere(parts.client, Nodes, '', node) === undefined) return
      const files = filesOf(parts, node)
      if (await files.owner(name) === SNAPSHOT_OWNER) await files.remove(name)
    },
    async fill(volumeName, source, signal) {
      const volume = await parts.client.get(PersistentVolumes, '', volumeName)
      const to = dockerVolumeOf(volume)
      if (to === undefined) throw badRequest(`The volume "${volumeName}" is not a Docker volume.`)
      await onServer(to.node)
      const files = filesOf(parts, to.node)
      const owner = await files.owner(to.name)
      if (owner !== undefined && owner !== volume.metadata.uid) throw badRequest(`The server ${to.node} has a Docker volume named ${to.name} that is not the claim's: rename or remove it first.`)
      await files.remove(to.name)
      const { claimRef } = volume.spec
      await files.create(to.name, { [DockerLabel.volumeUid]: volume.metadata.uid, [DockerLabel.volume]: volumeName, [DockerLabel.claim]: `${claimRef?.namespace ?? ''}/${claimRef?.name ?? ''}` })
      try {
        return source.kind === 'VolumeBackup' ? await ofBackup(source, to, signal) : await ofSnapshot(source, to, signal)
      } catch (error) {
        await files.remove(to.name).catch(() => undefined)
        throw error
      }
    },
  }
  const ofBackup = async ({ namespace, name }: CopySource, to: { node: string; name: string }, signal: AbortSignal): Promise<BackupResult> => {
    const copy = await openCopy(parts, { namespace, backup: name }, signal)
    await unpack(parts, copy, to, silent, signal)
    return copy.about
  }
  const ofSnapshot = async ({ namespace, name }: CopySource, to: { node: string; name: string }, signal: AbortSignal): Promise<BackupResult> => {
    const { metadata: { annotations }, status } = await parts.client.get(VolumeSnapshots, namespace, name)
    const [node = '', from = ''] = annotations?.[SNAPSHOT_HANDLE]?.split('/') ?? []
    if (status?.readyToUse !== true || from === '') throw badRequest(`The snapshot "${name}" is not there yet.`)
    await onServer(node)
    const content = await filesOf(parts, node).read(from, (archive, reading) => filesOf(parts, to.node).write(to.name, archive, reading), () => undefined, signal)
    await compare(parts, to, content, silent, signal)
    return { ...content, size: status.restoreSize ?? '1Gi' }
  }
  return work
}
