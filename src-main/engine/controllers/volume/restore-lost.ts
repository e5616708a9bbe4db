import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { serverLossPolicy } from '../../../common/kube/claim-data.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../../common/kube/kinds.ts'
import { ON_SERVER_LOSS } from '../../../common/kube/local-data.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { NodeTaint } from '../../../common/kube/taints.ts'
import { REPLACED_BY, VolumeBackups } from '../../../common/kube/volume-copies.ts'
import type { VolumeBackup } from '../../../common/kube/volume-copies.ts'
import { classOf, dockerVolumeOf, isFullyBound, isVolumeOf } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { mattersForVolumes } from './provision.ts'
import { CLAIM_TO_REMAKE, freshClaim } from './start-empty.ts'

/** On a replaced volume whose server is back: that was told. */
const TOLD = 'toque.dev/old-data-told'

/**
 * Where a claim says `restore`: once it is certain that the server of its data is off (a person, or who can switch it off, says so by the taint out-of-service, or
 * takes the server out), the claim is made anew of its newest copy. Silence alone is no certainty: whoever is only cut off may still be writing. The old volume is kept.
 */
export class RestoreLostController implements Runnable {
  readonly name = 'toque.dev/restore-lost-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const { informers } = context
    const volumes = informers.for(PersistentVolumes)
    const look = ({ metadata: { name } }: Frozen<PersistentVolume>): void => this.#controller.enqueue(name)
    const onNode = (node: Frozen<Node>): void => volumes.lister.list().filter((v) => dockerVolumeOf(v)?.node === node.metadata.name).forEach(look)
    volumes.addHandler({ onAdd: look })
    informers.for(Nodes).addHandler({ onUpdate: (node, old) => { if (mattersForVolumes(node, old)) onNode(node) }, onDelete: onNode })
    const lookAtClaim = (claim: Frozen<PersistentVolumeClaim>): void => { if (isFullyBound(claim)) this.#controller.enqueue(claim.spec.volumeName ?? '') }
    informers.for(PersistentVolumeClaims).addHandler({ onUpdate: (claim, old) => { if (claim.metadata.annotations?.[ON_SERVER_LOSS] !== old.metadata.annotations?.[ON_SERVER_LOSS]) lookAtClaim(claim) } })
    // A copy that is made, or becomes reachable, only after the loss.
    informers.for(VolumeBackups).addHandler({ onUpdate: ({ metadata: { namespace = '' }, spec, status }, old) => {
      const claim = status?.phase === 'Succeeded' && old.status?.phase !== 'Succeeded' ? informers.for(PersistentVolumeClaims).lister.get(namespace, spec.claimName) : undefined
      if (claim !== undefined) lookAtClaim(claim)
    } })
    informers.for(StorageClasses)
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const { client, informers } = this.#context
    const volume = informers.for(PersistentVolumes).lister.get('', name)
    const at = volume === undefined ? undefined : dockerVolumeOf(volume)
    if (volume === undefined || at === undefined || volume.metadata.deletionTimestamp !== undefined) return
    const { namespace = '', name: claimName = '' } = volume.spec.claimRef ?? {}
    const claim = informers.for(PersistentVolumeClaims).lister.get(namespace, claimName)
    const node = informers.for(Nodes).lister.get('', at.node)
    if (volume.metadata.annotations?.[REPLACED_BY] !== undefined) return this.#tellOfReturn(volume, at.node, node, claim)
    if (claim === undefined || !isFullyBound(claim) || claim.metadata.deletionTimestamp !== undefined || claim.spec.volumeName !== name || !isVolumeOf(volume, claim)) return
    if (!isCertainlyOff(node) || serverLossPolicy(claim, informers.for(StorageClasses).lister.get('', classOf(claim))) !== 'restore') return
    const copy = newestCopy(claim, at.node, informers.for(VolumeBackups).lister.list({ namespace }))
    if (copy === undefined) return this.#recorder.event(claim, 'Warning', 'NoCopyToRestore', `Its data is on server ${at.node}, which is off, and there is no good VolumeBackup of it on another one: it waits for that server.`)
    const annotations = {
      ...volume.metadata.annotations, [CLAIM_TO_REMAKE]: JSON.stringify(claimOfCopy(claim, copy)), [REPLACED_BY]: `${copy.metadata.name}, of ${copy.status?.startTime ?? ''}`,
    }
    // First the promise that nothing is lost. From here on it is done by who makes claims anew.
    await client.update(PersistentVolumes, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, persistentVolumeReclaimPolicy: 'Retain' } })
    this.#recorder.event(claim, 'Warning', 'RestoredFromCopy', `Server ${at.node}, which has its data, is off: it is made anew of the backup "${copy.metadata.name}" of ${copy.status?.startTime ?? ''}. What was written after that is only on that server, in the volume ${name}, which is kept.`)
  }

  /** The server is back, with data that the app does not use any more. */
  async #tellOfReturn(volume: Frozen<PersistentVolume>, server: string, node: Frozen<Node> | undefined, claim: Frozen<PersistentVolumeClaim> | undefined): Promise<void> {
    const { name, uid, annotations } = volume.metadata
    if (!isConditionTrue(node?.status?.conditions, 'Ready') || annotations?.[TOLD] !== undefined || annotations?.[CLAIM_TO_REMAKE] !== undefined) return
    const { name: claimName = '' } = volume.spec.claimRef ?? {}
    this.#recorder.event(claim ?? volume, 'Warning', 'OldDataIsBack', `Server ${server} is back, with the data that the claim "${claimName}" had when it was lost (volume ${name}); since then the claim has what the backup ${annotations?.[REPLACED_BY] ?? ''}, held. Nothing uses the old data, and nothing deletes it: look at it, then delete it (kubectl delete pv ${name}, and on the server: docker volume rm ${dockerVolumeOf(volume)?.name ?? ''}).`)
    await this.#context.client.patch(PersistentVolumes, '', name, 'application/merge-patch+json', { metadata: { uid, annotations: { [TOLD]: 'true' } } })
  }
}

