import { claimsHeldOn } from '../../../common/kube/claim-data.ts'
import type { HeldClaim, VolumeLookup } from '../../../common/kube/claim-data.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Node, PersistentVolumeClaim, Pod, Taint } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, PersistentVolumeClaims, Pods } from '../../../common/kube/kinds.ts'
import { isOfSilence, ON_SERVER_LOSS, WAITING_REASON } from '../../../common/kube/local-data.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { claimNames } from '../../../common/kube/volumes.ts'
import { WAITING_FOR_SERVER_REASON, waitingForServerMessage } from '../../../common/kube/stable-identity.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus, deleteIfThere } from '../../client/retry.ts'
import { volumeLookup } from '../../client/volume-lookup.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { sayDisrupted } from './disruption-target.ts'
import { evictionPlan } from './eviction.ts'
import { FailureHistory } from './failure-history.ts'
import { evictingTaints, keepsName, keptNameStatus, saysItKeepsName } from './kept-name.ts'
import { TaintTimes } from './taint-times.ts'
import { isWaitingForData, waitingStatus, whyItWaits } from './waiting.ts'

/** Pods deleted at a time: a lost node has many, and those that are deleted together share a commit. */
const WORKERS = 32

/** Deletes pods from nodes with NoExecute taints, when their tolerations end. Those whose data is on a silent server stay there, those of StatefulSets keep their names, and both say so. */
export class EvictionController implements Runnable {
  readonly name = 'taint-eviction-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #history: FailureHistory
  readonly #lookup: VolumeLookup
  readonly #times = new TaintTimes()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#lookup = volumeLookup(context.informers)
    this.#history = new FailureHistory(context, this.#recorder)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: WORKERS, reconcile: (key) => this.#reconcile(key) })
    const pods = context.informers.for(Pods)
    const onNode = (name: string): void => {
      for (const pod of pods.lister.onNode(name)) this.#controller.enqueue(keyOf(pod))
    }
    context.informers.for(Nodes).addHandler({
      onAdd: (node) => this.#dated(node).length > 0 && onNode(node.metadata.name),
      onUpdate: (node, old) => {
        if (semanticEqual(node.spec?.taints, old.spec?.taints)) return
        this.#dated(node)
        onNode(node.metadata.name)
      },
      onDelete: (node) => this.#times.forget(node.metadata.name),
    })
    const changed = (pod: Frozen<Pod>): void => {
      if (isWaitingForData(pod) || saysItKeepsName(pod) || this.#taintsOf(pod).some((t) => t.effect === 'NoExecute')) this.#controller.enqueue(keyOf(pod))
    }
    // A person's word about a claim, or its end, is one about its pods.
    const claimChanged = ({ metadata: { namespace = '', name } }: Frozen<PersistentVolumeClaim>): void => {
      for (const pod of pods.lister.list({ namespace })) if (claimNames(pod).includes(name)) changed(pod)
    }
    context.informers.for(PersistentVolumeClaims).addHandler({ onAdd: claimChanged, onUpdate: claimChanged, onDelete: claimChanged })
    pods.addHandler({ onAdd: changed, onUpdate: (pod, old) => mattersOf(old) !== mattersOf(pod) && changed(pod) })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #taintsOf(pod: Frozen<Pod>): readonly Taint[] {
    const node = this.#context.informers.for(Nodes).lister.get('', pod.spec.nodeName ?? '')
    return node === undefined ? [] : this.#dated(node)
  }

  #dated(node: Frozen<Node>): readonly Taint[] {
    return this.#times.dated(node, this.#context.clock.now())
  }

  async #reconcile(key: string): Promise<Again | void> {
    const pod = this.#context.informers.for(Pods).lister.getByKey(key)
    if (pod === undefined) return
    if (!isPodActive(pod)) return this.#sayKept(pod, keepsName(pod, this.#taintsOf(pod)))
    const held = claimsHeldOn(pod, this.#lookup)
    const { at, waits } = evictionPlan(pod, evictingTaints(pod, this.#taintsOf(pod)), held)
    if (waits !== isWaitingForData(pod)) await this.#sayWaiting(pod, waits, held)
    await this.#sayKept(pod, !waits && keepsName(pod, this.#taintsOf(pod)))
    if (at === undefined) return
    const left = at - this.#context.clock.now()
    if (left > 0) return { requeueAfterMs: left }
    this.#recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
    if (this.#taintsOf(pod).some((t) => t.effect === 'NoExecute' && isOfSilence(t))) this.#history.left(pod)
    await sayDisrupted(this.#context, pod)
    await deleteIfThere(this.#context.client, Pods, pod)
  }

  async #sayWaiting(pod: Frozen<Pod>, waits: boolean, held: readonly HeldClaim[]): Promise<void> {
    const { client, clock } = this.#context
    const { namespace = '', name, uid } = pod.metadata
    await changeStatus(client, Pods, { namespace, name, uid }, (copy) => {
      copy.status = waitingStatus(copy, waits, clock.now(), held)
      return true
    })
    if (waits) this.#recorder.event(pod, 'Warning', WAITING_REASON, whyItWaits(pod, held))
    else this.#recorder.event(pod, 'Normal', 'DataIsBack', `Server ${pod.spec.nodeName ?? ''}, which has its data, answers again`)
  }

  /** Says that the name is kept, or is so no longer, where the pod does not say so yet. */
  async #sayKept(pod: Frozen<Pod>, keeps: boolean): Promise<void> {
    if (keeps === saysItKeepsName(pod)) return
    const { client, clock } = this.#context
    const { namespace = '', name, uid } = pod.metadata
    await changeStatus(client, Pods, { namespace, name, uid }, (copy) => {
      copy.status = keptNameStatus(copy, keeps, clock.now())
      return true
    })
    if (keeps) this.#recorder.event(pod, 'Warning', WAITING_FOR_SERVER_REASON, waitingForServerMessage(pod))
    else this.#recorder.event(pod, 'Normal', 'ServerIsBack', `Server ${pod.spec.nodeName ?? ''} answers again, and says what became of it`)
  }
}

/** What of a pod decides whether it may stay. */
function mattersOf(pod: Frozen<Pod>): string {
  return JSON.stringify([pod.spec.nodeName, pod.spec.tolerations, pod.metadata.deletionTimestamp, pod.metadata.annotations?.[ON_SERVER_LOSS]])
}
