import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { allowsNode, claimNameOf, DOCKER_VOLUME_DRIVER, dockerVolumeOf, isFullyBound, isVolumeOf, VOLUME_BUSY, VOLUME_MADE } from '../../../common/kube/volumes.ts'
import { MissingSourceError } from './sources.ts'

/** What a pod's claims are looked up in. */
export interface Claims {
  claim(namespace: string, name: string): Frozen<PersistentVolumeClaim> | undefined
  volume(name: string): Frozen<PersistentVolume> | undefined
  node(name: string): Frozen<Node> | undefined
}

/** The volumes that a pod has by claims, by the name of the pod's volume. */
export type ClaimedVolumes = ReadonlyMap<string, Frozen<PersistentVolume>>

export const NO_CLAIMS: ClaimedVolumes = new Map()

/** What is behind the pod's claims on this node. Throws MissingSourceError with what there is to wait for. Pure. */
export function claimedVolumes(pod: Frozen<Pod>, node: string, claims: Claims): ClaimedVolumes {
  const found = new Map<string, Frozen<PersistentVolume>>()
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume)
    if (name !== undefined) found.set(volume.name, behind(pod, name, node, claims))
  }
  return found
}

function behind(pod: Frozen<Pod>, name: string, nodeName: string, claims: Claims): Frozen<PersistentVolume> {
  const claim = claims.claim(pod.metadata.namespace ?? '', name)
  if (claim === undefined) throw new MissingSourceError(`persistentvolumeclaim "${name}" not found`)
  if (!isFullyBound(claim)) throw new MissingSourceError(`persistentvolumeclaim "${name}" is not bound to a volume yet: its events say why (kubectl describe pvc ${name})`)
  const busy = claim.metadata.annotations?.[VOLUME_BUSY]
  if (busy !== undefined) throw new MissingSourceError(`persistentvolumeclaim "${name}" is being ${busy}`)
  const volume = claims.volume(claim.spec.volumeName ?? '')
  if (volume === undefined || !isVolumeOf(volume, claim)) throw new MissingSourceError(`persistentvolumeclaim "${name}" has lost its volume "${claim.spec.volumeName ?? ''}"`)
  const { name: pv } = volume.metadata
  if (volume.spec.volumeMode === 'Block') throw new MissingSourceError(`volume "${pv}" is a block device (volumeMode Block), which Toque's engine cannot hand to containers: use volumeMode Filesystem`)
  const node = claims.node(nodeName)
  const docker = dockerVolumeOf(volume)
  if ((node !== undefined && !allowsNode(volume, node)) || (docker !== undefined && docker.node !== nodeName)) {
    throw new MissingSourceError(`volume "${pv}" of claim "${name}" is not on this server (${nodeName})${docker === undefined ? '' : ` but on ${docker.node}`}`)
  }
  if (docker !== undefined && volume.metadata.annotations?.[VOLUME_MADE] === undefined) throw new MissingSourceError(`the Docker volume of claim "${name}" is being made`)
  if (docker === undefined && volume.spec.nfs === undefined && volume.spec.hostPath === undefined && volume.spec.local === undefined) {
    throw new MissingSourceError(`volume "${pv}" of claim "${name}" is of a kind that Toque's engine cannot mount: it knows nfs, local, hostPath, and csi with the driver ${DOCKER_VOLUME_DRIVER}`)
  }
  return volume
}
