import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import { claimsHeldOn, saysStartEmpty } from '../../../common/kube/claim-data.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from '../../../common/kube/kinds.ts'
import { ON_SERVER_LOSS, WAITING_FOR_DATA } from '../../../common/kube/local-data.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { allowsNode, BIND_COMPLETED, BOUND_BY_CONTROLLER, claimNames, PVC_PROTECTION, SELECTED_NODE, STORAGE_PROVISIONER } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere, getIfThere } from '../../client/retry.ts'
import { volumeLookup } from '../../client/volume-lookup.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { mattersForVolumes } from './provision.ts'

/** On a volume that was let go of: the claim to be made anew, as JSON, until it is. An engine that dies in between finds it. */
export const CLAIM_TO_REMAKE = 'toque.dev/claim-to-remake'
/** What binding left on a claim: the new one is not bound. */
const OF_BINDING = [BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE, STORAGE_PROVISIONER, 'volume.beta.kubernetes.io/storage-provisioner', ON_SERVER_LOSS]

/**
 * A person lets go of the data on a server that is lost: the claim is made anew, without a volume, so that its pod gets an empty one elsewhere. The old
 * volume is kept, Released, whatever its reclaim policy was.
 */
export class StartEmptyController implements Runnable {
  readonly name = 'toque.dev/start-empty-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const look = (claim: Frozen<PersistentVolumeClaim>): void => {
      if (saysStartEmpty(claim)) this.#controller.enqueue(claim.spec.volumeName ?? '')
    }
    const claims = context.informers.for(PersistentVolumeClaims)
    claims.addHandler({ onAdd: look, onUpdate: look })
    const lookAtPod = (pod: Frozen<Pod>): void => {
      if (!isConditionTrue(pod.status?.conditions, WAITING_FOR_DATA)) return
      for (const name of claimNames(pod)) this.#controller.enqueue(claims.lister.get(pod.metadata.namespace ?? '', name)?.spec.volumeName ?? '')
    }
    context.informers.for(Pods).addHandler({ onAdd: lookAtPod, onUpdate: lookAtPod })
    const remake = (volume: Frozen<PersistentVolume>): void => {
      if (volume.metadata.annotations?.[CLAIM_TO_REMAKE] !== undefined) this.#controller.enqueue(volume.metadata.name)
    }
    context.informers.for(PersistentVolumes).addHandler({ onAdd: remake, onUpdate: remake })
    // A word that was said too early counts once the server is lost.
    context.informers.for(Nodes).addHandler({ onUpdate: (node, old) => { if (mattersForVolumes(node, old)) claims.lister.list().forEach(look) }, onDelete: () => claims.lister.list().forEach(look) })
    context.informers.for(StorageClasses)
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const volume = this.#context.informers.for(PersistentVolumes).lister.get('', name)
    if (volume === undefined) return
    if (volume.metadata.annotations?.[CLAIM_TO_REMAKE] !== undefined) return this.#remake(volume)
    const { claimRef } = volume.spec
    const claim = this.#context.informers.for(PersistentVolumeClaims).lister.get(claimRef?.namespace ?? '', claimRef?.name ?? '')
    if (claim === undefined || claim.metadata.uid !== claimRef?.uid || !this.#letGo(claim, volume)) return
    const annotations = { ...volume.metadata.annotations, [CLAIM_TO_REMAKE]: JSON.stringify(freshClaim(claim)) }
    // First the promise that nothing is lost: neither the data nor the claim.
    await this.#context.client.update(PersistentVolumes, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, persistentVolumeReclaimPolicy: 'Retain' } })
    this.#recorder.event(claim, 'Normal', 'StartsEmpty', `Its volume ${name} on a server that does not answer is let go of, and kept: it gets an empty one elsewhere.`)
  }

  /** Did somebody say so, while no server that has the data answers? */
  #letGo(claim: Frozen<PersistentVolumeClaim>, volume: Frozen<PersistentVolume>): boolean {
    const { informers } = this.#context
    const users = informers.for(Pods).lister.list({ namespace: claim.metadata.namespace ?? '' }).filter((pod) => claimNames(pod).includes(claim.metadata.name))
    // A path of a server is only on those where it was used.
    const has = (n: Frozen<Node>): boolean => (volume.spec.nodeAffinity === undefined ? users.some((pod) => pod.spec.nodeName === n.metadata.name) : allowsNode(volume, n))
    const places = informers.for(Nodes).lister.list().filter(has)
    if (places.some((n) => isConditionTrue(n.status?.conditions, 'Ready')) || (places.length === 0 && volume.spec.nodeAffinity === undefined)) return false
    if (saysStartEmpty(claim)) return true
    const lookup = volumeLookup(informers)
    return users.some((pod) => isConditionTrue(pod.status?.conditions, WAITING_FOR_DATA) && claimsHeldOn(pod, lookup).some((h) => h.claim.metadata.uid === claim.metadata.uid && h.letGo))
  }

  async #remake(volume: Frozen<PersistentVolume>): Promise<void> {
    const { client } = this.#context
    const draft = JSON.parse(volume.metadata.annotations?.[CLAIM_TO_REMAKE] ?? '') as Draft<PersistentVolumeClaim>
    const { namespace = '', name = '' } = draft.metadata
    const there = await getIfThere(client, PersistentVolumeClaims, namespace, name)
    if (there !== undefined && there.metadata.uid === volume.spec.claimRef?.uid) {
      await deleteIfThere(client, PersistentVolumeClaims, there)
      // Its pods are on a server that cannot say that they have ended: waiting for them is what was just given up.
      const left = await getIfThere(client, PersistentVolumeClaims, namespace, name)
      if (left !== undefined && left.metadata.uid === there.metadata.uid) {
        const finalizers = (left.metadata.finalizers ?? []).filter((f) => f !== PVC_PROTECTION)
        await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid: left.metadata.uid, finalizers } })
      }
    }
    if (there === undefined || there.metadata.uid === volume.spec.claimRef?.uid) {
      await client.create(PersistentVolumeClaims, draft).catch((error: unknown) => {
        // Its namespace goes, or somebody else made one meanwhile: either way there is nothing more to make.
        if (!hasReason(error, 'AlreadyExists', 'NotFound', 'Forbidden')) throw new Error(`claim ${namespace}/${name} cannot be made anew: ${messageOf(error)}`, { cause: error })
      })
    }
    await client.patch(PersistentVolumes, '', volume.metadata.name, 'application/merge-patch+json', { metadata: { uid: volume.metadata.uid, annotations: { [CLAIM_TO_REMAKE]: null } } })
  }
}

/** A claim as it was asked for, before it was bound. Pure. */
export function freshClaim({ metadata, spec }: Frozen<PersistentVolumeClaim>): Draft<PersistentVolumeClaim> {
  const { name, namespace = '', labels, annotations = {}, ownerReferences } = metadata
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !OF_BINDING.includes(key)))
  // What it was once made of is not what it starts with now.
  const { volumeName: _given, dataSource: _first, dataSourceRef: _same, ...wanted } = spec
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: structuredClone(wanted),
    metadata: { name, namespace, annotations: kept, ...(labels === undefined ? {} : { labels }), ...(ownerReferences === undefined ? {} : { ownerReferences }) },
  }
}
