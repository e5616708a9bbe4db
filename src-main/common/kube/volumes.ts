import type { Node, NodeSelectorTerm, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from './generated/core-v1.ts'
import type { StorageClass } from './generated/storage-v1.ts'
import { matchesNodeTerm } from './node-selector.ts'
import type { Frozen } from './object.ts'

/** The provisioner, and the CSI driver's name in its volumes: a named Docker volume on one server. */
export const DOCKER_VOLUME_DRIVER = 'toque.dev/docker-volume'
/** Holds a deleted PersistentVolume until its server has removed the Docker volume, or is known to keep it. */
export const DOCKER_VOLUME_FINALIZER = 'toque.dev/docker-volume'
/** On a PersistentVolume: its Docker volume was made. From then on one that is missing is lost, and is never silently made anew. */
export const VOLUME_MADE = 'toque.dev/volume-made'
/** On a claim whose data is being handled: what is done (`moved to server web-2`). No pod starts with it meanwhile. */
export const VOLUME_BUSY = 'toque.dev/volume-busy'
/** On a PersistentVolume: the handle that its data was moved from. Only who states it may change where the volume is. */
export const MOVED_FROM = 'toque.dev/moved-from'
/** The class that a new cluster has. */
export const LOCAL_CLASS = 'local'

export const PV_PROTECTION = 'kubernetes.io/pv-protection'
export const PVC_PROTECTION = 'kubernetes.io/pvc-protection'
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'
/** Where classes were named before they had a field. */
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'

/** The class that a volume or claim names; '' for none. */
export function classOf({ metadata, spec }: { metadata: { annotations?: Record<string, string> }; spec: { storageClassName?: string } }): string {
  return metadata.annotations?.[BETA_CLASS] ?? spec.storageClassName ?? ''
}

/** Does the claim name its class, be it ''? One that does not gets the default class. */
export function namesClass(claim: { metadata: { annotations?: Record<string, string> }; spec: { storageClassName?: string } }): boolean {
  return claim.metadata.annotations?.[BETA_CLASS] !== undefined || claim.spec.storageClassName !== undefined
}

/** The class for claims that name none: the newest of those marked so, by name where they are of the same age. */
export function defaultClass(classes: readonly Frozen<StorageClass>[]): Frozen<StorageClass> | undefined {
  const marked = classes.filter((c) => c.metadata.annotations?.[DEFAULT_CLASS] === 'true' && c.metadata.deletionTimestamp === undefined)
  const age = (c: Frozen<StorageClass>): string => c.metadata.creationTimestamp
  return marked.sort((a, b) => (age(a) === age(b) ? (a.metadata.name < b.metadata.name ? -1 : 1) : age(a) > age(b) ? -1 : 1))[0]
}

/** Is the claim's volume chosen only when a pod that uses it has a node? */
export function waitsForConsumer(storageClass: Frozen<StorageClass> | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
}

/** Has binding it been completed? */
export function isFullyBound(claim: Frozen<PersistentVolumeClaim>): boolean {
  return (claim.spec.volumeName ?? '') !== '' && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined
}

/** Is the volume the claim's, by its claimRef? One without a UID is reserved for the name. */
export function isVolumeOf(volume: Frozen<PersistentVolume>, claim: Frozen<PersistentVolumeClaim>): boolean {
  const { claimRef } = volume.spec
  if (claimRef === undefined || claimRef.name !== claim.metadata.name || claimRef.namespace !== claim.metadata.namespace) return false
  return (claimRef.uid ?? '') === '' || claimRef.uid === claim.metadata.uid
}

/** May the volume be used on the node? One that names no nodes may be everywhere. */
export function allowsNode(volume: Frozen<PersistentVolume>, node: Frozen<Node>): boolean {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms
  return terms === undefined || terms.some((term) => matchesNodeTerm(node, term))
}

/** The terms of a node affinity for one node. */
export function onNodeOnly(hostname: string): NodeSelectorTerm[] {
  return [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }]
}

/** Which node's Docker has the volume, and its name there; undefined for volumes of other kinds. */
export function dockerVolumeOf({ spec: { csi } }: Pick<PersistentVolume, 'spec'>): { node: string; name: string } | undefined {
  if (csi?.driver !== DOCKER_VOLUME_DRIVER) return undefined
  const [node = '', name = '', ...more] = csi.volumeHandle.split('/')
  return node === '' || name === '' || more.length > 0 ? undefined : { node, name }
}

/** The name of the claim that a pod's volume uses: by name, or the one made for it from its template. */
export function claimNameOf(pod: Frozen<Pod>, volume: Volume): string | undefined {
  return volume.ephemeral === undefined ? volume.persistentVolumeClaim?.claimName : `${pod.metadata.name}-${volume.name}`
}

/** The names of the claims that a pod uses. */
export function claimNames(pod: Frozen<Pod>): string[] {
  return (pod.spec.volumes ?? []).flatMap((v) => claimNameOf(pod, v) ?? [])
}

/** `RWO,ROX`. */
export function shortAccessModes(modes: readonly string[] | undefined): string {
  const short: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }
  return Object.keys(short).filter((mode) => modes?.includes(mode)).map((mode) => short[mode]).join(',')
}
