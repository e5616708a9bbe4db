import { claimsAwayFrom } from '../../../common/kube/claim-data.ts'
import type { VolumeLookup } from '../../../common/kube/claim-data.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from '../../../common/kube/kinds.ts'
import { WAITING_FOR_DATA, WAITING_REASON } from '../../../common/kube/local-data.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { claimNames } from '../../../common/kube/volumes.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus } from '../../client/retry.ts'
import { volumeLookup } from '../../client/volume-lookup.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { dataWaitStatus } from '../data-wait.ts'
import { Controller } from '../workqueue/controller.ts'
import { mattersForVolumes } from './provision.ts'

/** Pods without a node whose data is on a server that does not answer (somebody deleted the one that waited there) say so as that one did. */
export class PendingForData implements Runnable {
  readonly name = 'toque.dev/pending-for-data-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #lookup: VolumeLookup
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#lookup = volumeLookup(context.informers)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const pods = context.informers.for(Pods)
    const look = (pod: Frozen<Pod>): void => {
      if (!pod.spec.nodeName && claimNames(pod).length > 0) this.#controller.enqueue(keyOf(pod))
    }
    pods.addHandler({ onAdd: look, onUpdate: look })
    const lookAtAll = (): void => pods.lister.list().forEach(look)
    context.informers.for(Nodes).addHandler({ onAdd: lookAtAll, onUpdate: (node, old) => { if (mattersForVolumes(node, old)) lookAtAll() }, onDelete: lookAtAll })
    const claimed = ({ metadata: { namespace = '', name } }: Frozen<PersistentVolumeClaim>): void => {
      for (const pod of pods.lister.list({ namespace })) if (claimNames(pod).includes(name)) look(pod)
    }
    context.informers.for(PersistentVolumeClaims).addHandler({ onUpdate: claimed, onDelete: claimed })
    context.informers.for(PersistentVolumes)
    context.informers.for(StorageClasses)
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client, clock, informers } = this.#context
    const pod = informers.for(Pods).lister.getByKey(key)
    if (pod === undefined || pod.spec.nodeName || !isPodActive(pod)) return
    const why = claimsAwayFrom(pod, this.#lookup)
    if ((why !== undefined) === isConditionTrue(pod.status?.conditions, WAITING_FOR_DATA)) return
    const { namespace = '', name, uid } = pod.metadata
    await changeStatus(client, Pods, { namespace, name, uid }, (copy) => {
      if (copy.spec.nodeName) return false
      copy.status = dataWaitStatus(copy.status, why, clock.now())
      return true
    })
    if (why !== undefined) this.#recorder.event(pod, 'Warning', WAITING_REASON, why)
  }
}
