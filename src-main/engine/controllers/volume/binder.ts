import type { PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { BOUND_BY_CONTROLLER, classOf, defaultClass, DOCKER_VOLUME_FINALIZER, isFullyBound, STORAGE_PROVISIONER } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus, deleteIfThere, getIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { bind, setPhase } from './bind.ts'
import { decideClaim } from './decide-claim.ts'
import type { Said } from './decide-claim.ts'
import { decideVolume } from './decide-volume.ts'
import type { Reclaim } from './decide-volume.ts'

const CLAIM = 'claim '
const VOLUME = 'volume '

/** Brings claims and volumes together, and follows volumes whose claims are gone. One at a time: two claims must not choose the same volume. */
export class VolumeBinder implements Runnable {
  readonly name = 'persistentvolume-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({
      name: this.name, clock: context.clock, onError: context.onError, workers: 1,
      reconcile: (key) => (key.startsWith(CLAIM) ? this.#claim(key.slice(CLAIM.length)) : this.#volume(key.slice(VOLUME.length))),
    })
    const claimChanged = (claim: Frozen<PersistentVolumeClaim>): void => {
      this.#controller.enqueue(CLAIM + keyOf(claim))
      this.#lookAtVolumesOf(claim)
    }
    context.informers.for(PersistentVolumeClaims).addHandler({ onAdd: claimChanged, onUpdate: claimChanged, onDelete: (claim) => this.#lookAtVolumesOf(claim) })
    const volumeChanged = (volume: Frozen<PersistentVolume>): void => {
      this.#controller.enqueue(VOLUME + volume.metadata.name)
      if (volume.spec.claimRef === undefined) this.#lookAtWaiting((claim) => classOf(claim) === classOf(volume) || claim.spec.volumeName === volume.metadata.name)
      else this.#lookAtClaimOf(volume)
    }
    context.informers.for(PersistentVolumes).addHandler({ onAdd: volumeChanged, onUpdate: volumeChanged, onDelete: (volume) => this.#lookAtClaimOf(volume) })
    const classChanged = (changed: Frozen<StorageClass>): void => this.#lookAtWaiting((claim) => classOf(claim) === changed.metadata.name || classOf(claim) === '')
    context.informers.for(StorageClasses).addHandler({ onAdd: classChanged, onUpdate: classChanged })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #lookAtVolumesOf({ metadata: { namespace, name }, spec: { volumeName } }: Frozen<PersistentVolumeClaim>): void {
    for (const { metadata, spec: { claimRef } } of this.#context.informers.for(PersistentVolumes).lister.list()) {
      if (metadata.name === volumeName || (claimRef?.name === name && claimRef.namespace === namespace)) this.#controller.enqueue(VOLUME + metadata.name)
    }
  }

  #lookAtClaimOf({ spec: { claimRef } }: Frozen<PersistentVolume>): void {
    if (claimRef !== undefined) this.#controller.enqueue(`${CLAIM}${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`)
  }

  #lookAtWaiting(cares: (claim: Frozen<PersistentVolumeClaim>) => boolean): void {
    for (const claim of this.#context.informers.for(PersistentVolumeClaims).lister.list()) {
      if (!isFullyBound(claim) && cares(claim)) this.#controller.enqueue(CLAIM + keyOf(claim))
    }
  }

  async #claim(key: string): Promise<void> {
    const { client, informers } = this.#context
    const claim = informers.for(PersistentVolumeClaims).lister.getByKey(key)
    if (claim === undefined || (claim.metadata.deletionTimestamp !== undefined && !isFullyBound(claim))) return
    const classes = informers.for(StorageClasses).lister
    const verdict = decideClaim(claim, {
      volumes: informers.for(PersistentVolumes).lister.list(), storageClass: classes.get('', classOf(claim)), defaultClass: defaultClass(classes.list()),
    })
    switch (verdict.do) {
      case 'bind': return bind(this.#context, claim, verdict.volume)
      case 'name-class': {
        await client.update(PersistentVolumeClaims, { ...claim, spec: { ...claim.spec, storageClassName: verdict.name } })
        return
      }
      case 'provision': {
        if (claim.metadata.annotations?.[STORAGE_PROVISIONER] !== verdict.provisioner) {
          const annotations = { ...claim.metadata.annotations, [STORAGE_PROVISIONER]: verdict.provisioner, 'volume.beta.kubernetes.io/storage-provisioner': verdict.provisioner }
          await client.update(PersistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations } })
        }
        return this.#waits(claim, 'Pending', verdict.said)
      }
      case 'pending': return this.#waits(claim, 'Pending', verdict.said)
      case 'lost': return this.#waits(claim, 'Lost', claim.status?.phase === 'Lost' ? undefined : verdict.said)
    }
  }

  async #waits(claim: Frozen<PersistentVolumeClaim>, phase: string, said: Said | undefined): Promise<void> {
    if (said !== undefined) this.#recorder.event(claim, said.type, said.reason, said.message)
    if (claim.status?.phase === phase) return
    const { namespace = '', name, uid } = claim.metadata
    await changeStatus(this.#context.client, PersistentVolumeClaims, { namespace, name, uid }, (copy) => {
      copy.status = { ...copy.status, phase }
      return true
    })
  }

  async #volume(name: string): Promise<void> {
    const { client, informers } = this.#context
    const volume = informers.for(PersistentVolumes).lister.get('', name)
    if (volume === undefined) return
    const { claimRef } = volume.spec
    const claim = claimRef === undefined ? undefined : await this.#claimNow(claimRef.namespace ?? '', claimRef.name ?? '')
    const verdict = decideVolume(volume, claim)
    switch (verdict.do) {
      case 'phase': return setPhase(this.#context, volume, { phase: verdict.phase })
      case 'bind-claim': {
        if (volume.status?.phase === 'Pending') await setPhase(this.#context, volume, { phase: 'Available' })
        return this.#lookAtClaimOf(volume)
      }
      case 'release': return this.#release(volume, verdict.then)
      case 'unbind': {
        const { claimRef: _gone, ...spec } = volume.spec
        const { [BOUND_BY_CONTROLLER]: _by, ...annotations } = volume.metadata.annotations ?? {}
        const kept = verdict.keepName ? { claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: claimRef?.namespace ?? '', name: claimRef?.name ?? '' } } : {}
        await client.update(PersistentVolumes, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...spec, ...kept } })
      }
    }
  }

  /** Not from the cache: a volume whose claim it does not show yet would be given up. */
  #claimNow(namespace: string, name: string): Promise<Frozen<PersistentVolumeClaim> | undefined> {
    return getIfThere(this.#context.client, PersistentVolumeClaims, namespace, name)
  }

  async #release(volume: Frozen<PersistentVolume>, then: Reclaim): Promise<void> {
    if (then.do === 'fail') {
      if (volume.status?.phase !== 'Failed') this.#recorder.event(volume, 'Warning', then.reason, then.message)
      return setPhase(this.#context, volume, { phase: 'Failed', reason: then.reason, message: then.message })
    }
    await setPhase(this.#context, volume, { phase: 'Released' })
    if (then.do !== 'delete' || volume.metadata.deletionTimestamp !== undefined) return
    const finalizers = volume.metadata.finalizers ?? []
    // Its server removes the data before the object goes.
    if (!finalizers.includes(DOCKER_VOLUME_FINALIZER)) {
      const { client } = this.#context
      await client.patch(PersistentVolumes, '', volume.metadata.name, 'application/merge-patch+json', { metadata: { uid: volume.metadata.uid, finalizers: [...finalizers, DOCKER_VOLUME_FINALIZER] } })
    }
    await deleteIfThere(this.#context.client, PersistentVolumes, volume)
  }
}
