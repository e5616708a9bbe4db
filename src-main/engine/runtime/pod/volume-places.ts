import type { NFSVolumeSource, Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { podMemoryLimit } from '../../../common/kube/pod-requests.ts'
import { wholeNumber } from '../../../common/kube/quantity.ts'
import { claimNameOf, dockerVolumeOf } from '../../../common/kube/volumes.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import { volumeName } from './names.ts'

/** Where a pod's volume is on its node. */
export type VolumePlace =
  /** A file or folder of the server's own. `type` as in a hostPath. */
  | { kind: 'path'; path: string; type: string; readOnly: boolean }
  /** A Docker volume that lives and dies with the pod. `ours`: the engine makes its root; else what is behind it is others'. */
  | { kind: 'pod'; name: string; ours: boolean; readOnly: boolean; driverOptions?: Record<string, string> }
  /** A Docker volume that outlives the pod. */
  | { kind: 'kept'; name: string; readOnly: boolean }

/** Kinds of volumes whose files the engine writes. */
export function isFileVolume(volume: Volume): boolean {
  return volume.configMap !== undefined || volume.secret !== undefined || volume.projected !== undefined || volume.downwardAPI !== undefined
}

/** Where a volume of the pod is. `claimed` has what is behind its claims. Pure. */
export function placeOf(pod: Frozen<Pod>, volume: Volume, claimed: ClaimedVolumes): VolumePlace {
  const name = volumeName(pod, volume.name)
  if (volume.hostPath !== undefined) return { kind: 'path', path: volume.hostPath.path, type: volume.hostPath.type ?? '', readOnly: false }
  if (volume.nfs !== undefined) return { kind: 'pod', name, ours: false, ...nfsMount(volume.nfs, []) }
  if (claimNameOf(pod, volume) === undefined) return { kind: 'pod', name, ours: true, readOnly: isFileVolume(volume), ...tmpfs(pod, volume) }
  const behind = claimed.get(volume.name)
  if (behind === undefined) throw new Error(`volume "${volume.name}" has no volume behind its claim`)
  const { spec } = behind
  const claimReadOnly = volume.persistentVolumeClaim?.readOnly === true || (spec.accessModes ?? []).every((mode) => mode === 'ReadOnlyMany')
  const docker = dockerVolumeOf(behind)
  if (docker !== undefined) return { kind: 'kept', name: docker.name, readOnly: claimReadOnly || spec.csi?.readOnly === true }
  if (spec.nfs !== undefined) {
    const mount = nfsMount(spec.nfs, spec.mountOptions ?? [])
    return { kind: 'pod', name, ours: false, ...mount, readOnly: mount.readOnly || claimReadOnly }
  }
  // What is not there is not made: a local volume is a disk that somebody has put there.
  if (spec.local !== undefined) return { kind: 'path', path: spec.local.path, type: 'Directory', readOnly: claimReadOnly }
  return { kind: 'path', path: spec.hostPath?.path ?? '', type: spec.hostPath?.type ?? '', readOnly: claimReadOnly }
}

/** As large as the volume may be, but not larger than the pod's memory, which its files count to. Linux's own bound, where there is neither, is half of the memory. */
function tmpfs(pod: Frozen<Pod>, { emptyDir }: Volume): { driverOptions?: Record<string, string> } {
  if (emptyDir?.medium !== 'Memory') return {}
  const bounds = [wholeNumber(emptyDir.sizeLimit), podMemoryLimit(pod) ?? 0].filter((bytes) => bytes > 0)
  return { driverOptions: { type: 'tmpfs', device: 'tmpfs', o: ['mode=0777', ...(bounds.length > 0 ? [`size=${String(Math.min(...bounds))}`] : [])].join(',') } }
}

/** Docker's own driver mounts NFS, for as long as a container uses it. */
function nfsMount({ server, path, readOnly = false }: NFSVolumeSource, options: readonly string[]): { readOnly: boolean; driverOptions: Record<string, string> } {
  return { readOnly, driverOptions: { type: 'nfs', device: `:${path}`, o: [`addr=${server}`, readOnly ? 'ro' : 'rw', ...options].join(',') } }
}
