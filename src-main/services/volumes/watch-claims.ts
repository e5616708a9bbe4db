import type { Clock } from '../../common/clock.ts'
import type { Batch, ClaimDetail, ClaimRef, ClaimSummary } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { PersistentVolumeClaim, Pod } from '../../common/kube/generated/core-v1.ts'
import type { ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, ReplicaSets, StorageClasses } from '../../common/kube/kinds.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { BackupSchedules, VolumeBackups, VolumeSnapshots } from '../../common/kube/volume-copies.ts'
import type { VolumeBackup, VolumeSnapshot } from '../../common/kube/volume-copies.ts'
import { claimNames, classOf, dockerVolumeOf } from '../../common/kube/volumes.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { appOf } from '../cluster/snapshot.ts'
import type { Changes } from '../../common/rpc/watches.ts'
import { watchList, watchValue } from '../../common/rpc/watches.ts'
import { changesOf } from '../cluster/watches.ts'
import { claimDetail, claimSummary } from './claim-view.ts'
import type { ClaimParts } from './claim-view.ts'
import { isInSchedule } from './copy-views.ts'

/** Views follow a change at once, then at most this often; milliseconds. */
const INTERVAL_MS = 200

/** What the watches read: informers that the controllers of volumes have anyway. */
export interface ClaimWatch {
  informers: Informers
  clock: Clock
}

/** All claims, live. */
export function watchClaims({ informers, clock }: ClaimWatch): Stream<Batch<ClaimSummary>> {
  return watchList(changes(informers), clock, INTERVAL_MS, () => {
    const around = aroundClaims(informers)
    return informers.for(PersistentVolumeClaims).lister.list().map((claim) => claimSummary(partsOf(informers, claim, around)))
  })
}

/** One claim, live. */
export function watchClaim({ informers, clock }: ClaimWatch, { namespace, name }: ClaimRef): Stream<ClaimDetail> {
  return watchValue(changes(informers), clock, INTERVAL_MS, () => {
    const claim = informers.for(PersistentVolumeClaims).lister.get(namespace, name)
    if (claim === undefined) throw new StatusError('NotFound', `There is no claim "${name}" in ${namespace} (any more).`, { name, kind: 'PersistentVolumeClaim' })
    return claimDetail(partsOf(informers, claim, aroundClaims(informers, namespace)))
  })
}

function changes(informers: Informers): Changes {
  return changesOf([
    informers.for(PersistentVolumeClaims), informers.for(PersistentVolumes), informers.for(StorageClasses), informers.for(Nodes), informers.for(Pods), informers.for(ReplicaSets),
    informers.for(VolumeBackups), informers.for(VolumeSnapshots), informers.for(BackupSchedules),
  ])
}

/** What stands around claims, by `NAMESPACE/CLAIM`: looked through once for all of them. */
interface Around {
  pods: Map<string, Frozen<Pod>[]>
  backups: Map<string, Frozen<VolumeBackup>[]>
  snapshots: Map<string, Frozen<VolumeSnapshot>[]>
  /** By UID. */
  sets: Map<string, Frozen<ReplicaSet>>
}

function aroundClaims(informers: Informers, namespace?: string): Around {
  const where = namespace === undefined ? {} : { namespace }
  const pods = informers.for(Pods).lister.list(where).filter((pod) => !isPodTerminated(pod))
  return {
    pods: byClaim(pods, (pod) => [...new Set(claimNames(pod))]),
    backups: byClaim(informers.for(VolumeBackups).lister.list(where), (b) => [b.spec.claimName]),
    snapshots: byClaim(informers.for(VolumeSnapshots).lister.list(where), (s) => [s.spec.source.persistentVolumeClaimName ?? '']),
    sets: new Map(informers.for(ReplicaSets).lister.list(where).map((set) => [set.metadata.uid, set])),
  }
}

function byClaim<T extends { metadata: { namespace?: string } }>(objects: readonly T[], claimsOf: (object: T) => string[]): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const object of objects) {
    for (const name of claimsOf(object)) {
      const key = `${object.metadata.namespace ?? ''}/${name}`
      const list = found.get(key)
      if (list === undefined) found.set(key, [object])
      else list.push(object)
    }
  }
  return found
}

function partsOf(informers: Informers, claim: Frozen<PersistentVolumeClaim>, around: Around): ClaimParts {
  const { namespace = '', name } = claim.metadata
  const key = `${namespace}/${name}`
  const volume = informers.for(PersistentVolumes).lister.get('', claim.spec.volumeName ?? '')
  const on = volume === undefined ? undefined : dockerVolumeOf(volume)?.node
  const pods = [...around.pods.get(key) ?? []].sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  const apps = new Map(pods.flatMap((pod) => {
    const app = appOf(pod, around.sets)
    return app === undefined ? [] : [[`${app.kind}/${app.name}`, app] as const]
  }))
  return {
    claim, volume, pods, apps: [...apps.values()],
    storageClass: informers.for(StorageClasses).lister.get('', classOf(claim)),
    server: on === undefined ? undefined : informers.for(Nodes).lister.get('', on),
    backups: around.backups.get(key) ?? [], snapshots: around.snapshots.get(key) ?? [],
    schedules: informers.for(BackupSchedules).lister.list({ namespace }).filter((s) => isInSchedule(claim, s)),
  }
}
