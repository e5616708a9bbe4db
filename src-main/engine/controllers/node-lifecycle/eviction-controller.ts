import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Pod, Taint } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { evictionTime } from './eviction.ts'

/** Pods deleted at a time: a lost node has many, and those that are deleted together share a commit. */
const WORKERS = 32

/** Deletes pods from nodes with NoExecute taints, when their tolerations end. */
export class EvictionController implements Runnable {
  readonly name = 'taint-eviction-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: WORKERS, reconcile: (key) => this.#reconcile(key) })
    const pods = context.informers.for(Pods)
    const onNode = (name: string): void => {
      for (const pod of pods.lister.onNode(name)) this.#controller.enqueue(keyOf(pod))
    }
    context.informers.for(Nodes).addHandler({
      onAdd: (node) => (node.spec?.taints ?? []).length > 0 && onNode(node.metadata.name),
      onUpdate: (node, old) => !semanticEqual(node.spec?.taints, old.spec?.taints) && onNode(node.metadata.name),
    })
    const changed = (pod: Frozen<Pod>): void => {
      if (this.#taintsOf(pod).some((t) => t.effect === 'NoExecute')) this.#controller.enqueue(keyOf(pod))
    }
    pods.addHandler({ onAdd: changed, onUpdate: (pod, old) => (old.spec.nodeName !== pod.spec.nodeName || !semanticEqual(old.spec.tolerations, pod.spec.tolerations)) && changed(pod) })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #taintsOf(pod: Frozen<Pod>): readonly Taint[] {
    return this.#context.informers.for(Nodes).lister.get('', pod.spec.nodeName ?? '')?.spec?.taints ?? []
  }

  async #reconcile(key: string): Promise<Again | void> {
    const pod = this.#context.informers.for(Pods).lister.getByKey(key)
    if (pod === undefined || !isPodActive(pod)) return
    const at = evictionTime(pod, this.#taintsOf(pod))
    if (at === undefined) return
    const left = at - this.#context.clock.now()
    if (left > 0) return { requeueAfterMs: left }
    this.#recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
    await deleteIfThere(this.#context.client, Pods, pod)
  }
}
