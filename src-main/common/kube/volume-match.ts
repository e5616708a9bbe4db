import type { Node, PersistentVolume, PersistentVolumeClaim } from './generated/core-v1.ts'
import type { StorageClass } from './generated/storage-v1.ts'
import { matchesAll, matchesSelector } from './labels.ts'
import type { Frozen } from './object.ts'
import { wholeNumber } from './quantity.ts'
import { allowsNode, classOf, isVolumeOf } from './volumes.ts'

/** Why a volume does not do for a claim, in upstream's words; undefined: it does. Class and selector are looked at too. */
export function mismatch(volume: Frozen<PersistentVolume>, claim: Frozen<PersistentVolumeClaim>): string | undefined {
  if (wholeNumber(volume.spec.capacity?.['storage']) < wholeNumber(claim.spec.resources?.requests?.['storage'])) return 'requested PV is too small'
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match'
  if ((volume.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) return 'incompatible volumeMode'
  if (!(claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))) return 'incompatible accessMode'
  return undefined
}

/**
 * The volume to bind a claim to: one that is reserved for it, else the smallest free one that does (for a given node: that may be used there).
 * `delayed`: the claim waits for a pod, so only a volume reserved for it counts. `taken`: names that are promised already. Pure.
 */
export function bestVolume(
  claim: Frozen<PersistentVolumeClaim>, volumes: readonly Frozen<PersistentVolume>[], { node, delayed = false, taken }: { node?: Frozen<Node>; delayed?: boolean; taken?: ReadonlySet<string> } = {},
): Frozen<PersistentVolume> | undefined {
  let best: Frozen<PersistentVolume> | undefined
  for (const volume of volumes) {
    if (taken?.has(volume.metadata.name) === true) continue
    if (volume.spec.claimRef !== undefined) {
      // Reserved by a person, who knows best; only what could never be used is refused.
      const fits = isVolumeOf(volume, claim) && wholeNumber(volume.spec.capacity?.['storage']) >= wholeNumber(claim.spec.resources?.requests?.['storage'])
      if (fits && (node === undefined || allowsNode(volume, node))) return volume
      continue
    }
    // What was there before is not the copy that it asks for.
    if (claim.spec.dataSource !== undefined || claim.spec.dataSourceRef !== undefined) continue
    if (delayed || volume.status?.phase !== 'Available' || volume.metadata.deletionTimestamp !== undefined) continue
    if (node !== undefined && !allowsNode(volume, node)) continue
    if (mismatch(volume, claim) !== undefined) continue
    if (claim.spec.selector !== undefined && !matchesSelector(volume.metadata.labels, claim.spec.selector)) continue
    if (best === undefined || before(volume, best)) best = volume
  }
  return best
}

function before(a: Frozen<PersistentVolume>, b: Frozen<PersistentVolume>): boolean {
  const difference = wholeNumber(a.spec.capacity?.['storage']) - wholeNumber(b.spec.capacity?.['storage'])
  return difference === 0 ? a.metadata.name < b.metadata.name : difference < 0
}

/** Does a class allow volumes on the node? Without topologies it allows all. Pure. */
export function allowsTopology({ allowedTopologies = [] }: Frozen<StorageClass>, node: Frozen<Node>): boolean {
  return allowedTopologies.length === 0 || allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchesAll(node.metadata.labels, matchLabelExpressions.map(({ key, values }) => ({ key, operator: 'In', values }))))
}
