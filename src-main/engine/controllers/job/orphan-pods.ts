import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { JOB_CONTROLLER, jobEnd } from '../../../common/kube/job.ts'
import { Jobs, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import type { ControllerContext } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { hasTracking } from './job-pods.ts'
import type { PodEffects } from './pod-effects.ts'

/** Lets go of pods that are kept for a Job that is over, or is no more: nobody will count them. */
export class OrphanPods {
  readonly #context: ControllerContext
  readonly #effects: PodEffects
  readonly #controller: Controller

  constructor(context: ControllerContext, effects: PodEffects) {
    this.#context = context
    this.#effects = effects
    this.#controller = new Controller({ name: 'job-controller-orphans', clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const pods = context.informers.for(Pods)
    const changed = (pod: Frozen<Pod>): void => {
      if (hasTracking(pod) && this.#isOrphan(pod)) this.#controller.enqueue(keyOf(pod))
    }
    pods.addHandler({ onAdd: changed, onUpdate: changed })
    const over = (job: Frozen<Job>): void => {
      for (const pod of pods.lister.ownedBy(job.metadata.uid)) if (hasTracking(pod)) this.#controller.enqueue(keyOf(pod))
    }
    context.informers.for(Jobs).addHandler({ onUpdate: (job) => jobEnd(job) !== undefined && over(job), onDelete: over })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const pod = this.#context.informers.for(Pods).lister.getByKey(key)
    if (pod !== undefined && hasTracking(pod) && this.#isOrphan(pod)) await this.#effects.release([pod])
  }

  #isOrphan(pod: Frozen<Pod>): boolean {
    const owner = controllerOf(pod)
    if (owner === undefined) return true
    if (owner.kind !== Jobs.kind) return false
    const job = this.#context.informers.for(Jobs).lister.get(pod.metadata.namespace ?? '', owner.name)
    if (job?.metadata.uid !== owner.uid) return true
    // Another program's Jobs are counted by it.
    return jobEnd(job) !== undefined && (job.spec.managedBy ?? JOB_CONTROLLER) === JOB_CONTROLLER
  }
}
