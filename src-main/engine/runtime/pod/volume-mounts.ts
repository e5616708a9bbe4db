import { DockerLabel } from '../../../common/docker-labels.ts'
import type { Container, Pod, VolumeMount } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Mount } from '../container-runtime.ts'
import { TERMINATION_DIR, VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import { NO_CLAIMS } from './claimed-volumes.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import { expand } from './expand.ts'
import { hasHostsFile, HOSTS_FILE, HOSTS_PATH } from './hosts-file.ts'
import { TERMINATION_VOLUME, volumeName } from './names.ts'
import { needsResolvConf, RESOLV_CONF, RESOLV_CONF_PATH } from './pod-dns.ts'
import { MissingSourceError } from './sources.ts'
import { isFileVolume, placeOf } from './volume-places.ts'

/** Kinds of volumes, besides those of files, that a node can mount. */
const KINDS = ['hostPath', 'emptyDir', 'nfs', 'persistentVolumeClaim', 'ephemeral'] as const
const MEDIA = ['', 'Memory']
const DEFAULT_MESSAGE_PATH = '/dev/termination-log'

/** Why this node cannot mount the pod's volumes, or undefined. Pure. */
export function unsupportedVolume(pod: Frozen<Pod>): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const medium = volume.emptyDir?.medium ?? ''
    if (!MEDIA.includes(medium)) return `volume "${volume.name}": Toque's engine has no emptyDir on "${medium}": leave the medium out for the server's disk, or say Memory`
    if (isFileVolume(volume) || KINDS.some((kind) => volume[kind] !== undefined)) continue
    const kind = Object.keys(volume).find((key) => key !== 'name')
    // A volume that names no source is an emptyDir.
    if (kind !== undefined) return `volume "${volume.name}": Toque's engine cannot mount volumes of kind "${kind}" yet`
  }
  return undefined
}

/** What a pod's sandbox mounts: every Docker volume of the pod. It makes those that live and die with the pod, and keeps the others in use. Pure. */
export function sandboxMounts(pod: Frozen<Pod>, clusterId: string, claimed: ClaimedVolumes = NO_CLAIMS): Mount[] {
  const labels = {
    [DockerLabel.cluster]: clusterId, [DockerLabel.podUid]: pod.metadata.uid, [DockerLabel.schema]: '1',
    [DockerLabel.podNamespace]: pod.metadata.namespace ?? '', [DockerLabel.podName]: pod.metadata.name,
  }
  return [
    { type: 'volume', source: volumeName(pod, TERMINATION_VOLUME), target: TERMINATION_DIR, readOnly: false, copy: true, labels },
    ...(pod.spec.volumes ?? []).flatMap((v): Mount[] => {
      const place = placeOf(pod, v, claimed)
      if (place.kind === 'path') return []
      const mount: Mount = { type: 'volume', source: place.name, target: `${VOLUMES_DIR}/${v.name}`, readOnly: false }
      return [place.kind === 'kept' ? mount : { ...mount, labels, ...(place.driverOptions === undefined ? {} : { driverOptions: place.driverOptions }) }]
    }),
  ]
}

/** A container's index among the pod's: its termination message file. */
export function messageFile(pod: Frozen<Pod>, container: string): number | undefined {
  const index = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].findIndex((c) => c.name === container)
  return index >= 0 && index < HOSTS_FILE ? index : undefined
}

/**
 * What a container mounts. `volumesRoot` is where the node keeps volumes; sub-paths are bound from there, as Docker before 26
 * cannot mount part of a volume. Throws MissingSourceError for a mount of a volume that the pod does not have, and for a sub-path that cannot be. Pure.
 */
export function containerMounts(pod: Frozen<Pod>, container: Container, volumesRoot: string, env: ReadonlyMap<string, string>, claimed: ClaimedVolumes = NO_CLAIMS): Mount[] {
  const mounts = (container.volumeMounts ?? []).map((m) => mountOf(pod, m, volumesRoot, env, claimed))
  const own = (file: string, target: string): Mount => ({ type: 'bind', source: `${volumesRoot}/${volumeName(pod, TERMINATION_VOLUME)}/_data/${file}`, target, readOnly: false, propagation: 'rslave' })
  // One that mounts a file of its own there has that.
  const isFree = (path: string): boolean => !mounts.some(({ target }) => target === path)
  if (hasHostsFile(pod) && isFree(HOSTS_PATH)) mounts.push(own(String(HOSTS_FILE), HOSTS_PATH))
  if (needsResolvConf(pod) && isFree(RESOLV_CONF_PATH)) mounts.push(own(RESOLV_CONF, RESOLV_CONF_PATH))
  const message = messageFile(pod, container.name)
  return message === undefined ? mounts : [...mounts, own(String(message), container.terminationMessagePath || DEFAULT_MESSAGE_PATH)]
}

function mountOf(pod: Frozen<Pod>, mount: VolumeMount, volumesRoot: string, env: ReadonlyMap<string, string>, claimed: ClaimedVolumes): Mount {
  const volume = pod.spec.volumes?.find((v) => v.name === mount.name)
  if (volume === undefined) throw new MissingSourceError(`the container mounts volume "${mount.name}", which the pod does not have`)
  const subPath = mount.subPathExpr === undefined ? mount.subPath ?? '' : expandedSubPath(mount.subPathExpr, mount.name, env)
  if (subPath.split('/').includes('..') || subPath.startsWith('/')) throw new MissingSourceError(`sub-path "${subPath}" of volume "${mount.name}" must stay inside it`)
  const place = placeOf(pod, volume, claimed)
  const readOnly = mount.readOnly === true || place.readOnly
  const target = mount.mountPath
  if (place.kind === 'path') {
    const { path, type } = place
    const create = subPath !== '' || type === '' || type === 'DirectoryOrCreate'
    return { type: 'bind', source: joined(path, subPath), target, readOnly, create, propagation: propagationOf(mount) }
  }
  if (subPath === '') return { type: 'volume', source: place.name, target, readOnly }
  const root = `${volumesRoot}/${place.name}/_data`
  const part: Mount = { type: 'bind', source: joined(root, subPath), target, readOnly, create: !isFileVolume(volume), propagation: 'rslave' }
  // Links in volumes of files are the engine's own.
  return isFileVolume(volume) ? part : { ...part, part: { volume: volume.name, root, path: subPath, ours: place.kind === 'kept' || place.ours } }
}

/** Unlike in a command, a variable that is not there or empty is no path: the container waits until it is. */
function expandedSubPath(expression: string, volume: string, env: ReadonlyMap<string, string>): string {
  const missing = new Set<string>()
  const path = expand(expression, { get: (name) => {
    const value = env.get(name)
    if (!value) missing.add(name)
    return value
  } })
  if (missing.size > 0) throw new MissingSourceError(`the sub-path "${expression}" of volume "${volume}" needs a value for ${[...missing].sort().join(', ')}`)
  return path
}

function propagationOf({ mountPropagation }: VolumeMount): NonNullable<Mount['propagation']> {
  if (mountPropagation === 'Bidirectional') return 'rshared'
  return mountPropagation === 'HostToContainer' ? 'rslave' : 'rprivate'
}

function joined(path: string, subPath: string): string {
  return subPath === '' ? path : `${path.replace(/\/$/, '')}/${subPath}`
}
