import type { PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { claimNames, PV_PROTECTION, PVC_PROTECTION } from '../../../common/kube/volumes.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/** A deleted claim stays until no pod uses it. */
export class ClaimProtection implements Runnable {
  readonly name = 'persistentvolumeclaim-protection-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const deleted = (claim: Frozen<PersistentVolumeClaim>): void => {
      if (claim.metadata.deletionTimestamp !== undefined && claim.metadata.finalizers?.includes(PVC_PROTECTION) === true) this.#controller.enqueue(keyOf(claim))
    }
    context.informers.for(PersistentVolumeClaims).addHandler({ onAdd: deleted, onUpdate: deleted })
    context.informers.for(Pods).addHandler({ onDelete: (pod) => claimNames(pod).forEach((name) => this.#controller.enqueue(`${pod.metadata.namespace ?? ''}/${name}`)) })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const claim = informers.for(PersistentVolumeClaims).lister.getByKey(key)
    if (claim?.metadata.deletionTimestamp === undefined || claim.metadata.finalizers?.includes(PVC_PROTECTION) !== true) return
    const { namespace = '', name } = claim.metadata
    // Not from the cache: a pod that it does not show yet would lose its data.
    if ((await client.list(Pods, { namespace })).items.some((pod) => uses(pod, name))) return
    await dropFinalizer(client, PersistentVolumeClaims, claim, PVC_PROTECTION)
  }
}

/** A pod without a node does not count: no node starts one whose claim is being deleted. */
function uses(pod: Frozen<Pod>, claim: string): boolean {
  return Boolean(pod.spec.nodeName) && claimNames(pod).includes(claim)
}

/** A deleted volume stays while it is bound. */
export class VolumeProtection implements Runnable {
  readonly name = 'persistentvolume-protection-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const changed = (volume: { metadata: { name: string; deletionTimestamp?: string } }): void => {
      if (volume.metadata.deletionTimestamp !== undefined) this.#controller.enqueue(volume.metadata.name)
    }
    context.informers.for(PersistentVolumes).addHandler({ onAdd: changed, onUpdate: changed })
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
    if (volume?.metadata.deletionTimestamp === undefined || volume.metadata.finalizers?.includes(PV_PROTECTION) !== true || volume.status?.phase === 'Bound') return
    await dropFinalizer(client, PersistentVolumes, volume, PV_PROTECTION)
  }
}
