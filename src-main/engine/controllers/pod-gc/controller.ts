import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodTerminated, isPodTerminating } from '../../../common/kube/pods.ts'
import { NodeTaint } from '../../../common/kube/taints.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computePodGc } from './compute.ts'

const QUARANTINE_MS = 40_000
/** Ended pods that are kept for people to look at. */
const KEEP = 1000

/** Deletes pods whose node does not exist any more or is out of service (nobody else would confirm their end), and the oldest of too many ended pods. */
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
    context.informers.for(Nodes).addHandler({ onAdd: (n) => this.#missingSince.delete(n.metadata.name), onUpdate: (n, old) => isOutOfService(n) && !isOutOfService(old) && this.#look(), onDelete: () => this.#look() })
    const changed = (pod: Frozen<Pod>): void => {
      const node = context.informers.for(Nodes).lister.get('', pod.spec.nodeName ?? '')
      const isAbandoned = isPodTerminating(pod) && node !== undefined && isOutOfService(node)
      if ((pod.spec.nodeName && node === undefined) || isAbandoned || isPodTerminated(pod)) this.#look()
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
    const all = informers.for(Nodes).lister.list()
    const nodes = new Set(all.map((n) => n.metadata.name))
    const outOfService = new Set(all.filter(isOutOfService).map((n) => n.metadata.name))
    const used = new Set(pods.map((p) => p.spec.nodeName ?? ''))
    for (const name of this.#missingSince.keys()) if (!used.has(name)) this.#missingSince.delete(name)
    for (const name of used) if (name !== '' && !nodes.has(name) && !this.#missingSince.has(name)) this.#missingSince.set(name, now)
    const { orphans, abandoned, ended, lookAgainMs } = computePodGc({ pods, nodes, outOfService, missingSince: this.#missingSince, now, quarantineMs: QUARANTINE_MS, keep: this.#keep })
    for (const pod of [...orphans, ...abandoned, ...ended]) await deleteIfThere(client, Pods, pod, { gracePeriodSeconds: 0 })
    return lookAgainMs === undefined ? undefined : { requeueAfterMs: lookAgainMs }
  }
}

/** Says a person that the server is off, and does nothing speak against it? One that is Ready ends its pods itself. */
function isOutOfService({ spec, status }: Frozen<Node>): boolean {
  return spec?.taints?.some((t) => t.key === NodeTaint.outOfService) === true && !isConditionTrue(status?.conditions, 'Ready')
}
