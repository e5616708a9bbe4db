import { hasReason } from '../../../common/errors.ts'
import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { JOB_TRACKING } from '../../../common/kube/job.ts'
import { Jobs, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext } from '../context.ts'
import { claimPods } from '../owned-pods/claim-pods.ts'
import type { Expectations } from '../owned-pods/expectations.ts'
import { PodBatches } from '../owned-pods/pod-batches.ts'
import { hasTracking } from './job-pods.ts'
import { podFromJob } from './pod-template.ts'
import type { Tally } from './tally.ts'

/** Finalizers taken away at a time. */
const WIDTH = 16

/** What the Job controller does to pods. */
export class PodEffects {
  readonly #context: ControllerContext
  readonly #batches: PodBatches
  readonly #pods: Lister<Pod>
  /** UIDs of pods whose finalizer was taken away, until the cache shows it: what is counted must not be counted again. */
  readonly #released = new Set<string>()

  constructor(context: ControllerContext, recorder: EventRecorder, expectations: Expectations, pods: Lister<Pod>) {
    this.#context = context
    this.#batches = new PodBatches(context.client, recorder, expectations)
    this.#pods = pods
  }

  /** The cache shows the pod so, or (`gone`) not any more. */
  seen(pod: Frozen<Pod>, gone = false): void {
    if (gone || !hasTracking(pod)) this.#released.delete(pod.metadata.uid)
  }

  /** Is the pod kept for its end to be counted, as far as this engine knows? */
  readonly isTracked = (pod: Pod): boolean => hasTracking(pod) && !this.#released.has(pod.metadata.uid)

  /** The Job's pods. What it takes is kept for its end to be counted. */
  claim(job: Frozen<Job>): Promise<Frozen<Pod>[]> {
    return claimPods(this.#context.client, this.#pods, Jobs, job, { adopted: tracked, released: untracked })
  }

  /** Makes pods. Throws when one could not be made, after its Event. */
  create(job: Frozen<Job>, indexes: readonly (number | undefined)[], tally: Tally): Promise<void> {
    return this.#batches.create(job, indexes.length, (i) => {
      const index = indexes[i]
      return podFromJob(job, index, index === undefined ? undefined : tally.toReplace.get(index))
    })
  }

  /** Deletes pods. `uncounted`: they are let go first, so that their end is no failure. */
  delete(job: Frozen<Job>, pods: readonly Frozen<Pod>[], uncounted: boolean): Promise<void> {
    // Somebody wrote the pod in between: its event brings us back.
    return this.#batches.delete(job, pods, { ...(uncounted ? { before: (pod) => this.#untrack(pod) } : {}), isTold: (error) => error.reason !== 'Conflict' })
  }

  /** Takes the finalizer off pods; returns the UIDs of those that have it still. Throws the first failure that is more than a stale cache. */
  async release(pods: readonly Frozen<Pod>[]): Promise<Set<string>> {
    const kept = new Set<string>()
    let failure: unknown
    for (let i = 0; i < pods.length; i += WIDTH) {
      await Promise.all(pods.slice(i, i + WIDTH).map((pod) => this.#untrack(pod).catch((error: unknown) => {
        kept.add(pod.metadata.uid)
        failure ??= error
      })))
    }
    if (kept.size > 0 && kept.size === pods.length) throw failure
    return kept
  }

  async #untrack(pod: Frozen<Pod>): Promise<void> {
    if (!this.isTracked(pod)) return
    try {
      this.#released.add(pod.metadata.uid)
      await this.#context.client.update(Pods, untracked(pod))
    } catch (error) {
      this.#released.delete(pod.metadata.uid)
      if (!hasReason(error, 'NotFound')) throw error
    }
  }
}

/** The pod with the finalizer that keeps it for its Job. */
function tracked(pod: Frozen<Pod>): Pod {
  return { ...pod, metadata: { ...pod.metadata, finalizers: [...new Set([...(pod.metadata.finalizers ?? []), JOB_TRACKING])] } }
}

/** The pod without the finalizer that keeps it for its Job. */
function untracked(pod: Frozen<Pod>): Pod {
  const { finalizers = [], ...metadata } = pod.metadata
  const others = finalizers.filter((f) => f !== JOB_TRACKING)
  return { ...pod, metadata: { ...metadata, ...(others.length > 0 ? { finalizers: others } : {}) } }
}
