import { DockerLabel } from '../../common/docker-labels.ts'
import { badRequest, messageOf } from '../../common/errors.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { claimNameOf } from '../../common/kube/volumes.ts'
import type { VolumeHold } from '../../common/kube/volume-copies.ts'
import { whileHeld } from './hold-claim.ts'
import { busyWith, filesOf, keptVolume, usersOf } from './volume-parts.ts'
import type { KeptVolume, Tell, VolumeParts } from './volume-parts.ts'

/** How a claim's data is kept whole while it is copied. */
export interface Holding {
  hold: VolumeHold
  freezeSeconds: number
  /** What the name of the copy in between ends with: the same for the same work, so that what was left of it is found. */
  copy: string
}

/** Calls `work` with the name of a Docker volume, on the claim's server, whose files are of one moment (with `None`: of whenever each was read). */
export async function withHeldData<T>(parts: VolumeParts, ref: { namespace: string; name: string }, { hold, freezeSeconds, copy: suffix }: Holding, tell: Tell, signal: AbortSignal, work: (kept: KeptVolume, volume: string) => Promise<T>): Promise<T> {
  const now = await keptVolume(parts, ref)
  const busy = busyWith(now.claim)
  if (busy !== undefined) throw badRequest(`The claim "${ref.name}" is being ${busy}: wait until that is over.`)
  if (hold === 'None') return work(now, now.at.name)
  if (hold === 'Stop') {
    return whileHeld(parts, ref, 'saved', tell, signal, async () => {
      const kept = await keptVolume(parts, ref)
      return work(kept, kept.at.name)
    })
  }
  const copy = `${now.at.name}-${suffix}`
  await tell({ phase: 'holding', doneBytes: 0 })
  await copyOnServer(parts, now, copy, { [DockerLabel.volumeUid]: now.volume.metadata.uid }, freezeSeconds, signal)
  try {
    return await work(now, copy)
  } finally {
    // What was saved is saved, and why it was not is what is to be told.
    await Promise.resolve().then(() => filesOf(parts, now.at.node).remove(copy)).catch((error: unknown) => {
      parts.recorder.event(now.claim, 'Warning', 'VolumeLeftBehind', `The Docker volume ${copy}, made for a backup, could not be removed from server ${now.at.node}: ${messageOf(error)}`)
    })
  }
}

/** Copies a claim's volume to a new Docker volume on its server while its containers are held still. An earlier one of that name and owner goes first. */
export async function copyOnServer(parts: VolumeParts, { claim, at }: KeptVolume, to: string, labels: Readonly<Record<string, string>>, limitSeconds: number, signal: AbortSignal): Promise<void> {
  const files = filesOf(parts, at.node)
  const owner = await files.owner(to)
  if (owner !== undefined && owner !== labels[DockerLabel.volumeUid]) throw badRequest(`The server ${at.node} has a Docker volume named ${to} that is no copy: rename or remove it first.`)
  await files.remove(to)
  const users = await usersOf(parts, { namespace: claim.metadata.namespace ?? '', name: claim.metadata.name })
  await files.create(to, labels)
  try {
    await files.copy({ from: at.name, to, hold: users.flatMap((pod) => containersWith(pod, claim.metadata.name)), limitSeconds }, signal)
  } catch (error) {
    await files.remove(to).catch(() => undefined)
    throw error
  }
}

/** IDs of a pod's containers that can write to a claim's volume. Pure. */
function containersWith(pod: Frozen<Pod>, claim: string): string[] {
  const volumes = (pod.spec.volumes ?? []).filter((v) => claimNameOf(pod, v) === claim).map((v) => v.name)
  const writers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].filter((c) => c.volumeMounts?.some((m) => volumes.includes(m.name) && m.readOnly !== true)).map((c) => c.name)
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .flatMap(({ name, containerID, state }) => (writers.includes(name) && state?.running !== undefined && containerID !== undefined ? [containerID.replace(/^docker:\/\//, '')] : []))
}