/** Is it certain that nothing runs on the server any more? Not Ready and said to be out of service, or no part of the cluster. Pure. */
function isCertainlyOff(node: Frozen<Node> | undefined): boolean {
  if (node === undefined) return true
  return !isConditionTrue(node.status?.conditions, 'Ready') && node.spec?.taints?.some((t) => t.key === NodeTaint.outOfService) === true
}

/** The newest good copy of the claim that is not on the lost server itself. Pure. */
export function newestCopy(claim: Frozen<PersistentVolumeClaim>, lost: string, backups: readonly Frozen<VolumeBackup>[]): Frozen<VolumeBackup> | undefined {
  const good = backups.filter((b) => b.spec.claimName === claim.metadata.name && b.status?.phase === 'Succeeded' && b.metadata.deletionTimestamp === undefined && b.spec.target.server?.name !== lost)
  // By when it began: that is the moment it is of.
  return good.sort((a, b) => (b.status?.startTime ?? '').localeCompare(a.status?.startTime ?? ''))[0]
}

/** The claim as it was asked for, to be made of a copy. Its own policy stays. Pure. */
function claimOfCopy(claim: Frozen<PersistentVolumeClaim>, copy: Frozen<VolumeBackup>): Draft<PersistentVolumeClaim> {
  const fresh = freshClaim(claim)
  const policy = claim.metadata.annotations?.[ON_SERVER_LOSS]
  return {
    ...fresh,
    metadata: { ...fresh.metadata, annotations: { ...fresh.metadata.annotations, ...(policy === undefined ? {} : { [ON_SERVER_LOSS]: policy }) } },
    spec: { ...fresh.spec, dataSourceRef: { apiGroup: VolumeBackups.group, kind: VolumeBackups.kind, name: copy.metadata.name } },
  }
}
