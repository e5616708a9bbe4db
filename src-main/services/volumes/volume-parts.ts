import type { Clock } from '../../common/clock.ts'
import type { ClaimRef, TransferProgress } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { claimNames, dockerVolumeOf, isFullyBound, VOLUME_BUSY, VOLUME_MADE } from '../../common/kube/volumes.ts'
import type { Client } from '../../engine/client/client.ts'
import type { EventRecorder } from '../../engine/client/recorder.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { VolumeFiles } from '../../engine/nodes/volumes/docker-volumes.ts'

/** What work on volumes stands on. */
export interface VolumeParts {
  client: Client
  informers: Informers
  clock: Clock
  recorder: EventRecorder
  /** What is in the volumes of a node; undefined while it is not driven from here. */
  files(node: string): VolumeFiles | undefined
}

/** Tells how far it has come. */
export type Tell = (progress: TransferProgress) => Promise<void>

/** A claim with the Docker volume behind it. */
export interface KeptVolume {
  claim: Frozen<PersistentVolumeClaim>
  volume: Frozen<PersistentVolume>
  at: { node: string; name: string }
}

/** The claim's volume, or a BadRequest that says why there is none to work on. */
export async function keptVolume({ client }: VolumeParts, { namespace, name }: ClaimRef): Promise<KeptVolume> {
  const claim = await client.get(PersistentVolumeClaims, namespace, name)
  if (!isFullyBound(claim)) throw badRequest(`The claim "${name}" has no volume yet.`)
  const volume = await client.get(PersistentVolumes, '', claim.spec.volumeName ?? '')
  const at = dockerVolumeOf(volume)
  if (at === undefined) throw badRequest(`The volume of the claim "${name}" is not a Docker volume of one server: its data is not Toque's to move or save.`)
  if (volume.metadata.annotations?.[VOLUME_MADE] === undefined) throw badRequest(`The Docker volume of the claim "${name}" is not made yet.`)
  return { claim, volume, at }
}

/** The files of a node, or a BadRequest. */
export function filesOf(parts: VolumeParts, node: string): VolumeFiles {
  const files = parts.files(node)
  if (files === undefined) throw badRequest(`The server ${node} is not driven from this desk at the moment.`)
  return files
}

/** Pods on a node that use the claim and have not ended. Not from the cache. */
export async function usersOf({ client }: VolumeParts, { namespace, name }: ClaimRef): Promise<Frozen<Pod>[]> {
  return (await client.list(Pods, { namespace })).items.filter((pod) => Boolean(pod.spec.nodeName) && !isPodTerminated(pod) && claimNames(pod).includes(name))
}

/** Servers that can have the volume now, besides the one that has it. */
export async function targetsFor({ client }: VolumeParts, besides: string | undefined): Promise<string[]> {
  return (await client.list(Nodes)).items.filter((n) => n.metadata.name !== besides && takesVolumes(n)).map((n) => n.metadata.name).sort()
}

/** What is done to the claim at the moment; undefined: nothing. */
export function busyWith(claim: Frozen<PersistentVolumeClaim>): string | undefined {
  return claim.metadata.annotations?.[VOLUME_BUSY]
}

function takesVolumes(node: Frozen<Node>): boolean {
  return isConditionTrue(node.status?.conditions, 'Ready') && node.spec?.unschedulable !== true
}
