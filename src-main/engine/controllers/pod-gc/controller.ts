import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computePodGc } from './compute.ts'

const QUARANTINE_MS = 40_000
/** Ended pods that are kept for people to look at. */
const KEEP = 1000

/** Deletes pods whose node does not exist any more (nobody else would confirm their end), and the oldest of too many ended pods. */
export class PodGcController implements Runnable {
  readonly name = 'pod-garbage-collector'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #missingSince = new Map<string, number>()
  readonly #keep: number

  constructor(context: ControllerContext, keep = KEEP) {
    this.#context = context
    this.#keep = keep
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: () => this.#reconcile() })
    context.informers.for(Nodes).addHandler({ onAdd: (n) => this.#missingSince.delete(n.metadata.name), onDelete: () => this.#look() })
    const changed = (pod: Frozen<Pod>): void => {
      const nodeless = pod.spec.nodeName && context.informers.for(Nodes).lister.get('', pod.spec.nodeName) === undefined
      if (nodeless || isPodTerminated(pod)) this.#look()
    }
    context.informers.for(Pods).addHandler({ onAdd: changed, onUpdate: changed })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #look(): void {
    this.#controller.enqueue('pods')
  }

  async #reconcile(): Promise<Again | void> {
    const { client, clock, informers } = this.#context
    const now = clock.monotonic()
    const pods = informers.for(Pods).lister.list()
    const nodes = new Set(informers.for(Nodes).lister.list().map((n) => n.metadata.name))
    const used = new Set(pods.map((p) => p.spec.nodeName ?? ''))
    for (const name of this.#missingSince.keys()) if (!used.has(name)) this.#missingSince.delete(name)
    for (const name of used) if (name !== '' && !nodes.has(name) && !this.#missingSince.has(name)) this.#missingSince.set(name, now)
    const { orphans, ended, lookAgainMs } = computePodGc({ pods, nodes, missingSince: this.#missingSince, now, quarantineMs: QUARANTINE_MS, keep: this.#keep })
    for (const pod of [...orphans, ...ended]) await deleteIfThere(client, Pods, pod, { gracePeriodSeconds: 0 })
    return lookAgainMs === undefined ? undefined : { requeueAfterMs: lookAgainMs }
  }
}
