import { findCondition } from '../../../common/kube/conditions.ts'
import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import { jobEnd } from '../../../common/kube/job.ts'
import { Jobs } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { deleteIfThere } from '../../client/retry.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'

/** Deletes a Job that is over, its `ttlSecondsAfterFinished` later, with its pods. */
export class TtlAfterFinishedController implements Runnable {
  readonly name = 'ttl-after-finished-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const look = (job: Frozen<Job>): void => {
      if (expiryOf(job) !== undefined && job.metadata.deletionTimestamp === undefined) this.#controller.enqueue(keyOf(job))
    }
    const jobs = context.informers.for(Jobs)
    jobs.addHandler({ onAdd: look, onUpdate: look })
    onClockJump(context, () => jobs.lister.list().forEach(look))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<Again | void> {
    const job = this.#context.informers.for(Jobs).lister.getByKey(key)
    const at = job === undefined ? undefined : expiryOf(job)
    if (job === undefined || at === undefined || job.metadata.deletionTimestamp !== undefined) return
    const left = at - this.#context.clock.now()
    if (left > 0) return { requeueAfterMs: left }
    // In the foreground, so that the Job is there as long as any of its pods.
    await deleteIfThere(this.#context.client, Jobs, job, { propagationPolicy: 'Foreground' })
  }
}

/** When a Job is to go, in milliseconds since the epoch; undefined while it runs, or for ever. */
function expiryOf(job: Job): number | undefined {
  const end = jobEnd(job)
  const ttl = job.spec.ttlSecondsAfterFinished
  const at = end === undefined ? undefined : findCondition(job.status?.conditions, end)?.lastTransitionTime
  return ttl === undefined || at === undefined ? undefined : Date.parse(at) + ttl * 1000
}
