import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext } from '../context.ts'

interface Lost {
  key: string
  node: string
  owner: string | undefined
  /** Another pod of its owner has taken its place. */
  replaced: boolean
}

/** How many are remembered; the oldest are forgotten. */
const REMEMBERED = 2000

/** Follows what becomes of pods that left a silent server, and tells it as Events about that server's node: PodRecreated, StalePodRemoved. */
export class FailureHistory {
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  /** By the pod's UID. */
  readonly #lost = new Map<string, Lost>()

  constructor(context: ControllerContext, recorder: EventRecorder) {
    this.#context = context
    this.#recorder = recorder
    context.informers.for(Pods).addHandler({
      onUpdate: (pod, old) => { if (isPodReady(pod) && !isPodReady(old)) this.#ready(pod) },
      onDelete: (pod) => this.#gone(pod),
    })
  }

  /** The pod is deleted because its server is silent. */
  left(pod: Frozen<Pod>): void {
    this.#lost.set(pod.metadata.uid, { key: keyOf(pod), node: pod.spec.nodeName ?? '', owner: controllerOf(pod)?.uid, replaced: false })
    const oldest = this.#lost.keys().next().value
    if (this.#lost.size > REMEMBERED && oldest !== undefined) this.#lost.delete(oldest)
  }

  #ready(pod: Frozen<Pod>): void {
    const owner = controllerOf(pod)?.uid
    if (owner === undefined || this.#lost.has(pod.metadata.uid)) return
    const place = pod.spec.nodeName ?? ''
    const lost = [...this.#lost.values()].find((l) => !l.replaced && l.owner === owner && l.node !== place)
    if (lost === undefined) return
    lost.replaced = true
    this.#say(lost.node, 'PodRecreated', `${keyOf(pod)} runs on ${place}, in place of ${lost.key}`)
  }

  #gone(pod: Frozen<Pod>): void {
    const { uid } = pod.metadata
    const lost = this.#lost.get(uid)
    if (lost === undefined) return
    this.#lost.delete(uid)
    this.#say(lost.node, 'StalePodRemoved', `${lost.key}, which was left here, is removed`)
  }

  #say(name: string, reason: string, message: string): void {
    const node = this.#context.informers.for(Nodes).lister.get('', name)
    if (node !== undefined) this.#recorder.event(node, 'Normal', reason, message)
  }
}
