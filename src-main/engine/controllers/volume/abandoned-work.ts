import { PersistentVolumeClaims } from '../../../common/kube/kinds.ts'
import type { PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { keyOf } from '../../../common/kube/object.ts'
import { VOLUME_BUSY } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/**
 * An engine that begins finds nobody at work on a volume: what an earlier one began (to move, to save) was given up with it, and the data is where it
 * was. Lets the pods start again.
 */
export class AbandonedVolumeWork implements Runnable {
  readonly name = 'toque.dev/volume-work-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    context.informers.for(PersistentVolumeClaims)
  }

  start(): void {
    // Those of now only: what comes later is at work.
    for (const claim of this.#context.informers.for(PersistentVolumeClaims).lister.list()) if (isBusy(claim)) this.#controller.enqueue(keyOf(claim))
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const claim = informers.for(PersistentVolumeClaims).lister.getByKey(key)
    if (claim === undefined || !isBusy(claim)) return
    const { namespace = '', name, uid, annotations } = claim.metadata
    await client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid, annotations: { [VOLUME_BUSY]: null } } })
    this.#recorder.event(claim, 'Warning', 'VolumeWorkAbandoned', `It was being ${annotations?.[VOLUME_BUSY] ?? ''} when the engine ended. That was given up: its data is as it was before.`)
  }
}

function isBusy(claim: Frozen<PersistentVolumeClaim>): boolean {
  return claim.metadata.annotations?.[VOLUME_BUSY] !== undefined
}
