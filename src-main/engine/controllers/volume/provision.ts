import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { copySourceOf, VOLUME_SOURCE } from '../../../common/kube/volume-copies.ts'
import { allowsTopology } from '../../../common/kube/volume-match.ts'
import { DOCKER_VOLUME_DRIVER, DOCKER_VOLUME_FINALIZER, dockerVolumeOf, onNodeOnly, PROVISIONED_BY } from '../../../common/kube/volumes.ts'

/** Why no Docker volume can be made for the claim, as a sentence; undefined: it can. Pure. */
export function cannotProvision(claim: Frozen<PersistentVolumeClaim>): string | undefined {
  const { spec } = claim
  const shared = (spec.accessModes ?? []).filter((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod')
  if (shared.length > 0) return `A Docker volume is on one server, so it cannot be ${shared.join(' or ')}: ask for ReadWriteOnce, or make a PersistentVolume of type nfs for it.`
  if (spec.volumeMode === 'Block') return 'A Docker volume is a folder: volumeMode Block is not supported.'
  if (spec.selector !== undefined) return 'claim.spec.selector is not supported: a selector chooses among volumes that are there, and its class makes new ones.'
  const { kind } = spec.dataSourceRef ?? spec.dataSource ?? { kind: '' }
  if (kind !== '' && copySourceOf(claim) === undefined) return `Volumes are made of a VolumeSnapshot or a VolumeBackup of the same namespace (spec.dataSourceRef), not of a ${kind}.`
  return undefined
}

/** The PersistentVolume of a new Docker volume on a node, reserved for the claim. Always the same for the same claim, so none is made twice. Pure. */
export function volumeFor(claim: Frozen<PersistentVolumeClaim>, storageClass: Frozen<StorageClass>, node: Frozen<Node>): Draft<PersistentVolume> {
  const { namespace = '', name, uid } = claim.metadata
  const volume = `pvc-${uid}`
  const source = copySourceOf(claim)
  return {
    apiVersion: 'v1', kind: 'PersistentVolume',
    metadata: { name: volume, annotations: { [PROVISIONED_BY]: DOCKER_VOLUME_DRIVER, ...(source === undefined ? {} : { [VOLUME_SOURCE]: JSON.stringify(source) }) }, finalizers: [DOCKER_VOLUME_FINALIZER] },
    spec: {
      accessModes: [...claim.spec.accessModes ?? []],
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      csi: { driver: DOCKER_VOLUME_DRIVER, volumeHandle: `${node.metadata.name}/toque_${volume}` },
      nodeAffinity: { required: { nodeSelectorTerms: onNodeOnly(node.metadata.labels?.['kubernetes.io/hostname'] ?? node.metadata.name) } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: 'Filesystem',
    },
  }
}

/** The node of a volume that no pod waits for: the Ready one with the fewest such volumes, the first by name of those. Pure. */
export function freestNode(storageClass: Frozen<StorageClass>, nodes: readonly Frozen<Node>[], volumes: readonly Frozen<PersistentVolume>[]): Frozen<Node> | undefined {
  const usable = nodes.filter((n) => isConditionTrue(n.status?.conditions, 'Ready') && n.spec?.unschedulable !== true && (n.spec?.taints ?? []).length === 0 && allowsTopology(storageClass, n))
  const count = (n: Frozen<Node>): number => volumes.filter((v) => dockerVolumeOf(v)?.node === n.metadata.name).length
  return usable.map((node) => ({ node, n: count(node) })).sort((a, b) => a.n - b.n || (a.node.metadata.name < b.node.metadata.name ? -1 : 1))[0]?.node
}

/** Could the change of a node change where volumes can be? A heartbeat does not. */
export function mattersForVolumes(node: Frozen<Node>, old: Frozen<Node>): boolean {
  const ready = (n: Frozen<Node>): boolean => isConditionTrue(n.status?.conditions, 'Ready')
  return ready(node) !== ready(old) || !semanticEqual(node.spec, old.spec) || !semanticEqual(node.metadata.labels, old.metadata.labels)
}
